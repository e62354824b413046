"""Looking for slices in one half of the rows and testing them in the other."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.multiplicity import holm
from trl4ml.slices.search.control import Judged, against_rest
from trl4ml.slices.search.findings import Finding, finding_of
from trl4ml.slices.search.leaves import Leaves

STREAM = 2  # so that a seed that made the data does not draw the same numbers again


def halves(leaves: Leaves, seed: int) -> tuple[Leaves, Leaves]:
    """Each row falls into either half with an even chance, whatever its outcome."""
    first = np.random.default_rng([seed, STREAM]).binomial(leaves.counts, 0.5)
    return _of(leaves, first), _of(leaves, leaves.counts - first)


def _of(leaves: Leaves, counts: NDArray[np.int64]) -> Leaves:
    kept = counts.any(axis=1)
    return replace(leaves, codes=leaves.codes[:, kept], counts=counts[kept], errors=None)


def confirmed(
    found: tuple[Finding, ...], leaves: Leaves, min_n: int, level: float, seed: int
) -> tuple[tuple[Finding, ...], str]:
    """The findings of one half as the other half (`leaves`) sees them, and the control in words.

    Counts, rates and bounds are the second half's, so that no selection is in them; Holm is over
    the slices that have enough rows there, and the others are left out. The shares of the
    predicates are the first half's.
    """
    inside = [leaves.counts[leaves.under(leaves.items(one.predicates))] for one in found]
    counts = np.array([leaves.counts.sum(axis=0), *(one.sum(axis=0) for one in inside)])
    tested, z, p = against_rest(counts, min_n)
    over, family = np.full(len(counts), np.nan), int(tested.sum())
    over[tested] = holm(p[tested])
    says = (
        f"split: found in one half of the rows, and {family} of them tested in the other "
        f"with Holm, seed {seed}"
    )
    judged = Judged(tested, z, p, over, says)
    bound = 1 - (1 - level) / max(1, family)
    seen = [
        finding_of(
            [one.predicates, *one.aliases],
            counts[[0, i]],
            bound,
            contributions=one.contributions,
            tests=judged.of(i, level),
        )
        for i, one in enumerate(found, 1)
        if tested[i]
    ]
    return tuple(seen), says
