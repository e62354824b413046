"""What a search may claim: p-values over everything that was looked at."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.multiplicity import CORRECTIONS
from trl4ml.slices.search.exact import two_sided
from trl4ml.slices.search.findings import Tests
from trl4ml.slices.search.lattice import Lattice
from trl4ml.slices.search.leaves import Leaves
from trl4ml.slices.search.permutations import adjusted, largest, statistics

Array = NDArray[np.float64]

EXPLORATORY = "none: exploratory, p-values are not adjusted for the search"
CONTROLS = ("max-t", "split", "holm", "bonferroni", "bh", "by", "none")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Per slice of a lattice: whether it was tested, z, p and adjusted p (NaN where not tested)."""

    tested: NDArray[np.bool_]
    z: Array
    p: Array
    adjusted: Array
    says: str

    def of(self, slice_: int, level: float) -> Tests:
        """What was found out about one slice; confirmed when its adjusted p is at most 1 − level."""
        z, p, over = (
            None if math.isnan(values[slice_]) else float(values[slice_])
            for values in (self.z, self.p, self.adjusted)
        )
        confirmed = over is not None and Fraction(over) <= 1 - Fraction(str(level))
        return Tests(z, p, over, confirmed)


def against_rest(counts: NDArray[np.int64], min_n: int) -> tuple[NDArray[np.bool_], Array, Array]:
    """Tested, z and p of each slice of `counts` (slices, 3) against the rest of all rows, first.

    Tested are slices with at least `min_n` rows in the rate's denominator and one outside.
    """
    k, n = counts[:, 0], counts[:, :2].sum(axis=1)
    z = statistics(k.astype(float), n.astype(float))
    tested = (n >= min_n) & np.isfinite(z)
    tested[0] = False
    p = np.full(len(counts), np.nan)
    p[tested] = two_sided(k[tested], n[tested], int(k[0]), int(n[0]))
    return tested, z, p


def judge(
    lattice: Lattice, leaves: Leaves, control: str, min_n: int, replicates: int, seed: int
) -> Judged:
    """Each slice against the rest of the rows, adjusted over all slices that are tested."""
    tested, z, p = against_rest(lattice.counts, min_n)
    over = np.full(len(lattice), np.nan)
    family = int(tested.sum())
    if family and control == "max-t":
        over[tested] = adjusted(z[tested], largest(lattice, leaves, tested, replicates, seed))
    elif family and control in CORRECTIONS and control != "none":
        over[tested] = CORRECTIONS[control](p[tested])
    return Judged(tested, z, p, over, _told(control, family, replicates, seed))


def _told(control: str, family: int, replicates: int, seed: int) -> str:
    over = f"over all {family:,} slices tested"
    return {
        "max-t": f"max-T of {replicates:,} permutations {over}, seed {seed}: "
        "bounds the chance of any false finding",
        "holm": f"Holm {over}: bounds the chance of any false finding",
        "bonferroni": f"Bonferroni {over}: bounds the chance of any false finding",
        "bh": f"Benjamini-Hochberg {over}: bounds the expected share of false findings "
        "where slices depend positively",
        "by": f"Benjamini-Yekutieli {over}: bounds the expected share of false findings",
    }.get(control, EXPLORATORY)
