"""Intervals for rates, their differences and their ratios, vectorised over groups.

Newcombe (1998), Statistics in Medicine 17:857 and 17:873; Katz et al. (1978), Biometrics 34:469;
Brown, Cai and DasGupta (2001), Statistical Science 16:101. Every function takes successes `k` and
denominators `n` of one shape (arrays or numbers; not whole when rows are weighted) and returns the
lower and the upper bounds. NaN means that the interval is undefined: the denominator is 0.
"""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trl4ml.slices.arrays import Array

Pair = tuple[Array, Array]


def quantile(level: float) -> float:
    """The two-sided normal quantile: 1.96 at level .95."""
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
    return NormalDist().inv_cdf(0.5 + level / 2)


def _rates(k: ArrayLike, n: ArrayLike) -> tuple[Array, Array, Array]:
    k, n = np.broadcast_arrays(np.asarray(k, float), np.asarray(n, float))
    with np.errstate(invalid="ignore", divide="ignore"):
        return k, np.where(n > 0, n, np.nan), np.where(n > 0, k / n, np.nan)


def wilson(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Pair:
    """The score interval; begins at exactly 0 where k = 0 and ends at exactly 1 where k = n."""
    k, n, p = _rates(k, n)
    z = quantile(level)
    centre = p + z * z / (2 * n)
    half = z * np.sqrt(np.maximum(p * (1 - p), 0) / n + (z / n) ** 2 / 4)
    scale = 1 + z * z / n
    lower, upper = (centre - half) / scale, (centre + half) / scale
    return np.where(k == 0, 0.0 * p, lower), np.where(k == n, 1.0 + 0.0 * p, upper)


def jeffreys(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Pair:
    """Equal tails of Beta(k + ½, n − k + ½); 0 below where k = 0, 1 above where k = n."""
    k, n, p = _rates(k, n)
    lower, upper = _beta(k + 0.5, n - k + 0.5, level)
    return np.where(k == 0, 0.0 * p, lower), np.where(k == n, 1.0 + 0.0 * p, upper)


def clopper_pearson(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Pair:
    """The exact interval: never covers less than its level, and is wide for it."""
    k, n, p = _rates(k, n)
    lower, _ = _beta(np.where(k > 0, k, 1.0), n - k + 1, level)
    _, upper = _beta(k + 1, np.where(k < n, n - k, 1.0), level)
    nothing = 0.0 * p
    return np.where(k == 0, nothing, lower + nothing), np.where(
        k == n, 1 + nothing, upper + nothing
    )


def uniform(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Pair:
    """Equal tails of Beta(1 + k, 1 + n − k), the posterior under a uniform prior."""
    k, n, _ = _rates(k, n)
    return _beta(1 + k, 1 + n - k, level)


def _beta(a: Array, b: Array, level: float) -> Pair:
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    return betaincinv(a, b, tail), betaincinv(a, b, 1 - tail)


INTERVALS = {"wilson": wilson, "jeffreys": jeffreys, "clopper-pearson": clopper_pearson}
"""Those that a table offers, by name."""


def newcombe(
    k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike, level: float = 0.95
) -> Pair:
    """The hybrid score interval of k1/n1 − k2/n2 for independent groups."""
    (_, _, p1), (_, _, p2) = _rates(k1, n1), _rates(k2, n2)
    (l1, u1), (l2, u2) = wilson(k1, n1, level), wilson(k2, n2, level)
    d = p1 - p2
    return d - np.hypot(p1 - l1, u2 - p2), d + np.hypot(u1 - p1, p2 - l2)


def katz(
    k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike, level: float = 0.95
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """The log interval of (k1/n1)/(k2/n2), and where ½ was added.

    A zero among the successes has no logarithm: there ½ is added to both k and both n, and the
    third array says so.
    """
    k1, n1, k2, n2 = (np.asarray(x, float) for x in np.broadcast_arrays(k1, n1, k2, n2))
    added: NDArray[np.bool_] = (k1 == 0) | (k2 == 0)
    half = np.where(added, 0.5, 0.0)
    k1, n1, k2, n2 = k1 + half, n1 + half, k2 + half, n2 + half
    with np.errstate(all="ignore"):
        ratio = np.log(k1 * n2) - np.log(k2 * n1)
        spread: Any = quantile(level) * np.sqrt(np.maximum(1 / k1 - 1 / n1 + 1 / k2 - 1 / n2, 0))
        defined = (n1 > half) & (n2 > half)
        lower = np.where(defined, np.exp(ratio - spread), np.nan)
        upper = np.where(defined, np.exp(ratio + spread), np.nan)
    return lower, upper, added & defined
