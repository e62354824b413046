"""Watts of memory, guessed from its size as codecarbon 3 does: modules, and watts for each.

Up to 16 GB 2 modules, to 64 GB 4, to 128 GB 8, above that the largest usual module of which it
takes eight or more. 5 W each (ARM 1.5 W), less for each further one of many, and at least that of
two. It does not depend on what the memory does.
"""

from dataclasses import dataclass
from math import ceil

from trl4ml.energy.band import of_device
from trl4ml.energy.record import Part
from trl4ml.energy.units import JOULES_PER_KWH

MODULES_GB = (128, 64, 32, 16, 8, 4)


def modules(gigabytes: float) -> int:
    """How many memory modules a machine of that size probably has."""
    for upto, number in ((2, 1), (16, 2), (64, 4), (128, 8)):
        if gigabytes <= upto:
            return number
    size = next(gb for gb in MODULES_GB if gb <= gigabytes / 8)
    return min(ceil(gigabytes / size), 32)


def watts(gigabytes: float, *, arm: bool = False) -> float:
    """Power of the whole memory, in watts."""
    each, number = (1.5 if arm else 5.0), modules(gigabytes)
    steps = ((4, 1.0), (4, 0.9), (8, 0.8), (16, 0.7))
    drawn = 0.0
    for size, share in steps:
        drawn += each * share * min(number, size)
        number = max(0, number - size)
    return max(2 * each, drawn)


@dataclass
class Memory:
    """A meter that knows only the size: constant watts over time."""

    gigabytes: float
    arm: bool = False
    first: float | None = None
    last: float = 0.0

    def sample(self, at: float) -> None:
        self.first, self.last = at if self.first is None else self.first, at

    @property
    def watts(self) -> float:
        return watts(self.gigabytes, arm=self.arm)

    def part(self) -> Part:
        joules = self.watts * (self.last - (self.first or 0.0))
        source = f"{self.watts:.4g} W for {self.gigabytes:.4g} GB, whatever it does"
        return Part("ram", of_device(joules / JOULES_PER_KWH, "modelled"), "modelled", source)
