"""What is said of one metric in one slice: a value with its counts and bounds, or a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import isnan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.arrays import Array
from trl4ml.slices.grouping import Group


class Status(StrEnum):
    OK = "ok"
    UNDEFINED = "undefined"
    UNBOUNDED = "unbounded"
    SMALL_N = "small_n"
    EMPTY = "empty"
    NOT_APPLICABLE = "not_applicable"
    REFUSED = "refused"


class Value(NamedTuple):
    """One metric in one slice.

    k, n:      numerator and denominator; k is None where the metric is no proportion.
    rows:      of the slice. dropped: those without what the metric needs.
    weight:    Σw of the denominator, effective: (Σw)²/Σw²; None without sampling weights.
    interval:  the method and level of `lower` and `upper`; empty when there are none.
    reason:    why there is no value, or why it enters no verdict.
    error:     how far the value may be from that of the scores themselves, which were put in bins.
    """

    metric: str
    group: Group
    status: Status
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    interval: str = ""
    k: int | float | None = None
    n: int | float | None = None
    rows: int = 0
    weight: float | None = None
    effective: float | None = None
    dropped: int = 0
    reason: str = ""
    error: float | None = None


@dataclass(frozen=True, eq=False)
class Column:
    """One metric over the groups of a grouping, as arrays of one length.

    value:    NaN where undefined, infinite where unbounded.
    k:        numerators; None for what is no proportion.
    lower, upper: NaN where there is no interval.
    absent:   why the metric does not apply at all; empty: it does.
    lost:     bootstrap replicates without a value, per group.
    error:    a bound on the error of a value from a histogram; None: values are exact.
    """

    metric: str
    groups: Sequence[Group]
    comparable: NDArray[np.bool_]
    value: Array
    n: Array
    rows: Array
    dropped: Array
    min_n: int
    undefined: str
    k: Array | None = None
    lower: Array | None = None
    upper: Array | None = None
    interval: str = ""
    weight: Array | None = None
    effective: Array | None = None
    absent: str = ""
    error: Array | None = None
    lost: Array | None = None
    unbounded: str = "a number above 0 over 0"

    @property
    def size(self) -> Array:
        """What `min_n` is compared with: rows, or effective rows."""
        return self.n if self.effective is None else self.effective

    @property
    def eligible(self) -> NDArray[np.bool_]:
        """Groups that enter aggregates: defined, large enough, no level missing."""
        return np.isfinite(self.value) & (self.size >= self.min_n) & self.comparable

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """One Value per group."""
        nothing: list[None] = [None] * len(self.groups)
        optional = self.lower, self.upper, self.k, self.weight, self.effective, self.error
        columns = (
            self.groups, self._statuses(), self.value.tolist(), self.n.tolist(), self.rows.tolist(),
            self.dropped.tolist(), self.size.tolist(),
            [0] * len(self.groups) if self.lost is None else self.lost.tolist(),
            *(nothing if x is None else x.tolist() for x in optional),
        )  # fmt: skip
        found = []
        for (
            group, status, value, n, rows, dropped, size, lost, low, high, k, weight, effective, error,
        ) in zip(*columns, strict=True):  # fmt: skip
            shown = status in (Status.OK, Status.SMALL_N)
            bounded = shown and low is not None and not isnan(low)
            interval = f"{self.interval}, {lost} without a value" if lost else self.interval
            found.append(
                Value(
                    self.metric, group, status, value if shown else None,
                    low if bounded else None, high if bounded else None, interval if bounded else "",
                    None if k is None else number(k), number(n), rows, weight, effective, dropped,
                    "all weights are 0" if weight == 0 and n else self._reason(status, size),
                    error if shown else None,
                )
            )  # fmt: skip
        return tuple(found)

    def _reason(self, status: Status, size: float) -> str:
        if status is Status.SMALL_N:
            what = "rows" if self.effective is None else "effective rows"
            return f"{size:.4g} {what} of the {self.min_n} that a verdict needs"
        return {
            Status.NOT_APPLICABLE: self.absent,
            Status.EMPTY: "no rows",
            Status.UNDEFINED: self.undefined,
            Status.UNBOUNDED: self.unbounded,
        }.get(status, "")

    def sides(self, at: Array) -> tuple[Array, Array]:
        """Numerators and denominators of some groups: effective rows where weighted."""
        if self.effective is not None:
            return np.nan_to_num(self.value[at]) * self.effective[at], self.effective[at]
        assert self.k is not None
        return self.k[at], self.n[at]

    def _statuses(self) -> list[Status]:
        if self.absent:
            return [Status.NOT_APPLICABLE] * len(self.groups)
        order = (Status.EMPTY, Status.UNDEFINED, Status.UNBOUNDED, Status.SMALL_N)
        cases = self.rows == 0, np.isnan(self.value), np.isinf(self.value), self.size < self.min_n
        codes = np.select(cases, range(4), 4).tolist()
        return [(*order, Status.OK)[code] for code in codes]

    def at(self, i: int) -> Value:
        return self.values[i]


def number(x: float) -> int | float:
    """A count as a whole number where it is one."""
    return int(x) if float(x).is_integer() else float(x)
