"""Metrics of the held-out predictions: all patients, each sex, each age group.

Everything is computed from the columns of `predictions/holdout.parquet` and from nothing else, so
the table can be taken again by anybody who holds that file.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from triage.intervals import area, mean, proportion

AGE_EDGES = (19, 40, 60, 80)
METRICS = ("auc", "accuracy", "recall", "precision", "brier", "selection_rate")


def measure(rows: pd.DataFrame) -> dict[str, Any]:
    """Counts first, then every metric with its own n and interval."""
    label, flagged = rows["label"].to_numpy() == 1, rows["prediction"].to_numpy() == 1
    scores, n = rows["score"].to_numpy(), len(rows)
    tp, fp = int((label & flagged).sum()), int((~label & flagged).sum())
    fn, tn = int((label & ~flagged).sum()), int((~label & ~flagged).sum())
    estimates = {
        "auc": area(scores[label], scores[~label]),
        "accuracy": proportion(tp + tn, n),
        "recall": proportion(tp, tp + fn),
        "precision": proportion(tp, tp + fp),
        "brier": mean(np.square(scores - label)),
        "selection_rate": proportion(tp + fp, n),
    }
    counts = {"n": n, "tp": tp, "fp": fp, "fn": fn, "tn": tn}
    return counts | {name: asdict(estimate) for name, estimate in estimates.items()}


def age_group(age: pd.Series) -> pd.Series:
    """The interval an age falls in; the lower edge belongs to it, the upper does not."""
    return pd.cut(age, AGE_EDGES, right=False).astype(str)


def metrics(predictions: pd.DataFrame) -> dict[str, Any]:
    """The whole of `results/metrics.json`."""
    by_age = predictions.groupby(age_group(predictions["age"]), sort=True)
    return {
        "part": "holdout",
        "interval": 0.95,
        "overall": measure(predictions),
        "by_sex": {str(sex): measure(rows) for sex, rows in predictions.groupby("sex")},
        "by_age": {str(ages): measure(rows) for ages, rows in by_age},
    }
