"""Weights of a survey: intervals rest on effective rows and hold as often as they say."""

import math

import numpy as np
import pytest

from trl4ml.slices import measure, scan

ROWS, RUNS = 200, 1000
TRUTH = {
    "bias": 0.3,
    "mae": math.sqrt(2 / math.pi) * math.exp(-0.045) + 0.3 * math.erf(0.3 / math.sqrt(2)),
    "rmse": math.sqrt(1.09),
}


@pytest.mark.parametrize("weights", ["sampling", ""])
def test_intervals_of_numbers_hold_the_truth_as_often_as_they_say(weights: str) -> None:
    rng = np.random.default_rng(4)
    y = rng.normal(size=ROWS * RUNS)
    data = {
        "run": np.repeat(np.arange(RUNS), ROWS),
        "y": y,
        "p": y + rng.normal(0.3, 1, len(y)),
        "w": rng.choice([0.5, 1.0, 3.0], len(y)),
    }
    weight = "w" if weights else None
    cube = scan(
        data, ["run"], label="y", prediction="p", weight=weight, regression=True, max_levels=RUNS
    )
    table = measure(cube, list(TRUTH), yardsticks=())
    for metric, truth in TRUTH.items():
        found = [(one.lower, one.upper) for one in table.of(metric, ["run"])]
        inside = np.mean([lower <= truth <= upper for lower, upper in found])  # type: ignore[operator]
        assert 0.935 <= inside <= 0.97, metric
    first = table.values[0]
    assert first.interval == ("normal 95%, effective n" if weights else "normal 95%")
    if weights:
        w = data["w"][:ROWS]
        assert first.effective == pytest.approx(w.sum() ** 2 / (w * w).sum())
        assert first.weight == pytest.approx(w.sum())
