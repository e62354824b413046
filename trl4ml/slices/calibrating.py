"""Calibration by group and bin of scores: where it fails, and what it would be by chance."""

from typing import NamedTuple

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.bars import Bars, own_bars
from trl4ml.slices.grouping import Grouping
from trl4ml.slices.scores import ECE_BINS, ece, in_bins


class Calibration(NamedTuple):
    """(groups, bins) each. gap: mean score − share of positives; NaN where the bin is empty.

    enough: the bin holds at least the mass asked for; those that do not are to be listed.
    """

    n: Array
    gap: Array
    enough: Array


def by_bin(grouping: Grouping, bins: int = ECE_BINS, mass: float = 0.0) -> Calibration:
    """The calibration of every group in `bins` equal bins of scores in [0, 1], upper-inclusive.

    Multicalibration (Hébert-Johnson et al., 2018) asks |gap| ≤ α wherever a group and a bin hold
    the share `mass` of all rows.
    """
    n, sums, pos = in_bins(own_bars(grouping), bins)
    gap = np.divide(sums - pos, n, out=np.full_like(n, np.nan), where=n > 0)
    return Calibration(n, gap, n >= mass * n.sum())


class Parts(NamedTuple):
    """(groups,) each: brier = reliability − resolution + uncertainty, where scores are constant
    within bins."""

    reliability: Array
    resolution: Array
    uncertainty: Array


def brier_parts(grouping: Grouping, bins: int = ECE_BINS) -> Parts:
    """Murphy's (1973) parts of the Brier score over bins of equal width."""
    n, sums, pos = in_bins(own_bars(grouping), bins)
    rows = n.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = pos.sum(-1) / rows
        reliability = np.nan_to_num((sums - pos) ** 2 / n).sum(-1) / rows
        resolution = np.nan_to_num(n * (pos / n - rate[:, None]) ** 2).sum(-1) / rows
    return Parts(reliability, resolution, rate * (1 - rate))


def ece_by_chance(grouping: Grouping, replicates: int, seed: int, bins: int = ECE_BINS) -> Array:
    """(replicates, groups) ECE of labels drawn from the scores themselves.

    What a perfectly calibrated model would show with these rows: ECE is biased upward when rows are
    few, so that only an ECE above these values says something.
    """
    x = own_bars(grouping)
    rows = (x.pos + x.neg).astype(np.int64)
    mean = np.divide(x.sums, rows, out=np.zeros_like(x.sums), where=rows > 0)
    rng = np.random.default_rng(seed)
    pos = rng.binomial(rows, np.clip(mean, 0, 1), (replicates, len(rows))).astype(float)
    drawn = Bars(
        x.group, x.score, pos, rows - pos, np.broadcast_to(x.sums, pos.shape),
        np.broadcast_to(x.squares, pos.shape), pos * mean, x.groups, x.bins,
    )  # fmt: skip
    return ece(drawn, bins)
