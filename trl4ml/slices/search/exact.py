"""The exact test of a slice against the rest of the rows, for a great many slices at once.

Given that K of all N rows are in the numerator, the k of n rows of a slice that is like the rest
are hypergeometric. The normal approximation is not used: where rates are low its smallest p-values
come out too small, and those decide in a search.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAST = 1e-300
"""What a p-value below this is reported as: never 0."""
NEGLIGIBLE = 1e-17


def two_sided(k: NDArray[np.int64], n: NDArray[np.int64], whole_k: int, whole_n: int) -> Array:
    """Twice the smaller tail, at most 1, of k in n rows drawn from `whole_k` in `whole_n`."""
    pairs, at = np.unique(np.column_stack([k, n]), axis=0, return_inverse=True)
    if not len(pairs):
        return np.zeros(0)
    return np.asarray(_tails(pairs[:, 0], pairs[:, 1], whole_k, whole_n)[at.ravel()])


def _tails(k: NDArray[np.int64], n: NDArray[np.int64], whole_k: int, whole_n: int) -> Array:
    """Both tails begin at k; the one away from the mean is summed, outwards from its largest term.

    A tail below the mean is the tail above it of the rows outside the numerator.
    """
    below = k * whole_n < n * whole_k
    x = np.where(below, n - k, k).astype(float)
    size = n.astype(float)
    inside = np.where(below, whole_n - whole_k, whole_k).astype(float)
    outside = whole_n - inside
    chance = _log_chance(x, size, inside, outside)
    p = 2 * np.exp(chance + np.log(_sum_of_ratios(x, size, inside, outside)))
    return np.asarray(np.clip(p, LEAST, 1.0))


def _log_chance(x: Array, size: Array, inside: Array, outside: Array) -> Array:
    """The logarithm of C(inside, x) C(outside, size − x) / C(inside + outside, size)."""
    from scipy.special import gammaln

    def choose(a: Array, b: Array) -> Array:
        return np.asarray(gammaln(a + 1) - gammaln(b + 1) - gammaln(a - b + 1))

    return choose(inside, x) + choose(outside, size - x) - choose(inside + outside, size)


def _sum_of_ratios(x: Array, size: Array, inside: Array, outside: Array) -> Array:
    """Σ P(X = x + j) / P(X = x) over j ≥ 0, each sum until its terms no longer count."""
    total = np.ones(len(x))
    open_ = np.arange(len(x))
    term, x = np.ones(len(x)), x.copy()
    while len(open_):
        a, b = size[open_], inside[open_]
        term *= (b - x) * (a - x) / ((x + 1) * (outside[open_] - a + x + 1))
        x += 1
        total[open_] += term
        counts = term > NEGLIGIBLE * total[open_]
        if not counts.all():
            open_, term, x = open_[counts], term[counts], x[counts]
    return total
