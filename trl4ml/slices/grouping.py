"""A marginal of the cube: the crossings of some axes, with the outcomes counted in each."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.arrays import Array
from trl4ml.slices.cells import Cells
from trl4ml.slices.levels import Axis


@dataclass(frozen=True)
class Group:
    """One slice: a level for each of some attributes; none: all rows."""

    attributes: tuple[str, ...]
    levels: tuple[str, ...]

    def __str__(self) -> str:
        pairs = zip(self.attributes, self.levels, strict=True)
        return ", ".join(f"{name}={level}" for name, level in pairs) or "all"


@dataclass(frozen=True, eq=False)
class Grouping:
    """All crossings of the levels of `axes`, in canonical order, the last axis fastest.

    index: (cells,) the group of each cell of the cube.
    """

    axes: tuple[Axis, ...]
    index: Array
    cube: Cells

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.axes)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        names = self.names
        return tuple(Group(names, levels) for levels in product(*(a.levels for a in self.axes)))

    @cached_property
    def comparable(self) -> NDArray[np.bool_]:
        """(groups,) True where no level is (missing): those may be compared and be a reference."""
        known = np.ones(1, bool)
        for axis in self.axes:
            own = np.arange(len(axis.levels)) != (-1 if axis.missing is None else axis.missing)
            known = (known[:, None] & own[None, :]).ravel()
        return known

    def __len__(self) -> int:
        return int(np.prod([len(axis.levels) for axis in self.axes], dtype=int))

    def total(self, values: Array) -> Array:
        """(…, groups) the sums of columns of cells, whose last axis is the cells."""
        if values.ndim == 1:
            return np.bincount(self.index, weights=values, minlength=len(self))
        return np.stack([self.total(row) for row in values])

    @cached_property
    def n(self) -> Array:
        """(groups,) rows."""
        return self.total(self.cube.n).astype(np.int64)

    def outcomes(self, values: Array) -> Array:
        """(groups, (C+1)²) the sum of a column of cells per group and outcome."""
        size = (len(self.cube.classes) + 1) ** 2
        key = self.index * size + self.cube.outcome
        return np.bincount(key, weights=values, minlength=len(self) * size).reshape(-1, size)

    @cached_property
    def counts(self) -> Array:
        """(groups, (C+1)²) rows per outcome; two classes: columns as in rates.OUTCOMES."""
        return self.outcomes(self.cube.n).astype(np.int64)

    @cached_property
    def weights(self) -> tuple[Array, Array] | None:
        """(groups, (C+1)²) Σw and Σw² per outcome, of sampling weights."""
        if self.cube.w is None or self.cube.w2 is None:
            return None
        return self.outcomes(self.cube.w), self.outcomes(self.cube.w2)
