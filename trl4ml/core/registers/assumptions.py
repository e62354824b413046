"""Assumptions: what must stay true for the rest to hold, who watches it, and until when it counts."""

from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from trl4ml.core.checklist import CONSTANTS
from trl4ml.core.expression import BadExpression, parse
from trl4ml.core.noun import LevelNumber, Noun, Text, wrong
from trl4ml.core.registers.entry import Entries, Entry, Said, older_from

LONGEST = 380
"""Of a check: a gate adds the assumption itself to it."""


class AssumptionKind(StrEnum):
    OBJECTIVE = "objective"
    DATA = "data"
    ENGINEERING = "engineering"
    WORLD = "world"


class AssumptionStatus(StrEnum):
    HOLDS = "holds"
    FAILED = "failed"
    OPEN = "open"


class Assumption(Entry):
    """Such as: training and production images come from the same sensors."""

    statement: Text
    kind: AssumptionKind
    level: LevelNumber
    """The level that rests on it."""
    owner: Said = ""
    """Who watches it."""
    check: str = Field(default="", max_length=LONGEST)
    """An expression over measured evidence, such as `coverage.line_rate >= 0.8`."""
    last_verified: date | None = None
    expires: date | None = None
    """From this day on it no longer counts; without it, when `last_verified` is older than 365 days,
    which is project policy."""
    status: AssumptionStatus = AssumptionStatus.OPEN
    simulation: bool = False
    """Whether it is an assumption of a simulator or a generator of data."""

    @field_validator("check")
    @classmethod
    def _expression(cls, text: str) -> str:
        if text:
            try:
                parse(text)
            except BadExpression as error:
                raise wrong(f"'{text}' is no expression: {error}") from None
        return text

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.expires and self.last_verified and self.expires < self.last_verified:
            says = f"expires {self.expires} is before it was last verified, {self.last_verified}"
            raise wrong(says, "expires")
        return self

    @property
    def ends(self) -> date | None:
        """From when on it is expired; None where neither `expires` nor `last_verified` is given."""
        return self.expires or (self.last_verified and older_from(self.last_verified))

    @property
    def probes(self) -> tuple[str, ...]:
        """The ids of the probes that its check asks."""
        first = [name.split(".")[0] for name in parse(self.check).names] if self.check else []
        return tuple(dict.fromkeys(n.replace("_", "-") for n in first if n not in CONSTANTS))


class Assumptions(Noun):
    """What is taken for granted, so that somebody notices when it ends."""

    entries: Entries[Assumption] = ()
