"""Intervals of what is largest: the gap between any two groups, or of any group to all rows.

The groups that lie farthest apart in a sample are so partly by chance, and drawing the sample again
moves them farther apart still, so that percentiles of the gap itself are not an interval of it.
Instead every gap gets one at once, from the largest studentised deviation in each replicate (max-T:
Westfall and Young 1993, Resampling-Based Multiple Testing). The largest gap then lies between the
highest of the lower bounds and the highest of the upper ones. Gaps that are too small to be the
largest are left out first, at a tenth of the error (two steps: Romano, Shaikh and Wolf 2014,
Econometrica 82:1979), so that the interval is not wider than it says where one gap stands out.

It covers the true largest gap as often as it says where all groups are alike or one gap stands out,
and more often in between. It does not know of a bias: the calibration errors `ece` and `mce` are
larger in smaller groups, which `calibrating` tells of.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.arrays import Array

FIRST = 0.1
"""The share of the error that leaving out small gaps may use."""
MOST = 200_000
"""Gaps compared in every replicate: those of some 600 groups, in some seconds."""


class Drawn(NamedTuple):
    """One metric: (groups,) values and (replicates, groups) draws of them.

    whole: the value of all rows and its (replicates,) draws, if groups are compared with it; None:
    with one another.
    """

    value: Array
    each: Array
    whole: tuple[float, Array] | None = None

    @property
    def defined(self) -> NDArray[np.bool_]:
        """(replicates,) whether all groups have a value, and all rows where they are asked for."""
        every = np.isfinite(self.each).all(axis=1)
        return np.asarray(every if self.whole is None else every & np.isfinite(self.whole[1]))

    def only(self, kept: NDArray[np.bool_]) -> "Drawn":
        """The same with some of the replicates."""
        whole = self.whole and (self.whole[0], self.whole[1][kept])
        return Drawn(self.value, self.each[kept], whole)

    def gaps(self) -> Iterator[tuple[Array, Array]]:
        """Gaps and their (replicates, gaps) draws, those of one group at a time."""
        if self.whole is not None:
            value, each = self.whole
            yield self.value - value, self.each - each[:, None]
            return
        for i in range(len(self.value) - 1):
            others = slice(i + 1, None)
            yield self.value[others] - self.value[i], self.each[:, others] - self.each[:, [i]]

    def logarithms(self) -> "Drawn":
        """Of values above 0; a ratio is a gap of logarithms."""
        with np.errstate(invalid="ignore", divide="ignore"):
            whole = self.whole and (np.log(self.whole[0]), np.log(self.whole[1]))
            return Drawn(np.log(self.value), np.log(self.each), whole)


def interval(drawn: Sequence[Drawn], ratio: bool, level: float) -> tuple[float, float, int]:
    """The bounds of the largest gap (or of the smallest ratio) of all metrics together.

    Third, the replicates left out because a group has no value in them, or none above 0 for a
    ratio. NaN where a value is none, or where more than half of the replicates are left out.
    """
    if ratio:
        drawn = [one.logarithms() for one in drawn]
    kept = np.all([one.defined for one in drawn], axis=0)
    lost = int((~kept).sum())
    if 2 * lost > len(kept) or not all(np.isfinite(one.value).all() for one in drawn):
        return np.nan, np.nan, lost
    lower, upper = _largest([one.only(kept) for one in drawn], level)
    return (math.exp(-upper), math.exp(-lower), lost) if ratio else (lower, upper, lost)


def _largest(drawn: Sequence[Drawn], level: float) -> tuple[float, float]:
    sized = [(np.abs(gap), draws.std(axis=0, ddof=1)) for one in drawn for gap, draws in one.gaps()]
    gaps, errors = (np.concatenate(parts) for parts in zip(*sized, strict=True))
    first = FIRST * (1 - level)
    wide = _critical(drawn, errors, errors > 0, 1 - first)
    near = gaps + wide * errors >= (gaps - wide * errors).max()
    narrow = _critical(drawn, errors, near & (errors > 0), level + first) * errors[near]
    return max(0.0, float((gaps[near] - narrow).max())), float((gaps[near] + narrow).max())


def _critical(
    drawn: Sequence[Drawn], errors: Array, kept: NDArray[np.bool_], level: float
) -> float:
    """The quantile over the replicates of the largest deviation among the gaps that are kept."""
    most, at = np.zeros(len(drawn[0].each)), 0
    for one in drawn:
        for gap, draws in one.gaps():
            here = slice(at, at := at + len(gap))
            own = kept[here]
            if own.any():
                deviations = np.abs(draws[:, own] - gap[own]) / errors[here][own]
                most = np.maximum(most, deviations.max(axis=1))
    return float(np.quantile(most, level))
