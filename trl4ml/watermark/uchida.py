"""Uchida et al. (2017): a message in the mean kernel of one layer, read from the weights.

w is the mean over a layer's output filters, flattened as (height, width, inputs) whatever the
file's layout; bit j is the sign of X_j w. Y. Uchida, Y. Nagai, S. Sakazawa and S. Satoh,
"Embedding watermarks into deep neural networks", ICMR 2017, arXiv 1701.04082. The mark survives
fine-tuning and pruning; a permutation of the units before the layer destroys it (see `canonical`),
a new mark written over it weakens it, and anybody can see it.
"""

import secrets
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trl4ml.watermark import canonical, controls, keys, null
from trl4ml.watermark.deciding import AGREEMENT, Run, decide, shared
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Commitment, Key
from trl4ml.watermark.null import Tally
from trl4ml.watermark.verdict import Control, Verdict

Floats = NDArray[np.float64]
Rows = Literal["random", "direct", "diff"]
VERSION = 1
ROWS = ("random", "direct", "diff")
AXES = {"oi": (0, 1), "io": (1, 0), "oihw": (0, 2, 3, 1), "hwio": (3, 0, 1, 2)}
NULL = "The layer was made without knowledge of the key's message."
UNCHECKED = (
    "the key's seed was secret until this report",
    "the commitment was published on its date, where it says",
)


def keygen(
    seed: bytes,
    *,
    layer: str,
    shape: Sequence[int],
    layout: str = "oi",
    bits: int = 64,
    rows: Rows = "random",
    alpha: float = 1e-6,
    reference: str | None = None,
    salt: bytes | None = None,
) -> Key:
    """The key for one layer, named by its state-dict key and shape.

    `layout` names the axes of `shape`: oi (PyTorch Linear), io (Keras, ONNX MatMul), oihw or hwio.
    `reference` is the `keys.array_digest` of the units' incoming weights (see `canonical`).
    """
    places = _inputs(tuple(shape), layout)
    if rows not in ROWS:
        raise Refused(f"Rows are {', '.join(ROWS)}, not {rows!r}.")
    arrays: dict[str, NDArray[Any]] = {
        "matrix": _matrix(seed, rows, bits, places),
        "message": keys.bits(seed, "message", bits),
    }
    terms: dict[str, Any] = {
        "layer": layer,
        "shape": list(shape),
        "layout": layout,
        "bits": bits,
        "rows": rows,
        "alpha": alpha,
        "reference": reference,
    }
    return Key("uchida", VERSION, terms, arrays, salt or secrets.token_bytes(32), seed)


def verify(
    tensor: ArrayLike,
    key: Key,
    commitment: Commitment | None,
    *,
    released: str | None = None,
    layout: str | None = None,
    incoming: ArrayLike | None = None,
    reference: ArrayLike | None = None,
    parent: ArrayLike | None = None,
    model_digest: str | None = None,
    tests_made: int = 1,
    agreement: float = AGREEMENT,
    run_seed: int = 0,
) -> Verdict:
    """The verdict on one layer's `tensor`, in the key's layout or the one named.

    With `incoming` (units, k) and the owner's `reference` of that shape the units are first put
    into the owner's order. `parent` is the layer of a clean model the owner holds.
    """
    keys.check(key, "uchida", keygen)
    weights = _prepared(_canonical(tensor, key, layout), key, incoming, reference)
    alpha = shared(key, commitment, tests_made)
    clean = None if parent is None else _canonical(parent, key, layout)
    run = Run(
        NULL,
        commitment,
        released,
        _controls(weights, clean, key, alpha, run_seed),
        model_digest=model_digest,
        tests_made=tests_made,
        agreement=agreement,
        seeds=(run_seed,),
        assumptions=UNCHECKED,
    )
    return decide(key, _tally(mean_kernel(weights), key), run)


def mean_kernel(weights: Floats) -> Floats:
    """w: the mean over the outputs (first axis) of a canonical tensor, flattened."""
    w: Floats = weights.mean(axis=0).ravel()
    return w


def canonical_axes(tensor: ArrayLike, layout: str) -> Floats:
    """The tensor as (outputs, inputs) or (outputs, height, width, inputs), in float64."""
    array = np.asarray(tensor, dtype=np.float64)
    if layout not in AXES:
        raise Refused(f"A layout is one of {', '.join(AXES)}, not {layout!r}.")
    if array.ndim != len(AXES[layout]):
        raise Refused(f"A tensor of shape {_by(array.shape)} has no layout {layout}.")
    return np.ascontiguousarray(array.transpose(AXES[layout]))


