"""Metrics of scores against a binary label, per group, from one histogram of distinct scores.

Every function takes Bars and returns (…, groups): NaN where undefined, infinite where unbounded.
Scores are exact, or the upper edges of bins when the cube kept a histogram.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.bars import LOSS_STEP, Bars
from trl4ml.slices.errors import Refused
from trl4ml.slices.rates import EMPTY_DENOMINATOR, FN, FP, OUTCOMES, RATES, TN, TP, counted

ECE_BINS = 10


def _over(top: Array, bottom: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)


def auc(x: Bars) -> Array:
    """P(score of a positive > score of a negative) + ½ P(equal)."""
    wins = x.total(x.pos * (2 * x.below(x.neg) + x.neg))
    return _over(wins, 2 * x.total(x.pos) * x.total(x.neg))


def ks(x: Bars) -> Array:
    """The largest gap between the distributions of scores of positives and negatives."""
    pos, neg = x.total(x.pos), x.total(x.neg)
    with np.errstate(invalid="ignore", divide="ignore"):
        up = (x.below(x.pos) + x.pos) / pos[..., x.group]
        down = (x.below(x.neg) + x.neg) / neg[..., x.group]
    return np.where((pos > 0) & (neg > 0), _most(x, np.abs(up - down)), np.nan)


def _most(x: Bars, values: Array) -> Array:
    """(…, groups) the largest value among the bars of each group; 0 where there is none."""
    found = np.zeros((*values.shape[:-1], x.groups))
    starts = np.flatnonzero(np.r_[True, np.diff(x.group) != 0][: len(x.group)])
    if len(starts):
        found[..., x.group[starts]] = np.maximum.reduceat(np.nan_to_num(values), starts, axis=-1)
    return found


def rows(x: Bars) -> Array:
    """Rows (or weights) with a label and a score."""
    return x.total(x.pos + x.neg)


def mean_score(x: Bars) -> Array:
    return _over(x.total(x.sums), rows(x))


def calibration_gap(x: Bars) -> Array:
    """Calibration in the large: mean score − share of positives."""
    return _over(x.total(x.sums) - x.total(x.pos), rows(x))


def brier(x: Bars) -> Array:
    """The mean of (score − y)²."""
    return np.maximum(_over(x.total(x.squares - 2 * x.hits + x.pos), rows(x)), 0)


def log_loss(x: Bars) -> Array:
    """−mean(y ln s + (1−y) ln(1−s)); unbounded where a score of 0 or 1 is on the wrong side."""
    if x.loss is not None:
        return _over(x.total(x.loss), rows(x))
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = np.where(x.pos > 0, -x.pos * np.log(x.score), 0.0)
        loss = loss + np.where(x.neg > 0, -x.neg * np.log1p(-x.score), 0.0)
    return _over(x.total(loss), rows(x))


class Bins(NamedTuple):
    """(…, groups, bins) rows, Σ score and Σ y."""

    n: Array
    sums: Array
    pos: Array


def in_bins(x: Bars, bins: int) -> Bins:
    """The bars in bins of equal width on [0, 1], upper-inclusive."""
    if x.bins and x.bins % bins:
        raise Refused(
            f"{bins} calibration bins do not fit {x.bins} score bins; choose a divisor of {x.bins}, "
            f"or score bins that are a multiple of {bins}"
        )
    edges = np.arange(1, bins) / bins
    place = np.searchsorted(edges, x.score - (0.5 / x.bins if x.bins else 0), side="left")
    key = x.group * bins + place

    def added(values: Array) -> Array:
        if values.ndim > 1:
            return np.stack([added(row) for row in values])
        totals = np.bincount(key, weights=values, minlength=x.groups * bins)
        return totals.reshape(x.groups, bins)

    return Bins(added(x.pos + x.neg), added(x.sums), added(x.pos))


def ece(x: Bars, bins: int = ECE_BINS) -> Array:
    """Expected calibration error: Σ (n_b/n)·|mean y − mean score| over bins of equal width."""
    found = in_bins(x, bins)
    return _over(np.abs(found.sums - found.pos).sum(-1), rows(x))


def mce(x: Bars, bins: int = ECE_BINS) -> Array:
    """The largest calibration gap of a bin that is not empty."""
    n, sums, pos = in_bins(x, bins)
    largest = np.divide(np.abs(sums - pos), n, out=np.zeros_like(n), where=n > 0).max(-1)
    return np.where(rows(x) > 0, largest, np.nan)


def outcomes(x: Bars) -> Array:
    """(…, groups, 9) expected outcomes of probabilities: TP is Σ score over positives, and so on."""
    pos, neg, hits = x.total(x.pos), x.total(x.neg), x.total(x.hits)
    false = x.total(x.sums) - hits
    found = np.zeros((*pos.shape, len(OUTCOMES)))
    found[..., TP], found[..., FN] = hits, pos - hits
    found[..., FP], found[..., TN] = false, neg - false
    return found


def expected(rate: str) -> Callable[[Bars], Array]:
    """The rate of the expected outcomes."""
    return lambda x: counted(outcomes(x), rate).value


SCORES: dict[str, Callable[[Bars], Array]] = {
    "auc": auc,
    "ks": ks,
    "mean_score": mean_score,
    "calibration_gap": calibration_gap,
    "ece": ece,
    "mce": mce,
    "brier": brier,
    "log_loss": log_loss,
    **{f"expected_{rate}": expected(rate) for rate in RATES},
}
"""The score metrics by name."""
PROBABILITIES = frozenset(SCORES) - {"auc", "ks", "mean_score"}
"""Those that need scores in [0, 1]."""
ONE_CLASS = "no rows with a positive label, or none with a negative one"
UNDEFINED = {
    "auc": ONE_CLASS,
    "ks": ONE_CLASS,
    **{f"expected_{rate}": reason for rate, reason in EMPTY_DENOMINATOR.items()},
}
"""Why a metric is undefined; else there are no rows with a label and a score."""


def denominator(name: str, x: Bars) -> Array:
    """The rows a metric rests on: the smaller class for auc and ks."""
    if name in ("auc", "ks"):
        return np.minimum(x.total(x.pos), x.total(x.neg))
    if name.startswith("expected_"):
        return counted(outcomes(x), name.removeprefix("expected_")).n
    return rows(x)


def error_bound(name: str, x: Bars) -> Array | None:
    """How far a metric of a histogram may be from the one of the scores; None where it is exact."""
    if not x.bins or name not in ("auc", "ks", "log_loss"):
        return None
    if name == "log_loss":
        return np.full(x.groups, LOSS_STEP / 2)
    pos, neg = x.total(x.pos), x.total(x.neg)
    if name == "auc":
        return _over(x.total(x.pos * x.neg), 2 * pos * neg)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _most(x, np.maximum(x.pos / pos[..., x.group], x.neg / neg[..., x.group]))
