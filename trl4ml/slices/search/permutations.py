"""The largest statistic over a whole search when the outcomes have nothing to do with the slices.

Outcomes are permuted over the rows of the rate's denominator, which draws the numerators of the
cells from a multivariate hypergeometric; the statistic of every slice is then counted again
(Westfall and Young 1993, Resampling-Based Multiple Testing, single-step max-T).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.search.lattice import Lattice
from trl4ml.slices.search.leaves import Leaves
from trl4ml.slices.search.tally import EXACT_SINGLE, Places

Array = NDArray[np.float64]

STREAM = 1  # so that a seed that made the data does not draw the same numbers again
HELD = 1 << 27  # bytes of permuted outcomes, or of statistics, held at once
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
    own = leaves.counts[:, :2].sum(axis=1)
    spoken = np.argsort(own, kind="stable")[np.count_nonzero(own == 0) :]
    k, n = lattice.counts[:, 0].astype(float), lattice.counts[:, :2].sum(axis=1).astype(float)
    expected, spread = n * (k[0] / n[0]), _spread(k[0], n)
    found = []
    rng = np.random.default_rng([seed, STREAM])
    for drawn in _drawn(own[spoken], int(k[0]), replicates, rng):
        most, last, under = np.zeros(len(drawn)), np.zeros(0, np.intp), drawn.T
        for inside, numbers, members in _groups(lattice, leaves.codes[:, spoken], tested):
            if inside is not last:
                last, under = inside, drawn[:, inside].T
            z = members.astype(drawn.dtype) @ under
            z -= expected[numbers, None]
            np.abs(z, out=z)
            z /= spread[numbers, None]
            np.maximum(most, z.max(axis=0), out=most)
        found.append(most)
    return np.concatenate(found)


def _drawn(
    n: NDArray[np.int64], k: int, replicates: int, rng: np.random.Generator
) -> Iterator[NDArray[np.floating[Any]]]:
    """(some replicates, cells) numerators of cells of n rows, adding up to k, as rows permute.

    Rows are taken each with the chance k/N, and as many as are then too many are given back, or
    too few are taken, at random: every set of k rows is as likely as any other.
    """
    total = int(n.sum())
    kind: type[np.floating[Any]] = np.float32 if total < EXACT_SINGLE else np.float64
    step = max(1, HELD // (np.dtype(kind).itemsize * len(n)))
    for at in range(0, replicates, step):
        drawn = np.empty((min(step, replicates - at), len(n)), kind)
        for j in range(len(drawn)):
            one = rng.binomial(n, k / total)
            more = int(one.sum()) - k
            reached = np.cumsum(one if more > 0 else n - one)
            chosen = rng.choice(int(reached[-1]), abs(more), replace=False, shuffle=False)
            cells = np.searchsorted(reached, chosen, side="right")
            np.subtract.at(one, cells, 1 if more > 0 else -1)
            drawn[j] = one
        yield drawn


def _groups(
    lattice: Lattice, codes: NDArray[np.integer], tested: NDArray[np.bool_]
) -> Iterator[tuple[Places, Places, NDArray[np.bool_]]]:
    """Cells under a first item, numbers of tested slices, and (slices, leaves) which lie in them."""
    items = lattice.items
    paths = [lattice.paths(length) for length in range(1, lattice.depth + 1)]
    for first in range(len(items.attribute)):
        inside = np.flatnonzero(codes[items.attribute[first]] == items.level[first])
        under = codes[:, inside][items.attribute] == items.level[:, None]
        step = max(1, HELD // max(1, 4 * len(inside)))
        for length, path in enumerate(paths, 1):
            low, high = np.searchsorted(path[:, 0], [first, first + 1])
            begin = lattice.begins[length]
            numbers = np.arange(low, high)[tested[begin + low : begin + high]]
            for at in range(0, len(numbers), step):
                part = numbers[at : at + step]
                members = np.ones((len(part), len(inside)), np.bool_)
                for place in range(1, length):
                    members &= under[path[part, place]]
                yield inside, begin + part, members
