"""The largest statistic over a whole search when the outcomes have nothing to do with the slices.

Outcomes are permuted over the rows of the rate's denominator, which draws the numerators of the
cells from a multivariate hypergeometric; the statistic of every slice is then counted again
(Westfall and Young 1993, Resampling-Based Multiple Testing, single-step max-T).
"""

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.search.lattice import Lattice
from trl4ml.slices.search.leaves import Leaves
from trl4ml.slices.search.patterns import Codes, alike, placed, steps
from trl4ml.slices.search.shuffling import shuffled

Array = NDArray[np.float64]

TIE = 1e-5  # statistics this near, relatively, are equal: they come from single precision


def statistics(k: Array, n: Array) -> Array:
    """z of k/n against the rest of all rows, which come first: pooled two proportions; NaN if none.

    z = (k − n·p) / √(p(1−p)·n·(N−n)/N) with p = K/N.
    """
    spread = _spread(k[0], n)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (k - n * (k[0] / n[0] if n[0] else np.nan)) / spread
    return np.where(spread > 0, z, np.nan)


def _spread(k: float, n: Array) -> Array:
    total = n[0]
    if total == 0:
        return np.zeros(len(n))
    rate = k / total
    return np.asarray(np.sqrt(rate * (1 - rate) * n * (total - n) / total), float)


def adjusted(z: Array, largest: Array) -> Array:
    """(1 + #{largest ≥ |z|}) / (1 + N) per slice: never 0."""
    ordered = np.sort(largest)
    above = len(ordered) - np.searchsorted(ordered, np.abs(z) * (1 - TIE), side="left")
    return np.asarray((1 + above) / (1 + len(ordered)), float)


def largest(
    lattice: Lattice, leaves: Leaves, tested: NDArray[np.bool_], replicates: int, seed: int
) -> Array:
    """(replicates,) the largest |z| over the tested slices, one for each permutation."""
    held, own = _patterns(lattice, leaves)
    n, whole = lattice.counts[:, :2].sum(axis=1).astype(float), int(lattice.counts[0, 0])
    expected, spread = n * (whole / n[0]), _spread(whole, n)
    plan = list(steps(lattice, held, tested))
    found = []
    for drawn in shuffled(own, whole, replicates, seed):
        most, cells = np.zeros(drawn.shape[1]), drawn
        for step in plan:
            if step.merge is not None:
                cells = step.merge @ cells
            for numbers, k in step.counted(cells):
                z = np.abs(k - expected[numbers, None]) / spread[numbers, None]
                np.maximum(most, z.max(axis=0), out=most)
        found.append(most)
    return np.concatenate(found)


def _patterns(lattice: Lattice, leaves: Leaves) -> tuple[Codes, NDArray[np.int64]]:
    """The different patterns of items of the cells, and the rows that the rate speaks of, rising."""
    held = placed(lattice, leaves.codes)
    order, starts = alike(held)
    own = np.add.reduceat(leaves.counts[order, :2].sum(axis=1), starts)
    rising = np.argsort(own, kind="stable")[np.count_nonzero(own == 0) :]
    return held[:, order[starts]][:, rising], own[rising]
