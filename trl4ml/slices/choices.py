"""How a table is made: checked once, before anything is computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from trl4ml.slices.errors import Refused
from trl4ml.slices.intervals import INTERVALS
from trl4ml.slices.levels import listed
from trl4ml.slices.multiplicity import CORRECTIONS

Method = Literal["wilson", "jeffreys", "clopper-pearson"]
Correction = Literal["bh", "by", "holm", "bonferroni", "none"]
REFERENCES = ("largest", "highest", "lowest", "overall", "rest")
YARDSTICKS = ("overall", "reference", "rest")


@dataclass(frozen=True)
class Choices:
    """The keywords of `measure`, explained there."""

    level: float = 0.95
    min_n: int = 30
    interval: Method = "wilson"
    reference: str | Mapping[str, object] = "largest"
    replicates: int = 0
    seed: int = 0
    correction: Correction = "bh"
    yardsticks: tuple[str, ...] = YARDSTICKS

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise Refused(f"a confidence level lies between 0 and 1, not {self.level}")
        if self.min_n < 0:
            raise Refused(f"min_n is a number of rows, not {self.min_n}")
        if self.replicates < 0:
            raise Refused(f"a number of replicates is not negative, as {self.replicates} is")
        if self.seed < 0:
            raise Refused(f"a seed is not negative, as {self.seed} is")
        _one_of("interval", self.interval, tuple(INTERVALS))
        _one_of("correction", self.correction, tuple(CORRECTIONS))
        for one in self.yardsticks:
            _one_of("yardstick", one, YARDSTICKS)
        if isinstance(self.reference, str) and self.reference not in REFERENCES:
            told = f"{listed(REFERENCES)}, or name levels"
            raise Refused(f"reference '{self.reference}' is not known; take {told}")


def _one_of(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise Refused(f"{what} '{given}' is not known; take {listed(known)}")
