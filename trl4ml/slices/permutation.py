"""Permutation tests over counts: shuffling outcomes over rows is one hypergeometric draw."""

import numpy as np
from numpy.typing import ArrayLike

from trl4ml.slices.arrays import Array


def permuted(k: ArrayLike, n: ArrayLike, replicates: int, seed: int) -> Array:
    """(replicates, groups) numerators after shuffling Σk successes over groups of n rows."""
    k, n = np.asarray(k, np.int64), np.asarray(n, np.int64)
    rng = np.random.default_rng(seed)
    return rng.multivariate_hypergeometric(n, int(k.sum()), size=replicates, method="marginals")


def p_value(observed: ArrayLike, replicated: ArrayLike) -> Array:
    """(1 + #{T* ≥ T}) / (1 + N) over the first axis; a relative 1e-9 counts as a tie. Never 0."""
    observed, replicated = np.asarray(observed, float), np.asarray(replicated, float)
    reached = replicated >= observed - 1e-9 * np.maximum(np.abs(observed), 1e-300)
    return np.asarray((1 + reached.sum(0)) / (1 + len(replicated)))


def max_t(observed: ArrayLike, replicated: ArrayLike) -> Array:
    """Adjusted p of many statistics: each is compared with the maximum of every replicate.

    observed: (m,), replicated: (N, m). NaN among the replicates counts as smallest.
    """
    replicated = np.asarray(replicated, float)
    largest = np.where(np.isnan(replicated), -np.inf, replicated).max(1)
    return p_value(observed, largest[:, None])


def homogeneity(k: ArrayLike, n: ArrayLike, replicates: int, seed: int) -> float:
    """p of the hypothesis that all groups share one rate, by χ² over permutations.

    NaN with fewer than two groups with rows, or with one outcome only.
    """
    k, n = np.asarray(k, np.int64), np.asarray(n, np.int64)
    used = n > 0
    k, n = k[used], n[used]
    if len(k) < 2 or not 0 < k.sum() < n.sum():
        return np.nan
    expected = n * (k.sum() / n.sum())

    def chi(x: Array) -> Array:
        return np.asarray(((x - expected) ** 2 / n).sum(-1))

    return float(p_value(chi(k), chi(permuted(k, n, replicates, seed))))
