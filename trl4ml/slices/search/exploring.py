"""Every large enough slice of a cube as arrays, for those who want all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.cube import Cube
from trl4ml.slices.search.divergence import (
    bayesian_t,
    contributions,
    corrective,
    divergences,
    global_divergence,
)
from trl4ml.slices.search.lattice import Lattice, lattice
from trl4ml.slices.search.leaves import Leaves, Predicates, leaves_of
from trl4ml.slices.search.ranking import items_of
from trl4ml.slices.search.search import rows_of

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Slices:
    """All slices of at least `support` rows by number; number 0 is all rows.

    Arrays have one value per slice: `rows`, `k` of `n` for the rate, `divergence` (NaN where n is
    0) and `t`, DivExplorer's, which is descriptive and adjusted for nothing.
    """

    leaves: Leaves
    lattice: Lattice

    def __len__(self) -> int:
        return len(self.lattice)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        return np.asarray(self.lattice.counts.sum(axis=1))

    @property
    def k(self) -> NDArray[np.int64]:
        return self.lattice.counts[:, 0]

    @cached_property
    def n(self) -> NDArray[np.int64]:
        return np.asarray(self.lattice.counts[:, :2].sum(axis=1))

    @cached_property
    def divergence(self) -> Array:
        return divergences(self.lattice.counts)

    @cached_property
    def t(self) -> Array:
        return bayesian_t(self.lattice.counts)

    def predicates(self, number: int) -> Predicates:
        """The (attribute, level) pairs of one slice."""
        return self.leaves.named(items_of(self.lattice, number))

    def contributions(self, number: int) -> dict[tuple[str, str], float]:
        """The Shapley share of each predicate of one slice; they add up to its divergence."""
        shares = contributions(self.lattice, number, self.divergence)
        path = self.lattice.path(number)
        return {self._item(item): share for item, share in zip(path, shares, strict=True)}

    def shares(self) -> dict[tuple[str, str], float]:
        """The share of each (attribute, level) over all slices: its global divergence."""
        levels = tuple(len(one) for one in self.leaves.levels)
        shares = global_divergence(self.lattice, self.divergence, levels)
        return {self._item(i): float(share) for i, share in enumerate(shares)}

    def corrective(self) -> list[tuple[Predicates, tuple[str, str], float]]:
        """(slice, predicate, gain): adding it brings the slice nearer the overall; most first."""
        return [
            (self.predicates(number), self._item(item), gain)
            for number, item, gain in corrective(self.lattice, self.divergence)
        ]

    def _item(self, place: int) -> tuple[str, str]:
        items = self.lattice.items
        return self.leaves.named([(int(items.attribute[place]), int(items.level[place]))])[0]


def every_slice(
    cube: Cube,
    rate: str = "error_rate",
    *,
    by: Sequence[str] = (),
    support: float = 0.01,
    levels: int | None = 3,
) -> Slices:
    """All slices of a cube of at least `support` rows (a share below 1) and `levels` predicates.

    Raises Refused for what cannot be searched, and for more than ten million slices.
    """
    leaves = leaves_of(cube, rate, by)
    fewest = rows_of(support, leaves.rows)
    return Slices(leaves, lattice(leaves.codes, leaves.counts, fewest, levels))
