"""GradSigns (Aramoon, Chen and Qu, MLSys 2021, arXiv 2103.03701): a message in the input gradient.

Bit i is the sign of E_i · g_J, where g is the mean gradient of the label's cross-entropy with
respect to the input over the committed inputs, flattened, and J the carriers. `white_box` reads
the gradient itself, `black_box` asks an interface that returns scores. The mark survives
fine-tuning, pruning and quantisation; a new mark written over it for long enough removes it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trl4ml.watermark import controls, keys, null
from trl4ml.watermark.deciding import AGREEMENT, Run, decide, shared
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Commitment, Key
from trl4ml.watermark.null import Tally
from trl4ml.watermark.verdict import Control, Verdict

Floats = NDArray[np.float64]
Returns = Literal["probabilities", "log-probabilities", "logits"]
RETURNS = ("probabilities", "log-probabilities", "logits")
VERSION = 1
NULL = "The model was made without knowledge of the key's message."
UNCHECKED = (
    "the key's seed was secret until this report",
    "the commitment was published on its date, where it says",
    "the inputs reach the model unchanged, in the key's layout, at its point of differentiation",
)
FINER = "Ask for more decimals, a larger step or more inputs of the key's label."


@dataclass(frozen=True)
class Reading:
    """What one model showed: E · g for every bit (N,), up to a positive factor.

    `wrong_label` and `wrong_layout` are the same projections read wrongly; `gradient` is g_J (C,)
    where it is known. `signal` says why the answers carry too little; None: they do not.
    """

    projections: Floats
    how: str
    wrong_label: Floats | None = None
    wrong_layout: Floats | None = None
    gradient: Floats | None = None
    queries: int = 0
    signal: str | None = None
    notes: tuple[str, ...] = ()


def keygen(
    seed: bytes,
    *,
    input_shape: Sequence[int],
    label: int,
    inputs: str,
    n: int = 50,
    bits: int = 64,
    carriers: int = 128,
    layout: str = "flat",
    point: str = "raw",
    returns: Returns = "probabilities",
    scale: float = 1.0,
    bounds: Sequence[float] | None = None,
    alpha: float = 1e-6,
    salt: bytes | None = None,
) -> Key:
    """The key for a model of inputs shaped `input_shape` (one example), told by one label.

    `inputs` is the `keys.array_digest` of the n inputs that verify it, as float64; `layout` the
    order of the axes in words (flat, nchw, nhwc), `point` where the gradient is taken (raw, or
    normalised inputs), `returns` what the interface gives, `scale` the range of one input,
    `bounds` the least and the largest input that the interface takes without clipping.
    """
    terms: dict[str, Any] = {
        "input_shape": list(input_shape),
        "label": label,
        "inputs": inputs,
        "n": n,
        "bits": bits,
        "carriers": carriers,
        "layout": layout,
        "point": point,
        "returns": returns,
        "scale": scale,
        "bounds": None if bounds is None else list(bounds),
        "alpha": alpha,
    }
    _check(terms)
    arrays: dict[str, NDArray[Any]] = {
        "carriers": keys.distinct(seed, "carriers", carriers, int(np.prod(input_shape))),
        "matrix": keys.uniform(seed, "matrix", (bits, carriers)),
        "message": keys.bits(seed, "message", bits),
    }
    return Key("gradsigns", VERSION, terms, arrays, salt or secrets.token_bytes(32), seed)


def _check(terms: dict[str, Any]) -> None:
    returns, bounds = terms["returns"], terms["bounds"]
    if returns not in RETURNS:
        raise Refused(f"An interface returns {', '.join(RETURNS)}, not {returns!r}.")
    if min(terms["bits"], terms["carriers"], terms["n"]) < 1 or not terms["scale"] > 0:
        raise Refused("Bits, carriers, inputs and scale are above 0.")
    if terms["label"] < 0:
        raise Refused("A label is not negative: classes are counted from 0.")
    if bounds is not None and (len(bounds) != 2 or not bounds[0] < bounds[1]):
        raise Refused("Bounds are the least and the largest input, such as 0 and 1.")


def dense(matrix: ArrayLike, message: ArrayLike, terms: dict[str, Any], salt: bytes) -> Key:
    """A free-form key from one N x D matrix with zeros off the carriers."""
    whole = np.asarray(matrix, dtype=np.float64)
    if whole.ndim != 2:
        raise Refused("A dense matrix has a row for each bit and a column for each input.")
    places = np.flatnonzero((whole != 0).any(axis=0)).astype(np.int64)
    bits = np.asarray(message, dtype=np.uint8)
    arrays: dict[str, NDArray[Any]] = {
        "carriers": places,
        "matrix": np.ascontiguousarray(whole[:, places]),
        "message": bits,
    }
    return Key("gradsigns", VERSION, terms, arrays, salt)


def committed_inputs(inputs: ArrayLike, key: Key) -> Floats:
    """The inputs (n, …) in float64, refused where they are not the ones in the key."""
    keys.check(key, "gradsigns", keygen)
    x = np.asarray(inputs, dtype=np.float64)
    wanted = (key.terms["n"], *key.terms["input_shape"])
    if x.shape != wanted:
        raise Refused(
            f"The inputs have shape {_by(x.shape)}, the key wants {_by(wanted)}: "
            "is it the key of another architecture?"
        )
    if keys.array_digest(x) != key.terms["inputs"]:
        raise Refused("These are not the committed inputs: their digest differs from the key's.")
    places, matrix = key.arrays["carriers"], key.arrays["matrix"]
    if len(places) and not 0 <= places.min() <= places.max() < x[0].size:
        raise Refused(f"A carrier lies outside the {x[0].size} inputs: wrong key.")
    if matrix.shape != (len(key.arrays["message"]), len(places)):
        raise Refused(
            f"The key's matrix is {_by(matrix.shape)}, but it has {len(key.arrays['message'])} "
            f"bits and {len(places)} carriers: wrong key."
        )
    return x


def misplaced(places: NDArray[np.int64], shape: Sequence[int]) -> NDArray[np.int64]:
    """The carriers as a reader with the axes reversed would take them; a flat input backwards."""
    if sum(axis > 1 for axis in shape) <= 1:
        return int(np.prod(shape)) - 1 - places
    where = np.unravel_index(places, tuple(shape))
    return np.asarray(np.ravel_multi_index(where[::-1], tuple(shape)[::-1]), dtype=np.int64)


def verify(
    reading: Reading,
    key: Key,
    commitment: Commitment | None,
    *,
    released: str | None = None,
    shuffled: Sequence[Reading] = (),
    reference: Reading | None = None,
    model_digest: str | None = None,
    tests_made: int = 1,
    agreement: float = AGREEMENT,
    run_seed: int = 0,
) -> Verdict:
    """The verdict on a model's reading by `white_box` or `black_box`.

    `shuffled` are readings of the model with its weights shuffled, `reference` the reading of a
    clean model: the parent, or a public model of the same task.
    """
    keys.check(key, "gradsigns", keygen)
    alpha = shared(key, commitment, tests_made)
    run = Run(
        NULL,
        commitment,
        released,
        (
            _random(reading, key, alpha, run_seed),
            _below(
                "shuffled weights",
                list(shuffled),
                key,
                alpha,
                "the weights were not given, or are no tensors",
            ),
            _misread("wrong label", reading.wrong_label, key, alpha),
            _below("clean model", [reference] if reference else [], key, alpha, "none was given"),
            _misread("wrong layout", reading.wrong_layout, key, alpha),
        ),
        model_digest=model_digest,
        tests_made=tests_made,
        queries=reading.queries,
        agreement=agreement,
        seeds=(run_seed,),
        assumptions=UNCHECKED,
        notes=(reading.how, *reading.notes),
        signal=reading.signal,
        remedy=FINER,
    )
    return decide(key, tallied(reading.projections, key), run)


def tallied(projections: Floats, key: Key) -> Tally:
    """The hits of these projections (N,)."""
    message = key.arrays["message"].astype(np.int64)
    return null.tally(null.signs(projections), message, 0.5)


def _random(reading: Reading, key: Key, alpha: float, run_seed: int) -> Control:
    """Fresh matrix and message each on the known gradient; else fresh messages only."""
    draw = np.random.RandomState(run_seed)
    shape = key.arrays["matrix"].shape
    found = []
    for _ in range(controls.RANDOM_KEYS):
        if reading.gradient is None:
            seen = reading.projections
        else:
            seen = draw.uniform(-1, 1, shape) @ reading.gradient
        message = np.asarray(draw.randint(0, 2, shape[0]), dtype=np.int64)
        found.append(null.tally(null.signs(seen), message, 0.5))
    return controls.random_keys(found, tallied(reading.projections, key), alpha)


def _below(name: str, found: list[Reading], key: Key, alpha: float, why: str) -> Control:
    if not found:
        return controls.not_run(name, why)
    return controls.below(name, [tallied(one.projections, key) for one in found], alpha)


def _misread(name: str, projections: Floats | None, key: Key, alpha: float) -> Control:
    if projections is None:
        return controls.not_run(name, "it would double the queries")
    return controls.below(name, [tallied(projections, key)], alpha)


def _by(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))
