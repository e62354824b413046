"""The metrics of a table small enough to count on fingers."""

import pandas as pd
import pytest

from triage.evaluate import age_group, measure


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": [1, 1, 1, 0, 0],
            "score": [0.9, 0.6, 0.4, 0.7, 0.1],
            "prediction": [1, 1, 0, 1, 0],
        }
    )


def test_counts_come_first(rows: pd.DataFrame) -> None:
    found = measure(rows)
    assert [found[cell] for cell in ("n", "tp", "fp", "fn", "tn")] == [5, 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("metric", "value", "n"),
    [
        ("accuracy", 3 / 5, 5),
        ("recall", 2 / 3, 3),
        ("precision", 2 / 3, 3),
        ("selection_rate", 3 / 5, 5),
        ("auc", 4 / 6, 5),
        ("brier", (0.01 + 0.16 + 0.36 + 0.49 + 0.01) / 5, 5),
    ],
)
def test_each_metric_has_its_own_denominator(
    rows: pd.DataFrame, metric: str, value: float, n: int
) -> None:
    found = measure(rows)[metric]
    assert (found["value"], found["n"]) == (pytest.approx(value), n)


def test_without_a_flag_precision_is_undefined_and_not_zero(rows: pd.DataFrame) -> None:
    assert "value" not in measure(rows.assign(prediction=0))["precision"]


def test_an_age_on_an_edge_belongs_to_the_older_group() -> None:
    assert age_group(pd.Series([39, 40])).tolist() == ["[19, 40)", "[40, 60)"]
