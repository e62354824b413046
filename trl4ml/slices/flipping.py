"""Verdicts that turn with a convention: the same table under two edge rules, or two comparators."""

from fractions import Fraction
from typing import NamedTuple

from trl4ml.slices.pairing import Comparison
from trl4ml.slices.table import Table


class Flip(NamedTuple):
    """One comparison that lies below the limit in one table and not in the other."""

    first: Comparison
    second: Comparison


def flips(first: Table, second: Table, limit: Fraction | str) -> tuple[Flip, ...]:
    """Ratios between groups that are below `limit` in one of two tables of the same rows only.

    For instance with `age` cut at 25 right-closed in one and left-closed in the other. What is
    undefined in one of them is no flip.
    """
    found = []
    others = {(c.metric, c.by): c for c in second.comparisons if c.kind == "ratio_between_groups"}
    for one in first.comparisons:
        other = others.get((one.metric, one.by))
        if one.kind != "ratio_between_groups" or other is None:
            continue
        verdicts = one.below(limit), other.below(limit)
        if None not in verdicts and verdicts[0] != verdicts[1]:
            found.append(Flip(one, other))
    return tuple(found)
