"""The levels of an axis: which values are one level, what they are called, and their order."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.attributes import MISSING, OTHER, Attribute
from trl4ml.slices.errors import Refused


@dataclass(frozen=True)
class Axis:
    """One attribute with its levels in canonical order, (missing) last.

    values:  what the levels were in the table; None for (missing), the name for bins.
    missing: the index of (missing), when rows are missing.
    others:  the members of (other).
    rule:    how values were put into bins; empty: they were not.
    """

    name: str
    levels: tuple[str, ...]
    values: tuple[object, ...]
    missing: int | None = None
    others: tuple[str, ...] = ()
    rule: str = ""

    def index(self, level: object) -> int:
        """The code of a level given by name or value."""
        name = written(level)
        if name in self.levels:
            return self.levels.index(name)
        raise Refused(f"'{self.name}' has no level '{level}'; its levels are {listed(self.levels)}")


def listed(names: Sequence[object], most: int = 8) -> str:
    """The names in quotes, the first few of many."""
    told = ", ".join(f"'{name}'" for name in names[:most])
    return told if len(names) <= most else f"{told} and {len(names) - most} more"


def written(value: object) -> str | None:
    """The name of a level; None where it is missing: no value, NaN, or blanks."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, np.generic):
        return written(value.item())
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        if math.isnan(value):
            return None
        whole = math.isfinite(value) and value == int(value) and abs(float(value)) < 2**53
        return str(int(value)) if whole else str(value)
    what = type(value).__name__
    if isinstance(value, date | time | timedelta):
        raise Refused(f"holds dates or times ({what}); derive a column of periods to slice by")
    raise Refused(f"holds values of type {what}; slices need text, numbers or yes and no")


def axis_of(
    attribute: Attribute, values: Sequence[object], missing: Sequence[str] = ()
) -> tuple[Axis, Array]:
    """The axis of the distinct `values` of a column, and the code of each value.

    Text is compared after trimming; `missing` are names that stand for a missing value.
    """
    names = [_name(attribute, value, missing) for value in values]
    first: dict[str, object] = {}
    for name, value in zip(names, values, strict=True):
        if name is not None:
            first.setdefault(name, name if isinstance(value, str) else value)
    declared = [name for name in attribute.order if name != MISSING]
    for name in declared:
        first.setdefault(name, name)
    rank = {name: i for i, name in enumerate(declared)}
    ordered = sorted(first, key=lambda n: _place(n, first[n], rank))
    absent = None in names
    levels = (*ordered, MISSING) if absent else tuple(ordered)
    code = {name: i for i, name in enumerate(ordered)}
    codes = [len(ordered) if name is None else code[name] for name in names]
    known = tuple(first[name] for name in ordered)
    axis = Axis(
        attribute.name,
        levels,
        (*known, None) if absent else known,
        len(ordered) if absent else None,
    )
    return axis, np.array(codes, np.int64)


def _name(attribute: Attribute, value: object, missing: Sequence[str]) -> str | None:
    try:
        name = written(value)
    except Refused as error:
        raise Refused(f"column '{attribute.name}' {error}") from None
    return None if name == MISSING or name in missing else name


def _place(name: str, value: object, rank: dict[str, int]) -> tuple[int, int, float, str]:
    """Declared levels first, then numbers by value, then text by code point, then (other)."""
    if name in rank:
        return 0, rank[name], 0.0, ""
    if name == OTHER:
        return 3, 0, 0.0, ""
    if isinstance(value, bool | int | float | Decimal):
        return 1, 0, float(value), name
    return 2, 0, 0.0, name
