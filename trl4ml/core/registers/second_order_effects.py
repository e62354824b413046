"""Second-order effects: who else is reached by the output, and what it does to them."""

from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from trl4ml.core.noun import Noun, Text, wrong
from trl4ml.core.registers.entry import Entries, Entry, NoneFound, Said


class Degree(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Effect(Entry):
    """What the output does beyond its purpose."""

    effect: Text
    affected: Text
    """The party that it reaches."""
    path: Said = ""
    """Who uses the output again, and for what."""
    likelihood: Degree | None = None
    severity: Degree | None = None
    monitor: Said = ""
    """What is watched to notice it."""
    owner: Said = ""
    decision: Said = ""
    """What was decided about it."""
    review: date | None = None
    """From this day on it is due to be looked at again."""


class SecondOrderEffects(Noun):
    """Effects beyond the purpose, the users downstream, and the uses that are refused."""

    entries: Entries[Effect] = ()
    downstream_users: tuple[Text, ...] = ()
    refused_uses: tuple[Text, ...] = ()
    none_found: NoneFound | None = None
    """In place of entries: who looked, and how."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.entries and self.none_found:
            raise wrong("none_found stands beside entries; drop one of them", "none_found")
        return self
