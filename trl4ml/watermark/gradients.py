"""GradSigns read white box: from a gradient, or from a model computed in float64.

A Gradient takes inputs (n, …), a label and flat coordinates (C,), and gives the gradient of
-ln p(label) at those coordinates, (n, C). PyTorch's is analytic (`nets.gradient`); for any other
model `central` takes central differences, exact enough in float64 only: `onnx_scores` runs an
ONNX model in float64.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.watermark import scores
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.gradsigns import Reading, committed_inputs, misplaced
from trl4ml.watermark.keys import Key

Floats = NDArray[np.float64]
Gradient = Callable[[Floats, int, NDArray[np.int64]], Floats]
Scores = Callable[[Floats], Any]
STEP = 1e-5


def white_box(gradient: Gradient, inputs: Any, key: Key) -> Reading:
    """The reading of a model whose gradient is at hand; never clipped, never rounded."""
    x = committed_inputs(inputs, key)
    label, places, matrix = key.terms["label"], key.arrays["carriers"], key.arrays["matrix"]
    mean = _mean(gradient(x, label, places), len(x), len(places))
    other = _mean(gradient(x, _other(label), places), len(x), len(places))
    moved = misplaced(places, key.terms["input_shape"])
    elsewhere = _mean(gradient(x, label, moved), len(x), len(places))
    return Reading(
        matrix @ mean,
        "white box: the gradient itself",
        wrong_label=matrix @ other,
        wrong_layout=matrix @ elsewhere,
        gradient=mean,
    )


def central(answers: Scores, returns: str = "probabilities", step: float = STEP) -> Gradient:
    """The gradient of a model that computes in float64, by central differences: 2nC inputs asked."""

    def gradient(x: Floats, label: int, places: NDArray[np.int64]) -> Floats:
        found = np.empty((len(x), len(places)))
        for column, place in enumerate(places):
            ends = []
            for sign in (step, -step):
                moved = x.reshape(len(x), -1).copy()
                moved[:, place] += sign
                given = scores.checked(answers(moved.reshape(x.shape)), len(x))
                ends.append(scores.loss(given, label, returns)[0])
            found[:, column] = (ends[0] - ends[1]) / (2 * step)
        return found

    return gradient


def _other(label: int) -> int:
    return label - 1 if label else 1


def _mean(gradient: Floats, n: int, places: int) -> Floats:
    found = np.asarray(gradient, dtype=np.float64)
    if found.shape != (n, places):
        raise Refused(f"The gradient has shape {found.shape}, wanted ({n}, {places}).")
    if not np.isfinite(found).all():
        raise Refused("The gradient holds NaN or infinity: is the model whole?")
    mean: Floats = found.mean(axis=0)
    return mean
