"""Rates and impact ratios of one table of categories, in exact fractions.

A ratio is a category's rate over the highest rate. The rule leaves open whether a category that
may be left out can still be that highest one, so both conventions are given: A over all listed
categories, B over the eligible ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from trl4ml.slices.attributes import MISSING

SMALL = 50
"""A category may be left out of the ratios when 50 times its people are fewer than all people."""
Category = tuple[str, ...]
Counts = Mapping[Category, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Row:
    """One category: `selected` of `n` people, its share of all people, rate and ratios.

    highest:  ratio by convention A; eligible: ratio by convention B, None where it is excluded.
    A rate or ratio is None where it is undefined: nobody in the category, or nobody selected.
    excluded: why the category may be left out of the ratios, else "".
    """

    category: Category
    selected: int
    n: int
    share: Fraction
    rate: Fraction | None
    highest: Fraction | None
    eligible: Fraction | None
    excluded: str

    def __str__(self) -> str:
        return ", ".join(self.category)


@dataclass(frozen=True, slots=True)
class AuditTable:
    """One of the three tables, with the categories (all tied ones) that each convention compares.

    moved: what the choice of convention changes, in words; "" where the two agree.
    unknown: people whose category is unknown in this table; they are no row and no comparator.
    """

    name: str
    rows: tuple[Row, ...]
    comparator_a: tuple[Category, ...]
    comparator_b: tuple[Category, ...]
    moved: str
    unknown: int


def impact(name: str, counts: Counts, total: int, min_n: int = 0) -> AuditTable:
    """One table of categories → (selected, people), out of `total` people, unknown ones included.

    A category with less than 2 % of them (50·n < total) or fewer than `min_n` is listed with its
    rate and the reason, and takes no part in convention B.
    """
    known = {one: counts[one] for one in counts if MISSING not in one}
    rates = {one: Fraction(k, n) if n else None for one, (k, n) in known.items()}
    excluded = {one: _excluded(n, total, min_n) for one, (_, n) in known.items()}
    best_a = _best(rates)
    best_b = _best({one: rate for one, rate in rates.items() if not excluded[one]})
    rows = tuple(
        Row(
            category=one,
            selected=k,
            n=n,
            share=Fraction(n, total),
            rate=rates[one],
            highest=_ratio(rates[one], best_a),
            eligible=None if excluded[one] else _ratio(rates[one], best_b),
            excluded=excluded[one],
        )
        for one, (k, n) in known.items()
    )
    comparators = [
        tuple(row.category for row in rows if row.rate == best and not (out and row.excluded))
        if best is not None
        else ()
        for best, out in ((best_a, False), (best_b, True))
    ]
    unknown = sum(n for one, (_, n) in counts.items() if MISSING in one)
    moved = _moved(rows, best_a, best_b)
    return AuditTable(name, rows, comparators[0], comparators[1], moved, unknown)


def _excluded(n: int, total: int, min_n: int) -> str:
    if SMALL * n < total:
        return f"{n / total:.2%} of the data, less than 2%"
    return f"{n} people, fewer than {min_n}" if n < min_n else ""


def _best(rates: Mapping[Category, Fraction | None]) -> Fraction | None:
    return max((rate for rate in rates.values() if rate is not None), default=None)


def _ratio(rate: Fraction | None, best: Fraction | None) -> Fraction | None:
    return rate / best if rate is not None and best else None


def _moved(rows: tuple[Row, ...], best_a: Fraction | None, best_b: Fraction | None) -> str:
    if best_a == best_b or best_a is None:
        return ""
    movers = [row for row in rows if row.rate == best_a]
    names = "; ".join(f"{row} ({row.selected} of {row.n}: {row.excluded})" for row in movers)
    change = f"from {float(best_b):.3f} to {float(best_a):.3f}" if best_b is not None else "alone"
    return f"{names} moves the highest rate {change} under convention A"
