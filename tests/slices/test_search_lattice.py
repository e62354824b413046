"""Every large enough slice is found, once, with its exact counts."""

from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.slices.searching import every_slice, leaves
from trl4ml.slices import Refused
from trl4ml.slices.search import lattice as module
from trl4ml.slices.search import tally, walk
from trl4ml.slices.search.lattice import Lattice, lattice
from trl4ml.slices.search.leaves import Leaves
from trl4ml.slices.search.ranking import items_of
from trl4ml.slices.search.tally import Counts, Sums, packed, unpacked


def as_table(found: Lattice) -> dict[tuple[tuple[int, int], ...], tuple[int, ...]]:
    numbers = range(1, len(found))
    return {items_of(found, i): tuple(map(int, found.counts[i])) for i in numbers}


@given(leaves(), st.integers(1, 30), st.sampled_from([1, 2, 3, None]))
def test_the_lattice_is_what_trying_every_slice_finds(
    table: Leaves, support: int, depth: int | None
) -> None:
    found = lattice(table.codes, table.counts, support, depth)
    expected = every_slice(table, support, depth)
    assert as_table(found) == expected
    assert len(found) == len(expected) + 1, "each slice once"


@given(leaves(most=10**6))
def test_large_counts_are_exact(table: Leaves) -> None:
    found = lattice(table.codes, table.counts, 1, None)
    assert as_table(found) == every_slice(table, 1)


def test_counts_beyond_single_precision_are_exact() -> None:
    counts = np.array([[2**40 + 1, 3, 0], [1, 2**33 - 1, 5]], np.int64)
    found = lattice(np.array([[0, 1], [0, 0]], np.uint8), counts, 1, None)
    assert as_table(found)[(0, 0),] == (2**40 + 1, 3, 0)
    assert as_table(found)[(1, 0),] == (2**40 + 2, 2**33 + 2, 5)


@settings(max_examples=30)
@given(leaves(), st.integers(1, 10))
def test_small_blocks_give_the_same_lattice(table: Leaves, support: int) -> None:
    whole = lattice(table.codes, table.counts, support, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walk, "BLOCK", 8)
        parts = lattice(table.codes, table.counts, support, None)
    for name in ("counts", "prefix", "last"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


@given(leaves(), st.randoms(use_true_random=False))
def test_the_order_of_the_cells_is_nothing(table: Leaves, random: Random) -> None:
    order = list(range(table.codes.shape[1]))
    random.shuffle(order)
    one = lattice(table.codes, table.counts, 3, None)
    other = lattice(table.codes[:, order], table.counts[order], 3, None)
    assert as_table(one) == as_table(other)


@given(leaves())
def test_slices_without_one_item_are_found_by_number(table: Leaves) -> None:
    found = lattice(table.codes, table.counts, 1, None)
    for here, shorter in found.shorter():
        for number, others in zip(range(here.start, here.stop), shorter, strict=True):
            path = found.path(number)
            expected = [tuple(i for i in path if i != item) for item in path]
            assert [found.path(int(other)) for other in others] == expected


@given(leaves())
def test_subsets_of_a_slice_are_found_by_number(table: Leaves) -> None:
    found = lattice(table.codes, table.counts, 1, None)
    number = len(found) - 1
    path = found.path(number)
    subsets = [found.path(int(i)) for i in found.subsets(number)]
    assert subsets == [
        tuple(item for bit, item in enumerate(path) if place >> bit & 1)
        for place in range(2 ** len(path))
    ]
    assert found.number(items_of(found, number)) == number
    assert sorted(subsets) == sorted(
        part for size in range(len(path) + 1) for part in combinations(path, size)
    )


def test_thirty_four_binary_columns_keep_their_identity() -> None:
    """3^34 > 2^53: ids kept as floats would collide here."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, (34, 400)).astype(np.uint8)
    counts = np.column_stack([rng.integers(0, 2, 400), np.ones(400), np.zeros(400)]).astype(int)
    found = lattice(codes, counts, 40, 3)
    paths = {items_of(found, i) for i in range(len(found))}
    assert len(paths) == len(found) > 30_000


def test_too_many_slices_are_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 5)
    codes = np.array([[0, 1], [0, 1], [0, 1]], np.uint8)
    with pytest.raises(Refused) as refused:
        lattice(codes, np.ones((2, 3), np.int64), 1, None)
    assert str(refused.value) == (
        "more than 5 slices have at least 1 rows; raise the support or lower the levels"
    )


@given(st.integers(1, 200), st.integers(1, 5), st.integers(0, 2**32))
def test_packing_and_unpacking_bits_is_nothing(words: int, rows: int, seed: int) -> None:
    bits = np.random.default_rng(seed).random((rows, words * 64)) < 0.5
    np.testing.assert_array_equal(unpacked(packed(bits)).astype(bool), bits)


@given(leaves(), st.integers(0, 2**32))
def test_both_ways_of_counting_agree(table: Leaves, seed: int) -> None:
    n = table.counts.sum(axis=1)
    largest = np.random.default_rng(seed).random(len(n))
    counts, sums = Counts(table.counts), Sums(n, table.counts[:, 0].astype(float), largest)
    for items in ([0], [0, -1]):
        under = np.ones(len(n), bool)
        for item in items:
            under &= table.codes[item] == table.codes[item, 0]
        found = []
        for one in (counts, sums):
            layout = one.layout(np.flatnonzero(under[one.cells]))
            real = (layout.columns >= 0)[None, :]
            found.append(layout.totals(packed(real))[0])
        np.testing.assert_array_equal(found[0], table.counts[under].sum(axis=0))
        np.testing.assert_array_equal(found[1][:2], [n[under].sum(), found[0][0]])
        assert found[1][2] == largest[under].max()


def test_sums_are_the_same_in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    sums = Sums(np.ones(500, np.int64), np.ones(500), rng.random(500))
    layout = sums.layout(np.arange(500))
    bits = packed((rng.random((40, 512)) < 0.5) & (layout.columns >= 0))
    whole = layout.totals(bits)
    monkeypatch.setattr(tally, "BUDGET", 1)
    np.testing.assert_array_equal(layout.totals(bits), whole)
