"""Requirements, technical and product: each with verification, validation, risk and result."""

import re
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from trl4ml.core.noun import Noun, Slug, Text, wrong
from trl4ml.core.registers.entry import Entries, Said

NUMBER = re.compile(r"[1-9][0-9]{0,2}(?:\.[1-9][0-9]{0,2}){0,4}")
PRECISION = 1e-6


def _number(text: str) -> str:
    if not NUMBER.fullmatch(text):
        raise wrong(f"'{text}' should be a number such as 1, 1.2 or 4.2.1")
    return text


Number = Annotated[str, AfterValidator(_number)]


Score = Annotated[float, Field(ge=0, le=10)]
"""A risk: the chance of failure times what is at stake."""


class RequirementKind(StrEnum):
    TECHNICAL = "technical"
    PRODUCT = "product"


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"


class Check(Noun):
    """How a requirement is verified (built right?) or validated (the right thing?)."""

    method: Text
    measure: Said = ""
    """What is measured, with its bound."""


class Requirement(Noun):
    """One single need that the design must satisfy."""

    id: Number
    """Its number, `requirement.subset.component`, as in 4.2.1."""
    component: Slug | None = None
    """The component that it speaks of; without it, all."""
    statement: Text
    kind: RequirementKind
    owner: Said = ""
    verification: Check | None = None
    validation: Check | None = None
    p: float | None = None
    """The chance of failure, from 0 to 1."""
    value: int | None = None
    """How much is at stake, from 1 to 10."""
    risk: float | None = None
    """May be left out: it is p × value, and is refused when it is anything else."""
    mitigation: Said = ""
    evidence: Said = ""
    """A link, a path, or the id of an item that tests are marked with."""
    result: Result = Result.OPEN
    tags: tuple[Slug, ...] = ()
    """Such as privacy or security."""

    @field_validator("p")
    @classmethod
    def _chance(cls, p: float | None) -> float | None:
        if p is not None and not 0 <= p <= 1:
            raise wrong(f"p (the chance of failure) should be between 0 and 1, not {p:g}")
        return p

    @field_validator("value")
    @classmethod
    def _stake(cls, value: int | None) -> int | None:
        if value is not None and not 1 <= value <= 10:
            raise wrong(
                f"value (what is at stake) should be a whole number from 1 to 10, not {value}"
            )
        return value

    @model_validator(mode="after")
    def _risk_recomputes(self) -> Self:
        if self.risk is None:
            return self
        if self.p is None or self.value is None:
            raise wrong("risk is p × value: give both", "risk")
        if abs(self.risk - self.p * self.value) > PRECISION:
            product = f"{self.p * self.value:g} ({self.p:g} × {self.value})"
            raise wrong(f"risk is {product}, not {self.risk:g}", "risk")
        return self

    @property
    def score(self) -> float | None:
        """Risk = p × value, from 0 to 10 (MLTRL); None while either is missing."""
        if self.p is None or self.value is None:
            return None
        return round(self.p * self.value, 6)


class Requirements(Noun):
    """What the system and its parts must do, and how that is shown."""

    entries: Entries[Requirement] = ()


def missing_numbers(ids: Iterable[str]) -> list[str]:
    """The numbers left out below each number: of 1, 2, 4 and 4.2 these are 3 and 4.1."""
    below: dict[tuple[int, ...], set[int]] = defaultdict(set)
    for id in ids:
        parts = tuple(map(int, id.split(".")))
        for depth, part in enumerate(parts):
            below[parts[:depth]].add(part)
    return [
        ".".join(map(str, (*above, number)))
        for above, used in sorted(below.items())
        for number in range(1, max(used))
        if number not in used
    ]
