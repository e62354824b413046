"""Which class a value of the label or of the prediction is; the positive one is named, never guessed."""

from collections.abc import Sequence

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.errors import Refused
from trl4ml.slices.levels import listed, quoted, written
from trl4ml.slices.multiclass import MACRO

MOST_CLASSES = 1000
BINARY = frozenset({-1, 0, 1})
"""Where only these numbers are seen, a positive value 1 may be absent."""


def tuple_of(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, tuple | list | set | frozenset) else (value,)


def _names(
    role: str, column: str, values: Sequence[object], missing: Sequence[str]
) -> list[str | None]:
    try:
        names = [written(value) for value in values]
    except Refused as error:
        raise Refused(f"{role} '{column}' {error}") from None
    return [None if name in missing else name for name in names]


def _is(name: str | None, value: object, wanted: frozenset[str | None]) -> bool:
    if isinstance(value, bool):
        return bool(wanted & ({"true", "True", "1"} if value else {"false", "False", "0"}))
    if isinstance(value, int | float):
        return any(one is not None and _number(one) == value for one in wanted)
    return name in wanted


def _number(text: str) -> float | None:
    """The number that text such as "1.0" means; the command line has no other."""
    if text in ("true", "false"):
        return float(text == "true")
    try:
        return float(text)
    except ValueError:
        return None


def two_classes(
    role: str, column: str, values: Sequence[object], positive: object, missing: Sequence[str]
) -> Array:
    """0 negative, 1 positive, 2 missing for each distinct value; `positive` names one or several.

    Raises Refused where there are more than two values and one positive, or where the positive
    value is not among them.
    """
    names = _names(role, column, values, missing)
    wanted = frozenset(written(one) for one in tuple_of(positive))
    there = sorted({name for name in names if name is not None})
    hit = [_is(name, value, wanted) for name, value in zip(names, values, strict=True)]
    hint = "positive" if role == "label" else "predicted"
    if not isinstance(positive, tuple | list | set | frozenset) and len(there) > 2:
        raise Refused(
            f"{role} '{column}' is not binary: it holds {listed(there)}; "
            f"name all favourable values as a tuple ({hint}=…) or ask for classes"
        )
    usual = wanted <= {"1", "true"} and all(
        isinstance(value, int | float) and value in BINARY
        for name, value in zip(names, values, strict=True)
        if name is not None
    )
    if None in wanted:
        raise Refused(f"the positive value of {role} '{column}' is empty; name one ({hint}=…)")
    if there and not any(hit) and not usual:
        told = " or ".join(f"'{name}'" for name in sorted(str(one) for one in wanted))
        raise Refused(
            f"{role} '{column}' holds {listed(there)} but not {told}; name its positive value ({hint}=…)"
        )
    return np.array([2 if n is None else int(h) for n, h in zip(names, hit, strict=True)], np.int32)


def many_classes(
    columns: Sequence[tuple[str, str, Sequence[object]]], missing: Sequence[str]
) -> tuple[tuple[str, ...], list[Array]]:
    """The classes of several columns in canonical order, and the class of each distinct value.

    columns: role, name and distinct values of each; a missing value has code `len(classes)`. A class
    that reads as the mean over classes, macro, is put in quotes.
    """
    named = [
        (
            [n and quoted(n, frozenset({MACRO})) for n in _names(role, column, values, missing)],
            values,
        )
        for role, column, values in columns
    ]
    first: dict[str, object] = {}
    for names, values in named:
        for name, value in zip(names, values, strict=True):
            if name is not None:
                first.setdefault(name, value)
    if len(first) > MOST_CLASSES:
        raise Refused(
            f"'{columns[0][1]}' has {len(first):,} classes (at most {MOST_CLASSES:,}); "
            "bin it, or ask for a regression"
        )
    classes = tuple(sorted(first, key=lambda name: _place(name, first[name])))
    code = {name: i for i, name in enumerate(classes)}
    return classes, [
        np.array([len(classes) if n is None else code[n] for n in names], np.int32)
        for names, _ in named
    ]


def _place(name: str, value: object) -> tuple[bool, float, str]:
    number = isinstance(value, int | float)
    return not number, float(value) if isinstance(value, int | float) else 0.0, name
