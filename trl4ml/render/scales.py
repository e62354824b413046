"""From values to places on a picture, in per cent of its width or height."""

import math
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

STEPS = (1, 2, 5, 10)
TICKS = 5
DAYS = 3


class Scale(NamedTuple):
    """From `low` to `high`, with round numbers between; drawn from `start` to `end` per cent."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int
    start: float = 0
    end: float = 100

    def at(self, value: float) -> float:
        """Where a value lies, in per cent."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def shown(self, value: float) -> str:
        """The value with as many decimals as the picture can show."""
        return f"{round(value, self.decimals) + 0.0:,.{self.decimals}f}"

    def tick(self, value: float) -> str:
        """A round number of the axis."""
        return f"{value + 0.0:,.10g}"


def scale(values: Iterable[float], start: float = 0, end: float = 100, ticks: int = TICKS) -> Scale:
    """A scale with round ends around the values, in about so many ticks; without any, 0 to 1."""
    known = list(values) or [0.0, 1.0]
    low, high = min(known), max(known)
    if low == high:
        low, high = (min(low, 0), max(high, 0)) if low else (0, 1)
    whole = all(float(value).is_integer() for value in known)
    step = max(_step((high - low) / ticks), 1.0 if whole else 0.0)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    places = tuple(round(n * step, 12) for n in range(first, last + 1))
    decimals = 0 if whole or step > 100 else max(1, 1 - math.floor(math.log10((high - low) / 3)))
    return Scale(places[0], places[-1], places, min(decimals, 9), start, end)


def _step(rough: float) -> float:
    """The round number (1, 2 or 5 times a power of ten) that is at least this."""
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(power * step for step in STEPS if power * step >= rough * (1 - 1e-9))


def days(values: Iterable[date], start: float = 0, end: float = 100) -> Scale:
    """A scale of days, as ordinals; the first and the last are among its ticks."""
    known = sorted(value.toordinal() for value in values)
    low, high = known[0], known[-1]
    if low == high:
        return Scale(low - 1, high + 1, (low,), 0, start, end)
    steps = min(DAYS - 1, high - low)
    ticks = tuple(float(low + round(n * (high - low) / steps)) for n in range(steps + 1))
    return Scale(low, high, ticks, 0, start, end)


def anchor(at: float, text: str) -> str:
    """Where a text at this place is held, so that it stays inside a picture 280 pixels wide."""
    half = 1.3 * len(text)
    return "start" if at < half else "end" if at > 100 - half else "middle"
