"""Sums of minus the logarithm of independent p-values: Gamma(n, 1) under the null, exactly.

Aaronson's score adds -ln(1 - r) over tokens, Fisher's method -ln p over classes (half of his
chi-squared on 2n degrees of freedom). The tail is e^-S * sum over k < n of S^k / k!.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import gammaln, logsumexp
from scipy.stats import gamma

from trl4ml.watermark import null
from trl4ml.watermark.controls import RARE
from trl4ml.watermark.verdict import Control

LARGEST = 53 * math.log(2)
"""-ln(2^-53): the most that one term adds, so that no term is infinite."""
PER_NAT = math.pi**2 / 6 - 1
"""What a nat of entropy adds to the mean of Aaronson's score per token (at least)."""


@dataclass(frozen=True)
class Score:
    """The sum `hits` of n terms; the null is Gamma(n, 1). `noun` is what is counted."""

    hits: float
    n: int
    noun: str = "tokens"
    most: float = LARGEST
    """What one term can add."""
    undefined: Literal[0] = 0

    @property
    def law(self) -> str:
        """In words: Gamma(50, 1)."""
        return f"Gamma({self.n}, 1)"

    @property
    def log2_p(self) -> float:
        """log2 of the exact tail, also where it is below the smallest float."""
        return tail(self.hits, self.n)

    @property
    def floor(self) -> float:
        """The smallest p that n terms reach."""
        return float(np.exp2(tail(self.n * self.most, self.n)))

    def threshold(self, alpha: float) -> float | None:
        """The score whose tail is alpha."""
        if self.n < 1 or self.floor >= alpha:
            return None
        return float(gamma.isf(alpha, self.n))

    def level(self, alpha: float) -> float | None:
        """The true size at that score: alpha, as the law is continuous."""
        return None if self.threshold(alpha) is None else alpha

    def power(self, alpha: float, agreement: float) -> float | None:
        """The chance of reaching it when a term is on average 1 + 0.645 * agreement.

        `agreement` is the mean entropy in nats of what is marked (tokens), and the law then is
        taken as a Gamma of the same n: an approximation.
        """
        k = self.threshold(alpha)
        if k is None:
            return None
        return float(gamma.sf(k, self.n, scale=1 + PER_NAT * agreement))

    def enough(self, alpha: float, agreement: float) -> str:
        """How many terms would do, in words."""
        for n in (2**k for k in range(1, 21)):
            power = Score(0, n, most=self.most).power(alpha, agreement)
            if power is not None and power >= 0.95:
                return f"{n} {self.noun} would do"
        return f"no number of {self.noun} would do at an entropy of {agreement:g} nats"


def tail(score: float, n: int) -> float:
    """log2 P(Gamma(n, 1) >= score); 0 (p = 1) for a score of 0 or nothing summed."""
    if score <= 0 or n < 1:
        return 0.0
    k = np.arange(n, dtype=float)
    log_p = float(logsumexp(k * math.log(score) - gammaln(k + 1))) - score
    return min(log_p, 0.0) / math.log(2)


def random_keys(scores: Sequence[Score], true: Score, alpha: float) -> Control:
    """Random keys on the same thing: terms of mean 1 within 3 sd, few scores above the threshold."""
    terms = sum(one.n for one in scores)
    if not terms or not true.n:
        return Control("random keys", None, detail=f"no {true.noun} are scored")
    mean = sum(one.hits for one in scores) / terms
    bound = 3 / math.sqrt(terms)
    reached = sum(one.log2_p < math.log2(alpha) for one in scores)
    too_many = null.p_value(reached, len(scores), alpha) < RARE
    rank = null.rank_p(true.hits / true.n, [one.hits / one.n for one in scores if one.n])
    detail = f"the true key's rank p is {rank:.2g}; {reached} of {len(scores)} reach the threshold"
    passed = abs(mean - 1) <= bound and not too_many
    return Control("random keys", passed, mean, len(scores), 1, bound, detail)


def below(name: str, score: Score, alpha: float) -> Control:
    """One run that must stay below the threshold."""
    bound = score.threshold(alpha)
    if bound is None:
        return Control(name, None, detail=f"{score.n} {score.noun} reach no threshold at all")
    return Control(name, score.hits < bound, score.hits, score.n, score.n, bound)
