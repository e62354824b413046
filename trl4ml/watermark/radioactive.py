"""Radioactive data (Sablayrolles et al., ICML 2020): marked images turn a classifier's rows.

Features of marked images of class c were shifted along a secret unit vector u_c. Feature spaces are
aligned by least squares on clean images; the cosine of the aligned row w_c and u_c is that of a
uniform direction without the mark: p = ½ I(1-c²; (d-1)/2, ½) for c >= 0. Classes are combined by
Fisher's method.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from trl4ml.watermark import controls, keys, log_scores, tokens
from trl4ml.watermark.deciding import Run, decide, shared
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Commitment, Key
from trl4ml.watermark.log_scores import Score
from trl4ml.watermark.null import SMALLEST_P
from trl4ml.watermark.verdict import Control, Verdict

SCHEME = "radioactive"
VERSION = 1
NULL = "the model was trained without the marked images"
ASSUMPTIONS = (
    "the images of the alignment are disjoint from the marked ones",
    "the marking network's features are those that the carriers were drawn for",
    "power is not known: how far the rows turn depends on the marked share and on the training",
)
Floats = NDArray[np.float64]


def keygen(
    seed: bytes, *, salt: bytes, classes: int, dimension: int, images: str = "",
    share: float = 0.0, alpha: float = 1e-6,
) -> Key:  # fmt: skip
    """One direction per class in `dimension` features, from 32 secret bytes.

    `images` is the SHA-256 of the list of marked images, `share` the marked part of the data: both
    belong to the commitment.
    """
    if classes < 1 or dimension < 3 or not 0 <= share <= 1:
        raise Refused("A key has at least one class, three features, and a share between 0 and 1.")
    terms: dict[str, Any] = {"alpha": alpha, "classes": classes, "dimension": dimension,
                             "images": images, "share": share}  # fmt: skip
    carriers = keys.normal(seed, "carriers", (classes, dimension))
    return Key(SCHEME, VERSION, terms, {"carriers": carriers}, salt, seed)


def carriers(key: Key) -> Floats:
    """The secret unit vectors (C, d)."""
    raw = np.asarray(key.arrays["carriers"], dtype=np.float64)
    return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True))


def aligned(rows: Floats, marking: Floats, suspect: Floats) -> Floats:
    """The classifier's rows (C, d') in the marking network's space (C, d).

    `marking` (n, d) and `suspect` (n, d') are the features of the same clean images in both
    networks; the map between them is the least-squares one. Raises Refused.
    """
    if len(marking) != len(suspect) or rows.shape[1] != suspect.shape[1]:
        raise Refused(
            f"Features of {len(marking)} and {len(suspect)} images, {suspect.shape[1]} wide, and a "
            f"classifier {rows.shape[1]} wide do not fit: give both networks the same images."
        )
    finite = all(np.isfinite(one).all() for one in (rows, marking, suspect))
    if not finite or np.linalg.matrix_rank(marking) < marking.shape[1]:
        raise Refused(
            f"The features of {len(marking)} images do not span {marking.shape[1]} directions, or "
            "are not finite: give more, different images."
        )
    onto, *_ = np.linalg.lstsq(marking, suspect, rcond=None)
    return np.asarray(rows @ onto.T, dtype=np.float64)


def verify(
    rows: Floats, key: Key, commitment: Commitment | None, *, released: str | None = None,
    tests_made: int = 1, run_seed: int = 0, model_digest: str | None = None,
) -> Verdict:  # fmt: skip
    """Whether the aligned rows (C, d) of a classifier point along the carriers."""
    keys.check(key, SCHEME, keygen)
    wanted = (int(key.terms["classes"]), int(key.terms["dimension"]))
    if rows.shape != wanted or not np.isfinite(rows).all() or not rows.any(axis=1).all():
        raise Refused(
            f"The classifier is {rows.shape}, the key is for {wanted}, every row finite and not all "
            "zero: align the classifier of the same classes."
        )
    true = scored(rows, carriers(key))
    alpha = shared(key, commitment, tests_made)
    ran = _controls(rows, key, true, alpha, run_seed)
    return decide(key, true, Run(
        null_hypothesis=NULL, commitment=commitment, released=released, controls=ran,
        model_digest=model_digest, tests_made=tests_made, seeds=(run_seed,),
        assumptions=ASSUMPTIONS,
        signal="Nothing was found, and how far marked data turns a classifier is not known.",
        remedy="Mark a larger share of the data, or verify more classes.",
    ))  # fmt: skip


def scored(rows: Floats, directions: Floats) -> Score:
    """Fisher's sum over the classes of minus the logarithm of p."""
    cosines = (rows * directions).sum(axis=1) / np.linalg.norm(rows, axis=1)
    p = np.maximum(cosine_p(cosines, rows.shape[1]), SMALLEST_P)
    return Score(float(-np.log(p).sum()), len(rows), noun="classes", most=-math.log(SMALLEST_P))


def cosine_p(cosines: Floats, dimension: int) -> Floats:
    """P(cosine of a uniform direction in R^d >= c)."""
    c = np.clip(cosines, -1.0, 1.0)
    half = 0.5 * betainc((dimension - 1) / 2, 0.5, 1 - c**2)
    return np.asarray(np.where(c >= 0, half, 1 - half), dtype=np.float64)


def _controls(rows: Floats, key: Key, true: Score, alpha: float, seed: int) -> tuple[Control, ...]:
    """Random directions, the carriers of the wrong class."""
    drawn = [carriers(keygen(one, salt=key.salt, **key.terms))
             for one in tokens.seeds(seed, controls.RANDOM_KEYS)]  # fmt: skip
    random = log_scores.random_keys([scored(rows, one) for one in drawn], true, alpha)
    if len(rows) < 2:
        return (random, controls.not_run("wrong class", "the key has one class"))
    wrong = scored(rows, np.roll(carriers(key), 1, axis=0))
    return (random, log_scores.below("wrong class", wrong, alpha))
