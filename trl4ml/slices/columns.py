"""One metric over the groups of a grouping, as arrays: value, denominator, interval, reason."""

import numpy as np

from trl4ml.slices import measures, multiclass, ranked, rates, regression, scores, shifts
from trl4ml.slices.arrays import Array
from trl4ml.slices.bars import bars, own_bars
from trl4ml.slices.cells import Cells
from trl4ml.slices.choices import Choices
from trl4ml.slices.errors import Refused
from trl4ml.slices.grouping import Grouping
from trl4ml.slices.intervals import INTERVALS, quantile
from trl4ml.slices.levels import listed
from trl4ml.slices.metrics import measure_of, outside
from trl4ml.slices.values import Column


def column(name: str, grouping: Grouping, choices: Choices) -> Column:
    """One metric over the groups; Refused where no family knows the name."""
    cube = grouping.cube
    if name in regression.REGRESSION:
        return _regression(name, grouping, choices)
    if name in scores.SCORES:
        return _score(name, grouping, choices)
    if name in shifts.SHIFTS:
        return _shift(name, grouping, choices)
    if ranked.is_ranked(name):
        return ranked.column(name, grouping, choices)
    if not cube.binary:
        return _multiclass(name, grouping, choices)
    if name in rates.RATES:
        return rate_column(name, grouping, grouping.counts, grouping.weights, choices)
    return _measure(name, grouping, choices)


def rate_column(
    name: str,
    grouping: Grouping,
    counts: Array,
    weights: tuple[Array, Array] | None,
    choices: Choices,
    metric: str = "",
) -> Column:
    """A rate of (groups, 9) counts, with its interval; weighted ones use effective rows."""
    top, bottom = rates.counted(counts, name)
    value, size = rates.Counted(top, bottom).value, bottom.astype(float)
    weight = sized = None
    if weights is not None:
        top, weight = rates.counted(weights[0], name)
        value, sized = rates.Counted(top, weight).value, rates.effective(*weights, name)
        size = sized
    lower, upper = INTERVALS[choices.interval](
        top if sized is None else value * size, size, choices.level
    )
    needs = rates.NEEDS.get(name, "yp")
    mark = "" if sized is None else ", effective n"
    return Column(
        metric or name, grouping.groups, grouping.comparable, value, bottom if weights is None else rates.counted(counts, name).n,
        grouping.n, _dropped(counts, needs), choices.min_n, rates.EMPTY_DENOMINATOR[name], top, lower, upper,
        f"{choices.interval} {choices.level:.0%}{mark}", weight, sized, absent=_absent(grouping.cube, needs),
    )  # fmt: skip


def _dropped(counts: Array, needs: str) -> Array:
    gone = {i for i in range(9) if ("y" in needs and i >= 6) or ("p" in needs and i % 3 == 2)}
    return np.asarray(counts[..., sorted(gone)].sum(-1)).astype(np.int64)


def _absent(cube: Cells, needs: str) -> str:
    if "y" in needs and not cube.roles.label:
        return "no label was named"
    if "p" in needs and not cube.roles.prediction and cube.roles.threshold is None:
        return "no prediction was named, nor a threshold on the score"
    return ""


def _measure(name: str, grouping: Grouping, choices: Choices) -> Column:
    function = measure_of(name)
    counts, weights = grouping.counts, grouping.weights
    sets = measures.DENOMINATORS.get(name if name in measures.MEASURES else "f1", (rates.BOTH,))
    n = np.min([counts[..., one].sum(-1) for one in sets], axis=0).astype(float)
    reason = measures.UNDEFINED.get(name, measures.UNDEFINED["f1"])
    sized = None
    if weights is not None:
        sized = np.min([_kish(weights, one) for one in sets], axis=0)
    return Column(
        name, grouping.groups, grouping.comparable, np.asarray(function(counts if weights is None else weights[0]), float),
        n, grouping.n, _dropped(counts, "yp"), choices.min_n, reason, effective=sized, absent=_absent(grouping.cube, "yp"),
    )  # fmt: skip


def _kish(weights: tuple[Array, Array], outcomes: tuple[int, ...]) -> Array:
    total, square = (x[..., outcomes].sum(-1) for x in weights)
    return np.asarray(np.divide(total**2, square, out=np.zeros_like(total), where=square > 0))


