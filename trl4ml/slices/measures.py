"""Measures of the confusion table that are no single proportion.

Each takes counts (or sums of weights) whose last axis is rates.OUTCOMES and returns values of the
shape before it: NaN where the measure is undefined, infinite where it is unbounded.
"""

from collections.abc import Callable

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.rates import FN, FP, TN, TP, counted


def _over(top: Array, bottom: Array) -> Array:
    """Undefined for 0/0, unbounded for x/0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.true_divide(top, bottom))


def balanced_accuracy(counts: Array) -> Array:
    """(TPR + TNR)/2."""
    rates = (counted(counts, name).value for name in ("true_positive_rate", "true_negative_rate"))
    positive, negative = rates
    return np.asarray((positive + negative) / 2)


def f_beta(counts: Array, beta: float = 1.0) -> Array:
    """(1+β²)TP / ((1+β²)TP + β²FN + FP)."""
    hit = (1 + beta * beta) * counts[..., TP]
    return _over(hit, hit + beta * beta * counts[..., FN] + counts[..., FP])


def likelihood_ratio_positive(counts: Array) -> Array:
    """TPR/FPR."""
    return _over(
        counted(counts, "true_positive_rate").value, counted(counts, "false_positive_rate").value
    )


def likelihood_ratio_negative(counts: Array) -> Array:
    """FNR/TNR."""
    return _over(
        counted(counts, "false_negative_rate").value, counted(counts, "true_negative_rate").value
    )


def treatment_ratio(counts: Array) -> Array:
    """FN:FP."""
    return _over(counts[..., FN].astype(float), counts[..., FP].astype(float))


def matthews(counts: Array) -> Array:
    """(TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN))."""
    tn, fp, fn, tp = (counts[..., i].astype(float) for i in (TN, FP, FN, TP))
    roots = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(roots > 0, (tp * tn - fp * fn) / roots, np.nan))


def benefits(counts: Array) -> tuple[Array, Array, Array]:
    """Rows with benefit ŷ − y + 1 of 0, 1 and 2."""
    return counts[..., FN], counts[..., TP] + counts[..., TN], counts[..., FP]


def generalized_entropy(counts: Array, alpha: float = 2.0) -> Array:
    """GEI(α) of the benefits: mean((b/μ)^α − 1)/(α(α−1)); α 0 and 1 are their limits.

    Speicher et al. (2018), KDD, equation 2. Undefined where μ = 0, and for α = 0 where a benefit is 0.
    """
    zero, one, two = (x.astype(float) for x in benefits(counts))
    n, total = zero + one + two, one + 2 * two
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(total > 0, total / n, np.nan)
        a, b = 1 / mean, 2 / mean
        if alpha == 1:
            return np.asarray((one * a * np.log(a) + two * b * np.log(b)) / n)
        if alpha == 0:
            return np.asarray(np.where(zero > 0, np.nan, -(one * np.log(a) + two * np.log(b)) / n))
        powers = one * a**alpha + two * b**alpha + (zero * 0.0**alpha if alpha > 0 else 0.0)
        value = (powers / n - 1) / (alpha * (alpha - 1))
        return np.asarray(np.where(zero > 0, np.nan, value) if alpha < 0 else value)


def theil(counts: Array) -> Array:
    """GEI(1) = mean((b/μ) ln(b/μ)), with 0·ln 0 = 0."""
    return generalized_entropy(counts, 1)


def variation(counts: Array) -> Array:
    """The coefficient of variation of the benefits, √(2·GEI(2))."""
    return np.asarray(np.sqrt(np.maximum(2 * generalized_entropy(counts), 0)))


def between_group_entropy(counts: Array, alpha: float = 2.0) -> Array:
    """GEI(α) with each benefit replaced by its group's mean; groups are the axis before the last.

    α is neither 0 nor 1.
    """
    if alpha in (0, 1):
        raise ValueError("between_group_entropy takes an alpha other than 0 and 1")
    zero, one, two = (x.astype(float) for x in benefits(counts))
    n, total = zero + one + two, one + 2 * two
    rows = n.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total.sum(-1) / rows
        means = np.where(n > 0, total / n, 0.0) / mean[..., None]
        return np.asarray(((n * means**alpha).sum(-1) / rows - 1) / (alpha * (alpha - 1)))


MEASURES: dict[str, Callable[[Array], Array]] = {
    "balanced_accuracy": balanced_accuracy,
    "f1": f_beta,
    "likelihood_ratio_positive": likelihood_ratio_positive,
    "likelihood_ratio_negative": likelihood_ratio_negative,
    "treatment_ratio": treatment_ratio,
    "matthews": matthews,
    "generalized_entropy": generalized_entropy,
    "theil": theil,
    "variation": variation,
}
"""The measures by name."""

DENOMINATORS: dict[str, tuple[tuple[int, ...], ...]] = {
    "balanced_accuracy": ((TP, FN), (TN, FP)),
    "f1": ((TP, FP, FN),),
    "likelihood_ratio_positive": ((TP, FN), (TN, FP)),
    "likelihood_ratio_negative": ((TP, FN), (TN, FP)),
    "treatment_ratio": ((FN, FP),),
}
"""The row sets a measure rests on, the smallest of which is its n; else all rows with both."""

UNDEFINED = {
    "balanced_accuracy": "no rows with a positive label, or none with a negative one",
    "f1": "no positive labels and no positive predictions",
    "likelihood_ratio_positive": "a true or false positive rate is undefined, or both are 0",
    "likelihood_ratio_negative": "a false or true negative rate is undefined, or both are 0",
    "treatment_ratio": "no errors",
    "matthews": "labels or predictions are all of one class",
    "generalized_entropy": "no benefits: every row is a false negative, or there is none",
    "theil": "no benefits: every row is a false negative, or there is none",
    "variation": "no benefits: every row is a false negative, or there is none",
}
"""Why each measure is undefined."""
