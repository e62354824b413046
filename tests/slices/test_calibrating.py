"""Calibration by group and bin, expected outcomes, control features, edge rules that turn a verdict."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trl4ml.slices import Attribute, Cube, Refused, flips, measure, scan, scores, within
from trl4ml.slices.bars import own_bars
from trl4ml.slices.calibrating import brier_parts, by_bin, ece_by_chance
from trl4ml.slices.packing import packed
from trl4ml.slices.rates import RATES


def scored(y: Any, s: Any, g: Any = None) -> Cube:
    return scan(
        {"y": y, "s": s, "g": ["x"] * len(y) if g is None else g}, ["g"], label="y", score="s"
    )


def test_calibration_of_every_group_and_bin() -> None:
    found = by_bin(
        scored([0, 1, 1, 0], [0.05, 0.15, 0.95, 0.95], list("aaab")).by("g"), bins=2, mass=0.5
    )
    assert found.n.tolist() == [[2, 1], [0, 1]]
    assert found.gap[0].tolist() == pytest.approx([0.1 - 0.5, 0.95 - 1])
    assert np.isnan(found.gap[1, 0])
    assert found.enough.tolist() == [[True, False], [False, False]]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([0.05, 0.35, 0.55, 0.95])), min_size=1, max_size=40
    )
)
def test_brier_is_reliability_minus_resolution_plus_uncertainty(
    rows: list[tuple[bool, float]],
) -> None:
    grouping = scored([int(y) for y, _ in rows], [s for _, s in rows]).by()
    parts = brier_parts(grouping)
    total = parts.reliability - parts.resolution + parts.uncertainty
    assert total == pytest.approx(scores.brier(own_bars(grouping)), abs=1e-12)


def test_a_calibrated_model_shows_an_error_by_chance() -> None:
    rng = np.random.default_rng(3)
    s = rng.random(200)
    grouping = scored((rng.random(200) < s).astype(int), s).by()
    chance = ece_by_chance(grouping, 300, seed=1)
    seen = scores.ece(own_bars(grouping))
    assert chance.shape == (300, 1)
    assert np.quantile(chance, 0.05) > 0.02
    assert seen[0] < np.quantile(chance, 0.95)
    assert (ece_by_chance(grouping, 300, seed=1) == chance).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_expected_rates_of_certain_scores_are_the_rates(rows: list[tuple[bool, bool]]) -> None:
    y, p = [int(a) for a, _ in rows], [float(b) for _, b in rows]
    expected = measure(scored(y, p), [f"expected_{rate}" for rate in RATES], min_n=0)
    plain = measure(
        scan({"y": y, "p": p, "g": ["x"] * len(y)}, ["g"], label="y", prediction="p"),
        list(RATES),
        min_n=0,
    )
    for one, other in zip(expected.overall, plain.overall, strict=True):
        assert one.value == pytest.approx(other.value)
        assert one.n == pytest.approx(other.n)
        assert (one.status, one.reason, one.interval) == (other.status, other.reason, "")


def test_control_features_are_listed_and_never_averaged() -> None:
    data: dict[str, list[Any]] = {
        "y": [0, 1, 1, 0, 1, 1],
        "p": [0, 1, 0, 1, 1, 1],
        "g": list("ababab"),
        "c": [1, 1, 1, 2, 2, 2],
    }
    cube = scan(data, ["g", "c"], label="y", prediction="p")
    tables = within(cube, ["c"], min_n=0)
    assert [str(group) for group in tables] == ["c=1", "c=2"]
    for level, table in zip((1, 2), tables.values(), strict=True):
        rows = [i for i in range(6) if data["c"][i] == level]
        part = {name: [values[i] for i in rows] for name, values in data.items()}
        alone = measure(scan(part, ["g"], label="y", prediction="p"), min_n=0)
        assert [v.value for v in table.values] == [v.value for v in alone.values]


def test_an_edge_rule_can_turn_a_verdict_and_is_told() -> None:
    data = {
        "age": [25] * 40 + [20] * 40 + [30] * 40,
        "p": [1] * 40 + [1, 0] * 20 + [1, 1, 1, 0] * 10,
    }
    tables = [
        measure(scan(data, [Attribute.cut("age", 25, closed=closed)], prediction="p"), ["selection_rate"])
        for closed in ("right", "left")
    ]  # fmt: skip
    (flip,) = flips(tables[0], tables[1], "4/5")
    assert flip.first.below("4/5") is False
    assert flip.second.below("4/5") is True
    assert flips(tables[0], tables[0], "4/5") == ()


def test_the_bins_of_a_calibration_fit_those_of_the_scores() -> None:
    cube = scan(
        {"y": [0, 1], "s": [0.2, 0.7], "g": ["a", "a"]}, ["g"], label="y", score="s", bins=25
    )
    with pytest.raises(
        Refused, match="10 calibration bins do not fit 25 score bins; choose a divisor"
    ):
        measure(cube, ["ece"])


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(-5, 2**40), min_size=3, max_size=3), min_size=1, max_size=20))
def test_keys_of_any_radix_are_exact_and_in_order(rows: list[list[int]]) -> None:
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    keys = packed([*columns, *columns]).tolist()
    ranks = {tuple(row): i for i, row in enumerate(sorted({tuple(row) for row in rows}))}
    assert np.unique(keys, return_inverse=True)[1].tolist() == [ranks[tuple(row)] for row in rows]


def test_sixty_yes_or_no_columns_do_not_collide() -> None:
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, 3, 500) for _ in range(60)]
    assert len(set(packed(columns).tolist())) == len(
        {tuple(row) for row in np.array(columns).T.tolist()}
    )
