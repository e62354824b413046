"""What a forecast would have been worth: made at many origins, judged by what was then measured.

Each origin sees the weeks up to itself and no more. Weeks that the feed filled are never judged
against: they are guesses too.
"""

from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import NamedTuple

Predict = Callable[[Sequence[float]], Sequence[float]]
STEP = 4
HORIZONS = {"weeks 1-4": (1, 4), "weeks 5-13": (5, 13), "weeks 14-26": (14, 26),
            "weeks 27-52": (27, 52)}  # fmt: skip


class Error(NamedTuple):
    """What was measured less what was forecast, in ppm, so many weeks ahead of the origin."""

    origin: int
    horizon: int
    ppm: float


def errors(
    predict: Predict, filled: Sequence[float], measured: Sequence[bool], first: int, end: int
) -> list[Error]:
    """The errors from every fourth origin on from `first`, for measured weeks before `end`."""
    found = []
    for origin in range(first, end - 1, STEP):
        for horizon, value in enumerate(predict(filled[: origin + 1]), 1):
            at = origin + horizon
            if at < end and measured[at]:
                found.append(Error(origin, horizon, filled[at] - value))
    return found


def mean_absolute(found: Iterable[Error]) -> float:
    """Mean absolute error in ppm. Raises ValueError when there is none."""
    sizes = [abs(error.ppm) for error in found]
    if not sizes:
        raise ValueError("there is no error to take the mean of")
    return sum(sizes) / len(sizes)


def half_width(found: Iterable[Error], share: float) -> float:
    """The least width to either side that held this share of the errors, rounded up to 0.01 ppm."""
    sizes = sorted(abs(error.ppm) for error in found)
    return ceil(sizes[ceil(share * len(sizes)) - 1] * 100) / 100


def by_horizon(found: Sequence[Error]) -> dict[str, list[Error]]:
    """The errors in four groups, near to far."""
    return {
        name: [error for error in found if first <= error.horizon <= last]
        for name, (first, last) in HORIZONS.items()
    }
