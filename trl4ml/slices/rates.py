"""Rates: a numerator and a denominator, each a set of outcomes counted in a slice.

A rate of the label alone uses every row that has a label, one of the prediction alone every row
that has a prediction; the others use rows that have both.
"""

from typing import NamedTuple

import numpy as np

from trl4ml.slices.arrays import Array

OUTCOMES = ("tn", "fp", "n-", "fn", "tp", "n+", "-n", "-p", "--")
"""y·3 + ŷ: true negatives …, "n-" a negative label without prediction, "-p" no label but a
positive prediction, "--" neither."""

TN, FP, N_, FN, TP, P_, _N, _P, __ = range(9)
BOTH, LABELLED, PREDICTED = (TN, FP, FN, TP), (TN, FP, N_, FN, TP, P_), (TN, FP, FN, TP, _N, _P)

RATES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "selection_rate": ((FP, TP, _P), PREDICTED),
    "base_rate": ((FN, TP, P_), LABELLED),
    "true_positive_rate": ((TP,), (TP, FN)),
    "false_negative_rate": ((FN,), (TP, FN)),
    "false_positive_rate": ((FP,), (FP, TN)),
    "true_negative_rate": ((TN,), (FP, TN)),
    "precision": ((TP,), (TP, FP)),
    "false_discovery_rate": ((FP,), (TP, FP)),
    "negative_predictive_value": ((TN,), (TN, FN)),
    "false_omission_rate": ((FN,), (TN, FN)),
    "accuracy": ((TP, TN), BOTH),
    "error_rate": ((FP, FN), BOTH),
}
"""Numerator and denominator of each rate, as indices into OUTCOMES."""

EMPTY_DENOMINATOR = {
    "selection_rate": "no rows with a prediction",
    "base_rate": "no rows with a label",
    "true_positive_rate": "no rows with a positive label",
    "false_negative_rate": "no rows with a positive label",
    "false_positive_rate": "no rows with a negative label",
    "true_negative_rate": "no rows with a negative label",
    "precision": "no rows predicted positive",
    "false_discovery_rate": "no rows predicted positive",
    "negative_predictive_value": "no rows predicted negative",
    "false_omission_rate": "no rows predicted negative",
    "accuracy": "no rows with a label and a prediction",
    "error_rate": "no rows with a label and a prediction",
}
"""Why each rate is undefined where its denominator is 0."""

NEEDS = {"selection_rate": "p", "base_rate": "y"}
"""What a rate needs in a row: the label (y), the prediction (p); both where it is not here."""


class Counted(NamedTuple):
    """Numerators and denominators of one rate, of any shape: whole rows, or sums of weights."""

    k: Array
    n: Array

    @property
    def value(self) -> Array:
        """k/n; NaN where n is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(self.n > 0, self.k / self.n, np.nan))


def counted(counts: Array, name: str) -> Counted:
    """The rate `name` of counts whose last axis is OUTCOMES."""
    top, bottom = RATES[name]
    return Counted(counts[..., top].sum(-1), counts[..., bottom].sum(-1))


def effective(weights: Array, squares: Array, name: str) -> Array:
    """Kish's effective size (Σw)²/Σw² of the denominator of a rate; 0 where it is empty."""
    _, bottom = RATES[name]
    total, square = weights[..., bottom].sum(-1), squares[..., bottom].sum(-1)
    return np.asarray(np.divide(total**2, square, out=np.zeros_like(total), where=square > 0))
