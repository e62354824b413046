"""Tests of one group against another, independent, group; vectorised except where exact.

A slice is tested against the rest of the rows, never against the whole that contains it.
"""

import numpy as np
from numpy.typing import ArrayLike

from trl4ml.slices.arrays import Array


def two_proportions(
    k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike
) -> tuple[Array, Array]:
    """The pooled z of k1/n1 − k2/n2 and its two-sided p: χ² without continuity correction.

    NaN where a denominator is 0, or where all rows have one outcome.
    """
    k1, n1, k2, n2 = (np.asarray(x, float) for x in (k1, n1, k2, n2))
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (k1 + k2) / (n1 + n2)
        z = (k1 / n1 - k2 / n2) / np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    z = np.where(np.isfinite(z), z, np.nan)
    from scipy.special import ndtr

    return z, 2 * ndtr(-np.abs(z))


def fisher(k1: int, n1: int, k2: int, n2: int) -> float:
    """Fisher's exact two-sided p: the sum of the tables no likelier than the one seen.

    Two probabilities within a relative 1e-7 count as equal, as R does.
    """
    from scipy.special import gammaln

    total, low, high = k1 + k2, max(0, k1 + k2 - n2), min(n1, k1 + k2)
    x = np.arange(low, high + 1)
    logs = -(gammaln(x + 1) + gammaln(n1 - x + 1))
    logs -= gammaln(total - x + 1) + gammaln(n2 - total + x + 1)
    table = np.exp(logs - logs.max())
    chance = table / table.sum()
    return float(min(1.0, chance[chance <= chance[k1 - low] * (1 + 1e-7)].sum()))


def against(k1: Array, n1: Array, k2: Array, n2: Array) -> tuple[Array, list[str]]:
    """p of k1/n1 against k2/n2 and the test used: Fisher where an expected count is below 5."""
    _, p = two_proportions(k1, n1, k2, n2)
    tests = ["two proportions, pooled z"] * len(p)
    n = n1 + n2
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = (k1 + k2) / n
    least = np.minimum(n1, n2) * np.minimum(rate, 1 - rate)
    for i in np.flatnonzero((least < 5) & (n1 > 0) & (n2 > 0)):
        p[i], tests[i] = fisher(int(k1[i]), int(n1[i]), int(k2[i]), int(n2[i])), "Fisher"
    return p, tests


def homogeneity(k: ArrayLike, n: ArrayLike) -> tuple[float, float]:
    """χ² with G−1 degrees of freedom that G groups share one rate, and its p; NaN if undefined."""
    k, n = np.asarray(k, float), np.asarray(n, float)
    used = n > 0
    k, n = k[used], n[used]
    if k.size < 2 or not 0 < k.sum() < n.sum():
        return np.nan, np.nan
    from scipy.special import chdtrc

    rate = k.sum() / n.sum()
    chi = float((((k - n * rate) ** 2) / (n * rate * (1 - rate))).sum())
    return chi, float(chdtrc(k.size - 1, chi))


def mcnemar(b: int, c: int) -> float:
    """The exact two-sided p of `b` against `c` discordant pairs; NaN when there are none."""
    if b + c == 0:
        return np.nan
    from scipy.special import bdtr

    return float(min(1.0, 2 * bdtr(min(b, c), b + c, 0.5)))
