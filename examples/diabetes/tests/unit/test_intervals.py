"""Intervals agree with published values, and say so when there is nothing to measure."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from triage.intervals import Estimate, Undefined, area, mean, proportion


@pytest.mark.parametrize(
    ("k", "n", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_wilson_agrees_with_newcombe_1998(k: int, n: int, lower: float, upper: float) -> None:
    found = proportion(k, n)
    assert isinstance(found, Estimate)
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=5e-5)


def test_wilson_ends_at_one_when_all_were_right() -> None:
    found = proportion(20, 20)
    assert isinstance(found, Estimate)
    assert found.upper == 1.0


def test_the_area_counts_ties_half_and_agrees_with_scikit_learn() -> None:
    scores = np.random.default_rng(0).integers(0, 10, 200) / 10
    label = np.arange(200) % 3 == 0
    found = area(scores[label], scores[~label])
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(roc_auc_score(label, scores))


def test_delong_agrees_with_a_case_worked_by_hand() -> None:
    """Wins are (1, 1) and (1, 0): area 3/4, each class adds a variance of 1/8 over 2."""
    found = area(np.array([0.9, 0.5]), np.array([0.1, 0.7]))
    assert isinstance(found, Estimate)
    error = np.sqrt(1 / 8 / 2 + 1 / 8 / 2) / (3 / 4 * 1 / 4)
    assert np.log(found.upper / (1 - found.upper)) - np.log(3) == pytest.approx(1.959964 * error)


def test_the_mean_has_the_textbook_interval() -> None:
    found = mean(np.array([0.1, 0.2, 0.3, 0.4]))
    assert isinstance(found, Estimate)
    assert found.upper - found.value == pytest.approx(1.959964 * np.sqrt(0.05 / 3) / 2)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (proportion(0, 0), "denominator is 0"),
        (area(np.array([0.9]), np.array([0.1, 0.2])), "fewer than 2 patients in a class"),
        (area(np.array([0.8, 0.9]), np.array([0.1, 0.2])), "separated"),
        (mean(np.array([0.1])), "fewer than 2 patients"),
    ],
)
def test_what_cannot_be_measured_has_a_reason_and_no_value(found: object, reason: str) -> None:
    assert isinstance(found, Undefined)
    assert reason in found.reason
