"""From a cube to a table: every metric in every slice, compared, bounded, adjusted."""

from collections.abc import Mapping, Sequence
from typing import Any

from trl4ml.slices.choices import YARDSTICKS, Choices, Correction, Method
from trl4ml.slices.columns import column
from trl4ml.slices.cube import Cube
from trl4ml.slices.errors import Refused
from trl4ml.slices.grouping import Group
from trl4ml.slices.metrics import default
from trl4ml.slices.multiplicity import CORRECTIONS
from trl4ml.slices.one_grouping import OneGrouping
from trl4ml.slices.pairing import Comparison
from trl4ml.slices.table import Table
from trl4ml.slices.values import Value


def measure(
    cube: Cube,
    metrics: Sequence[str] | None = None,
    by: Sequence[Sequence[str]] | None = None,
    *,
    level: float = 0.95,
    min_n: int = 30,
    interval: Method = "wilson",
    reference: str | Mapping[str, object] = "largest",
    replicates: int = 0,
    seed: int = 0,
    correction: Correction = "bh",
    yardsticks: Sequence[str] = YARDSTICKS,
) -> Table:
    """The table of `metrics` over the groupings `by`.

    metrics:    names; None: the usual ones for what the cube holds.
    by:         groupings, each some names of axes; None: every axis alone, and all of them crossed.
    level:      of confidence. interval: of a rate, "wilson", "jeffreys" or "clopper-pearson".
    min_n:      rows of a metric's own denominator below which a value enters no verdict.
    reference:  "largest", "highest", "lowest", "overall" or "rest", or {attribute: level}.
    replicates: of the bootstrap, for what has no closed form and for aggregates over groups; 0: none.
    correction: of p-values, over the family metrics × groupings: "bh", "by", "holm", "bonferroni".
    yardsticks: what groups are compared with beside one another: "overall", "reference", "rest".

    Raises Refused where a name is not known or the cube does not carry a metric.
    """
    choices = Choices(
        level, min_n, interval, reference, replicates, seed, correction, tuple(yardsticks)
    )
    names = tuple(dict.fromkeys(default(cube) if metrics is None else metrics))
    whole = cube.by()
    overall = {name: column(name, whole, choices) for name in names}
    values: list[Value] = []
    found: list[Comparison] = []
    for one in _groupings(cube, by):
        made = OneGrouping(cube.by(*one), whole, overall, choices)
        for name in names:
            each = made.column(name)
            values += each.values
            found += made.comparisons(each)
        found += made.composites(found)
        overall = {name: made.overall_column(one) for name, one in overall.items()}
    return Table(
        tuple(one.at(0) for one in overall.values()), tuple(values),
        tuple(_adjusted(found, correction)), cube.notices, cube.axes, level, min_n, correction, replicates, seed,
    )  # fmt: skip


def within(cube: Cube, control: Sequence[str], **options: Any) -> dict[Group, Table]:
    """One table per crossing of the levels of control features; never averaged over them.

    options: of `measure`, whose groupings hold none of the control features. Crossings without rows
    are left out.
    """
    grouping = cube.by(*control)
    found = {}
    for group, rows in zip(grouping.groups, grouping.n.tolist(), strict=True):
        if rows:
            levels = dict(zip(group.attributes, group.levels, strict=True))
            found[group] = measure(cube.where(**levels), **options)
    return found


def _groupings(cube: Cube, by: Sequence[Sequence[str]] | None) -> list[tuple[str, ...]]:
    if by is None:
        names = tuple(one.name for one in cube.axes)
        return list(dict.fromkeys([*((name,) for name in names), names])) if names else []
    found = [(one,) if isinstance(one, str) else tuple(one) for one in by]
    for one in found:
        if not one or len(set(one)) < len(one):
            raise Refused("a grouping names at least one column, each once")
    return list(dict.fromkeys(found))


def _adjusted(found: list[Comparison], correction: str) -> list[Comparison]:
    """p-values adjusted within each family: tests between groups, and tests against the rest."""
    for kind in ("difference_between_groups", "difference_to_rest"):
        at = [i for i, one in enumerate(found) if one.kind == kind and one.p_value is not None]
        p = CORRECTIONS[correction]([float(found[i].p_value or 0.0) for i in at])
        for i, value in zip(at, p, strict=True):
            found[i] = found[i]._replace(adjusted=float(value), family=len(at))
    return found
