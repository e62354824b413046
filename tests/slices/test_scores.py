"""Score, shift, regression and multiclass metrics: worked cases, peers and laws."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sm

from trl4ml.slices import Cube, Table, measure, scan, scores, shifts
from trl4ml.slices.bars import own_bars
from trl4ml.slices.metrics import known


def scored(y: Any, s: Any, g: Any = None, **more: Any) -> Cube:
    return scan({"y": y, "s": s, "g": g or ["x"] * len(y)}, ["g"], label="y", score="s", **more)


def overall(cube: Cube, *metrics: str) -> list[float | None]:
    return [one.value for one in measure(cube, metrics, min_n=0).overall]


def test_auc_counts_ties_half() -> None:
    cube = scored([0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.4, 0.8, 0.6, 0.6])
    assert overall(cube, "auc") == [pytest.approx(7 / 9)]


def test_calibration_of_four_rows() -> None:
    cube = scored([0, 0, 1, 1], [0.05, 0.15, 0.15, 0.95])
    ece, brier, gap, mce = overall(cube, "ece", "brier", "calibration_gap", "mce")
    assert ece == pytest.approx(0.2)
    assert brier == pytest.approx(0.1875)
    assert gap == pytest.approx(-0.175)
    assert mce == pytest.approx(0.35)


def test_shifts_between_two_groups() -> None:
    cube = scan({"s": [1, 2, 2, 3, 2, 3, 4, 4], "g": list("aaaabbbb")}, ["g"], score="s")
    found = {
        one.metric: one.value for one in measure(cube, list(shifts.SHIFTS), min_n=1).values[::2]
    }
    assert found == pytest.approx(
        {
            "shift_ks": 0.5,
            "shift_smd": -1.404879,
            "shift_wasserstein": 1.25,
            "shift_auc": 0.15625,
            "shift_parity": 0.25,
        },
        abs=5e-7,
    )


def test_what_has_no_value_says_why() -> None:
    table = measure(scored([1, 1], [0.2, 0.4]), ["auc", "ks", "log_loss"], min_n=0)
    assert [one.value for one in table.overall[:2]] == [None, None]
    assert table.overall[0].reason == "no rows with a positive label, or none with a negative one"
    wrong = measure(scored([1, 0], [0.0, 0.4]), ["log_loss"]).overall[0]
    assert (wrong.status, wrong.reason) == ("unbounded", "a score of 0 or 1 is on the wrong side")
    right = measure(scored([1, 0], [1.0, 0.0]), ["log_loss"], min_n=0).overall[0]
    assert right.value == 0
    alone = scan({"s": [1.0, 2.0], "g": ["a", "a"]}, ["g"], score="s")
    assert (
        measure(alone, ["shift_smd"]).values[0].reason
        == "no scores in the group or in the rest, or no spread"
    )
    assert measure(alone, ["auc"]).values[0].status == "not_applicable"


pairs = st.lists(
    st.tuples(st.booleans(), st.integers(0, 20).map(lambda k: k / 20)), min_size=2, max_size=40
)


def gap(one: np.ndarray, other: np.ndarray) -> float:
    """The largest distance between two empirical distribution functions, by its definition."""
    at = np.union1d(one, other)
    shares = [np.searchsorted(np.sort(side), at, "right") / len(side) for side in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_score_metrics_are_scikit_learns(rows: list[tuple[bool, float]]) -> None:
    y, s = np.array([a for a, _ in rows]).astype(int), np.array([b for _, b in rows])
    x = own_bars(scored(y.tolist(), s.tolist()).by())
    assert scores.brier(x)[0] == pytest.approx(sm.brier_score_loss(y, s), abs=1e-12)
    if 0 < y.sum() < len(y):
        assert scores.auc(x)[0] == pytest.approx(sm.roc_auc_score(y, s), abs=1e-12)
        assert scores.ks(x)[0] == pytest.approx(gap(s[y == 1], s[y == 0]), abs=1e-12)
        a, b = (np.bincount((s[y == c] * 20).round().astype(int), minlength=21) for c in (1, 0))
        grid = np.arange(21) / 20
        assert shifts.wasserstein(grid, a, b) == pytest.approx(
            scipy.stats.wasserstein_distance(s[y == 1], s[y == 0]), abs=1e-12
        )
        assert shifts.cross_auc(grid, a, b) == pytest.approx(sm.roc_auc_score(y, s), abs=1e-12)
        assert shifts.cross_auc(grid, a, b) + shifts.cross_auc(grid, b, a) == pytest.approx(1)
    if not (((s == 0) & (y == 1)) | ((s == 1) & (y == 0))).any():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert scores.log_loss(x)[0] == pytest.approx(
                sm.log_loss(y, s, labels=[0, 1]), abs=1e-9
            )
    edges = np.arange(1, 10) / 10
    place = np.searchsorted(edges, s, side="left")
    gaps = [abs((y - s)[place == b].sum()) for b in range(10)]
    assert scores.ece(x)[0] == pytest.approx(sum(gaps) / len(y), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(pairs, st.integers(1, 12).map(lambda k: 10 * k))
def test_a_histogram_is_within_its_stated_bound(rows: list[tuple[bool, float]], bins: int) -> None:
    y, s = [int(a) for a, _ in rows], [b**1.5 for _, b in rows]
    exact, binned = scored(y, s).by(), scored(y, s, bins=bins).by()
    a, b = own_bars(exact), own_bars(binned)
    for name in ("auc", "ks"):
        bound = scores.error_bound(name, b)
        value = scores.SCORES[name](a)[0]
        assert bound is not None
        if np.isnan(value):
            assert np.isnan(scores.SCORES[name](b)[0])
        else:
            assert abs(value - scores.SCORES[name](b)[0]) <= bound[0] + 1e-12
    for name in ("brier", "calibration_gap", "mean_score", "ece", "mce"):
        assert scores.SCORES[name](b)[0] == pytest.approx(scores.SCORES[name](a)[0], abs=1e-6), name


def test_a_histogram_says_that_it_is_one_and_how_far_off_it_may_be() -> None:
    cube = scored([0, 1, 1, 0], [0.11, 0.19, 0.7, 0.2], bins=10)
    assert cube.notices == (
        "'s' is kept in 10 bins on [0, 1]: auc, ks and log_loss have a stated error",
    )
    found = {one.metric: one.error for one in measure(cube, ["auc", "brier"], min_n=0).overall}
    assert found == {"auc": 2 / (2 * 2 * 2), "brier": None}
    assert measure(scored([0, 1], [0.1, 0.2]), ["auc"], min_n=0).overall[0].error is None


def test_weighted_score_metrics_are_those_of_repeated_rows() -> None:
    y, s, w = [0, 1, 1, 0, 1], [0.2, 0.7, 0.4, 0.4, 0.9], [1, 2, 3, 2, 1]
    weighted = scan(
        {"y": y, "s": s, "w": w, "g": list("aabba")}, ["g"], label="y", score="s", weight="w"
    )
    again = [i for i, n in enumerate(w) for _ in range(n)]
    repeated = scored(
        [y[i] for i in again], [s[i] for i in again], [list("aabba")[i] for i in again]
    )
    names = list(scores.SCORES)
    one, other = (measure(c, names, min_n=0).frame("g") for c in (weighted, repeated))
    assert one.to_numpy() == pytest.approx(other.to_numpy(), nan_ok=True)


def test_a_threshold_makes_predictions_and_a_tie_is_positive() -> None:
    cube = scored([0, 1, 1, 0], [0.4, 0.5, 0.6, None], threshold=0.5)
    assert cube.by().counts.tolist() == [[1, 0, 1, 0, 2, 0, 0, 0, 0]]


class TestRegression:
    data = {
        "y": [1.0, 2.0, 3.0, 4.0, 5.0, None],
        "p": [1.0, 3.0, 3.0, 2.0, None, 1.0],
        "g": list("aaabbb"),
    }

    def table(self, **more: Any) -> Table:
        return measure(
            scan(self.data, ["g"], label="y", prediction="p", regression=True), min_n=0, **more
        )

    def test_values(self) -> None:
        found = {one.metric: one for one in self.table().overall}
        assert found["bias"].value == pytest.approx(-0.25)
        assert found["mae"].value == pytest.approx(0.75)
        assert found["rmse"].value == pytest.approx(math.sqrt(5 / 4))
        assert found["r2"].value == pytest.approx(1 - 5 / 5)
        assert (found["bias"].n, found["bias"].dropped) == (4, 2)

    def test_a_slice_of_one_row_has_no_r2_and_no_interval(self) -> None:
        last = {one.metric: one for one in self.table().values[1::2]}
        assert (last["r2"].value, last["r2"].reason) == (
            None,
            "fewer than two rows, or labels without variance",
        )
        assert (last["mae"].value, last["mae"].lower) == (2.0, None)

    def test_a_mean_has_the_normal_interval(self) -> None:
        residuals = np.array([0, 1, 0, -2])
        half = 1.959963984540054 * residuals.std(ddof=1) / 2
        one = self.table().overall[0]
        assert (one.lower, one.upper) == pytest.approx((-0.25 - half, -0.25 + half))
        assert one.interval == "normal 95%"

    def test_peers_agree(self) -> None:
        rng = np.random.default_rng(0)
        y = rng.normal(size=80)
        p = y + rng.normal(size=80)
        cube = scan(
            {"y": y, "p": p, "g": ["x"] * 80}, ["g"], label="y", prediction="p", regression=True
        )
        assert overall(cube, "mae", "rmse", "r2") == pytest.approx(
            [sm.mean_absolute_error(y, p), sm.root_mean_squared_error(y, p), sm.r2_score(y, p)]
        )

    def test_the_slice_with_the_largest_error_is_worst(self) -> None:
        assert [str(one.group) for one in self.table().worst("rmse", ["g"])] == ["g=b"]


class TestMulticlass:
    y = ["cat", "dog", "cow", "dog", "cat", "cow", None]
    p = ["cat", "dog", "dog", "dog", "cow", "cow", "cat"]

    def cube(self) -> Cube:
        return scan(
            {"y": self.y, "p": self.p, "g": list("aaaabbb")},
            ["g"],
            label="y",
            prediction="p",
            classes=True,
        )

    def test_one_against_the_rest_and_macro(self) -> None:
        table = measure(self.cube(), known(self.cube()), min_n=0)
        found = {one.metric: one for one in table.overall}
        assert found["accuracy"].value == pytest.approx(4 / 6)
        assert (found["accuracy"].k, found["accuracy"].n, found["accuracy"].dropped) == (4, 6, 1)
        assert found["true_positive_rate[cat]"].value == 0.5
        assert found["precision[dog]"].value == pytest.approx(2 / 3)
        recall = sm.recall_score(self.y[:-1], self.p[:-1], average="macro")
        assert found["true_positive_rate[macro]"].value == pytest.approx(recall)

    def test_a_class_that_is_absent_from_a_slice_is_not_averaged_away(self) -> None:
        table = measure(
            self.cube(), ["true_positive_rate[macro]", "true_positive_rate[dog]"], min_n=0
        )
        b = table.values[1]
        assert (b.value, b.reason) == (None, "for at least one class no rows with a positive label")
        assert table.of("true_positive_rate[dog]", ["g"])[1].status == "undefined"

    def test_a_metric_without_a_class_is_refused(self) -> None:
        with pytest.raises(
            ValueError,
            match=r"metric 'precision' is not known here; take accuracy, or a rate with one of 'cat', 'cow', 'dog', 'macro' in brackets",
        ):
            measure(self.cube(), ["precision"])
