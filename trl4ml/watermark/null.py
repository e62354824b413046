"""The null, exactly: hits of an independent model are binomial over the draw of the key.

Bits and labels are drawn from the seed, independently of the model, so the hits are Bin(n, rate)
whatever the model: rate ½ for bits, 1/C for labels of C classes, γ for green tokens. Tails are
`binom.sf(k - 1, n, rate)`, never 1 - cdf; thresholds are whole hits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp
from scipy.stats import binom, norm

from trl4ml.watermark.errors import Refused

SMALLEST_P = 1e-300
BALANCED_FROM = 32


def p_value(hits: int, n: int, rate: float = 0.5) -> float:
    """P(Bin(n, rate) >= hits)."""
    return float(binom.sf(hits - 1, n, rate))


def log2_p(hits: int, n: int, rate: float = 0.5) -> float:
    """log2 of `p_value`, also where p is below the smallest float."""
    if hits <= 0:
        return 0.0
    p = p_value(hits, n, rate)
    if p > SMALLEST_P:
        return math.log2(p)
    k = np.arange(hits, n + 1, dtype=float)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return float(logsumexp(ways + k * math.log(rate) + (n - k) * math.log1p(-rate)) / math.log(2))


def threshold(n: int, rate: float, alpha: float) -> int | None:
    """The fewest hits k with P(Bin(n, rate) >= k) < alpha; None: even n hits do not reach it."""
    if n < 1 or floor(n, rate) >= alpha:
        return None
    tails = binom.sf(np.arange(n), n, rate)
    return 1 + int(np.argmax(tails < alpha))


def level(k: int, n: int, rate: float) -> float:
    """The true size of the test that accepts from k hits on."""
    return p_value(k, n, rate)


def power(k: int, n: int, agreement: float) -> float:
    """The chance of at least k hits when each agrees with probability `agreement`."""
    return p_value(k, n, agreement)


def floor(n: int, rate: float = 0.5) -> float:
    """The smallest p that n can reach: rate^n."""
    return float(rate**n)


def least_n(alpha: float, rate: float = 0.5, agreement: float = 1.0, wanted: float = 0.95) -> int:
    """The smallest n whose test at alpha has at least the wanted power at this agreement."""
    if not rate < agreement <= 1:
        raise Refused(f"An agreement of {agreement} does not exceed chance, {rate}: give a larger.")
    spread = norm.isf(alpha) * math.sqrt(rate * (1 - rate))
    spread += norm.isf(1 - wanted) * math.sqrt(agreement * (1 - agreement))
    n = max(1, int((spread / (agreement - rate)) ** 2 / 2))  # half of what the normal law wants
    while True:
        k = threshold(n, rate, alpha)
        if k is not None and power(k, n, agreement) >= wanted:
            return n
        n += 1


def rank_p(observed: float, null: Sequence[float]) -> float:
    """(1 + #{null >= observed}) / (1 + R): never 0. R = 19 reaches .05, 99 reaches .01."""
    return (1 + sum(value >= observed for value in null)) / (1 + len(null))


def balanced(message: NDArray[np.uint8]) -> bool:
    """At least a quarter of ones and of zeros from 32 bits on; shorter ones need one of each."""
    ones = int(message.sum())
    fewest = len(message) / 4 if len(message) >= BALANCED_FROM else 1
    return min(ones, len(message) - ones) >= fewest


class Statistic(Protocol):
    """What `deciding.decide` needs to know of a test."""

    @property
    def hits(self) -> float: ...
    @property
    def n(self) -> int: ...
    @property
    def undefined(self) -> int: ...
    @property
    def law(self) -> str: ...
    @property
    def log2_p(self) -> float: ...
    @property
    def floor(self) -> float: ...
    def threshold(self, alpha: float) -> float | None: ...
    def level(self, alpha: float) -> float | None: ...
    def power(self, alpha: float, agreement: float) -> float | None: ...
    def enough(self, alpha: float, agreement: float) -> str: ...


@dataclass(frozen=True)
class Tally:
    """Hits among n defined bits, labels or tokens, `undefined` ones left out; binomial null."""

    hits: int
    n: int
    rate: float = 0.5
    undefined: int = 0
    noun: str = "bits"

    @property
    def law(self) -> str:
        """In words: Bin(32, 0.5)."""
        return f"Bin({self.n}, {self.rate:.6g})"

    @property
    def log2_p(self) -> float:
        """log2 of the exact tail; 0 (p = 1) where nothing is defined."""
        return log2_p(self.hits, self.n, self.rate)

    @property
    def floor(self) -> float:
        """The smallest p that n hits reach."""
        return floor(self.n, self.rate)

    def threshold(self, alpha: float) -> int | None:
        """The fewest hits below alpha."""
        return threshold(self.n, self.rate, alpha)

    def level(self, alpha: float) -> float | None:
        """The true size at that threshold."""
        k = self.threshold(alpha)
        return None if k is None else level(k, self.n, self.rate)

    def power(self, alpha: float, agreement: float) -> float | None:
        """The chance of reaching that threshold at this true agreement."""
        k = self.threshold(alpha)
        return None if k is None else power(k, self.n, agreement)

    def enough(self, alpha: float, agreement: float) -> str:
        """How many would do, in words."""
        if agreement <= self.rate:
            return f"no number of {self.noun} would do at an agreement of {agreement:g}"
        return f"{least_n(alpha, self.rate, agreement)} {self.noun} would do"


def tally(
    found: NDArray[np.int64], wanted: NDArray[np.int64], rate: float, noun: str = "bits"
) -> Tally:
    """Compares what was read with what the key says, both (N,); -1 in `found`: undefined."""
    if found.shape != wanted.shape:
        raise Refused(f"{len(found)} {noun} were read but the key has {len(wanted)}: wrong key.")
    defined = found >= 0
    hits = int((found[defined] == wanted[defined]).sum())
    return Tally(hits, int(defined.sum()), rate, int((~defined).sum()), noun)


def signs(projections: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 above 0, 0 below, -1 (undefined) at exactly 0; NaN or infinity is refused."""
    if not np.isfinite(projections).all():
        raise Refused(
            "A projection is not finite: the model's weights or answers hold NaN or infinity."
        )
    return np.where(projections == 0, -1, (projections > 0).astype(np.int64))
