"""The answers of a model, checked before anything is computed from them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trl4ml.watermark.errors import NoSignal, Refused

Floats = NDArray[np.float64]
CLIP = 1e-12
DECIMALS = 7
OFF = 2e-3


def checked(answers: ArrayLike, rows: int) -> Floats:
    """A (rows, C) matrix of finite numbers."""
    given = np.asarray(answers, dtype=np.float64)
    if given.ndim == 1:
        raise NoSignal("The model answers with labels only; this scheme needs scores per class.")
    if given.ndim != 2 or given.shape[1] < 2 or len(given) != rows:
        shape = "x".join(map(str, given.shape))
        raise Refused(
            f"The model answered {shape} to {rows} inputs: wanted one row of classes each."
        )
    if not np.isfinite(given).all():
        raise Refused("The model's answers hold NaN or infinity: repair the model or the endpoint.")
    return given


def probabilities(answers: ArrayLike, rows: int) -> Floats:
    """`checked`, and rows within 0 and 1 that sum to 1 as far as their rounding allows."""
    p = checked(answers, rows)
    digits = decimals(p)
    off = OFF if digits is None else max(OFF, p.shape[1] * 0.5 * 10.0**-digits)
    wrong = (np.abs(p.sum(axis=1) - 1) > off) | (p < -OFF).any(axis=1) | (p > 1 + OFF).any(axis=1)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise Refused(
            f"Row {first + 1} of the answers sums to {p[first].sum():.4g}, so these are not "
            "probabilities: say what the model returns (logits or log-probabilities)."
        )
    return p


def decimals(p: Floats) -> int | None:
    """To how many decimals the answers are rounded; None: not noticeably."""
    for digits in range(DECIMALS):
        if (np.abs(p - np.round(p, digits)) <= 1e-12 + 6e-8 * np.abs(p)).all():
            return digits
    return None


def loss(answers: Floats, label: int, returns: str) -> tuple[Floats, int]:
    """-ln p of the label, per row, and how many p were clipped at 1e-12.

    `returns` says what the answers are: probabilities, log-probabilities or logits.
    """
    if not 0 <= label < answers.shape[1]:
        raise Refused(f"The model has {answers.shape[1]} classes, the key names label {label}.")
    if returns == "logits":
        top = answers.max(axis=1, keepdims=True)
        log_p = answers - top - np.log(np.exp(answers - top).sum(axis=1, keepdims=True))
    elif returns == "log-probabilities":
        log_p = answers
    else:
        log_p = np.log(np.maximum(answers, CLIP))
    clipped = int((answers[:, label] < CLIP).sum()) if returns == "probabilities" else 0
    return -log_p[:, label], clipped
