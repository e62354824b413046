"""The levels of an axis: which values are one level, what they are called, and their order."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.attributes import MISSING, OTHER, RESERVED, Attribute
from trl4ml.slices.errors import Refused


@dataclass(frozen=True)
class Axis:
    """One attribute with its levels in canonical order, (missing) last.

    levels:  names; text of the table that reads as a reserved name, such as (missing), in quotes.
    values:  what the levels were in the table; None for (missing), the name for bins and (other).
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


def quoted(name: str, reserved: frozenset[str] = RESERVED) -> str:
    """The name of text of the table: once more in quotes where it reads as a reserved name."""
    bare = name.lstrip('"')
    quotes = len(name) - len(bare)
    inside = bare.removesuffix('"' * quotes)
    return f'"{name}"' if inside in reserved and len(bare) == len(inside) + quotes else name


def axis_of(
    attribute: Attribute, values: Sequence[object], missing: Sequence[str] = (), other: str = ""
) -> tuple[Axis, Array]:
    """The axis of the distinct `values` of a column, and the code of each value.

    Text is compared after trimming; `missing` are texts that stand for a missing value, `other` is
    the one that stands for (other).
    """
    names = [_name(attribute, value, missing, other) for value in values]
    first: dict[str, object] = {}
    for name, value in zip(names, values, strict=True):
        if name is not None:
            first.setdefault(name, _value(name, value))
    declared = [name for name in attribute.order if name != MISSING and name not in missing]
    axis = ordered(attribute.name, first, None in names, declared)
    code = {name: i for i, name in enumerate(axis.levels)}
    codes = [code[MISSING if name is None else name] for name in names]
    return axis, np.array(codes, np.int64)


def ordered(
    name: str, values: Mapping[str, object], absent: bool, declared: Sequence[str] = ()
) -> Axis:
    """The axis of levels by name, in canonical order; absent: with (missing)."""
    values = {one: one for one in declared} | dict(values)
    rank = {one: i for i, one in enumerate(declared)}
    levels = sorted(values, key=lambda one: _place(one, values[one], rank))
    known = [values[one] for one in levels]
    return Axis(
        name, (*levels, *[MISSING] * absent), (*known, *[None] * absent),
        len(levels) if absent else None,
    )  # fmt: skip


def _name(attribute: Attribute, value: object, missing: Sequence[str], other: str) -> str | None:
    try:
        name = written(value)
    except Refused as error:
        raise Refused(f"column '{attribute.name}' {error}") from None
    if name is None or name in missing:
        return None
    return OTHER if other and name == other else quoted(name)


def _value(name: str, value: object) -> object:
    if name == OTHER:
        return name
    return value.strip() if isinstance(value, str) else value


def _place(name: str, value: object, rank: dict[str, int]) -> tuple[int, int, float, str]:
    """Declared levels first, then numbers by value, then text by code point, then (other)."""
    if name in rank:
        return 0, rank[name], 0.0, ""
    if name == OTHER:
        return 3, 0, 0.0, ""
    if isinstance(value, bool | int | float | Decimal):
        return 1, 0, float(value), name
    return 2, 0, 0.0, name
