"""`trl4ml audit`: measure, judge, print."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors, run
from trl4ml.cli.output import coloured, progress, put, talk, width
from trl4ml.core.report import Report
from trl4ml.core.verdict import PASSES

ANCHORED = ("sarif", "sarif-github", "github", "gitlab")


class FailOn(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


Output = Annotated[list[str] | None, typer.Option("--output-format", "--format", metavar="FORMAT[=FILE]", help=f"{', '.join(run.FORMATS)}; each to a file if one is given; may be repeated.")]  # fmt: skip
Component = Annotated[str | None, typer.Option(help="Only this component.")]
Base = Annotated[str | None, typer.Option(metavar="REVISION", envvar="TRL4ML_BASE", show_envvar=False, help="The protected branch that says whose reviews count; else origin's default branch (env: TRL4ML_BASE).")]  # fmt: skip
Trust = Annotated[str | None, typer.Option(metavar="FOLDER", envvar="TRL4ML_TRUST", show_envvar=False, help="A folder outside the project that says it instead (env: TRL4ML_TRUST).")]  # fmt: skip


def command(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    component: Component = None,
    level: Annotated[int | None, typer.Option(min=0, max=9, help="Ask up to this level, and want it instead of the claimed one.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only this item, or the items of this probe; may be repeated.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Show every item, not only what to do next.")] = False,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="Take stored evidence where nothing changed.")] = True,
    rerun: Annotated[bool, typer.Option("--run", help="Run the commands that the project declares, to see whether they give the same again.")] = False,
    base: Base = None,
    trust: Trust = None,
    output: Output = None,
    fail_on: Annotated[FailOn, typer.Option(help="Exit with 1 for an unmet gate (error), an unmet advisory item too (warning), or never.")] = FailOn.ERROR,
) -> int:  # fmt: skip
    """Measure the project, judge it by its checklists, and say which level it supports."""
    wanted = outputs(output or ["text"])
    with progress() as tell:
        done = run.audit(
            path, component=component, level=level, only=only or (), cache=cache, rerun=rerun,
            base=base, trust=trust, progress=tell,
        )  # fmt: skip
    talk(*done.notices)
    show(done, wanted, every=every)
    return code(done.report, fail_on)


def code(report: Report, fail_on: FailOn) -> int:
    """The exit code for the report."""
    if fail_on is FailOn.NEVER:
        return errors.MET
    advice = [
        v
        for c in report.components
        for v in c.verdicts
        if not v.gate and v.level <= (c.wanted or 0) and v.status not in PASSES
    ]
    ill_advised = fail_on is FailOn.WARNING and advice
    return errors.MET if report.met and not ill_advised else errors.NOT_MET


def show(done: run.Audit, wanted: list[tuple[str, str | None]], *, every: bool = False) -> None:
    """Each format that is wanted, to the screen or to its file."""
    at = None
    if any(kind in ANCHORED for kind, _ in wanted):
        from trl4ml.anchoring import anchors

        at = anchors(done)
    for kind, file in wanted:
        on_screen = file is None
        text = run.render(
            done.report, kind, every=every or not on_screen, anchors=at,
            colour=on_screen and coloured(), width=width() if on_screen else 100,
        )  # fmt: skip
        put(text, file)


def outputs(given: list[str], screen: str = "text") -> list[tuple[str, str | None]]:
    """Format and file of each output; `text` on the screen is shown as `screen`."""
    wanted: list[tuple[str, str | None]] = []
    for one in given:
        kind, named, file = one.partition("=")
        if kind not in run.FORMATS:
            hint = errors.did_you_mean(run.FORMATS, kind)
            known = ", ".join(run.FORMATS)
            raise errors.WrongInput(f"--output-format {one}: '{kind}' is not one of {known}{hint}")
        if named and not file:
            says = f"names no file; give one, as in {kind}=FILE"
            raise errors.WrongInput(f"--output-format {one}: {says}")
        wanted.append((screen if kind == "text" and not file else kind, file or None))
    if [file for _, file in wanted].count(None) > 1:
        raise errors.WrongInput(
            "--output-format: two formats want the screen; give one a file, as in json=audit.json"
        )
    files = [Path(file) for _, file in wanted if file is not None]
    if twice := [str(one) for one in files if files.count(one) > 1]:
        says = f"two formats want the file {twice[0]}; give each its own"
        raise errors.WrongInput(f"--output-format: {says}")
    return wanted
