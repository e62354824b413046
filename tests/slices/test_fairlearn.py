"""Agreement with fairlearn to 1e-12 on every metric that both define, and where we differ."""

import warnings
from typing import Any

import fairlearn.metrics as fm
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sm

from trl4ml.slices import Refused, Table, measure, metric_frame, scan

pytestmark = pytest.mark.slow

OURS: dict[str, Any] = {
    "selection_rate": fm.selection_rate,
    "base_rate": lambda y, p, **more: fm.selection_rate(y, y, **more),
    "true_positive_rate": fm.true_positive_rate,
    "false_negative_rate": fm.false_negative_rate,
    "false_positive_rate": fm.false_positive_rate,
    "true_negative_rate": fm.true_negative_rate,
    "precision": sm.precision_score,
    "accuracy": sm.accuracy_score,
    "error_rate": sm.zero_one_loss,
    "balanced_accuracy": sm.balanced_accuracy_score,
    "f1": sm.f1_score,
    "matthews": sm.matthews_corrcoef,
}
"""Ours by the function that fairlearn's MetricFrame is given."""
KINDS = {
    "difference_between_groups": ("difference", "between_groups"),
    "difference_to_overall": ("difference", "to_overall"),
    "ratio_between_groups": ("ratio", "between_groups"),
    "ratio_to_overall": ("ratio", "to_overall"),
}


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return pd.DataFrame(
        {
            "y": rng.integers(0, 2, rows),
            "p": (rng.random(rows) < draw(st.sampled_from([0.1, 0.5, 0.9]))).astype(int),
            "a": rng.choice(list("uvw"), rows),
            "b": rng.choice([1, 2], rows),
            "w": rng.integers(1, 5, rows),
        }
    )


def theirs(frame: pd.DataFrame, by: list[str], **more: Any) -> fm.MetricFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fm.MetricFrame(
            metrics=OURS, y_true=frame["y"], y_pred=frame["p"], sensitive_features=frame[by], **more
        )


def agree(table: Table, frame: fm.MetricFrame, by: list[str]) -> None:
    """Each of our values is fairlearn's; where we have none, fairlearn made one up or has NaN."""
    own = table.frame(*by)
    for metric in OURS:
        for levels, value in own[metric].items():
            if not np.isnan(value):
                key = levels if isinstance(levels, tuple) else (levels,)
                at = tuple(int(one) if one.isdigit() else one for one in key)
                assert frame.by_group[metric][at if len(at) > 1 else at[0]] == pytest.approx(
                    value, abs=1e-12
                )
    for value in table.overall:
        if value.value is not None:
            assert frame.overall[value.metric] == pytest.approx(value.value, abs=1e-12)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(tables(), st.sampled_from([["a"], ["b"], ["a", "b"]]))
def test_every_metric_that_both_define_is_the_same(frame: pd.DataFrame, by: list[str]) -> None:
    table = measure(scan(frame, by, label="y", prediction="p"), list(OURS), [by], min_n=0)
    agree(table, theirs(frame, by), by)


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(tables())
def test_weighted_rates_are_the_same(frame: pd.DataFrame) -> None:
    cube = scan(frame, ["a"], label="y", prediction="p", weight="w")
    weights = {name: {"sample_weight": frame["w"]} for name in OURS}
    agree(measure(cube, list(OURS), min_n=0), theirs(frame, ["a"], sample_params=weights), ["a"])
    repeated = scan(frame, ["a"], label="y", prediction="p", weight="w", weights="frequency")
    agree(
        measure(repeated, list(OURS), min_n=0), theirs(frame, ["a"], sample_params=weights), ["a"]
    )


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(tables(), st.sampled_from([["a"], ["a", "b"]]))
def test_differences_and_ratios_are_the_same_where_every_group_has_a_value(
    frame: pd.DataFrame, by: list[str]
) -> None:
    table = measure(scan(frame, by, label="y", prediction="p"), list(OURS), [by], min_n=0)
    frame_ = theirs(frame, by)
    own = table.frame(*by)
    whole = [name for name in OURS if not own[name].isna().any() and name != "matthews"]
    assume(whole and len(own) > 1)
    for name in whole:
        for kind, (method, to) in KINDS.items():
            (found,) = table.compare(name, by, kind)
            other = getattr(frame_, method)(method=to)[name]
            if found.value is None:
                assert np.isnan(other)
            else:
                assert other == pytest.approx(found.value, abs=1e-12)


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(tables())
def test_fairness_metrics_by_name_are_the_same(frame: pd.DataFrame) -> None:
    table = measure(scan(frame, ["a"], label="y", prediction="p"), min_n=0)
    pairs = {
        ("selection_rate", "difference_between_groups"): fm.demographic_parity_difference,
        ("selection_rate", "ratio_between_groups"): fm.demographic_parity_ratio,
        ("equalized_odds", "difference_between_groups"): fm.equalized_odds_difference,
        ("equalized_odds", "ratio_between_groups"): fm.equalized_odds_ratio,
        ("true_positive_rate", "difference_between_groups"): fm.equal_opportunity_difference,
        ("true_positive_rate", "ratio_between_groups"): fm.equal_opportunity_ratio,
    }
    own = table.frame("a")
    for (metric, kind), function in pairs.items():
        components = (
            ["true_positive_rate", "false_positive_rate"]
            if metric == "equalized_odds"
            else [metric]
        )
        (found,) = table.compare(metric, ["a"], kind)
        if found.value is None or own[components].isna().any().any():
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            other = function(frame["y"], frame["p"], sensitive_features=frame["a"])
        assert other == pytest.approx(found.value, abs=1e-12)


