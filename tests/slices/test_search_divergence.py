"""Divergence, its shares and its pruning, against the definitions and the published figures."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.slices.searching import every_slice, leaves
from tests.slices.vectors import real
from trl4ml.slices import Attribute, scan
from trl4ml.slices.search import every_slice as all_slices
from trl4ml.slices.search import search
from trl4ml.slices.search.divergence import (
    bayesian_t,
    contributions,
    corrective,
    divergences,
    global_divergence,
    redundant,
)
from trl4ml.slices.search.lattice import lattice
from trl4ml.slices.search.leaves import Leaves
from trl4ml.slices.search.ranking import items_of

Key = frozenset[tuple[int, int]]


def by_definition(table: Leaves) -> dict[Key, float]:
    """D of every slice that has a denominator, and of all rows."""
    k, rest, _ = table.counts.sum(axis=0)
    overall = k / (k + rest)
    found: dict[Key, float] = {frozenset(): 0.0}
    for items, (k, rest, _) in every_slice(table, 1).items():
        if k + rest:
            found[frozenset(items)] = k / (k + rest) - overall
    return found


defined = leaves().filter(lambda table: table.counts[:, :2].sum() > 0)


@given(defined)
def test_divergence_is_the_rate_less_the_overall_rate(table: Leaves) -> None:
    found, expected = lattice(table.codes, table.counts, 1, None), by_definition(table)
    d = divergences(found.counts)
    for number in range(len(found)):
        key = frozenset(items_of(found, number))
        assert np.isnan(d[number]) if key not in expected else d[number] == expected[key]


@given(defined)
def test_contributions_are_shapley_shares_and_add_up(table: Leaves) -> None:
    found, value = lattice(table.codes, table.counts, 1, None), by_definition(table)
    d = divergences(found.counts)
    for number in range(1, len(found)):
        if np.isnan(d[number]):
            continue
        shares = contributions(found, number, d)
        assert sum(shares) == pytest.approx(d[number], abs=1e-12)
        items = found.items
        path = [(int(items.attribute[i]), int(items.level[i])) for i in found.path(number)]
        for share, item in zip(shares, path, strict=True):
            others = [one for one in path if one != item]
            expected = sum(
                factorial(size)
                * factorial(len(path) - size - 1)
                / factorial(len(path))
                * (value[frozenset(j) | {item}] - value[frozenset(j)])
                for size in range(len(path))
                for j in combinations(others, size)
            )
            assert share == pytest.approx(expected, abs=1e-12)


@given(defined, st.integers(1, 5))
def test_global_divergence_is_its_formula(table: Leaves, support: int) -> None:
    found, value = lattice(table.codes, table.counts, support, None), by_definition(table)
    levels = tuple(len(one) for one in table.levels)
    shares = global_divergence(found, divergences(found.counts), levels)
    frequent = [frozenset(items) for items in every_slice(table, support)]
    attributes = len(levels)
    for i, item in enumerate(
        zip(found.items.attribute.tolist(), found.items.level.tolist(), strict=True)
    ):
        expected = 0.0
        for whole in frequent:
            if item in whole and whole in value:
                size = len(whole) - 1
                product = float(np.prod([levels[a] for a, _ in whole]))
                ways = factorial(size) * factorial(attributes - size - 1)
                weight = ways / (factorial(attributes) * product)
                expected += weight * (value[whole] - value[whole - {item}])
        assert shares[i] == pytest.approx(expected, abs=1e-12)


@given(defined, st.sampled_from([0.01, 0.1, 0.5]))
def test_redundant_slices_change_little_when_an_item_goes(table: Leaves, epsilon: float) -> None:
    found, value = lattice(table.codes, table.counts, 1, None), by_definition(table)
    dropped = redundant(found, divergences(found.counts), epsilon)
    for number in range(1, len(found)):
        whole = frozenset(items_of(found, number))
        if whole in value:
            change = [abs(value[whole] - value[whole - {item}]) < epsilon for item in whole]
            assert dropped[number] == any(change)


@given(defined)
def test_corrective_items_bring_a_slice_nearer_the_overall(table: Leaves) -> None:
    found, value = lattice(table.codes, table.counts, 1, None), by_definition(table)
    told = set()
    for number, place, gain in corrective(found, divergences(found.counts)):
        item = (int(found.items.attribute[place]), int(found.items.level[place]))
        before = frozenset(items_of(found, number))
        assert gain == pytest.approx(abs(value[before]) - abs(value[before | {item}]))
        told.add((before, item))
    expected = {
        (whole - {item}, item)
        for whole in value
        for item in whole
        if abs(value[whole]) < abs(value[whole - {item}])
    }
    assert told == expected


def test_t_is_that_of_the_beta_posteriors() -> None:
    counts = np.array([[700, 300, 0], [110, 80, 0], [0, 0, 4]])
    m, m_all = 111 / 192, 701 / 1002
    v, v_all = 111 * 81 / (192**2 * 193), 701 * 301 / (1002**2 * 1003)
    t = bayesian_t(counts)
    assert t[1] == pytest.approx(abs(m - m_all) / np.sqrt(v + v_all), rel=1e-12)
    assert t[0] == 0


def test_german_credit_gives_the_published_divergences() -> None:
    import pandas as pd

    frame = pd.read_csv(real("credit-g.csv"))
    frame["sex"] = np.where(frame["personal_status"].str.contains("female"), "female", "male")
    cube = scan(frame, [Attribute.cut("age", 25), "sex"], label="class", positive="good")
    found = search(cube, "base_rate", redundancy=0.0, control="none", top=20)
    told = {str(one): (one.divergence, one.t, one.k, one.n) for one in found.findings}
    young, old = (level for level in cube.axes[0].levels)
    expected = {
        f"age={young}": (-0.121053, 3.164846, 110, 190),
        f"age={young}, sex=female": (-0.147619, 2.964049, 58, 105),
        "sex=female": (-0.051613, 1.702514, 201, 310),
        f"age={old}, sex=male": (0.038843, 1.674331, 447, 605),
    }
    for name, (d, t, k, n) in expected.items():
        assert told[name][:2] == pytest.approx((d, t), abs=5e-7)
        assert told[name][2:] == (k, n)
    both = next(one for one in found.findings if str(one) == f"age={young}, sex=female")
    assert sum(both.contributions) == pytest.approx(both.divergence, abs=1e-15)
    assert both.z == pytest.approx(-3.489120, abs=5e-7)


def test_all_slices_come_as_arrays_with_their_names() -> None:
    table = {"g": list("aabb"), "h": list("xyxy"), "y": [0, 0, 0, 0], "p": [1, 0, 0, 0]}
    found = all_slices(
        scan(table, ["g", "h"], label="y", prediction="p"), "false_positive_rate", support=1
    )
    names = [dict(found.predicates(i)) for i in range(len(found))]
    at = names.index({"g": "a", "h": "x"})
    assert len(found) == 9
    assert (found.rows[at], found.k[at], found.n[at]) == (1, 1, 1)
    assert found.divergence[at] == 0.75
    assert found.t[0] == 0
    assert found.contributions(at) == {("g", "a"): 0.375, ("h", "x"): 0.375}
    assert found.shares() == {
        ("g", "a"): 0.125, ("h", "x"): 0.125, ("g", "b"): -0.125, ("h", "y"): -0.125,
    }  # fmt: skip
    assert found.corrective() == []


def test_a_corrective_predicate_is_named_with_its_gain() -> None:
    table = {"g": list("aaaabbbb"), "h": list("xxyyxxyy"), "p": [1, 1, 1, 0, 0, 0, 0, 0]}
    found = all_slices(scan(table, ["g", "h"], prediction="p"), "selection_rate", support=1)
    assert found.corrective() == [((("g", "a"),), ("h", "y"), 0.25)]
