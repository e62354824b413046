"""One class against the rest, for every class, and the mean over classes."""

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.rates import FN, OUTCOMES, RATES, TP, counted

MACRO = "macro"


def one_against_rest(counts: Array, classes: int, positive: int) -> Array:
    """(…, 9) outcomes of one class against the others, from (…, (C+1)²) of all; last code missing."""
    square = counts.reshape(*counts.shape[:-1], classes + 1, classes + 1)
    side = np.zeros((classes + 1, 3))
    side[:classes, 0], side[positive, 0] = 1, 0
    side[positive, 1], side[classes, 2] = 1, 1
    both = np.einsum("...ij,ia,jb->...ab", square.astype(float), side, side)
    return np.asarray(both.reshape(*counts.shape[:-1], 9))


def accuracy(counts: Array, classes: int) -> tuple[Array, Array]:
    """Rows with the right class, and rows with a label and a prediction."""
    square = counts.reshape(*counts.shape[:-1], classes + 1, classes + 1)[..., :classes, :classes]
    return np.trace(square, axis1=-2, axis2=-1).astype(float), square.sum((-2, -1)).astype(float)


def right_or_wrong(counts: Array, classes: int) -> Array:
    """(…, 9) outcomes whose accuracy is that of all classes: right ones are TP, wrong ones FN."""
    right, n = accuracy(counts, classes)
    found = np.zeros((*right.shape, len(OUTCOMES)))
    found[..., TP], found[..., FN] = right, n - right
    found[..., -1] = counts.sum(-1) - n
    return found


def macro(counts: Array, classes: int, rate: str) -> Array:
    """The mean of a rate over all classes; undefined where it is for one of them."""
    each = [counted(one_against_rest(counts, classes, c), rate).value for c in range(classes)]
    return np.asarray(np.mean(each, axis=0))


def named(metric: str) -> tuple[str, str] | None:
    """The rate and the class of `precision[cat]`; None where the metric is not of that form."""
    rate, bracket, rest = metric.partition("[")
    return (rate, rest[:-1]) if bracket and rest.endswith("]") and rate in RATES else None
