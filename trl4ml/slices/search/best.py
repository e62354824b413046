"""The slices of the highest SliceLine score, exactly, all ties included."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.search.leaves import Item, Leaves
from trl4ml.slices.search.sliceline import bound, score
from trl4ml.slices.search.tally import Counts, Places, Sums
from trl4ml.slices.search.walk import Totals, Walk

Array = NDArray[np.float64]

SLACK = 1e-9
"""What rounding may hide: a slice this near the last rank is kept, and ranked exactly later."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One slice: its (attribute, level) items in order, rows, error sum and exact score."""

    items: tuple[Item, ...]
    rows: int
    errors: Fraction
    score: Fraction


class _Race:
    """The best slices so far; slices that cannot hold one as good as the last rank are dropped."""

    def __init__(self, leaves: Leaves, support: int, alpha: float, ranks: int) -> None:
        self.n = leaves.rows
        self.total = float(leaves.error_sums.sum())
        self.support, self.alpha, self.ranks = support, alpha, ranks
        self.summed = leaves.errors is not None
        self.last = 0.0
        self.scores: Array = np.zeros(0)
        self.found: list[tuple[float, Places]] = []

    def parts(self, totals: Totals) -> tuple[Array, Array, Array]:
        """Rows, error sum and largest error."""
        if self.summed:
            return totals[:, 0], totals[:, 1], totals[:, 2]
        return totals.sum(axis=1), totals[:, 0], (totals[:, 0] > 0).astype(float)

    def open(self, totals: Totals) -> NDArray[np.bool_]:
        best = bound(*self.parts(totals), self.support, self.n, self.total, self.alpha)
        return best > self.last - SLACK

    def enter(self, items: Places, totals: Totals) -> None:
        """The last rank is the k-th best distinct score: equal scores may be the same rows."""
        size, errors, _ = self.parts(totals)
        scores = score(size, errors, self.n, self.total, self.alpha)
        good = np.flatnonzero((scores > self.last - SLACK) & (scores > -SLACK))
        self.found += [(float(scores[i]), items[i].copy()) for i in good]
        rounded = np.unique(np.concatenate([self.scores, np.round(scores[good], 9)]))
        self.scores = rounded[-self.ranks :]
        if len(self.scores) == self.ranks:
            self.last = float(self.scores[0]) - SLACK
        self.found = [one for one in self.found if one[0] > self.last - SLACK]


def best(
    leaves: Leaves, support: int, alpha: Fraction, ranks: int, depth: int | None
) -> list[list[Scored]]:
    """The findings of the `ranks` best scores above 0, best first; ties at the last rank stay.

    A finding is the list of slices that cover the same rows, the shortest first. Errors are the
    rows of `counts[:, 0]`, or the sums of `leaves.errors`. Empty when there are no errors.
    """
    race = _Race(leaves, support, float(alpha), ranks)
    if race.total == 0:
        return []
    tally: Counts | Sums = Counts(leaves.counts)
    if leaves.errors is not None:
        tally = Sums(leaves.counts.sum(axis=1), leaves.errors[:, 0], leaves.errors[:, 1])
    walk = Walk(leaves.codes, tally, race.open)
    for block in walk.blocks(depth):
        race.enter(block.items, block.totals)
    items = list(zip(walk.items.attribute.tolist(), walk.items.level.tolist(), strict=True))
    slices = [tuple(sorted(items[i] for i in path)) for _, path in race.found]
    return _ranked(leaves, slices, alpha, ranks)


def _ranked(
    leaves: Leaves, slices: list[tuple[Item, ...]], alpha: Fraction, ranks: int
) -> list[list[Scored]]:
    n, total = leaves.rows, _sum(leaves.error_sums)
    findings = []
    for aliases in leaves.same(slices):
        inside = leaves.under(aliases[0])
        rows, errors = int(leaves.counts[inside].sum()), _sum(leaves.error_sums[inside])
        gain = alpha * (errors * n / (rows * total) - 1) - (1 - alpha) * (Fraction(n, rows) - 1)
        if gain > 0:
            findings.append([Scored(items, rows, errors, gain) for items in aliases])
    findings.sort(key=lambda one: (-one[0].score, len(one[0].items), one[0].items))
    last = findings[min(ranks, len(findings)) - 1][0].score if findings else Fraction(0)
    return [one for one in findings if one[0].score >= last]


def _sum(errors: Array) -> Fraction:
    return Fraction(math.fsum(errors))
