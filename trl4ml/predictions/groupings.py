"""`sex,race` and `age:25,45`: which columns the slices are made of, how they are cut and crossed."""

import math
from collections.abc import Sequence
from typing import NamedTuple

CLOSED = ("right", "left")
COUNTS = ("width", "quantiles", "top")


class NotGrouping(ValueError):
    """The text cannot be read; `at` is its number among those given, from 0."""

    def __init__(self, says: str, at: int) -> None:
        super().__init__(says)
        self.at = at


class Axis(NamedTuple):
    """One column: cut at `cuts`, or into `width` or `quantiles` bins, or its `top` levels kept."""

    name: str
    cuts: tuple[float, ...] = ()
    closed: str = "right"
    width: int = 0
    quantiles: int = 0
    top: int = 0


class Groupings(NamedTuple):
    """The columns, each once, and the groupings over them: each alone, then the crossed ones."""

    axes: tuple[Axis, ...]
    by: tuple[tuple[str, ...], ...]


def groupings(texts: Sequence[str]) -> Groupings:
    """Read texts such as `sex,race`, `age:25,45`, `age:left,25`, `age:quantiles=4`, `zip:top=20`.

    Columns of one text are also crossed. Raises NotGrouping.
    """
    axes: dict[str, Axis] = {}
    crossed: dict[tuple[str, ...], None] = {}
    for at, text in enumerate(texts):
        try:
            named = _axes(text)
            names = tuple(axis.name for axis in named)
            if len(set(names)) < len(names):
                raise ValueError("names a column twice")
            for axis in named:
                axes[axis.name] = _agreed(axes.get(axis.name), axis)
        except ValueError as error:
            raise NotGrouping(f"'{text}' {error}", at) from None
        crossed[names] = None
    single = ((name,) for name in axes)
    return Groupings(tuple(axes.values()), tuple(dict.fromkeys((*single, *crossed))))


def _axes(text: str) -> list[Axis]:
    found: list[Axis] = []
    cutting = False
    for part in text.split(","):
        word = part.strip()
        if not word:
            raise ValueError("has an empty part; write it as in sex,race or age:25,45")
        name, colon, first = word.rpartition(":")
        if colon and name and _infinite(first):
            raise _not_finite(name, first)
        if cutting and _infinite(word):
            raise _not_finite(found[-1].name, word)
        if colon and name and _is_bin(first):
            _check(found, cutting)
            found.append(_binned(Axis(name), first))
            cutting = "=" not in first
        elif cutting and _number(word) is not None:
            found[-1] = _binned(found[-1], word)
        else:
            _check(found, cutting)
            found.append(Axis(word))
            cutting = False
    _check(found, cutting)
    return found


def _check(found: list[Axis], cutting: bool) -> None:
    if cutting and not found[-1].cuts:
        raise ValueError(f"says on which side {found[-1].name} is closed and names no cut")
    if cutting and list(found[-1].cuts) != sorted(set(found[-1].cuts)):
        raise ValueError(f"has cuts of {found[-1].name} that do not rise")


def _is_bin(word: str) -> bool:
    return word in CLOSED or word.partition("=")[0] in COUNTS or _number(word) is not None


def _binned(axis: Axis, word: str) -> Axis:
    if word in CLOSED:
        return axis._replace(closed=word)
    kind, equals, count = word.partition("=")
    if equals:
        if not count.isdecimal() or not 1 <= int(count) <= 1000:
            raise ValueError(f"needs a whole number from 1 to 1000 after {kind}=")
        width, quantiles, top = (int(count) if kind == name else 0 for name in COUNTS)
        return Axis(axis.name, width=width, quantiles=quantiles, top=top)
    return axis._replace(cuts=(*axis.cuts, float(word)))


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _not_finite(column: str, edge: str) -> ValueError:
    return ValueError(f"has an edge of {column} that is not finite, {edge}; give numbers")


def _infinite(word: str) -> bool:
    """inf, 1e999 or nan: no edge, and no name of a column that is being cut."""
    number = _number(word)
    return number is not None and not math.isfinite(number)


def _agreed(before: Axis | None, axis: Axis) -> Axis:
    """The column as it is cut where it is; it may be named again without."""
    if before is None or before == Axis(axis.name):
        return axis
    if axis not in (before, Axis(axis.name)):
        raise ValueError(f"cuts {axis.name} in another way than before")
    return before
