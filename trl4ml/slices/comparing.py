"""Differences and ratios between the groups of a grouping: never without who, n and how."""

from math import isinf, isnan
from typing import NamedTuple

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.pairing import SIGNED, Comparison, Pair, bounds, made, quotient, tied
from trl4ml.slices.significance import against, two_proportions
from trl4ml.slices.values import Column, Status, Value


def undefined(column: Column, by: tuple[str, ...], kind: str, reason: str) -> Comparison:
    status = Status.NOT_APPLICABLE if column.absent else Status.UNDEFINED
    return Comparison(column.metric, by, kind, status, reason=column.absent or reason)


def between(column: Column, by: tuple[str, ...], level: float) -> list[Comparison]:
    """max − min and min / max over the eligible groups."""
    among = np.flatnonzero(column.eligible)
    kinds = ["difference_between_groups", "ratio_between_groups"]
    if len(among) < 2:
        why = f"{len(among)} of {len(column.groups)} groups can be compared, at least 2 are needed"
        return [undefined(column, by, kind, why) for kind in kinds]
    high, low = tied(column, among, True), tied(column, among, False)
    ends = Pair((column, high), (column, low)), Pair((column, low), (column, high))
    found = [
        _among(made(ends[0], by, kinds[0], _shared(level, among), "lowest", True), level, among)
    ]
    if column.metric in SIGNED:
        return [
            *found,
            undefined(column, by, kinds[1], "values may be negative, a ratio says nothing"),
        ]
    ratio = made(ends[1], by, kinds[1], _shared(level, among), "highest", True)
    return [*found, _among(ratio, level, among)]


def _shared(level: float, among: Array) -> float:
    """The level of each pair, so that all pairs hold together (Bonferroni): any may be the extreme."""
    return 1 - (1 - level) / (len(among) * (len(among) - 1) // 2)


def _among(one: Comparison, level: float, among: Array) -> Comparison:
    """The comparison with its interval named by the level at which all pairs hold together."""
    pairs = len(among) * (len(among) - 1) // 2
    if pairs == 1 or not one.interval:
        return one
    name, _, marks = one.interval.partition(" ")
    rest = marks.partition("%")[2]
    return one._replace(
        interval=f"{name} {level:.0%}{rest}, all {pairs} pairs together (Bonferroni)"
    )


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
    if column.metric in SIGNED:
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
    if column.metric not in SIGNED:
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


def bounded(one: Comparison, lower: float, upper: float, interval: str) -> Comparison:
    """The same comparison with other bounds, where it has a value; none where they are NaN.

    Resampled extremes lie farther apart than those seen, so the value may lie outside its
    percentiles: the bounds are widened to hold it.
    """
    if one.value is None:
        return one
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return one._replace(lower=None, upper=None, interval="")
    lower, upper = min(float(lower), one.value), max(float(upper), one.value)
    if lower == upper:
        return one._replace(lower=None, upper=None, interval="")
    return one._replace(lower=lower, upper=upper, interval=interval)


def tests(column: Column, rest: Column, at: Array) -> tuple[Array, list[str]]:
    """p of some groups against their rest, and the test; effective rows where weighted."""
    if column.k is None or rest.k is None:
        return np.full(len(at), np.nan), [""] * len(at)
    sides = *column.sides(at), *rest.sides(at)
    if column.effective is None:
        return against(*(np.asarray(x, np.int64) for x in sides))
    _, p = two_proportions(*sides)
    return p, ["two proportions, pooled z, effective n"] * len(at)


def aggregate(kind: str, each: Array, whole: Array) -> Array:
    """(replicates,) an aggregate over (replicates, groups); NaN where a group has no value."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if kind == "difference_between_groups":
            return (
                np.asarray(each.max(1) - each.min(1))
                if each.shape[1]
                else np.full(len(each), np.nan)
            )
        if kind == "ratio_between_groups":
            return (
                np.asarray(each.min(1) / each.max(1))
                if each.shape[1]
                else np.full(len(each), np.nan)
            )
        if kind == "difference_to_overall":
            return np.asarray(np.abs(each - whole[:, None]).max(1, initial=0.0))
        low, high = np.minimum(each, whole[:, None]), np.maximum(each, whole[:, None])
        return np.asarray((low / high).min(1)) if each.shape[1] else np.full(len(each), np.nan)
