"""Puts a layer's inputs back into the owner's order, after hidden units were permuted or rescaled.

Permuting the units before a layer, or scaling them and dividing it out behind a ReLU, leaves the
function and destroys Uchida's mark. Units are matched to the owner's reference by the cosine of
their incoming weights (Hungarian assignment), and scales undone by their norms. The matching never
looks at the marked layer, so the null stays exact.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.watermark.errors import Refused

Floats = NDArray[np.float64]


def aligned(weights: Floats, incoming: NDArray[Any], reference: NDArray[Any]) -> Floats:
    """`weights` (outputs, …, units) with its last axis in the reference's order and scale.

    `incoming` and `reference` are (units, k): each hidden unit's weights, and its bias if wanted,
    in the model and in the owner's original.
    """
    from scipy.optimize import linear_sum_assignment

    units = weights.shape[-1]
    ours, theirs = (np.asarray(a, dtype=np.float64) for a in (reference, incoming))
    if ours.shape != theirs.shape or ours.ndim != 2 or len(ours) != units:
        raise Refused(
            f"Aligning {units} units needs two matrices with a row for each, of one shape, not "
            f"{ours.shape} and {theirs.shape}."
        )
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        raise Refused("The incoming weights hold NaN or infinity: take an intact model file.")
    our_norms, their_norms = (_norms(a) for a in (ours, theirs))
    cosine = (ours / our_norms[:, None]) @ (theirs / their_norms[:, None]).T
    _, unit = linear_sum_assignment(-cosine)
    return np.asarray(weights[..., unit] * (their_norms[unit] / our_norms), dtype=np.float64)


def _norms(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1)
    return np.where(lengths > 0, lengths, 1.0)
