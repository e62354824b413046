"""The bootstrap over cells is the one over rows; intervals cover what they say they cover."""

import numpy as np
import pytest
from scipy.stats import binom

from trl4ml.slices import Refused, bootstrap, intervals, measure, scan

LEVELS = (0.935, 0.97)


def test_draws_keep_the_number_of_rows_and_leave_empty_cells_empty() -> None:
    counts = np.array([[3, 0, 7], [0, 5, 5]])
    drawn = bootstrap.draws(counts, 100, seed=1)
    assert drawn.shape == (100, 2, 3)
    assert (drawn.sum((1, 2)) == 20).all()
    assert (drawn[:, counts == 0] == 0).all()
    assert (bootstrap.draws(counts, 100, seed=1) == drawn).all()
    assert (bootstrap.draws(counts * 0, 4, seed=1) == 0).all()


def test_cells_vary_as_rows_do() -> None:
    rng = np.random.default_rng(0)
    groups, outcomes = rng.integers(0, 3, 500), rng.integers(0, 4, 500)
    counts = np.zeros((3, 4), int)
    np.add.at(counts, (groups, outcomes), 1)
    rates = [c[:, 1] / c.sum(1) for c in bootstrap.draws(counts, 4000, seed=2)]
    rows = []
    for _ in range(4000):
        at = rng.integers(0, 500, 500)
        again = np.zeros((3, 4), int)
        np.add.at(again, (groups[at], outcomes[at]), 1)
        rows.append(again[:, 1] / again.sum(1))
    assert np.std(rates, 0) == pytest.approx(np.std(rows, 0), rel=0.06)
    assert np.mean(rates, 0) == pytest.approx(np.mean(rows, 0), abs=0.005)


def test_replicates_without_a_value_are_counted_and_not_replaced() -> None:
    lower, upper, lost = bootstrap.percentiles(
        np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]]), 0.5
    )
    assert lost.tolist() == [1, 2 + 1]
    assert (lower[0], upper[0]) == (1.5, 2.5)
    assert np.isnan([lower[1], upper[1]]).all()


def test_scores_in_bins_are_drawn_from_their_bins() -> None:
    rng = np.random.default_rng(1)
    s = rng.random(3000)
    data = {"y": rng.random(3000) < s, "s": s, "g": rng.choice(list("ab"), 3000)}
    metrics = ["auc", "ece", "brier", "calibration_gap", "shift_ks"]
    cubes = [scan(data, ["g"], label="y", score="s", bins=bins) for bins in (1000, 0)]
    one, two = (measure(cube, metrics, replicates=400) for cube in cubes)
    for a, b in zip((*one.values, *one.overall), (*two.values, *two.overall), strict=True):
        if a.metric.startswith("shift") and not a.group.levels:
            continue
        assert a.lower is not None
        width = (b.upper or 0) - (b.lower or 0)
        assert a.lower == pytest.approx(b.lower, abs=0.25 * width), a.metric
        assert a.upper == pytest.approx(b.upper, abs=0.25 * width), a.metric


def test_drawing_from_fine_bins_gives_the_bounds_of_drawing_from_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(2)
    s = rng.random(2500)
    data = {"y": rng.random(2500) < s, "s": s, "g": rng.choice(list("ab"), 2500)}
    cube = scan(data, ["g"], label="y", score="s")
    metrics = [
        "auc",
        "ks",
        "ece",
        "brier",
        "log_loss",
        "mean_score",
        "shift_wasserstein",
        "shift_smd",
    ]
    fine = measure(cube, metrics, replicates=400)
    monkeypatch.setattr("trl4ml.slices.resampling.MOST_SCORES", 10_000)
    rows = measure(cube, metrics, replicates=400)
    for a, b in zip(fine.values, rows.values, strict=True):
        assert a.value == b.value
        width = (b.upper or 0) - (b.lower or 0)
        assert a.lower == pytest.approx(b.lower, abs=0.15 * width), a.metric
        assert a.upper == pytest.approx(b.upper, abs=0.15 * width), a.metric


