"""`trl4ml lint`: are the files that you wrote as they should be? Runs no probe."""

from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.linting import lint


def command(
    files: Annotated[list[Path] | None, typer.Argument(help="trl4ml.yaml, checklists, registers, records; or the folder of a project.")] = None,
) -> int:  # fmt: skip
    """Check configuration, checklists, registers and records; every fault at once, none is quiet."""
    if not files:
        raise errors.WrongInput(
            "nothing was checked: name the files, as in trl4ml lint trl4ml.yaml"
        )
    lint(files)
    return errors.MET
