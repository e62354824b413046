"""`trl4ml gate`: may it pass? From stored evidence, without running a probe."""

from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors, run
from trl4ml.cli.audit_command import Base, Component, FailOn, Output, Trust, code, outputs, show
from trl4ml.cli.output import progress, put, talk
from trl4ml.core.evidence import Outcome


def command(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    min_level: Annotated[int | None, typer.Option(min=0, max=9, help="The level that is wanted, instead of the claimed and required one.")] = None,
    component: Component = None,
    model: Annotated[str | None, typer.Option(metavar="PATH", help="A model about to be deployed, which must also be, file for file, the reviewed one.")] = None,
    base: Base = None,
    trust: Trust = None,
    output: Output = None,
) -> int:  # fmt: skip
    """Say from stored evidence alone whether the gate is met; stale evidence does not count."""
    wanted = outputs(output or ["text"], screen="brief")
    done = run.audit(
        path, component=component, level=min_level, stored_only=True, base=base, trust=trust
    )
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
    same = model is None or _reviewed(
        path, model, component, base, trust, for_people=("brief", None) in wanted
    )
    show(done, wanted)
    return code(done.report, FailOn.ERROR) if same else errors.NOT_MET


def _reviewed(
    path: Path | None, model: str, component: str | None, base: str | None, trust: str | None, *,
    for_people: bool,
) -> bool:  # fmt: skip
    """Whether the model is the reviewed one; told before the report, beside data on stderr."""
    from trl4ml import deploying, vouching

    with progress() as tell:
        artefact = deploying.reviewed(path, model, component, tell, base, trust)
    if for_people:
        put(vouching.text(artefact) + "\n")
    else:
        talk(*artefact.lines)
    return artefact.holds
