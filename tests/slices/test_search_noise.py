"""Searches of tables in which there is nothing, or only one thing, to be found.

In noise every confirmed slice is false, so the share of searches that confirm any is both the
false-discovery rate and the chance of any false finding: nominally 5 %.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tests.slices.searching import noise
from trl4ml.slices.search.control import judge
from trl4ml.slices.search.halves import confirmed, halves
from trl4ml.slices.search.lattice import Lattice, lattice
from trl4ml.slices.search.ranking import Wanted, findings, items_of

pytestmark = pytest.mark.slow
RUNS = 300
MOST = 0.0752
"""Five per cent and two standard errors of a share of 300 runs."""


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Thousands of small products: threads would only wait for one another."""
    with threadpool_limits(1):
        yield


def false(found: Lattice) -> NDArray[np.bool_]:
    """Slices that do not speak of the first column: those truly have the overall rate."""
    return np.array([all(a != 0 for a, _ in items_of(found, i)) for i in range(len(found))])


@pytest.mark.parametrize(("n", "support"), [(500, 20), (1500, 40)])
def test_noise_is_confirmed_in_at_most_five_per_cent_of_the_searches(n: int, support: int) -> None:
    share = dict.fromkeys(("max-t", "holm", "bh", "by"), 0.0)
    for seed in range(RUNS):
        table = noise(n, 10_000 + seed)
        found = lattice(table.codes, table.counts, support, 3)
        for control in share:
            judged = judge(found, table, control, 20, 199, seed)
            share[control] += bool((judged.adjusted <= 0.05).any()) / RUNS
    assert max(share.values()) <= MOST, share
    assert share["max-t"] >= 0.02, "and max-T spends most of what it may"


def test_noise_found_in_one_half_is_rarely_confirmed_in_the_other() -> None:
    share = 0.0
    for seed in range(RUNS):
        first, second = halves(noise(1000, 20_000 + seed), seed)
        found = lattice(first.codes, first.counts, 20, 3)
        judged = judge(found, first, "none", 20, 0, seed)
        best = findings(found, first, Wanted("divergence", 0, 10, 0.0), judged, 0.95)
        told, _ = confirmed(best, second, 20, 0.95, seed)
        share += any(one.confirmed for one in told) / RUNS
    assert share <= MOST


@pytest.mark.parametrize("control", ["max-t", "bh", "by"])
def test_beside_one_true_column_few_findings_are_false(control: str) -> None:
    """A true column makes hundreds of slices true; the others stay false."""
    runs, share, any_false = 120, 0.0, 0
    for seed in range(runs):
        table = noise(2000, 30_000 + seed, (0.45, 0.15, 0.15))
        found = lattice(table.codes, table.counts, 40, 3)
        rejected = judge(found, table, control, 20, 199, seed).adjusted <= 0.05
        wrong = rejected & false(found)
        assert rejected.any()
        share += wrong.sum() / rejected.sum() / runs
        any_false += bool(wrong.any())
    assert share <= 0.05
    if control == "max-t":
        assert any_false / runs <= 0.09, "five per cent and two standard errors"
