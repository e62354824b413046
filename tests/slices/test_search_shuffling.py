"""Permuted outcomes are a fair draw of rows, and patterns of cells count what the cells count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from tests.slices.searching import leaves
from trl4ml.slices.search.lattice import lattice
from trl4ml.slices.search.leaves import Leaves
from trl4ml.slices.search.patterns import alike, placed, steps
from trl4ml.slices.search.permutations import largest
from trl4ml.slices.search.shuffling import LARGE, shuffled

SIZES = np.array([1, 1, 2, 7, LARGE - 1, LARGE, 90, 400])


def drawn(n: list[int], k: int, replicates: int, seed: int = 0) -> np.ndarray:
    return np.concatenate(list(shuffled(np.array(n), k, replicates, seed)), axis=1)


@given(
    st.lists(st.integers(1, 3 * LARGE), min_size=1, max_size=12).map(sorted), st.data(),
    st.integers(1, 20),
)  # fmt: skip
def test_every_replicate_takes_as_many_rows_as_there_are(
    n: list[int], data: st.DataObject, replicates: int
) -> None:
    k = data.draw(st.integers(0, sum(n)))
    found = drawn(n, k, replicates)
    assert found.shape == (len(n), replicates)
    assert (found.sum(axis=0) == k).all()
    assert (found >= 0).all()
    assert (found <= np.array(n)[:, None]).all()


@pytest.mark.parametrize("k", [3, 60, 270, 540, 575])
def test_cells_get_rows_as_a_permutation_gives_them(k: int) -> None:
    """Means, variances and covariances of the multivariate hypergeometric law."""
    total, replicates = int(SIZES.sum()), 8000
    found = drawn(SIZES.tolist(), k, replicates).astype(float)
    share = SIZES / total
    spread = k * (total - k) / (total - 1)
    law = spread * (np.diag(share) - np.outer(share, share))
    error = np.sqrt(np.diag(law) / replicates)
    assert (np.abs(found.mean(axis=1) - k * share) < 4.5 * error).all()
    scale = np.sqrt(np.outer(np.diag(law), np.diag(law)))
    kurtosis = np.sqrt(1 + 1 / np.minimum.outer(np.diag(law), np.diag(law)))
    assert (np.abs(np.cov(found) - law) < 6 * kurtosis * scale / np.sqrt(replicates)).all()


@pytest.mark.parametrize("cell", [3, 4, 6])
def test_one_cell_follows_the_hypergeometric_law(cell: int) -> None:
    total, k, replicates = int(SIZES.sum()), 150, 8000
    found = drawn(SIZES.tolist(), k, replicates, seed=1)[cell].astype(int)
    expected = replicates * hypergeom(total, k, SIZES[cell]).pmf(np.arange(SIZES[cell] + 1))
    often = expected >= 5
    seen = np.bincount(found, minlength=len(expected))
    chi = (((seen - expected) ** 2 / expected)[often]).sum()
    degrees = int(often.sum())
    assert chi < degrees + 5 * np.sqrt(2 * degrees)


def test_a_seed_gives_the_same_draws_and_another_one_others() -> None:
    one, same, other = (drawn([2, 50, 60], 30, 20, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    np.testing.assert_array_equal(drawn([2, 50, 60], 30, 12, 1), one[:, :12])


@given(leaves(), st.integers(1, 15), st.sampled_from([1, 2, 3, None]), st.data())
def test_patterns_count_what_the_cells_count(
    table: Leaves, support: int, depth: int | None, data: st.DataObject
) -> None:
    found = lattice(table.codes, table.counts, support, depth)
    tested = np.array([False, *(data.draw(st.booleans()) for _ in range(len(found) - 1))])
    held = placed(found, table.codes)
    order, starts = alike(held)
    cells = np.add.reduceat(table.counts[order].astype(np.float32), starts)
    seen: list[int] = []
    for step in steps(found, held[:, order[starts]], tested):
        cells = cells if step.merge is None else step.merge @ cells
        for numbers, counts in step.counted(cells):
            np.testing.assert_array_equal(counts, found.counts[numbers])
            seen += numbers.tolist()
    assert sorted(seen) == np.flatnonzero(tested).tolist(), "each tested slice once"


def test_many_cells_cost_no_more_than_their_patterns() -> None:
    """A column of a thousand rare levels has no large item: its cells are one pattern."""
    rng = np.random.default_rng(0)
    codes = np.stack([rng.integers(0, 1000, 5000), rng.integers(0, 3, 5000)]).astype(np.uint16)
    counts = np.column_stack([rng.integers(0, 2, 5000), np.ones(5000, int), np.zeros(5000, int)])
    found = lattice(codes, counts, 500, None)
    assert alike(placed(found, codes))[1].size == 3
    names = ("rare", "few"), (tuple(map(str, range(1000))), tuple("abc"))
    whole = Leaves(*names, codes, counts)
    most = largest(found, whole, np.arange(len(found)) > 0, 999, 0)
    assert np.quantile(most, 0.95) == pytest.approx(2.39, abs=0.15), "three exclusive slices"
