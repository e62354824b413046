"""Two groups, or a group and a yardstick, compared: the value, its interval and its ends.

Rates are compared as fractions of whole numbers: 6/10 over 15/20 is exactly 4/5.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.grouping import Group
from trl4ml.slices.intervals import katz, newcombe
from trl4ml.slices.values import Column, Status, Value

SIGNED = frozenset({"bias", "calibration_gap", "r2", "matthews", "skew"})
"""May be negative: ratios of them say nothing."""


def signed(metric: str) -> bool:
    """Whether the metric, such as bias or skew@10, may be negative."""
    return metric.partition("@")[0] in SIGNED


class Comparison(NamedTuple):
    """One difference or ratio within a grouping: `of` minus `against`, or `of` over `against`.

    groups:    who made it, all tied ones: those of `of`, unless that is the overall.
    of, against: the two ends with their counts, tied ones in canonical order.
    sign:      of the difference; of a ratio, −1 below 1. reference: what `against` is and how chosen.
    p_value:   of `test`; adjusted: over the `family` of that many tests.
    reason:    why there is no value; of a composite, the component that decided.
    """

    metric: str
    by: tuple[str, ...]
    kind: str
    status: Status
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    interval: str = ""
    of: tuple[Value, ...] = ()
    against: tuple[Value, ...] = ()
    reference: str = ""
    p_value: float | None = None
    adjusted: float | None = None
    test: str = ""
    family: int = 0
    reason: str = ""

    @property
    def groups(self) -> tuple[Group, ...]:
        whole = self.of and not self.of[0].group.levels
        ends = self.against if whole else self.of
        return tuple(dict.fromkeys(one.group for one in ends))

    @property
    def sign(self) -> int:
        if self.value is None:
            return 0
        middle = 1 if self.kind.startswith("ratio") else 0
        return (self.value > middle) - (self.value < middle)

    @property
    def exact(self) -> Fraction | None:
        """The value as a fraction of whole counts; None where it is not one of counts."""
        pairs = list(zip(self.of, self.against, strict=False))
        if self.status is not Status.OK or not pairs:
            return None
        several = pairs if self.metric == "average_odds" else pairs[:1]
        ends = [(fraction(a), fraction(b)) for a, b in several]
        found = [(a, b) for a, b in ends if a is not None and b is not None]
        if len(found) < len(ends):
            return None
        if self.kind.startswith("ratio"):
            return found[0][0] / found[0][1] if found[0][1] else None
        difference = sum((a - b for a, b in found), Fraction(0)) / len(found)
        return abs(difference) if self.kind == "difference_to_overall" else difference

    def below(self, limit: Fraction | str | float) -> bool | None:
        """Whether the value is strictly below the limit; None where nothing is decided."""
        bound = Fraction(str(limit)) if isinstance(limit, float) else Fraction(limit)
        if self.status is not Status.OK or self.value is None:
            return None
        exact = self.exact
        return (Fraction(self.value) if exact is None else exact) < bound


def fraction(value: Value) -> Fraction | None:
    """k/n of whole, unweighted counts."""
    if (
        isinstance(value.k, int)
        and isinstance(value.n, int)
        and value.n
        and value.effective is None
    ):
        return Fraction(value.k, value.n)
    return None


def tied(column: Column, among: Array, largest: bool) -> Array:
    """Those of `among` whose value is the largest (or smallest); exact for rates of counts."""
    values = column.value[among]
    end = values.max() if largest else values.min()
    near = among[np.abs(values - end) <= 1e-9 * max(abs(end), 1e-300)]
    if len(near) == 1 or column.k is None or column.effective is not None:
        return np.asarray(near)
    exact = [Fraction(int(column.k[i]), int(column.n[i])) for i in near]
    best = max(exact) if largest else min(exact)
    return np.asarray(near[[one == best for one in exact]])


def quotient(a: float, b: float) -> float:
    """a/b; NaN for 0/0, infinite for x/0."""
    if b:
        return a / b
    return np.nan if not a else float(np.copysign(np.inf, a))


Indices = Sequence[int] | Array


class Pair(NamedTuple):
    """Two ends to compare, as indices into their columns."""

    of: tuple[Column, Indices]
    against: tuple[Column, Indices]

    def ends(self) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
        first, second = ([column.at(int(i)) for i in at] for column, at in self)
        return tuple(first), tuple(second)

    def difference(self) -> float:
        a, b = (float(column.value[at[0]]) for column, at in self)
        return a - b

    def ratio(self) -> float:
        (a, i), (b, j) = self
        if a.k is not None and b.k is not None and a.effective is None and b.effective is None:
            top = (
                int(a.k[i[0]]) * int(b.n[j[0]])
                if float(a.k[i[0]]).is_integer()
                else float(a.k[i[0]] * b.n[j[0]])
            )
            bottom = (
                int(b.k[j[0]]) * int(a.n[i[0]])
                if float(b.k[j[0]]).is_integer()
                else float(b.k[j[0]] * a.n[i[0]])
            )
            return quotient(top, bottom)
        return quotient(float(a.value[i[0]]), float(b.value[j[0]]))


def made(
    pair: Pair,
    by: tuple[str, ...],
    kind: str,
    level: float,
    reference: str,
    independent: bool,
    note: str = "",
) -> Comparison:
    """The comparison of a pair, with Newcombe's or Katz's interval where the two are independent."""
    ratio = kind.startswith("ratio")
    value = pair.ratio() if ratio else pair.difference()
    if kind == "difference_to_overall":
        value = abs(value)
    of, against = pair.ends()
    metric = pair.of[0].metric
    plain = Comparison(
        metric, by, kind, Status.OK, value, of=of, against=against, reference=reference
    )
    if np.isnan(value):
        why = "0 over 0" if ratio else "one of the two is undefined"
        return plain._replace(status=Status.UNDEFINED, value=None, reason=why)
    if np.isinf(value):
        return plain._replace(status=Status.UNBOUNDED, value=None, reason="a number above 0 over 0")
    (first, i), (second, j) = pair
    if not independent or first.k is None or first.lower is None or second.k is None:
        return plain
    at = np.array([i[0]]), np.array([j[0]])
    lower, upper, names = bounds(
        first.sides(at[0]), second.sides(at[1]), ratio, level, first.effective is not None
    )
    if np.isnan(lower[0]) or np.isnan(upper[0]):
        return plain
    return plain._replace(lower=float(lower[0]), upper=float(upper[0]), interval=names[0] + note)


def bounds(
    first: tuple[Array, Array],
    second: tuple[Array, Array],
    ratio: bool,
    level: float,
    weighted: bool,
) -> tuple[Array, Array, list[str]]:
    """Newcombe's or Katz's bounds of many independent pairs of (k, n), and their names."""
    mark = ", effective n" * weighted
    if not ratio:
        lower, upper = newcombe(*first, *second, level)
        return lower, upper, [f"Newcombe {level:.0%}{mark}"] * len(lower)
    lower, upper, added = katz(*first, *second, level)
    lower = np.where(first[0] == 0, 0.0 * lower, lower)
    return lower, upper, [f"Katz {level:.0%}{mark}{', +½' * one}" for one in added.tolist()]
