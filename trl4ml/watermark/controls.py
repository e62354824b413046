"""Runs that must not match: random keys, shuffles, the wrong label, the wrong layout, the parent."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trl4ml.watermark import null
from trl4ml.watermark.null import Tally
from trl4ml.watermark.verdict import Control

RANDOM_KEYS = 200
SHUFFLES = 20
RARE = 1e-3


def seed_of(run_seed: int, label: str) -> bytes:
    """The public seed of one control run; only the run's number and the label go in."""
    return f"{label} {run_seed}".encode().ljust(32, b"\0")[:32]


def random_keys(hits: Sequence[Tally], true: Tally, alpha: float) -> Control:
    """Random keys on this model: their mean is rate within 3 sd, few reach the threshold.

    Fails too where more of them reach the threshold than its true level explains (p < 1e-3).
    """
    asked = sum(one.n for one in hits)
    rate = true.rate
    if not asked:
        return Control("random keys", None, detail="no bit is defined")
    mean = sum(one.hits for one in hits) / asked
    bound = 3 * math.sqrt(rate * (1 - rate) / asked)
    reached = sum(_reaches(one, alpha) for one in hits)
    too_many = null.p_value(reached, len(hits), true.level(alpha) or alpha) < RARE
    share = true.hits / true.n if true.n else 0.0
    rank = null.rank_p(share, [one.hits / one.n for one in hits if one.n])
    detail = (
        f"the true key's rank p is {rank:.2g}; {reached} of {len(hits)} random keys reach the "
        f"threshold, the most has {max(one.hits for one in hits)} hits"
    )
    return Control(
        "random keys",
        abs(mean - rate) <= bound and not too_many,
        mean,
        len(hits),
        rate,
        bound,
        detail,
    )


def below(name: str, hits: Sequence[Tally], alpha: float, detail: str = "") -> Control:
    """Every run stays below its threshold; `statistic` and `bound` are those of the closest one.

    The level is shared among the runs (Bonferroni): twenty honest ones must not fail by chance.
    """
    runs, alpha = [one for one in hits if one.n], alpha / max(len(hits), 1)
    if not runs:
        return Control(name, None, detail="no bit is defined")
    worst = max(runs, key=lambda one: one.hits - (one.threshold(alpha) or math.inf))
    bound = worst.threshold(alpha)
    if bound is None:
        return Control(name, None, detail=f"{worst.n} {worst.noun} are too few for it to fail")
    passed = not any(_reaches(one, alpha) for one in runs)
    expected = worst.n * worst.rate
    return Control(name, passed, worst.hits, len(runs), expected, bound, detail)


def not_run(name: str, why: str) -> Control:
    """A control that cannot be run is named."""
    return Control(name, None, detail=why)


def shuffled(tensor: NDArray[np.float64], times: int, seed: int) -> list[NDArray[np.float64]]:
    """The tensor's numbers in random order, `times` times."""
    draw = np.random.RandomState(seed)  # stable between NumPy versions
    return [draw.permutation(tensor.ravel()).reshape(tensor.shape) for _ in range(times)]


def same(name: str) -> Control:
    """A control that would read what the test itself reads, so that it could not but match."""
    return not_run(name, "read that way, this one is the same")


def _reaches(one: Tally, alpha: float) -> bool:
    bound = one.threshold(alpha)
    return bound is not None and one.hits >= bound
