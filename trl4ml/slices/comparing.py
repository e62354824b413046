"""Differences and ratios between the groups of a grouping: never without who, n and how."""

from math import isinf, isnan
from typing import NamedTuple

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.intervals import wilson
from trl4ml.slices.pairing import Comparison, Pair, bounds, made, quotient, signed, tied
from trl4ml.slices.significance import against, two_proportions
from trl4ml.slices.values import Column, Status, Value


def undefined(column: Column, by: tuple[str, ...], kind: str, reason: str) -> Comparison:
    status = Status.NOT_APPLICABLE if column.absent else Status.UNDEFINED
    return Comparison(column.metric, by, kind, status, reason=column.absent or reason)


def between(
    column: Column, by: tuple[str, ...], level: float, metrics: int = 1
) -> list[Comparison]:
    """max − min and min / max over the eligible groups; `metrics` share the level."""
    among = np.flatnonzero(column.eligible)
    kinds = ["difference_between_groups", "ratio_between_groups"]
    if len(among) < 2:
        why = f"{len(among)} of {len(column.groups)} groups can be compared, at least 2 are needed"
        return [undefined(column, by, kind, why) for kind in kinds]
    high, low = tied(column, among, True), tied(column, among, False)
    ends = Pair((column, high), (column, low)), Pair((column, low), (column, high))
    found = made(ends[0], by, kinds[0], level, "lowest", False)
    if signed(column.metric):
        second = undefined(column, by, kinds[1], "values may be negative, a ratio says nothing")
    else:
        second = made(ends[1], by, kinds[1], level, "highest", False)
    return [_together(one, column, among, level, metrics) for one in (found, second)]


def _together(
    one: Comparison, column: Column, among: Array, level: float, metrics: int
) -> Comparison:
    """With bounds over all pairs of groups together (Bonferroni): any may be the farthest apart.

    The true difference lies between the highest of the lower bounds and the highest of the upper
    ones, even where it is another pair's than the one seen; of a ratio, the lowest.
    """
    if one.value is None or column.k is None or column.lower is None:
        return one
    ratio, weighted = one.kind.startswith("ratio"), column.effective is not None
    pairs = metrics * len(among) * (len(among) - 1) // 2
    shared = 1 - (1 - level) / pairs
    high, low = _ends(*column.sides(among), ratio, shared)
    sides = column.sides(among[high]), column.sides(among[low])
    lower, upper, names = bounds(*(sides[::-1] if ratio else sides), ratio, shared, weighted)
    if np.isnan(lower).all():
        return one
    at = int(np.nanargmin(lower) if ratio else np.nanargmax(lower))
    name, _, marks = names[at].partition(" ")
    told = f"{name} {level:.0%}{marks.partition('%')[2]}"
    if pairs > 1:
        told += f", all {pairs:,} pairs together (Bonferroni)"
    most = float(np.nanmin(upper) if ratio else np.nanmax(upper))
    return one._replace(lower=float(lower[at]), upper=most, interval=told)


def _ends(k: Array, n: Array, ratio: bool, level: float) -> tuple[Array, Array]:
    """Pairs of groups (higher, lower) of which one has the outermost bound of all pairs.

    A bound is a difference of values, moved by the root of the sum of two squares: the outermost
    belongs to groups that no other one outdoes in both its value and its half-width.
    """
    if ratio:
        half = 0.5 if (k == 0).any() else 0.0
        value = np.log((k + half) / (n + half))
        up = down = np.sqrt(np.maximum(1 / (k + half) - 1 / (n + half), 0))
    else:
        value = k / n
        lower, upper = wilson(k, n, level)
        up, down = upper - value, value - lower
    high = np.unique(np.r_[_front(value, up), _front(value, -down)])
    low = np.unique(np.r_[_front(-value, down), _front(-value, -up)])
    first, second = (one.ravel() for one in np.meshgrid(high, low, indexing="ij"))
    apart = first != second
    return first[apart], second[apart]


def _front(x: Array, y: Array) -> Array:
    """The places that no other one outdoes in both x and y, and those that only they outdo.

    The second layer stands in where a group of the first would be paired with itself.
    """
    order, found = np.lexsort((-y, -x)), []
    for _ in range(2):
        most = np.maximum.accumulate(y[order])
        first = np.r_[np.ones(min(1, len(most)), np.bool_), most[1:] > most[:-1]]
        found.append(order[first])
        order = order[~first]
    return np.concatenate(found)


