"""How a column becomes an axis of the cube: as it stands, in bins, or its largest levels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Self

from trl4ml.slices.errors import Refused

MISSING = "(missing)"
OTHER = "(other)"
BELOW = "(below)"
ABOVE = "(above)"
RESERVED = frozenset({MISSING, OTHER, BELOW, ABOVE})
"""Names that say what happened to a value; text of the table that reads so is put in quotes."""


@dataclass(frozen=True)
class Attribute:
    """One column to slice by, and at most one way to reduce it.

    edges:     e0 < … < eB. Right-closed bins are (e0, e1] …, the first one closed at e0 too;
               left-closed ones [e0, e1) …, the last one closed at eB too. What lies outside is
               (below) or (above). -inf and inf may stand at the ends.
    width:     that many bins of equal width between the smallest and the largest value.
    quantiles: that many bins of about equal count; edges are observed values, ties stay together.
    top:       that many of the largest levels; the others become (other).
    order:     the levels in a declared order, by name; those not named follow in the usual one.
    """

    name: str
    edges: tuple[float, ...] = ()
    closed: Literal["right", "left"] = "right"
    width: int = 0
    quantiles: int = 0
    top: int = 0
    order: tuple[str, ...] = ()

    @classmethod
    def cut(cls, name: str, *cuts: float, closed: Literal["right", "left"] = "right") -> Self:
        """Bins between cut points, open to both sides: `cut("age", 25)` is ≤ 25 and > 25."""
        return cls(name, edges=(-math.inf, *map(float, cuts), math.inf), closed=closed)

    def __post_init__(self) -> None:
        ways = [w for w in ("edges", "width", "quantiles", "top") if getattr(self, w)]
        if len(ways) > 1:
            raise Refused(f"'{self.name}' has both {ways[0]} and {ways[1]}; give one of them")
        if self.closed not in ("right", "left"):
            raise Refused(f"bins of '{self.name}' are closed right or left, not '{self.closed}'")
        if min(self.width, self.quantiles, self.top) < 0:
            raise Refused(f"'{self.name}' cannot have a negative number of bins or levels")
        if self.edges:
            self._check(self.edges)

    def _check(self, edges: Sequence[float]) -> None:
        rising = all(a < b for a, b in pairwise(edges))
        if len(edges) < 2 or not rising:
            given = ", ".join(f"{edge:g}" for edge in edges)
            raise Refused(f"edges of '{self.name}' rise and are at least two, not {given}")

    @property
    def binned(self) -> bool:
        return bool(self.edges or self.width or self.quantiles)


def attributes(by: Sequence[str | Attribute]) -> tuple[Attribute, ...]:
    """The attributes of `by`, names taken as they stand; each column once."""
    if isinstance(by, str):
        by = [by]
    found = tuple(Attribute(one) if isinstance(one, str) else one for one in by)
    names = [one.name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Refused(f"'{twice}' is named twice among the columns to slice by; name it once")
    return found
