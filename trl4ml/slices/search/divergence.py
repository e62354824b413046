"""How far a rate on a slice lies from the rate on all rows, and which item makes it so.

Pastor, de Alfaro and Baralis (2021), "Looking for Trouble: Analyzing Classifier Behavior via
Pattern Divergence", SIGMOD. Classes of rows: 0 the rate's numerator, 1 the rest of its
denominator, 2 rows of which the rate does not speak.
"""

from math import factorial

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.search.lattice import Lattice

Array = NDArray[np.float64]

AT_ONCE = 1 << 13  # slices, so that what is between fits into a cache


def divergences(counts: NDArray[np.int64]) -> Array:
    """D = rate on the slice − rate on all rows, which come first; NaN where a denominator is 0."""
    k, n = counts[:, 0], counts[:, 0] + counts[:, 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = k / n
        rate -= rate[0]
    return np.asarray(rate, float)


def bayesian_t(counts: NDArray[np.int64]) -> Array:
    """|m − m_all| / √(v + v_all) of Beta(1 + k, 1 + n − k), all rows first: descriptive only.

    The slice overlaps all rows, so this is no test; tests compare with the remaining rows.
    """
    found = np.empty(len(counts))
    whole_mean, whole_variance = _posterior(counts[:1])
    for at in range(0, len(counts), AT_ONCE):
        mean, variance = _posterior(counts[at : at + AT_ONCE])
        apart = np.abs(mean - whole_mean) / np.sqrt(variance + whole_variance)
        found[at : at + AT_ONCE] = apart
    return found


def _posterior(counts: NDArray[np.int64]) -> tuple[Array, Array]:
    """The mean and the variance of Beta(1 + k, 1 + n − k)."""
    k, rest = counts[:, 0].astype(float), counts[:, 1].astype(float)
    total = k + rest + 2
    mean = (k + 1) / total
    return mean, (k + 1) * (rest + 1) / (total**2 * (total + 1))


def contributions(lattice: Lattice, slice_: int, divergence: Array) -> tuple[float, ...]:
    """The Shapley share of each item of one slice, in the order of `path`; they add up to D."""
    of = divergence[lattice.subsets(slice_)]
    length = len(lattice.path(slice_))
    sizes = np.bitwise_count(np.arange(len(of)))
    shares = []
    for item in range(length):
        without = np.flatnonzero(~np.arange(len(of)) >> item & 1)
        weight = np.array([_weight(int(s), length) for s in sizes[without]])
        shares.append(float(weight @ (of[without | 1 << item] - of[without])))
    return tuple(shares)


def _weight(size: int, length: int) -> float:
    return factorial(size) * factorial(length - size - 1) / factorial(length)


def global_divergence(lattice: Lattice, divergence: Array, levels: tuple[int, ...]) -> Array:
    """The share of each item over all large enough slices, in the order of `items`.

    Σ |J|! (A − |J| − 1)! / (A! Π m_b) · (D(J ∪ a) − D(J)) over the slices J ∪ a, with A attributes
    and m_b levels of the attribute of item b. Slices of undefined divergence add nothing.
    """
    attributes = len(levels)
    size = np.asarray(levels, float)[lattice.items.attribute]
    product = np.ones(len(lattice))
    total = np.zeros(len(size))
    for here, shorter in lattice.shorter():
        prefix, last = lattice.prefix[here], lattice.last[here]
        product[here] = product[prefix] * size[last]
        length = shorter.shape[1]
        paths = lattice.paths(length)
        gain = divergence[here, None] - divergence[shorter]
        gain *= _weight(length - 1, attributes) / product[here, None]
        np.add.at(total, paths.ravel(), np.nan_to_num(gain).ravel())
    return total


def redundant(lattice: Lattice, divergence: Array, epsilon: float) -> NDArray[np.bool_]:
    """Slices where dropping one item changes the divergence by less than `epsilon`."""
    found = np.zeros(len(lattice), np.bool_)
    for here, shorter in lattice.shorter():
        change = np.abs(divergence[here, None] - divergence[shorter])
        found[here] = (change < epsilon).any(axis=1)
    return found


def corrective(lattice: Lattice, divergence: Array) -> list[tuple[int, int, float]]:
    """(slice, item, gain) where adding the item to the slice brings it nearer the overall.

    The greatest gain |D(slice)| − |D(slice and item)| first.
    """
    found: list[tuple[int, int, float]] = []
    for here, shorter in lattice.shorter():
        gain = np.abs(divergence[shorter]) - np.abs(divergence[here, None])
        at, place = np.nonzero(gain > 0)
        items = lattice.paths(shorter.shape[1])[at, place]
        found += zip(
            shorter[at, place].tolist(), items.tolist(), gain[at, place].tolist(), strict=True
        )
    return sorted(found, key=lambda one: (-one[2], one[0], one[1]))
