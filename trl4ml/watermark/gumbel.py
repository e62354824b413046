"""Aaronson's exponential (Gumbel) sampling: the token is argmax of r^(1/p), r drawn by key and context.

A marked text has r near 1 at its tokens. Without the key, the sum of -ln(1 - r) over n distinct
contexts with their tokens is Gamma(n, 1). r comes from SHAKE-256 of key, context and token.
"""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trl4ml.watermark import controls, keys, log_scores, tokens
from trl4ml.watermark.deciding import Run, decide, shared
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Commitment, Key
from trl4ml.watermark.log_scores import Score
from trl4ml.watermark.tokens import Ints
from trl4ml.watermark.verdict import Control, Verdict

SCHEME = "gumbel"
VERSION = 1
BLOCK = 64
LARGEST_R = 1 - 2.0**-53
ENTROPY = 1.0
IN_CONTROLS = 200
Floats = NDArray[np.float64]
ASSUMPTIONS = (
    *tokens.ASSUMPTIONS,
    f"power is that of a text of {ENTROPY:g} nat of entropy per token",
)


def keygen(
    seed: bytes, *, salt: bytes, vocabulary: int, context: int = 4, tokenizer: str = "",
    alpha: float = 1e-6,
) -> Key:  # fmt: skip
    """A key from 32 secret bytes; r depends on `context` tokens before the scored one."""
    if context < 1 or vocabulary < 2:
        raise Refused("A context has at least one token, a vocabulary at least two.")
    terms: dict[str, Any] = {"alpha": alpha, "vocabulary": vocabulary, "context": context,
                             "tokenizer": tokenizer}  # fmt: skip
    return Key(SCHEME, VERSION, terms, {"prf": keys.words(seed, "prf", 4)}, salt, seed)


def verify(
    text: ArrayLike, key: Key, commitment: Commitment | None, *, released: str | None = None,
    human: ArrayLike | None = None, tests_made: int = 1, run_seed: int = 0,
) -> Verdict:  # fmt: skip
    """Whether the text (T,) of token ids carries the mark; `human` is text that certainly does not."""
    keys.check(key, SCHEME, keygen)
    given = tokens.checked(text, int(key.terms["vocabulary"]))
    runs = tokens.windows(given, int(key.terms["context"]) + 1)
    true = scored(runs, key)
    alpha = shared(key, commitment, tests_made)
    ran = _controls(runs, key, true, human, alpha, run_seed)
    return decide(key, true, Run(
        null_hypothesis=tokens.NULL, commitment=commitment, released=released, controls=ran,
        model_digest=tokens.digest(given), tests_made=tests_made, seeds=(run_seed,),
        agreement=ENTROPY, assumptions=ASSUMPTIONS,
    ))  # fmt: skip


def scored(runs: Ints, key: Key) -> Score:
    """The score of distinct runs (n, context + 1), the scored token last."""
    r = np.array([_r(run[:-1], int(run[-1]), key) for run in runs], dtype=np.float64)
    return Score(float(-np.log1p(-r).sum()), len(runs))


def chosen(p: Floats, context: Ints, key: Key) -> int:
    """The token that generation takes from probabilities (V,) after this context."""
    r = np.concatenate([_block(context, n, key) for n in range(-(-len(p) // BLOCK))])[: len(p)]
    with np.errstate(divide="ignore"):
        return int(np.argmax(np.where(p > 0, np.log(r) / p, -np.inf)))


def _r(context: Ints, token: int, key: Key) -> float:
    return float(_block(context, token // BLOCK, key)[token % BLOCK])


def _block(context: Ints, n: int, key: Key) -> Floats:
    """r of 64 tokens, each in (0, 1)."""
    wanted = np.ascontiguousarray([*context[-int(key.terms["context"]) :], n], dtype="<i8")
    prf = np.ascontiguousarray(key.arrays["prf"], dtype="<u8").tobytes()
    raw = hashlib.shake_256(prf + wanted.tobytes()).digest(8 * BLOCK)
    drawn = (np.frombuffer(raw, dtype="<u8") >> np.uint64(11)).astype(np.float64)
    return np.minimum((drawn + 0.5) / 2.0**53, LARGEST_R)


def _controls(
    runs: Ints, key: Key, true: Score, human: ArrayLike | None, alpha: float, seed: int
) -> tuple[Control, ...]:
    """Random keys, a wrong context, human text."""
    few = tokens.sample(runs, IN_CONTROLS)
    drawn = [keygen(one, salt=key.salt, **key.terms)
             for one in tokens.seeds(seed, controls.RANDOM_KEYS)]  # fmt: skip
    random = log_scores.random_keys([scored(few, one) for one in drawn], true, alpha)
    wrong = log_scores.below("wrong context", scored(tokens.shifted(runs), key), alpha)
    if human is None:
        return (random, wrong, controls.not_run("human text", "none was given"))
    written = tokens.checked(human, int(key.terms["vocabulary"]))
    clean = scored(tokens.windows(written, int(key.terms["context"]) + 1), key)
    return (random, wrong, log_scores.below("human text", clean, alpha))
