"""`trl4ml diff`: what changed between two audits."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.output import coloured, put, width


class DiffFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def command(
    before: Annotated[Path, typer.Argument(metavar="A.json", help="The earlier report, as `trl4ml audit --output-format json=FILE` wrote it.")],
    after: Annotated[Path, typer.Argument(metavar="B.json", help="The later report.")],
    format: Annotated[DiffFormat, typer.Option(help="How to print it; markdown fits into a pull-request comment.")] = DiffFormat.TEXT,
) -> int:  # fmt: skip
    """Say what changed between two audits. Exits with 1 when a level fell."""
    from trl4ml import comparing

    changes = comparing.diff(before, after)
    put(comparing.render(changes, format, colour=coloured(), width=width()))
    return errors.NOT_MET if changes.fell else errors.MET