def _multiclass(name: str, grouping: Grouping, choices: Choices) -> Column:
    cube, classes = grouping.cube, len(grouping.cube.classes)
    pair = multiclass.named(name)
    if name != "accuracy" and (pair is None or pair[1] not in (*cube.classes, multiclass.MACRO)):
        told = listed([*cube.classes, multiclass.MACRO])
        raise Refused(
            f"metric '{name}' is not known here; take accuracy, or a rate with one of {told} in brackets"
        )
    rate, which = pair or (name, "")
    if which == multiclass.MACRO:
        return _macro(name, rate, grouping, choices)

    def binary(counts: Array) -> Array:
        if pair is None:
            return multiclass.right_or_wrong(counts, classes)
        return multiclass.one_against_rest(counts, classes, cube.classes.index(which))

    weights = grouping.weights and (binary(grouping.weights[0]), binary(grouping.weights[1]))
    return rate_column(rate, grouping, binary(grouping.counts), weights, choices, name)


def _macro(name: str, rate: str, grouping: Grouping, choices: Choices) -> Column:
    """The mean of a rate over classes; its n, and effective n, are those of the smallest."""
    counts, weights = grouping.counts, grouping.weights
    classes = len(grouping.cube.classes)

    def every(of: Array) -> list[Array]:
        return [multiclass.one_against_rest(of, classes, c) for c in range(classes)]

    each = every(counts)
    n = np.min([rates.counted(one, rate).n for one in each], axis=0)
    sized = None
    if weights is not None:
        pairs = zip(every(weights[0]), every(weights[1]), strict=True)
        sized = np.min([rates.effective(w, w2, rate) for w, w2 in pairs], axis=0)
    value = multiclass.macro(counts if weights is None else weights[0], classes, rate)
    needs = rates.NEEDS.get(rate, "yp")
    return Column(
        name, grouping.groups, grouping.comparable, value, n, grouping.n, _dropped(each[0], needs), choices.min_n,
        f"for at least one class {rates.EMPTY_DENOMINATOR[rate]}", effective=sized, absent=_absent(grouping.cube, needs),
    )  # fmt: skip


def _score(name: str, grouping: Grouping, choices: Choices) -> Column:
    cube = grouping.cube
    absent = "" if cube.score is not None else "no score was named"
    absent = absent or ("" if cube.roles.label and cube.binary else "no binary label was named")
    nothing = np.full(len(grouping), np.nan)
    if absent:
        return Column(
            name,
            grouping.groups,
            grouping.comparable,
            nothing,
            np.zeros(len(grouping)),
            grouping.n,
            grouping.n * 0,
            choices.min_n,
            "",
            absent=absent,
        )
    if name in scores.PROBABILITIES and (beyond := outside(cube)):
        raise Refused(
            f"{name} needs scores in [0, 1]; {beyond:,} rows of '{cube.roles.score}' lie outside: rescale them or leave {name} out"
        )
    own = own_bars(grouping)
    value = scores.SCORES[name](own if cube.w is None else bars(grouping, cube.w))
    scored = scores.rows(own).astype(np.int64)
    return Column(
        name, grouping.groups, grouping.comparable, value, scores.denominator(name, own), grouping.n, grouping.n - scored,
        choices.min_n, scores.UNDEFINED.get(name, "no rows with a label and a score"), error=scores.error_bound(name, own),
        unbounded="a score of 0 or 1 is on the wrong side" if name == "log_loss" else "",
    )  # fmt: skip


def _shift(name: str, grouping: Grouping, choices: Choices) -> Column:
    cube = grouping.cube
    if cube.score is None:
        raise Refused(f"{name} needs scores; name a score column")
    scored = grouping.total(cube.n * ~np.isnan(cube.score)).astype(np.int64)
    value = shifts.against_rest(
        name, grouping, (cube.n if cube.w is None else cube.w).astype(float)
    )
    return Column(
        name, grouping.groups, grouping.comparable, value, scored.astype(float), grouping.n, grouping.n - scored,
        choices.min_n, "no scores in the group or in the rest, or no spread",
    )  # fmt: skip


def _regression(name: str, grouping: Grouping, choices: Choices) -> Column:
    x, rows = regression.moments(grouping), regression.rows(grouping)
    sized = regression.effective(grouping)
    bounds = regression.bounds(name, x, rows if sized is None else sized, quantile(choices.level))
    mark = "" if sized is None else ", effective n"
    reason = (
        "fewer than two rows, or labels without variance"
        if name == "r2"
        else "no rows with a label and a prediction"
    )
    return Column(
        name, grouping.groups, grouping.comparable, regression.REGRESSION[name](x), rows, grouping.n,
        grouping.n - rows.astype(np.int64), choices.min_n, reason,
        lower=bounds and bounds[0], upper=bounds and bounds[1], interval=f"normal {choices.level:.0%}{mark}" if bounds else "",
        weight=None if sized is None else x.n, effective=sized,
    )  # fmt: skip
