"""`trl4ml diff`: what changed between two audits, or since a revision."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.output import coloured, progress, put, talk, width


class DiffFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def command(
    before: Annotated[Path | None, typer.Argument(metavar="A.json", help="The earlier report, as `trl4ml audit --output-format json=FILE` wrote it; with --base, the project's folder.")] = None,
    after: Annotated[Path | None, typer.Argument(metavar="B.json", help="The later report.")] = None,
    base: Annotated[str | None, typer.Option(metavar="REVISION", help="Audit this revision of git too, as in origin/main, and compare with it.")] = None,
    base_report: Annotated[Path | None, typer.Option(metavar="FILE", help="The report that was made at that revision, as JSON, instead of an audit of a copy: it also compares what rests on files that git does not keep.")] = None,
    format: Annotated[DiffFormat, typer.Option(help="How to print it; markdown fits into a pull-request comment.")] = DiffFormat.TEXT,
) -> int:  # fmt: skip
    """Say what changed between two audits, or since a revision. Exits with 1 when a level fell, or may have.

    A component that is gone has fallen too. With --base also when the baseline of what may fail grew, or was put off.
    """
    from trl4ml import comparing

    said: tuple[str, ...] = ()
    grown: tuple[str, ...] = ()
    if base_report is not None and base is None:
        raise errors.WrongInput("--base-report is the report of a revision: name that with --base")
    if base is not None:
        if after is not None:
            raise errors.WrongInput("--base compares with a revision: give no second report")
        with progress() as tell:
            changes, grown = comparing.against(before, base, base_report, tell)
        said = comparing.not_compared(changes, base)
    elif before is None or after is None:
        raise errors.WrongInput(
            "give two reports, or a revision, as in: trl4ml diff --base origin/main"
        )
    else:
        changes = comparing.diff(before, after)
    put(comparing.render(changes, format, (*grown, *said), colour=coloured(), width=width()))
    talk(*said, *grown)
    return errors.NOT_MET if changes.fell or changes.unknown or grown else errors.MET
