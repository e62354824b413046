"""Models that can only be asked: a function, an ONNX file, a table of answers, an HTTP endpoint."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trl4ml.watermark.asking.oracle import Oracle

__all__ = ["Oracle", "asked_callable"]


def asked_callable(
    function: Callable[[Any], Any], returns: str = "probabilities", budget: int | None = None
) -> Oracle:
    """A function of inputs (n, …) to scores (n, C), or to labels (n,), as a model to ask."""
    name = getattr(function, "__name__", type(function).__name__)
    return Oracle(name, lambda inputs: np.asarray(function(inputs)), returns, budget)
