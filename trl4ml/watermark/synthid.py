"""SynthID-Text (Dathathri et al., Nature 634:818, 2024): g-values of generated text.

A hash of each run of tokens and of each of L keys gives one bit g; tournament sampling prefers
tokens whose g are 1. Without the keys the bits are fair: their sum over distinct runs is
Bin(runs x L, ½). The hash is the published one, on 64-bit integers that wrap. Runs whose context
came before are left out: generation does not mark those.
"""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trl4ml.watermark import controls, keys, tokens
from trl4ml.watermark.deciding import Run, decide, shared
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Commitment, Key
from trl4ml.watermark.null import Tally
from trl4ml.watermark.tokens import Ints
from trl4ml.watermark.verdict import Control, Verdict

SCHEME = "synthid"
VERSION = 1
MULTIPLIER = np.int64(6364136223846793005)
HASHES = 12
AGREEMENT = 0.55
IN_CONTROLS = 300
Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]
ASSUMPTIONS = (
    *tokens.ASSUMPTIONS,
    f"power is that of a text whose g-values average {AGREEMENT}",
)


def keygen(
    seed: bytes, *, salt: bytes, vocabulary: int, depth: int = 30, ngram: int = 5,
    end: int | None = None, tokenizer: str = "", alpha: float = 1e-6,
) -> Key:  # fmt: skip
    """Keys of `depth` layers from 32 secret bytes; what follows the token `end` is not scored."""
    layers = (keys.words(seed, "layers", depth) >> np.uint64(1)).astype(np.int64)
    return _key(layers, salt, seed, vocabulary=vocabulary, depth=depth, ngram=ngram, end=end,
                tokenizer=tokenizer, alpha=alpha)  # fmt: skip


def given(
    layers: ArrayLike, *, salt: bytes, vocabulary: int, ngram: int = 5, end: int | None = None,
    tokenizer: str = "", alpha: float = 1e-6,
) -> Key:  # fmt: skip
    """A key of integers chosen elsewhere, such as a deployed configuration's."""
    exact = np.asarray(layers, dtype=np.int64)
    return _key(exact, salt, None, vocabulary=vocabulary, depth=len(exact), ngram=ngram, end=end,
                tokenizer=tokenizer, alpha=alpha)  # fmt: skip


def _key(layers: Ints, salt: bytes, seed: bytes | None, **terms: Any) -> Key:
    if layers.ndim != 1 or not len(layers) or terms["ngram"] < 2 or terms["vocabulary"] < 2:
        raise Refused("A key has at least one layer, runs of two tokens and a vocabulary of two.")
    return Key(SCHEME, VERSION, terms, {"layers": layers}, salt, seed)


def verify(
    text: ArrayLike, key: Key, commitment: Commitment | None, *, released: str | None = None,
    human: ArrayLike | None = None, tests_made: int = 1, run_seed: int = 0,
) -> Verdict:  # fmt: skip
    """Whether the text (T,) of token ids carries the mark; `human` is text that certainly does not."""
    keys.check(key, SCHEME, keygen)
    found = tokens.checked(text, int(key.terms["vocabulary"]))
    runs = scored(found, key)
    true = counted(runs, key)
    alpha = shared(key, commitment, tests_made)
    ran = _controls(runs, key, true, human, alpha, run_seed)
    return decide(key, true, Run(
        null_hypothesis=tokens.NULL, commitment=commitment, released=released, controls=ran,
        model_digest=tokens.digest(found), tests_made=tests_made, seeds=(run_seed,),
        agreement=AGREEMENT, assumptions=ASSUMPTIONS,
    ))  # fmt: skip


def counted(runs: Ints, key: Key) -> Tally:
    """The g-values that are 1, over runs (n, ngram) and layers."""
    g = g_values(runs, key.arrays["layers"])
    return Tally(int(g.sum()), g.size, 0.5, noun="g-values")


def scored(text: Ints, key: Key) -> Ints:
    """The runs (n, ngram) up to the end-of-text token, each context once."""
    width, end = int(key.terms["ngram"]), key.terms.get("end")
    if end is not None and (text == end).any():
        text = text[: int(np.argmax(text == end))]
    if len(text) < width:
        return np.empty((0, width), dtype=np.int64)
    runs = np.lib.stride_tricks.sliding_window_view(text, width)
    _, first = np.unique(runs[:, :-1], axis=0, return_index=True)
    return np.ascontiguousarray(runs[np.sort(first)])


def g_values(runs: Ints, layers: Ints) -> Bits:
    """The bits (n, L) of runs (n, ngram) for L layers."""
    with np.errstate(over="ignore"):
        h = np.full(len(runs), _start(layers), dtype=np.int64)
        for column in runs.T:
            h = _accumulated(h, column)
        h = _accumulated(h[:, None], layers[None, :])
        for _ in range(HASHES):
            h = _accumulated(h, np.int64(1)) >> np.int64(64 // HASHES)
        return np.asarray((h >> np.int64(30)) & np.int64(1), dtype=np.uint8)


def _start(layers: Ints) -> np.int64:
    hashed = hashlib.sha256(np.ascontiguousarray(layers, dtype="<i8").tobytes()).digest()
    return np.int64(int.from_bytes(hashed, "big") % (2**63 - 1))


def _accumulated(h: Any, x: Any) -> Any:
    return (h + x) * MULTIPLIER + np.int64(1)


def updated(p: Floats, g: Bits, leaves: int = 2) -> Floats:
    """Next-token probabilities (V,) after a tournament of so many leaves per layer of g (V, L)."""
    for layer in g.T:
        ones = float((layer * p).sum())
        won = (1 - (1 - ones) ** leaves) / ones if ones else 0.0
        p = p * np.where(layer == 1, won, (1 - ones) ** (leaves - 1))
    return p


def weighted_mean(g: Bits) -> tuple[float, float]:
    """The mean g weighted 10 to 1 over the layers, and its standard deviation under the null.

    The weights average 1; of 30 layers the variance is ¼ x 1.2385 / (n x L).
    """
    weights = np.linspace(10, 1, g.shape[1])
    weights /= weights.mean()
    return float((g * weights).mean()), float(np.sqrt(0.25 * (weights**2).mean() / g.size))


def _controls(
    runs: Ints, key: Key, true: Tally, human: ArrayLike | None, alpha: float, seed: int
) -> tuple[Control, ...]:
    """Random keys, a wrong context, human text."""
    drawn = [keygen(one, salt=key.salt, **key.terms)
             for one in tokens.seeds(seed, controls.RANDOM_KEYS)]  # fmt: skip
    few = tokens.sample(runs, IN_CONTROLS)
    random = controls.random_keys([counted(few, one) for one in drawn], true, alpha)
    wrong = controls.below("wrong context", [counted(tokens.shifted(runs), key)], alpha)
    if human is None:
        return (random, wrong, controls.not_run("human text", "none was given"))
    written = tokens.checked(human, int(key.terms["vocabulary"]))
    clean = counted(scored(written, key), key)
    return (random, wrong, controls.below("human text", [clean], alpha))
