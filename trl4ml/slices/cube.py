"""The cube: sparse cells of the finest grouping, from which every table is computed.

A cell is one combination of levels and outcomes with its number of rows. Cells are unique and
sorted, so that every engine, and every order of rows and chunks, gives the same cube.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.cells import Cells
from trl4ml.slices.errors import Refused
from trl4ml.slices.grouping import Grouping
from trl4ml.slices.levels import Axis, listed
from trl4ml.slices.merging import merged

MOST_GROUPS = 100_000


class Cube(Cells):
    """Cells that can be grouped, merged and written out."""

    def axis(self, name: str) -> Axis:
        for one in self.axes:
            if one.name == name:
                return one
        names = listed([one.name for one in self.axes])
        raise Refused(f"'{name}' is not an axis of the cube; it has {names}")

    def by(self, *names: str) -> Grouping:
        """The marginal of these axes: all crossings of their levels; no names: all rows."""
        axes = tuple(self.axis(name) for name in names)
        shape = tuple(len(one.levels) for one in axes)
        if np.prod(shape, dtype=float) > MOST_GROUPS:
            told = " × ".join(names)
            raise Refused(
                f"{told} has more than {MOST_GROUPS:,} groups; take fewer columns, bins or top levels"
            )
        place = [self.axes.index(one) for one in axes]
        codes = self.codes[:, place].astype(np.int64)
        index = np.ravel_multi_index(tuple(codes.T), shape) if names else np.zeros(len(self.n), int)
        return Grouping(axes, index, self)

    def where(self, **levels: object) -> "Cube":
        """The cells of some levels, by name or value; the other axes stay."""
        kept = np.ones(len(self.n), bool)
        for name, level in levels.items():
            axis = self.axis(name)
            kept &= self.codes[:, self.axes.index(axis)] == axis.index(level)
        places = [i for i, one in enumerate(self.axes) if one.name not in levels]

        def at(values: Array | None) -> Array | None:
            return None if values is None else values[kept]

        return replace(
            self, axes=tuple(self.axes[i] for i in places), codes=self.codes[kept][:, places],
            y=self.y[kept], p=self.p[kept], n=self.n[kept], score=at(self.score), w=at(self.w),
            numbers=at(self.numbers), w2=at(self.w2), ranks=at(self.ranks), notices=(),
            sums={name: values[kept] for name, values in self.sums.items()},
        )  # fmt: skip

    def __add__(self, other: "Cube") -> "Cube":
        """The cube of both parts of a table."""
        found = merged(self, other)
        assert isinstance(found, Cube)
        return found

    def table(self) -> dict[str, list[Any]]:
        """The cells as plain columns: level names, outcomes, counts."""
        columns: dict[str, list[Any]] = {
            one.name: [one.levels[i] for i in self.codes[:, j]] for j, one in enumerate(self.axes)
        }
        more = {"(label)": self.y, "(prediction)": self.p, "(score)": self.score, "(rows)": self.n}
        more |= {"(weight)": self.w, "(weight²)": self.w2}
        if self.numbers is not None:
            more |= {"(label)": self.numbers[:, 0], "(prediction)": self.numbers[:, 1]}
        if self.ranks is not None:
            names = "(list)", "(first place)", "(last place)"
            more |= dict(zip(names, self.ranks.T, strict=True))
        columns |= {name: v.tolist() for name, v in more.items() if v is not None}
        return columns | {f"({name})": v.tolist() for name, v in sorted(self.sums.items())}
