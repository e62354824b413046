"""The result: every metric in every slice, every comparison, and how they were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trl4ml.slices.attributes import MISSING
from trl4ml.slices.levels import Axis
from trl4ml.slices.metrics import HIGHER_IS_WORSE
from trl4ml.slices.pairing import Comparison, fraction
from trl4ml.slices.values import Status, Value


@dataclass(frozen=True, eq=False)
class Table:
    """Values per slice and comparisons per grouping, in the order asked for."""

    overall: tuple[Value, ...]
    values: tuple[Value, ...]
    comparisons: tuple[Comparison, ...]
    notices: tuple[str, ...]
    axes: tuple[Axis, ...]
    level: float
    min_n: int
    correction: str
    replicates: int
    seed: int

    def of(self, metric: str, by: Sequence[str]) -> tuple[Value, ...]:
        """The values of a metric over one grouping."""
        names = tuple(by)
        return tuple(v for v in self.values if v.metric == metric and v.group.attributes == names)

    def worst(self, metric: str, by: Sequence[str]) -> tuple[Value, ...]:
        """The worst slice of a grouping among those with status ok, all tied ones; empty: none.

        Rates of counts tie as fractions, other values within 1e-12.
        """
        known = [
            v for v in self.of(metric, by) if v.status is Status.OK and not _missing(v, self.axes)
        ]
        if not known:
            return ()
        higher = metric.partition("[")[0] in HIGHER_IS_WORSE
        exact = [one for one in map(fraction, known) if one is not None]
        if len(exact) == len(known):
            end = max(exact) if higher else min(exact)
            return tuple(v for v, one in zip(known, exact, strict=True) if one == end)
        sizes = [abs(v.value or 0.0) if higher else v.value or 0.0 for v in known]
        most = max(sizes) if higher else min(sizes)
        return tuple(v for v, one in zip(known, sizes, strict=True) if abs(one - most) <= 1e-12)

    def compare(self, metric: str, by: Sequence[str], kind: str) -> tuple[Comparison, ...]:
        """The comparisons of one kind: one, or one per group with a reference or the rest."""
        names = tuple(by)
        return tuple(
            c for c in self.comparisons if (c.metric, c.by, c.kind) == (metric, names, kind)
        )

    def undefined(self) -> tuple[Value, ...]:
        """The values that are none, with their reasons."""
        return tuple(v for v in self.values if v.value is None)

    @property
    def family(self) -> int:
        """The number of tests between groups: metrics × groupings."""
        return max(
            (c.family for c in self.comparisons if c.kind == "difference_between_groups"), default=0
        )

    def rows(self) -> list[dict[str, Any]]:
        """One plain row per value: strings and numbers only."""
        return [_row(value) for value in (*self.overall, *self.values)]

    def frame(self, *by: str) -> Any:
        """A pandas frame shaped as fairlearn's `by_group`: levels as index, metrics as columns."""
        from trl4ml.slices.metricframe import by_group

        own = [v for v in self.values if v.group.attributes == by] if by else self.overall
        return by_group(own, by)


def _row(value: Value) -> dict[str, Any]:
    row = value._asdict()
    row["group"], row["status"] = str(value.group), str(value.status)
    return row


def _missing(value: Value, axes: Sequence[Axis]) -> bool:
    gone = {one.name for one in axes if one.missing is not None}
    pairs = zip(value.group.attributes, value.group.levels, strict=True)
    return any(name in gone and level == MISSING for name, level in pairs)
