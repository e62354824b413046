"""`trl4ml schema`: the JSON Schema of trl4ml.yaml, for editors."""

from enum import StrEnum
from typing import Annotated

import typer

from trl4ml import run
from trl4ml.cli.output import as_json, put


class Subject(StrEnum):
    PROJECT = "project"
    CHECKLIST = "checklist"
    REPORT = "report"


def command(
    subject: Annotated[Subject, typer.Argument(help="What to describe.")] = Subject.PROJECT,
) -> int:
    """Print the JSON Schema of trl4ml.yaml, of a checklist, or of a report."""
    put(as_json(run.schema(subject)))
    return 0
