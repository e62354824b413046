"""Outcomes permuted over the rows, as the numerators that the cells get by it.

Every set of k of all rows is equally likely. A set that favours no row is drawn first, of somewhat
fewer rows than k: each row by 16 random bits of its own, or a large cell's rows at once by a
binomial. Then rows outside it, taken at random, fill it up to k; whatever the first set was, the
result favours no row either.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.search.tally import EXACT_SINGLE

Rows = NDArray[np.int64]
Drawn = NDArray[np.floating[Any]]

STREAM = 1  # so that a seed that made the data does not draw the same numbers again
LANES = 8  # replicates drawn together: the bytes of a word
SHARES = 1 << 16
LARGE = 40  # rows of a cell from which a binomial is the faster
WIDTH = 64  # most replicates given at once
HELD = 1 << 27  # bytes of numerators held at once
AT_ONCE = 1 << 13  # cells whose bits stay in cache


def shuffled(n: Rows, k: int, replicates: int, seed: int) -> Iterator[Drawn]:
    """(cells, some replicates) numerators of cells of n rows, ascending, that add up to k."""
    total, ends = int(n.sum()), np.cumsum(n)
    kind: type[np.floating[Any]] = np.float32 if total < EXACT_SINGLE else np.float64
    few = min(k, total - k)
    share = max(0, int((few - 3 * math.sqrt(few)) / total * SHARES))
    eight = np.empty((len(n), LANES), kind)
    step = min(WIDTH, LANES * max(1, HELD // eight.nbytes))
    for at in range(0, replicates, step):
        drawn = np.empty((len(n), min(step, replicates - at)), kind)
        for lane in range(0, drawn.shape[1], LANES):
            rng = np.random.default_rng([seed, STREAM, (at + lane) // LANES])
            begun = np.full(LANES, few + 1)
            while (begun > few).any():
                _begin(eight, n, share, rng)
                begun = eight.sum(axis=0).astype(np.int64)
            for one, more in zip(eight.T, few - begun, strict=True):
                _fill(one, n, ends, int(more), rng)
            part = drawn[:, lane : lane + LANES]
            part[:] = eight[:, : part.shape[1]]
        yield drawn if few == k else n[:, None].astype(kind) - drawn


def _begin(drawn: Drawn, n: Rows, share: int, rng: np.random.Generator) -> None:
    """Takes each row with the chance `share` of 65,536."""
    large = int(np.searchsorted(n, LARGE))
    for size, start, stop in _runs(n[:large]):
        for at in range(start, stop, AT_ONCE):
            to = min(at + AT_ONCE, stop)
            bits = rng.integers(0, 1 << 64, (size, to - at, 2), np.uint64).view(np.uint16)
            taken = (bits < share).view(np.uint64)[..., 0]
            drawn[at:to] = taken.sum(axis=0).view(np.uint8).reshape(-1, LANES)
    drawn[large:] = rng.binomial(n[large:, None], share / SHARES, (len(n) - large, LANES))


def _runs(n: Rows) -> Iterator[tuple[int, int, int]]:
    """Each number of rows, and where its cells start and stop."""
    sizes, starts, many = np.unique(n, return_index=True, return_counts=True)
    return zip(sizes.tolist(), starts.tolist(), (starts + many).tolist(), strict=True)


def _fill(drawn: Drawn, n: Rows, ends: Rows, more: int, rng: np.random.Generator) -> None:
    """Takes so many more rows at random; a cell's rows are alike, so its first ones are taken."""
    while more:
        tried = np.sort(rng.choice(ends[-1], more, replace=False, shuffle=False))
        cells = np.searchsorted(ends, tried, side="right")
        free = cells[tried - ends[cells] + n[cells] >= drawn[cells]]
        np.add.at(drawn, free, 1)
        more -= len(free)
