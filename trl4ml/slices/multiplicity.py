"""Adjusted p-values over a family of tests; compare them with the level itself.

Holm (1979), Scandinavian Journal of Statistics 6:65; Benjamini and Hochberg (1995), JRSS B 57:289;
Benjamini and Yekutieli (2001), Annals of Statistics 29:1165. Each takes the p-values of the whole
family and returns adjusted ones in the same order.
"""

import numpy as np
from numpy.typing import ArrayLike

from trl4ml.slices.arrays import Array


def _checked(p: ArrayLike) -> Array:
    values = np.asarray(p, float)
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise ValueError("p-values are a flat list of numbers from 0 to 1")
    return values


def unadjusted(p: ArrayLike) -> Array:
    """The p-values as they are: for a family of one, or said to be exploratory."""
    return _checked(p)


def bonferroni(p: ArrayLike) -> Array:
    """m·p, at most 1."""
    values = _checked(p)
    return np.asarray(np.minimum(values * values.size, 1))


def holm(p: ArrayLike) -> Array:
    """The step-down maximum of (m−j+1)·p(j), at most 1."""
    values = _checked(p)
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(values[order] * np.arange(values.size, 0, -1))
    return _returned(steps, order)


def benjamini_hochberg(p: ArrayLike) -> Array:
    """The step-up minimum of (m/j)·p(j), at most 1: bounds the false-discovery rate."""
    values = _checked(p)
    order = np.argsort(values, kind="stable")
    steps = values[order] * values.size / np.arange(1, values.size + 1)
    return _returned(np.minimum.accumulate(steps[::-1])[::-1], order)


def benjamini_yekutieli(p: ArrayLike) -> Array:
    """Benjamini–Hochberg times Σ 1/i: holds under any dependence."""
    values = _checked(p)
    order = np.argsort(values, kind="stable")
    ranks = np.arange(1, values.size + 1)
    steps = values[order] * values.size * (1 / ranks).sum() / ranks
    return _returned(np.minimum.accumulate(steps[::-1])[::-1], order)


def _returned(steps: Array, order: Array) -> Array:
    adjusted = np.empty_like(steps)
    adjusted[order] = np.minimum(steps, 1)
    return adjusted


CORRECTIONS = {
    "bh": benjamini_hochberg,
    "by": benjamini_yekutieli,
    "holm": holm,
    "bonferroni": bonferroni,
    "none": unadjusted,
}
"""The corrections by name."""
