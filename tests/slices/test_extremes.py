"""Intervals of the largest gap cover it, whichever groups truly lie farthest apart."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from trl4ml.slices import Comparison, Table, comparing, measure, scan
from trl4ml.slices.comparing import _ends
from trl4ml.slices.extremes import Drawn, interval
from trl4ml.slices.grouping import Group
from trl4ml.slices.intervals import katz, newcombe
from trl4ml.slices.values import Column

LEVELS = (0.935, 0.972)
"""What 95 % may be in a simulation, and two thousandths for the number of its runs."""


def rates(k: NDArray[np.int64], n: NDArray[np.int64]) -> Column:
    groups = [Group(("g",), (str(i),)) for i in range(len(k))]
    there = np.ones(len(k), np.bool_)
    value = k / n
    return Column(
        "selection_rate", groups, there, value, n, n, n * 0, 1, "", k=k, lower=value, upper=value
    )


def covered(p: list[float], n: list[int], runs: int = 1200) -> tuple[float, float]:
    """How often the intervals hold the true difference, and the true ratio, of the extremes."""
    true, size, rng = np.array(p), np.array(n), np.random.default_rng(len(p) + n[-1])
    held = [0, 0]
    for _ in range(runs):
        found = comparing.between(rates(rng.binomial(size, true), size), ("g",), 0.95)
        wanted = (true.max() - true.min(), true.min() / true.max())
        for i, (one, value) in enumerate(zip(found, wanted, strict=True)):
            assert one.lower is not None
            assert one.upper is not None
            held[i] += one.lower <= value <= one.upper
    return held[0] / runs, held[1] / runs


@pytest.mark.parametrize("groups", [2, 3, 5])
def test_bounds_of_extreme_rates_cover_what_they_say_where_all_are_equal(groups: int) -> None:
    for share in covered([0.4] * groups, [300] * groups):
        assert LEVELS[0] <= share <= LEVELS[1]


def test_a_small_group_that_may_be_the_extreme_widens_the_bounds() -> None:
    """The bounds of the two groups seen farthest apart held it in 82 % of these tables."""
    assert min(covered([0.5, 0.45, 0.55], [10_000, 10_000, 50])) >= LEVELS[0]


ends = st.lists(
    st.integers(30, 60).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))),
    min_size=2,
    max_size=9,
)


@given(ends)
def test_no_pair_has_bounds_farther_out_than_those_looked_at(groups: list[tuple[int, int]]) -> None:
    k, n = np.array(groups).T
    i, j = (one[~np.eye(len(k), dtype=bool)] for one in np.indices((len(k), len(k))))
    high, low = _ends(k, n, False, 0.99)
    every, looked = (
        newcombe(k[i], n[i], k[j], n[j], 0.99),
        newcombe(k[high], n[high], k[low], n[low], 0.99),
    )
    assert [one.max() for one in looked] == pytest.approx([one.max() for one in every])
    high, low = _ends(k, n, True, 0.99)
    whole, seen = katz(k[i], n[i], k[j], n[j], 0.99), katz(k[low], n[low], k[high], n[high], 0.99)
    assert [one.min() for one in seen[:2]] == pytest.approx([one.min() for one in whole[:2]])


def test_two_groups_have_the_studentised_interval_of_their_gap() -> None:
    rng = np.random.default_rng(0)
    each = np.array([0.5, 0.7]) + rng.normal(0, [0.03, 0.04], (20_000, 2))
    lower, upper, lost = interval([Drawn(np.array([0.5, 0.7]), each)], False, 0.95)
    assert (lower, upper) == pytest.approx((0.2 - 2.005 * 0.05, 0.2 + 2.005 * 0.05), abs=0.002)
    assert lost == 0


def test_a_gap_that_stands_out_is_not_widened_for_the_others() -> None:
    rng = np.random.default_rng(1)
    value = np.array([0.1, *[0.5] * 8, 0.9])
    each = value + rng.normal(0, 0.01, (4000, 10))
    lower, upper, _ = interval([Drawn(value, each)], False, 0.95)
    assert (upper - lower) / 2 == pytest.approx(2.005 * 0.01 * np.sqrt(2), rel=0.05)


def test_replicates_without_a_value_are_counted_and_none_is_made_up() -> None:
    value, each = np.array([0.2, 0.4]), np.full((10, 2), 0.3) + np.arange(20).reshape(10, 2) / 100
    each[:3, 0] = np.nan
    lower, upper, lost = interval([Drawn(value, each)], False, 0.95)
    assert lost == 3
    assert 0 <= lower < 0.2 < upper
    each[:6, 0] = 0.0
    assert interval([Drawn(value, each)], False, 0.95)[2] == 0
    lower, upper, lost = interval([Drawn(value, each)], True, 0.95)
    assert np.isnan([lower, upper]).all()
    assert lost == 6, "0 has no logarithm"


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(2, 6), st.booleans(), st.booleans())
def test_laws_of_the_largest_gap(seed: int, groups: int, ratio: bool, to_all: bool) -> None:
    rng = np.random.default_rng(seed)
    value = rng.uniform(0.2, 0.8, groups)
    each = value * np.exp(rng.normal(0, 0.1, (99, groups)))
    whole = (float(value.mean()), each.mean(axis=1)) if to_all else None
    lower, upper, _ = interval([Drawn(value, each, whole)], ratio, 0.95)
    others = [value.mean()] if to_all else value
    pairs = [(a, b) for a in value for b in others]
    seen = min(min(a / b, b / a) for a, b in pairs) if ratio else max(abs(a - b) for a, b in pairs)
    assert lower <= seen * (1 + 1e-12)
    assert seen <= upper * (1 + 1e-12)
    assert lower >= 0
    assert not ratio or upper <= 1
    turned = interval([Drawn(value[::-1], each[:, ::-1], whole)], ratio, 0.95)
    assert turned[:2] == pytest.approx((lower, upper))
    both = interval([Drawn(value, each, whole)] * 2, ratio, 0.95)
    assert both[:2] == pytest.approx((lower, upper)), "the same metric twice says nothing new"


# --- from rows to bounds

SCORES = np.round(np.linspace(0.025, 0.975, 20), 3)
KINDS = [f"{what}_{how}" for how in ("between_groups", "to_overall") for what in ("difference", "ratio")]  # fmt: skip


def rows(rng: np.random.Generator, groups: int, size: int) -> dict[str, Any]:
    """Scores of one law in all groups: the true gaps are 0, the true ratios 1."""
    n = groups * size
    y = rng.integers(0, 2, n)
    place = np.clip(np.round(10 + 4 * (y - 0.5) + rng.normal(0, 5, n)), 0, 19).astype(int)
    return {"g": np.repeat(np.arange(groups), size), "y": y, "s": SCORES[place]}


def table(seed: int, groups: int = 3, size: int = 200) -> Table:
    data = rows(np.random.default_rng(seed), groups, size)
    cube = scan(data, ["g"], label="y", score="s", threshold=0.5)
    metrics = ["auc", "brier", "true_positive_rate", "false_positive_rate"]
    return measure(cube, metrics, [["g"]], replicates=200, seed=seed)


def found(one: Table, metric: str, kind: str) -> Comparison:
    (comparison,) = one.compare(metric, ["g"], kind)
    return comparison


def test_bounds_say_what_they_hold_for() -> None:
    one = table(0)
    said = {
        ("auc", "difference_between_groups"): "all 3 pairs together (max-T)",
        ("auc", "ratio_to_overall"): "all 3 groups together (max-T)",
        ("equalized_odds", "difference_to_overall"): "all 6 groups together (max-T)",
        ("equalized_odds", "ratio_between_groups"): "all 6 pairs together (Bonferroni)",
    }
    for (metric, kind), says in said.items():
        assert found(one, metric, kind).interval.endswith(says)
    odds = one.compare("average_odds", ["g"], "difference_to_reference")
    assert {o.interval for o in odds} == {"MOVER of Newcombe 95%"}


def test_too_many_pairs_have_no_interval_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trl4ml.slices.extremes.MOST", 2)
    one = found(table(0), "auc", "difference_between_groups")
    assert (one.lower, one.upper, one.interval) == (None, None, "")
    assert one.reason == "no interval: 3 pairs are too many to draw; compare fewer groups"


def test_bounds_of_equalized_odds_hold_for_both_rates() -> None:
    """Newcombe at 5 % over 2 × 3 pairs: the wider for it, and the larger of the two ends."""
    one = table(3)
    odds = found(one, "equalized_odds", "difference_between_groups")
    parts = [found(one, x, odds.kind) for x in ("true_positive_rate", "false_positive_rate")]
    assert odds.lower is not None
    assert odds.upper is not None
    assert odds.value == max(p.value or 0 for p in parts)
    assert odds.upper > max(p.upper or 0 for p in parts)
    assert odds.lower < max(p.lower or 0 for p in parts)


@pytest.mark.slow
def test_bounds_of_gaps_cover_what_they_say_where_all_groups_are_equal() -> None:
    """Three groups of 200 rows, 100 of them positive: the hardest case, and the nominal one."""
    runs, held = (
        600,
        dict.fromkeys([(m, k) for m in ("auc", "brier", "equalized_odds") for k in KINDS], 0),
    )
    odds = [0, 0]
    for seed in range(runs):
        one = table(1000 + seed)
        for metric, kind in held:
            comparison = found(one, metric, kind)
            assert comparison.lower is not None
            assert comparison.upper is not None
            true = 1 if kind.startswith("ratio") else 0
            held[metric, kind] += comparison.lower <= true <= comparison.upper
        for mean in one.compare("average_odds", ["g"], "difference_to_reference"):
            odds[0] += (mean.lower or 0) <= 0 <= (mean.upper or 0)
            odds[1] += 1
    shares = {of: many / runs for of, many in held.items()} | {
        ("average_odds", ""): odds[0] / odds[1]
    }
    assert all(0.93 <= share <= 0.98 for share in shares.values()), shares
