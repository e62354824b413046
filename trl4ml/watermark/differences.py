"""GradSigns read black box: one difference of the loss per bit, through scores alone.

The directional estimator asks for the projection itself: the sign of l(x + h E_i / max|E_i|) -
l(x), averaged over the n inputs, with l = -ln p(label). It needs n(N + 2) queries: the inputs
once, once more to see whether two identical queries agree, and once for each of N bits. The host
of the interface sees the rows of E. An interface that clips its inputs (images in 0 … 1) wants a
key with bounds: coordinates that would leave them step the other way in a query of their own,
l(x + h E_A) - l(x - h E_B), which makes n(2N + 2). The step h follows the decimals of the answers and climbs a
fixed ladder while bits stay undefined; it never looks at the message.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.watermark import scores
from trl4ml.watermark.gradsigns import Reading, committed_inputs
from trl4ml.watermark.keys import Key

Floats = NDArray[np.float64]
LADDER = (0.01, 0.1)


def black_box(answers: Callable[[Floats], Any], inputs: Any, key: Key) -> Reading:
    """The reading of a model that answers scores (n, C) to inputs (n, …)."""
    x = committed_inputs(inputs, key)
    ask = _asking(answers, key.terms["returns"])
    first, again = ask(x), ask(x)
    digits = scores.decimals(first) if key.terms["returns"] == "probabilities" else None
    bits = len(key.arrays["message"])
    if digits == 0:
        why = "Every score is 0 or 1: the answers carry the label only, and this needs scores."
        return Reading(np.zeros(bits), "black box", queries=2 * len(x), signal=why)
    queries = 2 * len(x)
    for rung in ladder(digits):
        step = rung * key.terms["scale"]
        found, clipped = _projected(ask, x, first, key, step)
        queries += bits * len(x) * (2 if key.terms["bounds"] else 1)
        if found[0].all():
            break
    return Reading(
        found[0],
        "black box: directional differences",
        wrong_label=found[1],
        queries=queries,
        signal=_noise(first, again, found[0], key),
        notes=_notes(step, digits, clipped, queries),
    )


def ladder(digits: int | None) -> tuple[float, ...]:
    """The steps to try in order, in units of the input's scale: at least 10^-(d - 1), at most .1."""
    least = 0.0 if digits is None else min(10.0 ** (1 - digits), LADDER[-1])
    return tuple(step for step in LADDER if step >= least * (1 - 1e-9))


def _asking(answers: Callable[[Floats], Any], returns: str) -> Callable[[Floats], Floats]:
    read = scores.probabilities if returns == "probabilities" else scores.checked
    return lambda x: read(answers(x), len(x))


def _projected(
    ask: Callable[[Floats], Floats], x: Floats, first: Floats, key: Key, step: float
) -> tuple[Floats, int]:
    """(2, N): the mean differences for the label and for another one; and the p clipped."""
    label, returns = key.terms["label"], key.terms["returns"]
    labels = (label, label - 1 if label else 1)
    clipped = scores.loss(first, label, returns)[1]
    found = np.empty((2, len(key.arrays["message"])))
    for bit, row in enumerate(key.arrays["matrix"]):
        moved, back = _moved(x, row, key, step)
        ends = ask(moved), first if back is None else ask(back)
        for line, one in enumerate(labels):
            there, here = (scores.loss(end, one, returns) for end in ends)
            found[line, bit] = (there[0] - here[0]).mean()
            clipped += there[1] if line == 0 else 0
    return found, clipped


def _moved(x: Floats, row: Floats, key: Key, step: float) -> tuple[Floats, Floats | None]:
    """x + h E_A and x - h E_B: where + would leave the bounds (B), - is taken; no bounds: no B."""
    flat, places = x.reshape(len(x), -1), key.arrays["carriers"]
    move = step * row / (np.abs(row).max(initial=0.0) or 1.0)
    moved = flat.copy()
    moved[:, places] += move
    if key.terms["bounds"] is None:
        return moved.reshape(x.shape), None
    low, high = key.terms["bounds"]
    outside = (moved < low) | (moved > high)
    moved, back = np.where(outside, flat, moved), flat.copy()
    back[:, places] -= move
    back = np.where(outside, back, flat)
    return moved.reshape(x.shape), back.reshape(x.shape)


def _noise(first: Floats, again: Floats, projections: Floats, key: Key) -> str | None:
    label, returns = key.terms["label"], key.terms["returns"]
    change = scores.loss(again, label, returns)[0] - scores.loss(first, label, returns)[0]
    apart = abs(float(change.mean()))
    if apart > 0 and apart >= float(np.median(np.abs(projections))):
        return "Two identical queries differ by more than the differences asked for."
    return None


def _notes(step: float, digits: int | None, clipped: int, queries: int) -> tuple[str, ...]:
    coarse = () if digits is None else (f"the scores are rounded to {digits} decimals",)
    cut = () if not clipped else (f"{clipped} of {queries} probabilities were clipped at 1e-12",)
    return (f"step {step:g}", *coarse, *cut)