def _canonical(tensor: ArrayLike, key: Key, layout: str | None) -> Floats:
    found = canonical_axes(tensor, layout or key.terms["layout"])
    wanted = np.empty(key.terms["shape"], np.bool_).transpose(AXES[key.terms["layout"]]).shape
    if found.shape != wanted:
        raise Refused(
            f"The key is for layer {key.terms['layer']} of shape {_by(wanted)} (outputs first), "
            f"this one has {_by(found.shape)}: name the right layer or its layout."
        )
    if not np.isfinite(found).all():
        raise Refused("The layer's weights hold NaN or infinity: take an intact model file.")
    return found


def _prepared(
    weights: Floats, key: Key, incoming: ArrayLike | None, reference: ArrayLike | None
) -> Floats:
    """The weights in the owner's order, where the reference is given and is the committed one."""
    if key.arrays["matrix"].shape != (len(key.arrays["message"]), weights[0].size):
        raise Refused(
            f"The key's matrix is {_by(key.arrays['matrix'].shape)}; wanted one row for each of "
            f"{len(key.arrays['message'])} bits and {weights[0].size} columns: wrong key."
        )
    if (incoming is None) != (reference is None):
        raise Refused("Aligning needs both: the model's incoming weights and the reference.")
    if incoming is None or reference is None:
        return weights
    _committed(np.asarray(reference), key)
    return canonical.aligned(weights, np.asarray(incoming), np.asarray(reference))


def _committed(reference: NDArray[Any], key: Key) -> None:
    if key.terms.get("reference") != keys.array_digest(reference):
        raise Refused(
            "The reference is not the one in the key: commit its digest (keygen's reference)."
        )


def _inputs(shape: tuple[int, ...], layout: str) -> int:
    if layout not in AXES or len(shape) != len(AXES[layout]) or min(shape) < 1:
        raise Refused(f"A shape of {_by(shape)} has no layout {layout!r}: use {', '.join(AXES)}.")
    return int(np.prod(shape)) // shape[AXES[layout][0]]


def _matrix(seed: bytes, rows: Rows, bits: int, places: int) -> Floats:
    if bits < 1:
        raise Refused("A message has at least one bit.")
    if rows == "random":
        return keys.normal(seed, "matrix", (bits, places))
    matrix = np.zeros((bits, places))
    if rows == "diff":
        if places < 2:
            raise Refused("Rows of differences need a layer with two inputs or more.")
        plus = keys.integers(seed, "matrix plus", bits, places)
        step = keys.integers(seed, "matrix minus", bits, places - 1)
        matrix[np.arange(bits), (plus + 1 + step) % places] = -1
    else:
        plus = keys.distinct(seed, "matrix plus", bits, places)
    matrix[np.arange(bits), plus] = 1
    return matrix


def _tally(w: Floats, key: Key) -> Tally:
    message = key.arrays["message"].astype(np.int64)
    return null.tally(null.signs(key.arrays["matrix"] @ w), message, 0.5)


def _controls(
    weights: Floats, parent: Floats | None, key: Key, alpha: float, run_seed: int
) -> tuple[Control, ...]:
    true = _tally(mean_kernel(weights), key)
    shuffles = controls.shuffled(weights, controls.SHUFFLES, run_seed)
    wrong = weights.T.reshape(weights.shape)
    why = "no clean parent model was given"
    return (
        controls.random_keys(_random(mean_kernel(weights), key, run_seed), true, alpha),
        controls.below("shuffled weights", [_tally(mean_kernel(s), key) for s in shuffles], alpha),
        controls.not_run("wrong label", "a key in the weights names no label"),
        controls.not_run("clean parent", why)
        if parent is None
        else controls.below("clean parent", [_tally(mean_kernel(parent), key)], alpha),
        controls.same("wrong layout")
        if np.array_equal(wrong, weights)
        else controls.below(
            "wrong layout", [_tally(mean_kernel(wrong), key)], alpha, "axes reversed"
        ),
    )


def _random(w: Floats, key: Key, run_seed: int) -> list[Tally]:
    """Keys of the same size and kind: a fresh matrix (rows permuted places) and message each."""
    draw = np.random.RandomState(run_seed)
    bits = len(key.arrays["message"])
    found = []
    for _ in range(controls.RANDOM_KEYS):
        matrix = (
            draw.standard_normal((bits, len(w)))
            if key.terms.get("rows", "random") == "random"
            else key.arrays["matrix"][:, draw.permutation(len(w))]
        )
        message = draw.randint(0, 2, bits).astype(np.int64)
        found.append(null.tally(null.signs(matrix @ w), message, 0.5))
    return found


def _by(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))