def to_overall(
    column: Column, overall: Column, by: tuple[str, ...], level: float
) -> list[Comparison]:
    """The group farthest from all rows, by difference and by ratio; they overlap, so no interval."""
    among = np.flatnonzero(column.eligible)
    kinds = ["difference_to_overall", "ratio_to_overall"]
    if not len(among) or not np.isfinite(overall.value[0]):
        why = "no group can be compared" if not len(among) else "undefined for all rows"
        return [undefined(column, by, kind, why) for kind in kinds]
    whole = (overall, [0])
    gaps = np.abs(column.value[among] - overall.value[0])
    far = among[gaps >= gaps.max() * (1 - 1e-12)]
    found = [made(Pair((column, far), whole), by, kinds[0], level, "overall", False)]
    if signed(column.metric):
        return [
            *found,
            undefined(column, by, kinds[1], "values may be negative, a ratio says nothing"),
        ]
    ratios = np.array([_either(column.value[i], overall.value[0]) for i in among])
    if not np.isfinite(ratios).any():
        return [*found, undefined(column, by, kinds[1], "0 over 0")]
    far = among[ratios <= np.nanmin(ratios) * (1 + 1e-12)]
    one = column.value[far[0]]
    pair = Pair((column, far), whole) if one <= overall.value[0] else Pair(whole, (column, far))
    return [*found, made(pair, by, kinds[1], level, "overall", False)]


def _either(a: float, b: float) -> float:
    return quotient(min(a, b), max(a, b))


class Yardstick(NamedTuple):
    """What each group is compared with: the group `at` of a column; −1: that group is left out.

    name: of the kind: "reference" or "rest". told: who it is, for the reader.
    """

    column: Column
    at: Array
    name: str
    told: str
    independent: bool = True


def to_each(
    column: Column, other: Yardstick, by: tuple[str, ...], level: float
) -> list[Comparison]:
    """The difference and the ratio of every group with a value; tested where against the rest."""
    among = np.flatnonzero(np.isfinite(column.value) & column.comparable & (other.at >= 0))
    p, names = np.full(len(among), np.nan), [""] * len(among)
    if other.name == "rest":
        p, names = tests(column, other.column, among)
    sides = [_side(column, other, among, False, by, level, p.tolist(), names)]
    if not signed(column.metric):
        sides.append(_side(column, other, among, True, by, level, [np.nan] * len(p), names))
    return [one for pair in zip(*sides, strict=True) for one in pair]


def _side(
    column: Column, other: Yardstick, i: Array, ratio: bool, by: tuple[str, ...], level: float,
    p: list[float], names: list[str],
) -> list[Comparison]:  # fmt: skip
    """Differences or ratios of many pairs at once."""
    j, yard = other.at[i], other.column
    values = _ratios(column, yard, i, j) if ratio else column.value[i] - yard.value[j]
    lower = upper = np.full(len(i), np.nan)
    intervals = [""] * len(i)
    if other.independent and column.k is not None and column.lower is not None:
        weighted = column.effective is not None
        lower, upper, intervals = bounds(column.sides(i), yard.sides(j), ratio, level, weighted)
    kind = f"{'ratio' if ratio else 'difference'}_to_{other.name}"
    found = []
    for of, base, value, low, high, interval, chance, test in zip(
        [column.at(x) for x in i.tolist()], [yard.at(x) for x in j.tolist()],
        values.tolist(), lower.tolist(), upper.tolist(), intervals, p, names, strict=True,
    ):  # fmt: skip
        status, reason = _status(value, ratio, of, base)
        shown = status in (Status.OK, Status.SMALL_N)
        bounded = shown and not (isnan(low) or isnan(high))
        tested = not isnan(chance)
        found.append(
            Comparison(
                column.metric, by, kind, status, value if shown else None,
                low if bounded else None, high if bounded else None, interval if bounded else "",
                (of,), (base,), other.told, chance if tested else None, None,
                test if tested else "", 0, reason,
            )
        )  # fmt: skip
    return found


def _ratios(column: Column, yard: Column, i: Array, j: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        if column.k is not None and yard.k is not None and column.effective is None:
            return np.asarray((column.k[i] * yard.n[j]) / (yard.k[j] * column.n[i]))
        return np.asarray(column.value[i] / yard.value[j])


def _status(value: float, ratio: bool, of: Value, base: Value) -> tuple[Status, str]:
    if isnan(value):
        return Status.UNDEFINED, "0 over 0" if ratio else "one of the two is undefined"
    if isinf(value):
        return Status.UNBOUNDED, "a number above 0 over 0"
    small = next((one for one in (of, base) if one.status is Status.SMALL_N), None)
    return (Status.OK, "") if small is None else (Status.SMALL_N, f"{small.group}: {small.reason}")


def tests(column: Column, rest: Column, at: Array) -> tuple[Array, list[str]]:
    """p of some groups against their rest, and the test; effective rows where weighted."""
    if column.k is None or rest.k is None:
        return np.full(len(at), np.nan), [""] * len(at)
    sides = *column.sides(at), *rest.sides(at)
    if column.effective is None:
        return against(*(np.asarray(x, np.int64) for x in sides))
    _, p = two_proportions(*sides)
    return p, ["two proportions, pooled z, effective n"] * len(at)
