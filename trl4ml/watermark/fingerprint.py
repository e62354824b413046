"""Fingerprints: nothing embedded; does a model answer odd inputs as mine does, and as others do not?

The inputs lie near the owner's decision boundary (IPGuard, Cao, Jia and Gong 2021, arXiv
1910.12903; conferrable examples, Lukas, Zhang and Kerschbaum 2021, arXiv 1912.00888). Chosen so,
they have no binomial null: the suspect's agreement is ranked among models trained independently
for the same task, p = (1 + #{null >= observed}) / (1 + R). Below 20 references nothing is shown.
"""

import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trl4ml.watermark import controls, keys, null
from trl4ml.watermark.deciding import Run, decide, shared
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Commitment, Key
from trl4ml.watermark.verdict import Control, Verdict

Ints = NDArray[np.int64]
Labels = Callable[[NDArray[np.float64]], Any]
VERSION = 1
LARGEST_ALPHA = 0.05
NULL = "The model was trained for the same task independently, as the references were."
UNCHECKED = (
    "the references are exchangeable with an independent model: same task, same kind of data",
    "the inputs were secret until this report",
    "the commitment was published on its date, where it says",
)


@dataclass(frozen=True)
class Rank:
    """A suspect's `hits` of `n` among the hits of the references; ties count against it."""

    hits: int
    n: int
    references: tuple[int, ...]
    undefined: int = 0

    @property
    def law(self) -> str:
        """In words: rank among 99 references."""
        return f"rank among {len(self.references)} references"

    @property
    def log2_p(self) -> float:
        """log2 of the rank p."""
        return math.log2(null.rank_p(self.hits, self.references))

    @property
    def floor(self) -> float:
        """1 / (1 + R)."""
        return 1 / (1 + len(self.references))

    def threshold(self, alpha: float) -> int | None:
        """The fewest hits whose rank p lies below alpha."""
        counts = range(self.n + 1)
        return next((k for k in counts if null.rank_p(k, self.references) < alpha), None)

    def level(self, alpha: float) -> float | None:
        """The rank p at that threshold."""
        k = self.threshold(alpha)
        return None if k is None else null.rank_p(k, self.references)

    def power(self, alpha: float, agreement: float) -> None:
        """Not known: the law of copies is not."""

    def enough(self, alpha: float, agreement: float) -> str:
        """How many references would do, in words."""
        return f"{int(1 / alpha + 1e-9)} references would do"


def keygen(
    labels: ArrayLike, *, inputs: str, alpha: float = 0.01, salt: bytes | None = None
) -> Key:
    """The key: the owner's model's labels on K inputs, named by their `keys.array_digest` as float64."""
    own = np.asarray(labels, dtype=np.int64)
    if own.ndim != 1 or not len(own):
        raise Refused("A fingerprint is a row of labels, one for each input.")
    if alpha > LARGEST_ALPHA:
        raise Refused(
            f"A fingerprint's alpha is at most {LARGEST_ALPHA}: that takes 20 references."
        )
    terms: dict[str, Any] = {"labels": keys.array_digest(own), "inputs": inputs, "alpha": alpha}
    return Key("fingerprint", VERSION, terms, {"labels": own}, salt or secrets.token_bytes(32))


def verify(
    answers: Labels,
    inputs: ArrayLike,
    references: Sequence[Labels],
    key: Key,
    commitment: Commitment | None,
    *,
    released: str | None = None,
    model_digest: str | None = None,
    tests_made: int = 1,
    run_seed: int = 0,
) -> Verdict:
    """The verdict on a model that answers labels (K,), among references that answer the same."""
    keys.check(key, "fingerprint", keygen)
    x = np.asarray(inputs, dtype=np.float64)
    if keys.array_digest(x) != key.terms["inputs"]:
        raise Refused("These are not the committed inputs: their digest differs from the key's.")
    own = key.arrays["labels"]
    found = _labels(answers(x), own, "The model")
    others = [_labels(one(x), own, f"Reference {i}") for i, one in enumerate(references, 1)]
    run = Run(
        NULL,
        commitment,
        released,
        _controls(found, others, own, shared(key, commitment, tests_made), run_seed),
        model_digest=model_digest,
        tests_made=tests_made,
        queries=len(x),
        seeds=(run_seed,),
        assumptions=UNCHECKED,
    )
    return decide(key, ranked(found, others, own), run)


def ranked(found: Ints, others: Sequence[Ints], own: Ints) -> Rank:
    """Agreement with the owner's labels on the inputs that the model answered (not -1)."""
    defined = found >= 0
    hits = [int((one == own)[defined].sum()) for one in (found, *others)]
    return Rank(hits[0], int(defined.sum()), tuple(hits[1:]), int((~defined).sum()))


def _labels(answers: Any, own: Ints, who: str) -> Ints:
    given = np.asarray(answers, dtype=np.float64)
    if given.shape != own.shape:
        raise Refused(
            f"{who} answered {given.shape} to {len(own)} inputs: wanted a label for each."
        )
    if not np.isfinite(given).all() or (given != np.floor(given)).any() or given.min() < -1:
        raise Refused(f"{who} answered what is no label: whole numbers, or -1 for no answer.")
    return given.astype(np.int64)


def _controls(
    found: Ints, others: Sequence[Ints], own: Ints, alpha: float, run_seed: int
) -> tuple[Control, ...]:
    """The rank of the agreement with the owner's labels in random order, summed over the orders."""
    name, told = "shuffled labels", "rank p of the agreement with the labels in random order"
    if 1 / (1 + len(others)) >= alpha:
        return (controls.not_run(name, "too few references to fail it"),)
    draw = np.random.RandomState(run_seed)
    runs = [ranked(found, others, draw.permutation(own)) for _ in range(controls.SHUFFLES)]
    sums = [sum(one.references[i] for one in runs) for i in range(len(others))]
    p = null.rank_p(sum(one.hits for one in runs), sums)
    return (Control(name, p >= alpha, p, len(runs), None, alpha, told),)
