"""Gaps filled from the past alone, so that no week knows what came after it.

A gap takes the value of the week a year before it, raised by what the last measured week had gained
over its own year; in the first year there is no year before, and the last value is carried on.
"""

from collections.abc import Sequence

YEAR = 52


def fill(values: Sequence[float | None]) -> list[float]:
    """The values without gaps, in ppm. Raises ValueError when the first one is missing."""
    filled: list[float] = []
    gain = 0.0
    for at, value in enumerate(values):
        if value is not None:
            gain = value - filled[at - YEAR] if at >= YEAR else 0.0
            filled.append(value)
        elif at >= YEAR:
            filled.append(round(filled[at - YEAR] + gain, 2))
        elif filled:
            filled.append(filled[-1])
        else:
            raise ValueError("the first week is missing, so there is nothing to fill it from")
    return filled


def between(values: Sequence[float | None]) -> list[float]:
    """The values with gaps filled on a straight line to the next measured week.

    This looks into the future. It was the first version of the feed, and is kept to measure what
    that did to the results (docs/leak.md); nothing else calls it.
    """
    known = [at for at, value in enumerate(values) if value is not None]
    filled = []
    for at in range(len(values)):
        left = max(k for k in known if k <= at)
        right = min((k for k in known if k >= at), default=left)
        low, high = values[left], values[right]
        assert low is not None and high is not None
        share = (at - left) / (right - left) if right > left else 0.0
        filled.append(round(low + share * (high - low), 2))
    return filled
