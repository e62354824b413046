"""What one scan computes: the keys of the grouping, and whole numbers to add up.

Real numbers are added as multiples of a power of two, in 64-bit integers: the sum does not depend
on the order of rows, on threads or on the engine. One step is at most 2⁻³⁴ of the largest value at
100 million rows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from trl4ml.slices import binning, looking
from trl4ml.slices.attributes import Attribute
from trl4ml.slices.bars import LOSS_STEP
from trl4ml.slices.cells import Roles
from trl4ml.slices.errors import Refused
from trl4ml.slices.frames import MATCHED, collected

SCORE_BINS = 1000


@dataclass
class Plan:
    """Expressions by alias, and what is needed to read their results.

    keys:   "a0", "a1" … one per axis; "y", "p" classes or numbers; "s" score or its bin; "w" weight;
            "m" no match in a join; "v" both numbers are there; "list", "first", "last" of a ranking.
    values: whole numbers to add up; those ending in `_max` are maximised. scales: what one is.
    edges:  per axis, where it is binned. others: per axis, what became (other),
            which is read as the axis's mark.
    """

    attributes: tuple[Attribute, ...]
    keys: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    scales: dict[str, float] = field(default_factory=dict)
    edges: list[tuple[float, ...] | None] = field(default_factory=list)
    others: list[list[str]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    regression: bool = False
    large: bool = False
    bins: int = 0
    centre: float = 0.0


def planned(
    frame: Any,
    axes: Sequence[Attribute],
    roles: Roles,
    regression: bool,
    bins: int | None,
    missing: Sequence[str],
) -> Plan:
    """The plan of a scan; reads only what edges, largest levels and scales need."""
    import narwhals as nw

    plan = Plan(tuple(axes), regression=regression)
    for i, one in enumerate(axes):
        plan.keys[f"a{i}"] = _axis(frame, one, plan, missing)
    if roles.rank or roles.query:
        _ranked(frame, plan, roles)
    real = bool(roles.score or roles.weight or regression)
    plan.large = real and bins != 0 and looking.is_large(frame)
    if roles.score:
        plan.bins = bins or (SCORE_BINS if plan.large else 0)
    _outcomes(plan, roles, nw)
    if MATCHED in frame.collect_schema().names():
        plan.keys["m"] = nw.col(MATCHED).is_null()
    if roles.weight and not plan.large:
        plan.keys["w"] = _number(nw.col(roles.weight))
    sums = _sums(plan, roles, nw)
    if sums:
        _scaled(frame, plan, roles, sums)
    return plan


def _axis(frame: Any, one: Attribute, plan: Plan, missing: Sequence[str]) -> Any:
    import narwhals as nw

    column = nw.col(one.name)
    plan.edges.append(looking.edges(frame, one) if one.binned else None)
    plan.others.append([])
    if edges := plan.edges[-1]:
        return binning.coded(column, edges, one.closed)
    if one.top:
        values, plan.others[-1], plan.marks[one.name] = looking.largest(frame, one, missing)
        text = column.cast(nw.String)
        coded = frame.collect_schema()[one.name] in (nw.Categorical, nw.Enum)
        other = (text if coded else column).is_in(values)
        return nw.when(other).then(nw.lit(plan.marks[one.name])).otherwise(text)
    return column


def _ranked(frame: Any, plan: Plan, roles: Roles) -> None:
    """Lists, and places in them: those of the table, or by falling score."""
    import narwhals as nw

    if looking.is_large(frame):
        raise Refused(
            f"ranked lists are kept row by row, up to {looking.EXACT_ROWS:,} rows; take fewer lists"
        )
    if roles.query:
        plan.keys["list"] = nw.col(roles.query)
    if roles.rank:
        plan.keys["first"] = plan.keys["last"] = _number(nw.col(roles.rank))
        return
    score = _number(nw.col(roles.score))
    for name, ties in (("first", "min"), ("last", "max")):
        plan.keys[name] = score.rank(ties, descending=True).over(roles.query)


def _number(column: Any) -> Any:
    """As a float; NaN is null, and −0 is 0."""
    import narwhals as nw

    x = column.cast(nw.Float64)
    return nw.when(~x.is_nan()).then(x + 0.0)


def _outcomes(plan: Plan, roles: Roles, nw: Any) -> None:
    score: Any = _number(nw.col(roles.score)) if roles.score else None
    if plan.regression:
        if not plan.large:
            plan.keys["y"] = _number(nw.col(roles.label))
            plan.keys["p"] = _number(nw.col(roles.prediction))
        return
    if roles.label:
        plan.keys["y"] = nw.col(roles.label)
    if roles.prediction:
        plan.keys["p"] = nw.col(roles.prediction)
    elif roles.threshold is not None:
        plan.keys["p"] = nw.when(~score.is_null()).then((score >= roles.threshold).cast(nw.Int8))
    if score is not None:
        plan.keys["s"] = _bin(score, plan.bins, nw) if plan.bins else score


def _bin(score: Any, bins: int, nw: Any) -> Any:
    """1 … bins, upper-inclusive, 0 in the first; −1 outside [0, 1]."""
    code = (score * bins).ceil().cast(nw.Int32)
    inside = (
        nw.when((score >= 0) & (score <= 1))
        .then(nw.when(code < 1).then(nw.lit(1)).otherwise(code))
        .otherwise(nw.lit(-1))
    )
    return nw.when(~score.is_null()).then(inside)


def _sums(plan: Plan, roles: Roles, nw: Any) -> dict[str, Any]:
    """Real numbers to add up, by name; those of scores and numbers times the weight of their row."""
    sums: dict[str, Any] = {}
    if roles.error:
        e = _number(nw.col(roles.error))
        sums |= {"error": e, "error_sq": e * e}
    w = _number(nw.col(roles.weight)) if roles.weight else 1.0
    if roles.weight and plan.large:
        sums |= {"w": w, "w2": w * w} if roles.weights == "sampling" else {"w": w}
    if plan.bins:
        s = _number(nw.col(roles.score))
        sums |= {"score": w * s, "score_sq": w * s * s, **_losses(s, w, nw)}
    if plan.regression and plan.large:
        y, p = _number(nw.col(roles.label)), _number(nw.col(roles.prediction))
        both = ~y.is_null() & ~p.is_null()
        r = nw.when(both).then(p - y)
        sums |= {"r": w * r, "r_abs": w * r.abs(), "r_sq": w * r * r, "r_4": w * r * r * r * r}
        sums |= {"y": nw.when(both).then(y)}
        plan.keys["v"] = both
    return sums


def _losses(s: Any, w: Any, nw: Any) -> dict[str, Any]:
    """−ln s and −ln(1−s), and where they are infinite: which of them counts the label decides.

    In steps, because engines differ in the last digit of a logarithm.
    """

    def loss(x: Any) -> Any:
        inside = (x > 0) & (x <= 1)
        known = -(nw.when(inside).then(x).otherwise(1.0)).log()
        return nw.when(~x.is_null()).then((known / LOSS_STEP + 0.5).floor() * LOSS_STEP * w)

    def never(x: Any) -> Any:
        return nw.when(~x.is_null()).then((x == 0).cast(nw.Float64) * w)

    return {"loss1": loss(s), "loss0": loss(1 - s), "certain0": never(s), "certain1": never(1 - s)}


def _scaled(frame: Any, plan: Plan, roles: Roles, sums: dict[str, Any]) -> None:
    """One look at the largest value and the gaps of each column to add up."""
    import narwhals as nw

    names = list(sums)
    selected = frame.select(**sums)
    asked = [nw.len().alias("rows")]
    for name in names:
        asked += [nw.col(name).max().alias(f"{name}>"), nw.col(name).min().alias(f"{name}<")]
        asked += [nw.col(name).is_null().sum().alias(f"{name}?")]
    seen = {
        name: column[0] for name, column in collected(selected.select(*asked)).to_pydict().items()
    }
    _refuse(seen, roles)
    rows = max(int(seen["rows"]), 1)
    if "y" in sums and seen["y>"] is not None:
        plan.centre = (seen["y>"] + seen["y<"]) / 2
        y = sums["y"] - plan.centre
        w = _number(nw.col(roles.weight)) if roles.weight else 1.0
        sums |= {"y": w * y, "y_sq": w * y * y}
        half, most = (seen["y>"] - seen["y<"]) / 2, seen.get("w>", 1.0) or 1.0
        seen |= {"y>": half * most, "y<": -half * most, "y_sq>": half * half * most, "y_sq<": 0.0}
    for name, value in sums.items():
        most = max(abs(seen[f"{name}>"] or 0.0), abs(seen[f"{name}<"] or 0.0))
        if not math.isfinite(most):
            raise Refused(f"column '{_column(name, roles)}' has infinite values; repair them")
        plan.scales[name] = (
            2.0 ** math.floor(61 - math.log2(rows) - math.log2(most)) if most else 1.0
        )
        steps = (value * plan.scales[name] + 0.5).floor().cast(nw.Int64)
        plan.values[name] = nw.when(~value.is_null()).then(steps).otherwise(nw.lit(0, nw.Int64))
    for own, of in (("r_weight", "w"), ("r_weight2", "w2")):
        plan.scales[own] = plan.scales.get(of, 1.0)
    if roles.error:
        plan.values["error_max"] = sums["error"]


def _column(name: str, roles: Roles) -> str:
    named = {"e": roles.error, "w": roles.weight} | dict.fromkeys("slc", roles.score)
    return named.get(name[0], roles.prediction or roles.label)


def _refuse(seen: dict[str, Any], roles: Roles) -> None:
    for name, role, column in (
        ("error", "error column", roles.error),
        ("w", "weight", roles.weight),
    ):
        if seen.get(f"{name}?"):
            raise Refused(f"{role} '{column}' is missing in {seen[f'{name}?']:,} rows; complete it")
        if (seen.get(f"{name}<") or 0) < 0:
            raise Refused(f"{role} '{column}' is negative in some rows; it begins at 0")