class TestWhereFairlearnIsWrong:
    """Cases in which fairlearn fills in a number or stops; ours says what is undefined."""

    def test_a_group_without_positives_has_no_true_positive_rate(self) -> None:
        frame = pd.DataFrame({"y": [0, 0, 1, 1], "p": [0, 1, 1, 0], "g": list("aabb")})
        made_up = fm.MetricFrame(
            metrics={"tpr": fm.true_positive_rate, "fnr": fm.false_negative_rate},
            y_true=frame["y"], y_pred=frame["p"], sensitive_features=frame["g"],
        )  # fmt: skip
        assert made_up.by_group.loc["a"].tolist() == [0, 0]
        own = measure(scan(frame, ["g"], label="y", prediction="p"), min_n=0).frame("g")
        assert own.loc["a", ["true_positive_rate", "false_negative_rate"]].isna().all()
        assert own.loc["b", "true_positive_rate"] == 0.5

    def test_a_missing_level_is_a_level_and_not_an_error(self) -> None:
        frame = pd.DataFrame({"y": [0, 1, 1], "p": [0, 1, 0], "g": ["a", None, "a"]})
        with pytest.raises(ValueError, match=r"missing|NaN|null"):
            fm.MetricFrame(
                metrics=fm.selection_rate,
                y_true=frame["y"],
                y_pred=frame["p"],
                sensitive_features=frame["g"],
            )
        own = measure(scan(frame, ["g"], label="y", prediction="p"), min_n=0).frame("g")
        assert own.index.tolist() == ["a", "(missing)"]

    def test_probabilities_are_refused_and_not_counted_as_zero(self) -> None:
        frame = pd.DataFrame({"y": [0, 1, 1], "p": [0.2, 0.9, 0.8], "g": ["a", "b", "a"]})
        assert fm.selection_rate(frame["y"], frame["p"]) == 0.0
        with pytest.raises(Refused, match="holds probabilities or scores"):
            scan(frame, ["g"], label="y", prediction="p")

    def test_a_crossing_without_rows_is_counted_zero(self) -> None:
        frame = pd.DataFrame(
            {"y": [0, 1, 1], "p": [0, 1, 0], "a": ["u", "u", "v"], "b": ["x", "y", "x"]}
        )
        theirs = fm.MetricFrame(
            metrics=fm.count,
            y_true=frame["y"],
            y_pred=frame["p"],
            sensitive_features=frame[["a", "b"]],
        )
        assert theirs.by_group.isna().sum() == 1
        assert scan(frame, ["a", "b"], label="y", prediction="p").by("a", "b").n.tolist() == [
            1,
            1,
            1,
            0,
        ]

    def test_no_selected_at_all_has_no_ratio(self) -> None:
        frame = pd.DataFrame({"y": [0, 1, 1], "p": [0, 0, 0], "g": ["a", "b", "a"]})
        table = measure(scan(frame, ["g"], label="y", prediction="p"), ["selection_rate"], min_n=0)
        (ratio,) = table.compare("selection_rate", ["g"], "ratio_between_groups")
        assert (ratio.value, ratio.reason) == (None, "0 over 0")


def test_any_callable_goes_through_fairlearn_with_missing_levels_kept() -> None:
    frame = pd.DataFrame({"y": [1.0, 2.0, 4.0], "p": [1.0, 3.0, 3.0], "g": ["a", None, "a"]})
    found = metric_frame(
        {"worst": lambda y, p: np.abs(y - p).max()}, frame, label="y", prediction="p", by=["g"]
    )
    assert found.by_group["worst"].to_dict() == {"(missing)": 1.0, "a": 1.0}
    assert found.overall["worst"] == 1.0


def test_our_frames_have_the_shape_of_fairlearns() -> None:
    frame = pd.DataFrame(
        {"y": [0, 1] * 6, "p": [0, 1, 1] * 4, "a": list("uvw") * 4, "b": list("xy") * 6}
    )
    theirs_ = fm.MetricFrame(
        metrics={"selection_rate": fm.selection_rate, "accuracy": sm.accuracy_score},
        y_true=frame["y"], y_pred=frame["p"], sensitive_features=frame[["a", "b"]],
    )  # fmt: skip
    own = measure(
        scan(frame, ["a", "b"], label="y", prediction="p"), ["selection_rate", "accuracy"], min_n=0
    )
    pd.testing.assert_frame_equal(
        own.frame("a", "b"),
        theirs_.by_group,
        check_index_type=False,
        check_column_type=False,
        check_dtype=False,
    )
