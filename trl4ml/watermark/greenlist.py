"""Green lists in generated text (Kirchenbauer et al., ICML 2023; arXiv 2301.10226).

The tokens before a place seed a generator; the first ⌊γV⌋ of its permutation of the vocabulary are
green, and their logits were raised by δ. Without the key, green tokens among distinct runs are
Bin(T, ⌊γV⌋/V). Rules: `simple` (seed = key x previous token) and `selfhash` (four tokens, the
scored one among them; arXiv 2306.04634). Lists are those of PyTorch on a CPU.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trl4ml.watermark import controls, keys, tokens
from trl4ml.watermark.deciding import Run, decide, shared
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Commitment, Key
from trl4ml.watermark.null import Tally
from trl4ml.watermark.tokens import Ints
from trl4ml.watermark.torch_cpu import among_first, kgw_table
from trl4ml.watermark.verdict import Control, Verdict

SCHEME = "greenlist"
VERSION = 1
PUBLIC_KEY = 15485863
WIDTH = {"simple": 2, "selfhash": 4}
"""Tokens that a list and its token need."""
SPIKE = 0.8
IN_CONTROLS = 50
KEYS = 2**32
ASSUMPTIONS = (
    *tokens.ASSUMPTIONS,
    "the lists were made by PyTorch on a CPU: those of GPUs differ",
    "the generator keeps 32 bits, so a key can be found by search: only the date decides a dispute",
    f"power is that of a text whose spike entropy is {SPIKE}",
)


def keygen(
    seed: bytes, *, salt: bytes, vocabulary: int, gamma: float = 0.25, delta: float = 2.0,
    rule: str = "simple", tokenizer: str = "", alpha: float = 1e-6,
) -> Key:  # fmt: skip
    """A key from 32 secret bytes; `tokenizer` names its revision, or its digest."""
    terms = _terms(vocabulary, gamma, delta, rule, tokenizer, alpha)
    hash_key = keys.integers(seed, "hash key", 1, KEYS - 1) + 1
    return Key(SCHEME, VERSION, terms, {"hash_key": hash_key}, salt, seed)


def published(
    hash_key: int = PUBLIC_KEY, *, salt: bytes, vocabulary: int, gamma: float = 0.25,
    delta: float = 2.0, rule: str = "simple", tokenizer: str = "", alpha: float = 1e-6,
) -> Key:  # fmt: skip
    """A key that is an integer chosen by its owner, such as the public default."""
    terms = _terms(vocabulary, gamma, delta, rule, tokenizer, alpha)
    if not 0 < hash_key < 2**40:
        raise Refused("A hash key lies between 1 and 2^40: give another.")
    return Key(SCHEME, VERSION, terms, {"hash_key": np.array([hash_key], dtype=np.int64)}, salt)


def verify(
    text: ArrayLike, key: Key, commitment: Commitment | None, *, released: str | None = None,
    human: ArrayLike | None = None, tests_made: int = 1, run_seed: int = 0,
) -> Verdict:  # fmt: skip
    """Whether the text (T,) of token ids carries the mark; `human` is text that certainly does not."""
    keys.check(key, SCHEME, keygen)
    given = tokens.checked(text, int(key.terms["vocabulary"]))
    runs = scored(given, key)
    true = counted(runs, key)
    alpha = shared(key, commitment, tests_made)
    ran = _controls(runs, key, true, human, alpha, run_seed)
    return decide(key, true, Run(
        null_hypothesis=tokens.NULL, commitment=commitment, released=released, controls=ran,
        model_digest=tokens.digest(given), tests_made=tests_made, seeds=(run_seed,),
        agreement=expected(float(key.terms["gamma"]), float(key.terms["delta"]), SPIKE),
        assumptions=ASSUMPTIONS,
    ))  # fmt: skip


def scored(text: Ints, key: Key) -> Ints:
    """Each distinct run (T, width) whose list depends on the key: key x token 0 never does."""
    runs = tokens.windows(text, WIDTH[str(key.terms["rule"])])
    return runs[runs[:, -2] != 0] if key.terms["rule"] == "simple" else runs


def expected(gamma: float, delta: float, spike: float) -> float:
    """The least mean share of green tokens in marked text of this spike entropy."""
    a = math.exp(delta)
    return gamma * a * spike / (1 + (a - 1) * gamma)


def counted(runs: Ints, key: Key) -> Tally:
    """Green tokens among distinct runs (T, width), the scored token last."""
    size = int(key.terms["vocabulary"])
    first = int(size * float(key.terms["gamma"]))
    green = sum(among_first(list_seed(run, key), size, first, int(run[-1])) for run in runs)
    return Tally(int(green), len(runs), first / size, noun="tokens")


def list_seed(run: Ints, key: Key) -> int:
    """The seed of the list that the last token of the run is looked up in."""
    hash_key = int(key.arrays["hash_key"][0])
    if key.terms["rule"] == "simple":
        return hash_key * int(run[-2])
    table = kgw_table()
    hashed = table[run % len(table)] + 1
    with np.errstate(over="ignore"):
        least = int((np.int64(hash_key) * hashed * hashed[-1]).min())
    return least % (2**64 - 1)


def green(context: Ints, key: Key) -> NDArray[np.bool_]:
    """Which tokens (V,) are green after this context: what generation raises by δ (rule simple)."""
    if key.terms["rule"] != "simple":
        raise Refused("Only the rule `simple` has a list before its token is known.")
    size = int(key.terms["vocabulary"])
    first = int(size * float(key.terms["gamma"]))
    seed = list_seed(np.array([context[-1], 0], dtype=np.int64), key)
    return np.array([among_first(seed, size, first, token) for token in range(size)])


def _terms(
    vocabulary: int, gamma: float, delta: float, rule: str, tokenizer: str, alpha: float
) -> dict[str, Any]:
    if rule not in WIDTH:
        raise Refused(f"The rule {rule!r} is not one of {', '.join(WIDTH)}.")
    if not 0 < gamma < 1 or not 1 <= int(vocabulary * gamma) < vocabulary or delta <= 0:
        raise Refused(
            "gamma lies between 0 and 1 and leaves some green and some red; delta is above 0."
        )
    return {"alpha": alpha, "vocabulary": vocabulary, "gamma": gamma, "delta": delta, "rule": rule,
            "tokenizer": tokenizer}  # fmt: skip


def _controls(
    runs: Ints, key: Key, true: Tally, human: ArrayLike | None, alpha: float, seed: int
) -> tuple[Control, ...]:
    """Random keys, a wrong context, human text."""
    few = tokens.sample(runs, IN_CONTROLS)
    drawn = [keygen(one, salt=key.salt, **key.terms)
             for one in tokens.seeds(seed, controls.RANDOM_KEYS)]  # fmt: skip
    random = controls.random_keys([counted(few, one) for one in drawn], true, alpha)
    wrong = controls.below("wrong context", [counted(tokens.shifted(runs), key)], alpha)
    if human is None:
        return (random, wrong, controls.not_run("human text", "none was given"))
    written = tokens.checked(human, int(key.terms["vocabulary"]))
    clean = counted(scored(written, key), key)
    return (random, wrong, controls.below("human text", [clean], alpha))
