"""Cells added up as far as the slices that are left to count do not tell them apart.

A slice counts under its first item, and items are in ascending order of their rows: under a rare
item few others are large enough to matter, and under a common one few are left. Cells that agree in
those are one pattern, and there are far fewer patterns than cells.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.packing import packed
from trl4ml.slices.search.lattice import Lattice
from trl4ml.slices.search.tally import Places

Codes = NDArray[np.int32]
Drawn = NDArray[np.floating[Any]]

TILE = 64  # slices, and patterns, that are counted at once


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The tested slices under one first item.

    merge:  (cells from here on, cells before) adds up cells; None: the cells stay.
    sums:   (patterns, cells) adds up the cells under the item.
    items:  (items, patterns) whether a pattern has an item.
    slices: of each length the numbers of the slices, and (slices, length) their items.
    """

    merge: Any
    sums: Any
    items: NDArray[np.bool_]
    slices: tuple[tuple[Places, Places], ...]

    def counted(self, cells: Drawn) -> Iterator[tuple[Places, Drawn]]:
        """Numbers of slices, and (slices, replicates) what lies in them of (cells, replicates).

        The products are small enough for one thread: many small ones shared by several make the
        threads wait for one another, on a busy machine for most of the time.
        """
        under = self.sums @ cells
        for numbers, paths in self.slices:
            for at in range(0, len(numbers), TILE):
                part = paths[at : at + TILE]
                found = np.zeros((len(part), under.shape[1]), under.dtype)
                for to in range(0, len(under), TILE):
                    some = self.items[:, to : to + TILE]
                    inside = np.logical_and.reduce(some[part[:, 1:]], axis=1)
                    found += inside.astype(under.dtype) @ under[to : to + TILE]
                yield numbers[at : at + TILE], found


def placed(lattice: Lattice, codes: NDArray[np.integer]) -> Codes:
    """(attributes, cells) one more than the place of a cell's item; 0 where it is not large."""
    items = lattice.items
    place = np.zeros((len(codes), int(codes.max(initial=0)) + 1), np.int32)
    place[items.attribute, items.level] = np.arange(1, len(items.attribute) + 1)
    return np.asarray(np.take_along_axis(place, codes.astype(np.intp), axis=1))


def alike(held: Codes) -> tuple[Places, Places]:
    """The order that brings equal columns together, and where each pattern starts in it."""
    key = packed(list(held))
    order = np.argsort(key, kind="stable")
    return order, np.flatnonzero(np.r_[True, np.diff(key[order]) != 0])


def steps(lattice: Lattice, held: Codes, tested: NDArray[np.bool_]) -> Iterator[Step]:
    """One step for each first item of a tested slice; held: of the cells, each different."""
    lengths = range(1, lattice.depth + 1)
    paths = {length: lattice.paths(length) for length in lengths}
    merge = None
    for first in range(len(lattice.items.attribute)):
        gone = (held > 0) & (held <= first)
        if 2 * gone.any(axis=0).sum() > held.shape[1]:
            left = np.where(gone, 0, held)
            order, starts = alike(left)
            one = _adding(order, starts, held.shape[1])
            merge, held = one if merge is None else one @ merge, left[:, order[starts]]
        slices = tuple(_under(lattice, paths[length], length, first, tested) for length in lengths)
        if any(len(numbers) for numbers, _ in slices):
            yield _step(merge, held, int(lattice.items.attribute[first]), first, slices)
            merge = None


def _under(
    lattice: Lattice, paths: Places, length: int, first: int, tested: NDArray[np.bool_]
) -> tuple[Places, Places]:
    low, high = np.searchsorted(paths[:, 0], [first, first + 1])
    begin = lattice.begins[length]
    at = low + np.flatnonzero(tested[begin + low : begin + high])
    return begin + at, paths[at]


def _step(
    merge: Any, held: Codes, attribute: int, first: int, slices: tuple[tuple[Places, Places], ...]
) -> Step:
    inside = np.flatnonzero(held[attribute] == first + 1)
    matters = np.zeros(held.max(initial=0) + 1, np.bool_)
    for _, paths in slices:
        matters[paths[:, 1:] + 1] = True
    under = held[:, inside]
    under = np.where(matters[under], under, 0)
    order, starts = alike(under)
    pattern = under[:, order[starts]]
    items = np.zeros((len(matters), len(starts)), np.bool_)
    items[pattern, np.arange(len(starts))] = True
    return Step(merge, _adding(inside[order], starts, held.shape[1]), items[1:], slices)


def _adding(order: Places, starts: Places, cells: int) -> Any:
    """The sparse matrix that adds up the cells `order`, in parts that begin at `starts`."""
    from scipy.sparse import csr_array

    ends = np.append(starts, len(order)).astype(np.int32)
    ones = np.ones(len(order), np.float32)
    return csr_array((ones, order.astype(np.int32), ends), shape=(len(starts), cells))
