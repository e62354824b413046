"""The worst slices of a lattice, one for each set of rows, and what is said of each."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.search.control import Judged
from trl4ml.slices.search.divergence import contributions, divergences, redundant
from trl4ml.slices.search.findings import Finding, finding_of
from trl4ml.slices.search.lattice import Lattice
from trl4ml.slices.search.leaves import Item, Leaves

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What makes a slice worse: `sign` 1 where higher rates are, -1 where lower, 0 where either."""

    rank: str
    sign: int
    top: int
    redundancy: float


def worst(
    lattice: Lattice, leaves: Leaves, wanted: Wanted, judged: Judged, divergence: Array
) -> list[list[int]]:
    """The slices to report, worst first; each with the numbers of its aliases, shortest first.

    Equal slices go by more rows, then by the shorter description, then in canonical order.
    """
    value = _value(lattice, wanted, judged, divergence)
    shown = judged.tested & (value > 0)
    if wanted.redundancy > 0:
        shown &= ~redundant(lattice, divergence, wanted.redundancy)
    at = np.flatnonzero(shown)
    counts = lattice.counts[at]
    order = np.lexsort((counts[:, 0], counts[:, 1], -counts.sum(axis=1), -value[at]))
    at, counts = at[order], counts[order]
    cuts = np.flatnonzero(np.diff(counts, axis=0).any(axis=1)) + 1
    found: list[list[int]] = []
    for start, stop in pairwise([0, *cuts.tolist(), len(at)]):
        if len(found) >= wanted.top:
            break
        numbers = {items_of(lattice, i): i for i in at[start:stop].tolist()}
        found += [[numbers[items] for items in aliases] for aliases in leaves.same(numbers)]
    return found[: wanted.top]


def _value(lattice: Lattice, wanted: Wanted, judged: Judged, divergence: Array) -> Array:
    k, n = lattice.counts[:, 0], lattice.counts[:, :2].sum(axis=1)
    value = {
        "divergence": divergence,
        "excess": (k * n[0] - n * k[0]).astype(float),
        "significance": judged.z,
    }[wanted.rank]
    value = value * wanted.sign if wanted.sign else np.abs(value)
    return np.asarray(np.nan_to_num(value, nan=0.0), float)


def items_of(lattice: Lattice, slice_: int) -> tuple[Item, ...]:
    """The (attribute, level) items of a slice, in the order of the attributes."""
    path = list(lattice.path(slice_))
    items = lattice.items
    pairs = zip(items.attribute[path].tolist(), items.level[path].tolist(), strict=True)
    return tuple(sorted(pairs))


def findings(
    lattice: Lattice, leaves: Leaves, wanted: Wanted, judged: Judged, level: float
) -> tuple[Finding, ...]:
    """The worst slices, with bounds that hold for all slices tested at once."""
    divergence = divergences(lattice.counts)
    bound = 1 - (1 - level) / max(1, int(judged.tested.sum()))
    found = []
    for numbers in worst(lattice, leaves, wanted, judged, divergence):
        one = numbers[0]
        shares = contributions(lattice, one, divergence)
        in_order = np.argsort(lattice.items.attribute[list(lattice.path(one))])
        found.append(
            finding_of(
                [leaves.named(items_of(lattice, i)) for i in numbers],
                lattice.counts[[0, one]],
                bound,
                contributions=tuple(shares[i] for i in in_order),
                tests=judged.of(one, level),
            )
        )
    return tuple(found)
