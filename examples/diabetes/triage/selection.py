"""Which candidate to trust, asked of the training part only.

Five folds, three times over, with each candidate tuned inside each fold. The simpler model stays
unless the trees are better by more than one standard error of the paired differences; the error is
Nadeau and Bengio's (2003), which allows for the overlap of the training folds.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, brier_score_loss, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold

from triage.data import SEED
from triage.model import CANDIDATES, fit, flag, score

FOLDS, REPEATS = 5, 3
MEASURES = ("auc", "accuracy", "brier")
Folds = NDArray[np.float64]


def compare(frame: pd.DataFrame, high: pd.Series) -> dict[str, Any]:
    """Measure every candidate on the same folds and choose."""
    folds = {name: validate(name, frame, high) for name in CANDIDATES}
    gain = folds["boosting"][:, 0] - folds["logistic"][:, 0]
    error = corrected_error(gain)
    return {
        "part": "train",
        "n": len(frame),
        "seed": SEED,
        "folds": FOLDS,
        "repeats": REPEATS,
        "candidates": {name: summary(values) for name, values in folds.items()},
        "boosting_gain_in_auc": {"mean": float(gain.mean()), "standard_error": error},
        "chosen": "boosting" if gain.mean() > error else "logistic",
    }


def record(name: str, compared: dict[str, Any]) -> dict[str, Any]:
    """One run: what was fitted, on what, and what came out, so that it can be repeated."""
    plan = {key: compared[key] for key in ("part", "n", "seed", "folds", "repeats")}
    estimator = " ".join(repr(CANDIDATES[name]()).split())
    return {
        "params": {"candidate": name, "estimator": estimator, **plan},
        "metrics": compared["candidates"][name],
        "chosen": compared["chosen"] == name,
    }


def validate(name: str, frame: pd.DataFrame, high: pd.Series) -> Folds:
    """AUC, accuracy and Brier score of one candidate, a row per fold."""
    plan = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=SEED)
    rows = []
    for inside, outside in plan.split(frame, high):
        model = fit(name, frame.iloc[inside], high.iloc[inside])
        truth, scores = high.iloc[outside], score(model, frame.iloc[outside])
        rows.append(
            (
                roc_auc_score(truth, scores),
                accuracy_score(truth, flag(scores)),
                brier_score_loss(truth, scores),
            )
        )
    return np.array(rows)


def corrected_error(gain: Folds) -> float:
    """Standard error of a mean over folds that share training rows."""
    return float(gain.std(ddof=1) * np.sqrt(1 / len(gain) + 1 / (FOLDS - 1)))


def summary(folds: Folds) -> dict[str, dict[str, float]]:
    """Mean and spread over the folds."""
    return {
        measure: {"mean": float(values.mean()), "sd_over_folds": float(values.std(ddof=1))}
        for measure, values in zip(MEASURES, folds.T, strict=True)
    }