def test_too_many_draws_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {"y": [0.0, 1.0, 2.0], "p": [1.0, 1.0, 3.0], "g": ["a", "a", "b"]}
    cube = scan(data, ["g"], label="y", prediction="p", regression=True)
    monkeypatch.setattr("trl4ml.slices.replicating.MOST", 20)
    with pytest.raises(
        Refused, match="10 replicates of 3 different rows take too long; ask for at most 6"
    ):
        measure(cube, ["r2"], replicates=10)
    monkeypatch.setattr("trl4ml.slices.looking.EXACT_ROWS", 1)
    large = measure(scan(data, ["g"], label="y", prediction="p", regression=True), replicates=10)
    assert large.notices == (
        "numbers of so many rows are added up: what has no formula has no interval",
    )
    assert {one.metric for one in large.overall if one.lower is None} == {"r2"}


def test_weighted_rows_are_drawn_with_their_weights() -> None:
    data = {
        "y": [0, 1, 1, 0] * 25,
        "p": [0, 1, 0, 1] * 25,
        "w": [1.0, 2.0, 0.5, 1.0] * 25,
        "g": ["a"] * 100,
    }
    cube = scan(data, ["g"], label="y", prediction="p", weight="w")
    one = measure(cube, ["f1"], replicates=300, seed=1).values[0]
    assert one.value == pytest.approx(2 * 2 / (2 * 2 + 0.5 + 1))
    assert one.lower is not None
    assert one.upper is not None
    assert 0.55 < one.lower < 0.7 < one.upper < 0.9


@pytest.mark.parametrize("n", [30, 100, 1000])
def test_the_default_interval_of_a_rate_covers_what_it_says_on_average(n: int) -> None:
    # Exact, not simulated: coverage is the chance of the k whose interval holds p, averaged over p.
    k = np.arange(n + 1)
    p = np.linspace(0.05, 0.95, 181)[:, None]
    chance = binom.pmf(k, n, p)
    for name, low, high in (
        ("wilson", *LEVELS),
        ("jeffreys", *LEVELS),
        ("clopper-pearson", 0.95, 0.99),
    ):
        lower, upper = intervals.INTERVALS[name](k, np.full(n + 1, n))
        covered = (chance * ((lower <= p) & (p <= upper))).sum(1)
        assert low <= covered.mean() <= high, name
        assert name != "clopper-pearson" or covered.min() >= 0.95


@pytest.mark.parametrize(("n1", "n2"), [(30, 30), (30, 100), (100, 1000)])
def test_intervals_of_differences_and_ratios_cover_what_they_say(n1: int, n2: int) -> None:
    rng = np.random.default_rng(n1 + n2)
    p1, p2 = rng.uniform(0.2, 0.8, (2, 20_000))
    k1, k2 = rng.binomial(n1, p1), rng.binomial(n2, p2)
    lower, upper = intervals.newcombe(k1, n1, k2, n2)
    assert LEVELS[0] <= ((lower <= p1 - p2) & (p1 - p2 <= upper)).mean() <= LEVELS[1]
    lower, upper, _ = intervals.katz(k1, n1, k2, n2)
    assert LEVELS[0] <= ((lower <= p1 / p2) & (p1 / p2 <= upper)).mean() <= LEVELS[1]


def test_the_bootstrap_covers_what_it_says() -> None:
    # F1 of 400 rows: 300 tables, each with 300 replicates; half-width of the estimate is .025.
    rng = np.random.default_rng(11)
    chance = np.array([0.4, 0.1, 0, 0.15, 0.35, 0, 0, 0, 0])
    truth = 0.7 / (0.7 + 0.1 + 0.15)
    held = 0
    for seed in range(300):
        counts = rng.multinomial(400, chance)
        drawn = bootstrap.draws(counts, 300, seed)
        f1 = 2 * drawn[:, 4] / (2 * drawn[:, 4] + drawn[:, 1] + drawn[:, 3])
        lower, upper, _ = bootstrap.percentiles(f1[:, None])
        held += int(lower[0] <= truth <= upper[0])
    assert 0.92 <= held / 300 <= 0.98
