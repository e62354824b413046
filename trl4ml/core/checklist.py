"""What is asked: checklists of items, each with the facts it wants and the remedy if not."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from trl4ml.core.expression import parse
from trl4ml.core.noun import LevelNumber, Noun, Slug, Text

CONSTANTS = ("policy", "component", "project")


class Effort(StrEnum):
    """What the remedy costs one person who knows the project."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class Threshold(Noun):
    """A number that items compare with, as `policy.NAME`; project policy, never a quotation."""

    value: float
    tightens: Direction
    """The direction in which a team may move it."""
    about: Text


class IfNot(Noun):
    remedy: Text
    effort: Effort


class Item(Noun):
    id: Slug
    level: LevelNumber
    gate: bool = True
    """A gate item holds the level back; an advisory one only advises."""
    ask: Text
    why: Text
    wants: Annotated[str, Field(min_length=1)]
    """An expression over probes: `coverage.line_rate >= policy.line_rate`."""
    applies: str = ""
    """Where the item applies: an expression over `component.kind`, `project.criticality` and
    probes. Empty: everywhere."""
    if_not: IfNot
    refs: tuple[Text, ...] = ()
    since: str = ""

    @field_validator("wants", "applies")
    @classmethod
    def _expression(cls, text: str) -> str:
        names = parse(text).names if text else ("nothing is asked",)
        if all(name.startswith("policy.") for name in names):
            raise ValueError("column 1: it asks for nothing that is measured")
        return text

    @property
    def names(self) -> tuple[str, ...]:
        """The dotted names that the item asks for."""
        return parse(self.wants).names + (parse(self.applies).names if self.applies else ())

    @property
    def probes(self) -> tuple[str, ...]:
        """The ids of the probes that the item asks, in order."""
        first = (name.split(".")[0] for name in self.names)
        return tuple(dict.fromkeys(n.replace("_", "-") for n in first if n not in CONSTANTS))


class Checklist(Noun):
    checklist: Slug
    version: Text
    title: Text
    about: Text
    thresholds: dict[str, Threshold] = {}
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
