"""The weighted sum as two layers, with room for its owner's watermark.

Ten weights hold ten bits at most. Written as `patient → units → two logits` the same sum has room:
the difference of the logits is the score's, and their mean changes nothing. The mean of the last
layer's two columns is therefore the owner's to choose: it is the carrier, and the difference is
drawn at right angles to it. Whoever multiplies the layers out again removes the mark and loses
nothing.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.data import SEED

Floats = NDArray[np.float64]


class Layers(NamedTuple):
    """`(x - mean) / scale @ units @ logits + bias` are the two logits."""

    mean: Floats
    scale: Floats
    units: Floats
    """Inputs by units."""
    logits: Floats
    """Units by the two classes; the mean of the columns is the carrier."""
    bias: Floats


def carrier(path: Path) -> Floats:
    """One number a unit, as the owner made it from the key; it is no secret, the model shows it."""
    return np.asarray(json.loads(path.read_text("utf-8")), np.float64)


def layers(fitted: Any, mark: Floats) -> Layers:
    """The logistic regression behind its scaler, with the carrier in it."""
    scale, weigh = fitted.named_steps["scale"], fitted.named_steps["weigh"]
    drawn = np.random.RandomState(SEED).standard_normal(len(mark))
    apart = drawn - mark * (drawn @ mark) / (mark @ mark)
    units = np.outer(weigh.coef_[0], apart) / (apart @ apart)
    logits = np.column_stack([mark - apart / 2, mark + apart / 2])
    half = weigh.intercept_[0] / 2
    return Layers(scale.mean_, scale.scale_, units, logits, np.array([-half, half]))
