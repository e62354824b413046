"""Next year is this year plus what the last weeks have gained over theirs.

The seasons are those of the year before the origin; the growth is the mean gain over the same week
of the year before, taken over the last `window` weeks. Nothing else is learned, so nothing else can
go wrong unseen.
"""

from collections.abc import Sequence
from typing import NamedTuple

YEAR = 52
WINDOWS = (4, 13, 26, 52, 104)


class Forecast(NamedTuple):
    """One week ahead, in ppm; the interval is meant to hold nine weeks in ten."""

    value: float
    lower: float
    upper: float


def forecast(values: Sequence[float], window: int, half_width: float = 0.0) -> list[Forecast]:
    """The 52 weeks after the last value. Raises ValueError when there are too few to learn from."""
    wanted = YEAR + window
    if len(values) < wanted:
        raise ValueError(f"{len(values)} weeks are too few; a window of {window} wants {wanted}")
    gains = [values[-at] - values[-at - YEAR] for at in range(1, window + 1)]
    growth = sum(gains) / window
    ahead = (round(value + growth, 4) for value in values[-YEAR:])
    return [Forecast(value, value - half_width, value + half_width) for value in ahead]


def last_value(values: Sequence[float]) -> list[float]:
    """The simplest baseline: nothing changes."""
    return [values[-1]] * YEAR


def last_year(values: Sequence[float]) -> list[float]:
    """The seasonal baseline: the year before comes again."""
    return list(values[-YEAR:])
