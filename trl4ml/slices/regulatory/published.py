"""Whether a published table can be true: whole numbers of people behind its rounded figures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from trl4ml.slices.errors import Refused

SMALL = 50


@dataclass(frozen=True, slots=True)
class Printed:
    """One row as it is printed: people, rate and impact ratio as text; "" where none is given."""

    category: str
    n: str
    rate: str
    ratio: str = ""


def selected(n: int, rate: str) -> range:
    """The whole numbers of selected people that round to the printed rate; empty if none does."""
    low, high = _rounded(rate)
    return range(max(0, math.ceil(n * low)), min(n, math.floor(n * high)) + 1)


def check_published(
    rows: Sequence[Printed], *, total: int | None = None, unknown: int = 0
) -> tuple[str, ...]:
    """What cannot be right in one printed table, a sentence each; () when all of it can.

    `total` is the stated number of applicants and `unknown` those of unknown category. Raises
    Refused where a figure is not a number.
    """
    told = []
    feasible: dict[str, tuple[int, range, str]] = {}
    for row in rows:
        n = _number(row.n, row.category)
        if n.denominator != 1:
            told.append(f"{row.category}: {row.n} is no whole number of people")
            continue
        if not row.rate:
            raise Refused(f"{row.category}: the rate is missing; write it as 0.35")
        fits = selected(int(n), _text(row.rate, row.category))
        if not fits:
            told.append(
                f"{row.category}: no whole number of {row.n} people gives the rate {row.rate}; "
                "it is inconsistent, or the number of selected comes from a rounded rate"
            )
            continue
        feasible[row.category] = (int(n), fits, _text(row.ratio, row.category))
        if row.ratio and _rounded(row.ratio)[0] > 1:
            told.append(f"{row.category}: the ratio {row.ratio} is above 1: another comparator")
    if total is not None:
        told += _totals(sum(_number(row.n, row.category) for row in rows), unknown, total)
    if len(feasible) == len(rows) and any(row.ratio for row in rows):
        told.append(_convention(feasible, total))
    return tuple(told)


def check_margins(
    intersection: Mapping[tuple[str, str], int],
    sex: Mapping[str, int],
    race: Mapping[str, int],
) -> tuple[str, ...]:
    """Where the people of the intersections do not add up to those of one table."""
    told = []
    for place, (name, single) in enumerate((("sex", sex), ("race/ethnicity", race))):
        for category, n in single.items():
            added = sum(many for key, many in intersection.items() if key[place] == category)
            if added != n:
                told.append(
                    f"{name} {category}: {n} people, but the intersections add up to {added}"
                )
    return tuple(told)


def _totals(listed: Fraction | int, unknown: int, total: int) -> list[str]:
    gap = total - unknown - listed
    if not gap:
        return []
    return [f"rows and {unknown} unknown add up to {listed + unknown}, not to {total}"]


def _convention(feasible: dict[str, tuple[int, range, str]], total: int | None) -> str:
    """Which convention the printed ratios fit: A over all categories, B without those under 2 %."""
    everyone = total or sum(n for n, _, _ in feasible.values())
    eligible = {one: row for one, row in feasible.items() if SMALL * row[0] >= everyone}
    fits = [
        name for name, among in (("A", feasible), ("B", eligible)) if _reachable(feasible, among)
    ]
    if not fits:
        return "the ratios fit neither convention A nor B: another comparator, or an error"
    return f"the ratios fit convention {' and '.join(fits)}"


def _reachable(
    feasible: dict[str, tuple[int, range, str]], among: dict[str, tuple[int, range, str]]
) -> bool:
    return any(
        _all_fit(feasible, among, Fraction(k, n))
        for n, fits, _ in among.values()
        if n
        for k in fits
    )


def _all_fit(
    feasible: dict[str, tuple[int, range, str]],
    among: dict[str, tuple[int, range, str]],
    best: Fraction,
) -> bool:
    """Whether each printed ratio has a whole number behind it when `best` is the highest rate."""
    for one, (n, fits, ratio) in feasible.items():
        high = min(fits[-1], math.floor(best * n)) if one in among else fits[-1]
        low = fits[0]
        if ratio:
            least, most = _rounded(ratio)
            low, high = (
                max(low, math.ceil(least * best * n)),
                min(high, math.floor(most * best * n)),
            )
        if low > high:
            return False
    return True


def _rounded(printed: str) -> tuple[Fraction, Fraction]:
    """The values that round to a printed number: half a unit of its last place either way."""
    value = Fraction(printed)
    half = Fraction(1, 2 * 10 ** len(printed.partition(".")[2]))
    return max(Fraction(0), value - half), value + half


def _number(text: str, category: str) -> Fraction:
    return Fraction(_text(text, category) or "0")


def _text(text: str, category: str) -> str:
    try:
        if text and Fraction(text) < 0:
            raise ValueError
    except (ValueError, ZeroDivisionError):
        raise Refused(f"{category}: '{text}' is not a number; write it as 0.35") from None
    return text
