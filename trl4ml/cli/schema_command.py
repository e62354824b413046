"""`trl4ml schema`: the JSON Schema of trl4ml.yaml, for editors."""

from enum import StrEnum
from typing import Annotated

import typer

from trl4ml.cli.output import put
from trl4ml.render.plain import json_text
from trl4ml.schema import schema


class Subject(StrEnum):
    PROJECT = "project"
    CHECKLIST = "checklist"
    REPORT = "report"
    REVIEW_POLICY = "review-policy"


def command(
    subject: Annotated[Subject, typer.Argument(help="What to describe.")] = Subject.PROJECT,
) -> int:
    """Print the JSON Schema of trl4ml.yaml, of a checklist, a report, or the rules of reviews."""
    put(json_text(schema(subject)))
    return 0
