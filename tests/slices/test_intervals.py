"""Intervals, tests and corrections against published values and their laws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trl4ml.slices import intervals, multiplicity, permutation, significance

# Newcombe (1998), one proportion, 95 %.
PROPORTIONS = [
    (81, 263, (0.2553, 0.3662), (0.2527, 0.3676), (0.2545, 0.3656)),
    (15, 148, (0.0624, 0.1605), (0.0578, 0.1617), (0.0604, 0.1576)),
    (0, 20, (0, 0.1611), (0, 0.1684), (0, 0.1166)),
    (1, 29, (0.0061, 0.1718), (0.0009, 0.1776), (0.0037, 0.1501)),
]
# Newcombe (1998), differences, method 10.
DIFFERENCES = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1),
    (10, 10, 0, 10, 0.6075, 1),
]
# Benjamini and Hochberg (1995), their example.
P = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
    0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip
counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("k", "n", "wilson", "exact", "jeffreys"), PROPORTIONS)
def test_intervals_of_one_rate_are_the_published_ones(
    k: int, n: int, wilson: object, exact: object, jeffreys: object
) -> None:
    assert intervals.wilson(k, n) == pytest.approx(wilson, abs=5e-5)
    assert intervals.clopper_pearson(k, n) == pytest.approx(exact, abs=5e-5)
    assert intervals.jeffreys(k, n) == pytest.approx(jeffreys, abs=5e-5)


@pytest.mark.parametrize(("k1", "n1", "k2", "n2", "lower", "upper"), DIFFERENCES)
def test_intervals_of_differences_are_the_published_ones(
    k1: int, n1: int, k2: int, n2: int, lower: float, upper: float
) -> None:
    assert intervals.newcombe(k1, n1, k2, n2) == pytest.approx((lower, upper), abs=5e-5)


def test_nine_of_thirty_is_what_thirty_rows_buy() -> None:
    assert intervals.wilson(9, 30) == pytest.approx((0.1666, 0.4788), abs=5e-5)


def test_the_normal_quantile_is_the_one_of_the_specification() -> None:
    assert intervals.quantile(0.95) == pytest.approx(1.959963984540054, abs=1e-14)


@pytest.mark.parametrize("level", [0, 1, -1, 95, math.nan])
def test_a_level_outside_zero_and_one_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="a confidence level lies between 0 and 1, not"):
        intervals.quantile(level)


def test_no_rows_have_no_interval() -> None:
    for method in intervals.INTERVALS.values():
        assert np.isnan(method(0, 0)).all()
    assert np.isnan(intervals.newcombe(0, 0, 1, 2)).all()
    assert np.isnan(intervals.katz(0, 0, 1, 2)[:2]).all()


@settings(deadline=None)
@given(counts)
def test_an_interval_holds_its_rate_and_the_conservative_one_holds_it_too(
    kn: tuple[int, int],
) -> None:
    k, n = kn
    for method in intervals.INTERVALS.values():
        lower, upper = (float(x) for x in method(k, n))
        assert 0 <= lower <= k / n <= upper <= 1
        assert (k > 0 or lower == 0) and (k < n or upper == 1)


@settings(deadline=None)
@given(counts, counts)
def test_a_difference_turned_round_has_its_interval_turned_round(
    a: tuple[int, int], b: tuple[int, int]
) -> None:
    lower, upper = intervals.newcombe(*a, *b)
    low, high = intervals.newcombe(*b, *a)
    assert -upper == pytest.approx(low, abs=1e-12)
    assert -lower == pytest.approx(high, abs=1e-12)
    assert lower - 1e-12 <= a[0] / a[1] - b[0] / b[1] <= upper + 1e-12
    assert lower >= -1 - 1e-12
    assert upper <= 1 + 1e-12


@settings(deadline=None)
@given(counts, counts)
def test_a_ratio_turned_round_has_the_reciprocal_interval(
    a: tuple[int, int], b: tuple[int, int]
) -> None:
    lower, upper, added = intervals.katz(*a, *b)
    low, high, _ = intervals.katz(*b, *a)
    assert 1 / high == pytest.approx(lower, rel=1e-9)
    assert 1 / low == pytest.approx(upper, rel=1e-9)
    assert bool(added) == (a[0] == 0 or b[0] == 0)


def test_the_eeoc_cases_of_small_samples() -> None:
    # 12/40 against 48/80, and 3 of 17 women against 16 of 64 men.
    assert intervals.newcombe(12, 40, 48, 80) == pytest.approx((-0.455876, -0.110768), abs=5e-7)
    assert intervals.katz(12, 40, 48, 80)[:2] == pytest.approx((0.301433, 0.829372), abs=5e-7)
    assert significance.two_proportions(12, 40, 48, 80)[0] == pytest.approx(-3.098387, abs=5e-7)
    assert significance.fisher(12, 40, 48, 80) == pytest.approx(0.003409, abs=5e-7)
    z, p = significance.two_proportions(3, 17, 16, 64)
    assert (float(z), float(p)) == pytest.approx((-0.635983, 0.5248), abs=5e-5)
    assert significance.fisher(3, 17, 16, 64) == pytest.approx(0.7493, abs=5e-5)
    assert intervals.katz(3, 17, 16, 64)[:2] == pytest.approx((0.2324, 2.1443), abs=5e-5)
    assert intervals.wilson(3, 17) == pytest.approx((0.0619, 0.4103), abs=5e-5)
    assert intervals.wilson(16, 64) == pytest.approx((0.1601, 0.3682), abs=5e-5)


@pytest.mark.parametrize(
    ("name", "rejected", "first"),
    [
        ("bonferroni", 3, [0.0015, 0.006, 0.0285, 0.1425]),
        ("holm", 3, [0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213, 1]),
        (
            "bh",
            4,
            [0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.063857, 0.063857, 0.0645, 0.0765, 0.486,
             0.581182, 0.714875, 0.753231, 0.813214, 1],
        ),
        ("by", 3, [0.004977, 0.009955, 0.031523, 0.118212, 0.200089]),
        ("none", 9, P),
    ],
)  # fmt: skip
def test_corrections_are_the_published_ones(name: str, rejected: int, first: list[float]) -> None:
    adjusted = multiplicity.CORRECTIONS[name](P)
    assert adjusted[: len(first)] == pytest.approx(first, abs=5e-7)
    assert (adjusted <= 0.05).sum() == rejected


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=30), st.randoms())
def test_a_correction_never_lowers_a_p_value_and_ignores_order(
    p: list[float], random: object
) -> None:
    order = list(range(len(p)))
    random.shuffle(order)  # type: ignore[attr-defined]
    for correction in multiplicity.CORRECTIONS.values():
        adjusted = correction(p)
        assert (adjusted >= np.array(p) * (1 - 1e-12)).all()
        assert (adjusted <= 1).all()
        assert correction([p[i] for i in order]) == pytest.approx(adjusted[order], abs=1e-15)


@pytest.mark.parametrize("p", [[0.1, 1.5], [-0.1], [math.nan], [[0.1]]])
def test_what_is_no_list_of_p_values_is_refused(p: list[float]) -> None:
    with pytest.raises(ValueError, match="p-values are a flat list of numbers from 0 to 1"):
        multiplicity.holm(p)


def test_a_permutation_p_is_never_zero() -> None:
    replicated = np.arange(999, dtype=float)
    assert permutation.p_value(1000.0, replicated) == pytest.approx(0.001)
    assert permutation.p_value(950.0, replicated) == pytest.approx(0.05)


def test_max_t_compares_each_statistic_with_the_largest_of_every_shuffle() -> None:
    replicated = np.array([[1.0, 5.0], [2.0, 3.0], [9.0, np.nan]])
    assert permutation.max_t([4.0, 10.0], replicated) == pytest.approx([3 / 4, 1 / 4])


def test_a_shuffle_keeps_the_successes_and_the_sizes_of_groups() -> None:
    drawn = permutation.permuted([3, 0, 5], [10, 4, 6], 200, seed=1)
    assert (drawn.sum(1) == 8).all()
    assert (drawn <= [10, 4, 6]).all()
    assert (permutation.permuted([3, 0, 5], [10, 4, 6], 200, seed=1) == drawn).all()


def test_permutation_and_fisher_agree_on_two_groups() -> None:
    exact = significance.fisher(3, 17, 16, 64)
    assert permutation.homogeneity([3, 16], [17, 64], 20_000, seed=3) == pytest.approx(
        exact, abs=0.01
    )


def test_groups_of_one_outcome_have_no_test() -> None:
    assert np.isnan(significance.homogeneity([0, 0], [5, 5])).all()
    assert np.isnan(significance.homogeneity([3], [5])).all()
    assert np.isnan(permutation.homogeneity([5, 5], [5, 5], 10, seed=0))


def test_the_chi_square_of_two_groups_is_the_squared_z() -> None:
    z, p = significance.two_proportions(12, 40, 48, 80)
    assert significance.homogeneity([12, 48], [40, 80]) == pytest.approx((float(z) ** 2, float(p)))


@pytest.mark.parametrize(("b", "c", "p"), [(0, 5, 0.0625), (3, 3, 1.0), (1, 9, 0.021484375)])
def test_mcnemar_is_the_exact_binomial(b: int, c: int, p: float) -> None:
    assert significance.mcnemar(b, c) == pytest.approx(p)
    assert significance.mcnemar(c, b) == pytest.approx(p)


def test_mcnemar_without_discordant_pairs_is_undefined() -> None:
    assert math.isnan(significance.mcnemar(0, 0))


def test_fisher_is_used_where_an_expected_count_is_below_five() -> None:
    k1, n1, k2, n2 = (np.array(x) for x in ([3, 12], [17, 40], [16, 48], [64, 80]))
    p, names = significance.against(k1, n1, k2, n2)
    assert names == ["Fisher", "two proportions, pooled z"]
    assert p == pytest.approx([0.7493, 0.0019], abs=5e-5)


@pytest.mark.parametrize("k", [0, 1, 5, 10])
def test_fisher_sums_the_tables_no_likelier_than_the_one_seen(k: int) -> None:
    from math import comb

    n1, n2, total = 10, 20, 12
    chance = [comb(n1, x) * comb(n2, total - x) / comb(30, total) for x in range(11)]
    expected = sum(c for c in chance if c <= chance[k] * (1 + 1e-7))
    assert significance.fisher(k, n1, total - k, n2) == pytest.approx(expected)
