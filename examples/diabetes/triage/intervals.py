"""A value, its 95 % interval, and the number of patients behind it; or the reason there is none."""

from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Estimate:
    """A measured value. `n` is its own denominator, not the size of the group."""

    value: float
    lower: float
    upper: float
    n: int
    method: str


@dataclass(frozen=True)
class Undefined:
    """No value, and why: never a zero that looks measured."""

    reason: str
    n: int


def proportion(k: int, n: int) -> Estimate | Undefined:
    """k of n, with Wilson's score interval (1927)."""
    if n == 0:
        return Undefined("the denominator is 0", n)
    p, room = k / n, Z * Z / n
    centre, half = p + room / 2, sqrt(p * (1 - p) * room + room * room / 4)
    lower, upper = (centre - half) / (1 + room), (centre + half) / (1 + room)
    return Estimate(p, lower if k else 0.0, upper if k < n else 1.0, n, "Wilson")


def area(high: NDArray[np.float64], low: NDArray[np.float64]) -> Estimate | Undefined:
    """Area under the ROC curve of two classes' scores: DeLong's variance (1988), on the logit."""
    n = len(high) + len(low)
    if min(len(high), len(low)) < 2:
        return Undefined("fewer than 2 patients in a class", n)
    wins = np.greater.outer(high, low) + 0.5 * np.equal.outer(high, low)
    auc = float(wins.mean())
    if auc in (0.0, 1.0):
        return Undefined("the classes are separated, the interval has no width", n)
    variance = wins.mean(1).var(ddof=1) / len(high) + wins.mean(0).var(ddof=1) / len(low)
    centre, half = log(auc / (1 - auc)), Z * sqrt(variance) / (auc * (1 - auc))
    lower, upper = (1 / (1 + exp(-end)) for end in (centre - half, centre + half))
    return Estimate(auc, lower, upper, n, "DeLong, logit")


def mean(values: NDArray[np.float64]) -> Estimate | Undefined:
    """A mean with its normal interval."""
    n = len(values)
    if n < 2:
        return Undefined("fewer than 2 patients", n)
    value, half = float(values.mean()), Z * float(values.std(ddof=1)) / sqrt(n)
    return Estimate(value, max(value - half, 0.0), value + half, n, "normal, of the mean")
