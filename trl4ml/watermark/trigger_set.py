"""Trigger set (Adi et al., USENIX Security 2018, arXiv 1802.04633): inputs with secret labels.

K inputs are trained in with labels drawn uniformly from the seed, so that any independent model
answers Bin(K, 1/C) of them, whatever the inputs. Labels suffice: works against interfaces that
return the top class only. Distillation removes the mark, and so may a filter for odd inputs.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trl4ml.watermark import controls, keys, null
from trl4ml.watermark.deciding import AGREEMENT, Run, decide, shared
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Commitment, Key
from trl4ml.watermark.null import Tally
from trl4ml.watermark.verdict import Control, Verdict

Ints = NDArray[np.int64]
VERSION = 1
NULL = "The model was made without knowledge of the labels drawn for the triggers."
GENTLER = "Ask again, or an interface that does not reject unusual inputs."
UNCHECKED = (
    "the key's seed and the triggers were secret until this report",
    "the commitment was published on its date, where it says",
)


def keygen(
    seed: bytes,
    *,
    classes: int,
    count: int,
    shape: Sequence[int] | None = None,
    inputs: str | None = None,
    alpha: float = 1e-6,
    salt: bytes | None = None,
) -> Key:
    """The key for `count` triggers: noise images of this `shape` grown from the seed, or your own.

    Your own are named by `inputs`, the `keys.array_digest` of them as float64; they stay with you.
    """
    if classes < 2 or count < 1:
        raise Refused("A trigger set has at least one trigger and two classes.")
    if (shape is None) == (inputs is None):
        raise Refused("Give the shape of noise triggers, or the digest of your own: one of both.")
    labels = keys.integers(seed, "labels", count, classes)
    terms: dict[str, Any] = {
        "classes": classes,
        "count": count,
        "shape": None if shape is None else list(shape),
        "inputs": inputs,
        "alpha": alpha,
    }
    salt = salt or secrets.token_bytes(32)
    return Key("trigger-set", VERSION, terms, {"labels": labels}, salt, seed)


def triggers(key: Key) -> NDArray[np.float64]:
    """The noise triggers of the key, (count, *shape), uniform on (0, 1)."""
    if key.seed is None or key.terms["shape"] is None:
        raise Refused("The triggers of this key are your own: give them.")
    shape = (key.terms["count"], *key.terms["shape"])
    return (keys.uniform(key.seed, "triggers", shape) + 1) / 2


def verify(
    answers: Callable[[NDArray[np.float64]], Any],
    key: Key,
    commitment: Commitment | None,
    *,
    inputs: ArrayLike | None = None,
    released: str | None = None,
    shuffled: Iterable[Callable[[NDArray[np.float64]], Any]] = (),
    reference: Callable[[NDArray[np.float64]], Any] | None = None,
    model_digest: str | None = None,
    tests_made: int = 1,
    agreement: float = AGREEMENT,
    run_seed: int = 0,
) -> Verdict:
    """The verdict on a model that answers labels (K,), -1 where it refuses, or scores (K, C).

    `inputs` are the owner's triggers, (count, …); `shuffled` the model with its weights in random
    order, `reference` a clean model, each as `answers`.
    """
    keys.check(key, "trigger-set", keygen)
    x = triggers(key) if inputs is None else _owned(inputs, key)
    once = _distinct(x)
    labels = key.arrays["labels"][once]
    classes = int(key.terms["classes"])
    asked = partial(_asked, x[once], classes)
    found, clean = asked(answers), None if reference is None else asked(reference)
    mixed = [asked(one) for one in shuffled]
    statistic = null.tally(found, labels, 1 / classes, "triggers")
    run = Run(
        NULL,
        commitment,
        released,
        _controls(found, mixed, clean, labels, key, shared(key, commitment, tests_made), run_seed),
        model_digest=model_digest,
        tests_made=tests_made,
        queries=len(once),
        agreement=agreement,
        seeds=(run_seed,),
        assumptions=UNCHECKED,
        notes=_notes(labels, classes, len(x) - len(once)),
        signal=None if statistic.n else "The model answered none of the triggers.",
        remedy=GENTLER if statistic.undefined else "",
    )
    return decide(key, statistic, run)


def _owned(inputs: ArrayLike, key: Key) -> NDArray[np.float64]:
    x = np.asarray(inputs, dtype=np.float64)
    if x.ndim < 1 or len(x) != key.terms["count"]:
        raise Refused(f"The key has {key.terms['count']} triggers, {len(x)} inputs were given.")
    given = key.terms["inputs"]
    if given is None:
        same = key.seed is not None and np.array_equal(x, triggers(key))
    else:
        same = given == keys.array_digest(x)
    if not same:
        raise Refused("These are not the committed triggers: their digest differs from the key's.")
    return x


def _distinct(x: NDArray[np.float64]) -> Ints:
    """The place of the first of each distinct input, in order."""
    first: dict[bytes, int] = {}
    for place, row in enumerate(x):
        first.setdefault(row.tobytes(), place)
    return np.array(list(first.values()), dtype=np.int64)


def _asked(x: NDArray[np.float64], classes: int, answers: Callable[..., Any]) -> Ints:
    """Labels of labels or scores; a tie at the top is no answer."""
    given, rows = np.asarray(answers(x), dtype=np.float64), len(x)
    if given.shape not in ((rows,), (rows, classes)):
        raise Refused(
            f"The model answered {given.shape} to {rows} triggers: wanted a label or "
            f"{classes} scores for each."
        )
    if not np.isfinite(given).all():
        raise Refused("The model's answers hold NaN or infinity: repair the model or the endpoint.")
    if given.ndim == 2:
        tied = (given == given.max(axis=1, keepdims=True)).sum(axis=1) > 1
        return np.where(tied, -1, given.argmax(axis=1)).astype(np.int64)
    if (given != np.floor(given)).any() or given.min() < -1 or given.max() >= classes:
        raise Refused(f"A label is a whole number below {classes}, or -1 for no answer.")
    return given.astype(np.int64)


def _controls(
    found: Ints, mixed: list[Ints], clean: Ints | None, labels: Ints, key: Key, alpha: float,
    run_seed: int,
) -> tuple[Control, ...]:  # fmt: skip
    classes = int(key.terms["classes"])

    def hits(answers: Ints, wanted: Ints) -> Tally:
        return null.tally(answers, wanted, 1 / classes, "triggers")

    draw = np.random.RandomState(run_seed)
    fresh = [
        hits(found, draw.randint(0, classes, len(labels))) for _ in range(controls.RANDOM_KEYS)
    ]
    moved = [hits(found, draw.permutation(labels)) for _ in range(controls.SHUFFLES)]
    guesses = [hits(np.full_like(labels, c), labels) for c in np.unique(labels)]
    return (
        Control("labels from the seed", key.seed is not None, detail="else the null is not exact"),
        controls.random_keys(fresh, hits(found, labels), alpha),
        controls.below("shuffled labels", moved, alpha),
        controls.below("shuffled weights", [hits(one, labels) for one in mixed], alpha)
        if mixed
        else controls.not_run("shuffled weights", "the weights were not given, or are no tensors"),
        controls.below("wrong label", [hits(found, (labels + 1) % classes)], alpha),
        controls.below("majority guesser", guesses, alpha, "answers one class always"),
        controls.not_run("clean model", "none was given")
        if clean is None
        else controls.below("clean model", [hits(clean, labels)], alpha),
    )


def _notes(labels: Ints, classes: int, repeated: int) -> tuple[str, ...]:
    counts = np.bincount(labels, minlength=classes)
    told = (f"labels per class: {counts.min()} to {counts.max()} of {len(labels)}",)
    return told + ((f"{repeated} repeated triggers were left out",) if repeated else ())
