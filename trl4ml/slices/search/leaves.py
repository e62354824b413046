"""The cells of a cube as a search needs them: items, and the rows that speak for and against."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.cube import Cube
from trl4ml.slices.errors import Refused
from trl4ml.slices.packing import packed
from trl4ml.slices.rates import RATES

Item = tuple[int, int]
Predicates = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """Unique combinations of levels, sorted.

    codes:   (attributes, cells), the level of each attribute.
    counts:  (cells, 3) rows in the rate's numerator, in the rest of its denominator, in neither.
    errors:  (cells, 2) sum and largest error of a cell, where errors are not just right or wrong.
    """

    names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: NDArray[np.integer]
    counts: NDArray[np.int64]
    errors: NDArray[np.float64] | None = None

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    @property
    def error_sums(self) -> NDArray[np.float64]:
        """(cells,) the sum of the errors; right or wrong counts as 0 or 1."""
        return self.counts[:, 0].astype(float) if self.errors is None else self.errors[:, 0]

    def under(self, items: Sequence[Item]) -> NDArray[np.bool_]:
        """(cells,) whether a cell lies in the slice of these (attribute, level) items."""
        inside = np.ones(self.codes.shape[1], np.bool_)
        for attribute, level in items:
            inside &= self.codes[attribute] == level
        return inside

    def same(self, slices: Iterable[tuple[Item, ...]]) -> list[list[tuple[Item, ...]]]:
        """Slices that cover the same rows together, the shortest description first."""
        covers: dict[bytes, list[tuple[Item, ...]]] = {}
        for items in sorted(slices, key=lambda one: (len(one), one)):
            covers.setdefault(np.packbits(self.under(items)).tobytes(), []).append(items)
        return list(covers.values())

    def items(self, predicates: Predicates) -> tuple[Item, ...]:
        places = [(self.names.index(name), level) for name, level in predicates]
        return tuple((a, self.levels[a].index(level)) for a, level in places)

    def named(self, items: Sequence[Item]) -> Predicates:
        return tuple((self.names[a], self.levels[a][level]) for a, level in sorted(items))


def leaves_of(cube: Cube, rate: str, by: Sequence[str] = (), errors: bool = False) -> Leaves:
    """The cells of some axes of a cube (all by default), for one rate, with errors if it has them.

    Refused: a rate or axis that is not known, sampling weights, no rows, no axes.
    """
    axes = [cube.axis(name) for name in dict.fromkeys(by)] or list(cube.axes)
    _check(cube, rate, axes)
    place = [cube.axes.index(axis) for axis in axes]
    filled = np.flatnonzero(cube.n)
    order, starts = _cells(cube.codes[filled][:, place])
    order = filled[order]
    codes = cube.codes[:, place][order[starts]].T
    total = np.add.reduceat(_classes(cube, rate)[order], starts, axis=0)
    summed = None
    if errors and "error" in cube.sums:
        one = np.add.reduceat(cube.sums["error"][order], starts)
        largest = np.maximum.reduceat(cube.sums["error_max"][order], starts)
        summed = np.column_stack([one, largest])
    return Leaves(
        tuple(axis.name for axis in axes),
        tuple(axis.levels for axis in axes),
        np.ascontiguousarray(codes.astype(np.min_scalar_type(int(codes.max())))),
        total,
        summed,
    )


def _check(cube: Cube, rate: str, axes: Sequence[object]) -> None:
    if rate not in RATES:
        raise Refused(f"the search knows no rate '{rate}'; take one of {', '.join(RATES)}")
    if cube.w is not None:
        raise Refused(
            "the search counts rows and takes no sampling weights; "
            "scan without the weight, or say that it is a frequency"
        )
    if not axes:
        raise Refused("the search has nothing to slice by; name at least one column")
    if not cube.rows:
        raise Refused("the table has 0 rows; there is nothing to search")
    if not cube.binary:
        raise Refused("the search needs two classes; name the positive class")


def _cells(codes: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The order that sorts the cells, and where each unique combination begins in it."""
    key = packed(list(codes.T))
    order = np.argsort(key, kind="stable")
    return order, np.flatnonzero(np.r_[True, np.diff(key[order]) != 0])


def _classes(cube: Cube, rate: str) -> NDArray[np.int64]:
    above, denominator = RATES[rate]
    spoken = np.isin(cube.outcome, denominator)
    yes = spoken & np.isin(cube.outcome, above)
    parts = [np.where(one, cube.n, 0) for one in (yes, spoken & ~yes, ~spoken)]
    return np.column_stack(parts).astype(np.int64)
