"""`trl4ml gate`: may it pass? From stored evidence, without running a probe."""

from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors, run
from trl4ml.cli.audit_command import Component, FailOn, Output, code, outputs, show
from trl4ml.cli.output import talk
from trl4ml.core.evidence import Outcome


def command(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    min_level: Annotated[int | None, typer.Option(min=0, max=9, help="The level that is wanted, instead of the claimed and required one.")] = None,
    component: Component = None,
    output: Output = None,
) -> int:  # fmt: skip
    """Say from stored evidence alone whether the gate is met; stale evidence does not count."""
    wanted = outputs(output or ["text"], screen="brief")
    done = run.audit(path, component=component, level=min_level, stored_only=True)
    talk(*done.notices)
    evidence = done.report.evidence.values()
    if all(one.outcome is Outcome.UNKNOWN for one in evidence):
        raise errors.WrongInput(
            "nothing was checked: no current evidence is stored; gather it with: trl4ml audit"
        )
    if all(one.wanted is None for one in done.report.components):
        raise errors.WrongInput(
            "no level is wanted: give --min-level N, or set criticality or claims in trl4ml.yaml"
        )
    show(done, wanted)
    return code(done.report, FailOn.ERROR)
