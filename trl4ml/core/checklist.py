"""What is asked: checklists of items, each with the facts it wants and the remedy if not."""

from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from trl4ml.core.environment import Environment
from trl4ml.core.expression import parse
from trl4ml.core.lifecycle import Tag
from trl4ml.core.noun import LevelNumber, Noun, Slug, Text

CHECKED_BEFORE = {"checked": "before"}
"""The validation context for items from our own memory: their expressions were parsed before."""
CONSTANTS = ("policy", "component", "project")
DERIVED = ("answer", "ml-test-score")
"""What is no probe: the people's answer to the item, and the score of a whole checklist."""


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
    component: Slug | None = None
    """Only for this component."""
    environment: Environment | None = None
    """Behaviour observed further from use than this does not count."""
    stale_after: Annotated[int, Field(ge=1)] | None = None
    """Days after which a person's answer is out of date."""
    section: str = ""
    """The part of its checklist that it belongs to."""
    tags: tuple[Tag, ...] = ()
    """Which challenges of the lifecycle it speaks of."""
    if_not: IfNot
    refs: tuple[Text, ...] = ()
    since: str = ""

    @field_validator("wants", "applies")
    @classmethod
    def _expression(cls, text: str, told: ValidationInfo) -> str:
        if told.context is CHECKED_BEFORE:
            return text
        names = parse(text).names if text else ("nothing is asked",)
        if all(name.startswith("policy.") for name in names):
            raise ValueError("column 1: it asks for nothing that is measured")
        return text

    @property
    def names(self) -> tuple[str, ...]:
        """The dotted names that the item asks for."""
        return _names(self.wants, self.applies)

    @property
    def probes(self) -> tuple[str, ...]:
        """The ids of the probes that the item asks, in order."""
        return tuple(id for id in self.asked if id not in DERIVED)

    @property
    def asked(self) -> tuple[str, ...]:
        """The probes, and what is derived from answers and verdicts, in order."""
        return _asked(self.wants, self.applies)

    @property
    def answered(self) -> bool:
        """Whether a person has a say in it."""
        return "answer" in self.asked


def _names(wants: str, applies: str) -> tuple[str, ...]:
    return parse(wants).names + (parse(applies).names if applies else ())


@lru_cache(maxsize=4096)
def _asked(wants: str, applies: str) -> tuple[str, ...]:
    first = (name.split(".")[0] for name in _names(wants, applies))
    return tuple(dict.fromkeys(n.replace("_", "-") for n in first if n not in CONSTANTS))


class Checklist(Noun):
    checklist: Slug
    version: Text
    title: Text
    about: Text
    thresholds: dict[str, Threshold] = {}
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
