"""Metrics of ranked lists per group: exposure, skew@k, precision@k, and the divergence of lists.

A list is what one query ranked. Lists, and not rows, are drawn again: the places of one list depend
on one another. Rows of tied scores share the mean over their places. Definitions as in ranking.py.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from trl4ml.slices import bootstrap
from trl4ml.slices.arrays import Array
from trl4ml.slices.cells import Cells
from trl4ml.slices.choices import Choices
from trl4ml.slices.errors import Refused
from trl4ml.slices.grouping import Grouping
from trl4ml.slices.intervals import INTERVALS
from trl4ml.slices.pairing import Comparison
from trl4ml.slices.ranking import weights
from trl4ml.slices.values import Column, Status

AT_TOP = re.compile(r"(skew|precision)@([1-9][0-9]{0,6})")
AT_ONCE = 5_000_000
"""Numbers held at once: 40 MB."""
MOST = 20_000_000
"""Lists × groups."""
SHARES = "shares of all ranked rows"
UNDEFINED = {
    "exposure": "no ranked rows",
    "skew": "no ranked rows",
    "precision": "no rows with a label in the top",
}


def known(cube: Cells) -> tuple[str, ...]:
    """What a cube of ranked lists is usually asked for; any other k may be."""
    if cube.ranks is None:
        return ()
    return ("exposure", "skew@10", *(["precision@10"] if cube.roles.label else []))


def is_ranked(name: str) -> bool:
    return name == "exposure" or AT_TOP.fullmatch(name) is not None


class Sums(NamedTuple):
    """(lists, groups) numerators and denominators of a metric."""

    top: Array
    bottom: Array


def column(name: str, grouping: Grouping, choices: Choices) -> Column:
    """The metric per group; precision@k of whole rows with its interval as a rate."""
    ranks = _ranks(name, grouping.cube)
    sums = _sums(name, grouping)
    top, bottom = sums.top.sum(0), sums.bottom.sum(0)
    ranked = grouping.total(grouping.cube.n * (ranks[:, 1] > 0)).astype(np.int64)
    kind = name.partition("@")[0]
    k = lower = upper = None
    if kind == "precision" and bool((top % 1 == 0).all() and (bottom % 1 == 0).all()):
        k = top
        lower, upper = INTERVALS[choices.interval](top, bottom, choices.level)
    return Column(
        name, grouping.groups, grouping.comparable, _value(kind, top, bottom), bottom, grouping.n,
        grouping.n - ranked, choices.min_n, UNDEFINED[kind], k, lower, upper,
        f"{choices.interval} {choices.level:.0%}" if k is not None else "",
        unbounded=f"no row of the group in the {name.replace('skew@', 'top ')}",
    )  # fmt: skip


def replicates(name: str, grouping: Grouping, choices: Choices) -> tuple[Array, Array] | None:
    """(replicates, groups) values of lists drawn again, and (replicates,) those of all rows.

    None where there is only one list, of which nothing can be drawn.
    """
    sums, kind = _sums(name, grouping), name.partition("@")[0]
    if len(sums.top) < 2:
        return None
    drawn = [(part @ sums.top, part @ sums.bottom) for part in _drawn(len(sums.top), choices)]
    top, bottom = (np.concatenate(side) for side in zip(*drawn, strict=True))
    whole = _value(kind, top.sum(1, keepdims=True), bottom.sum(1, keepdims=True))
    return _value(kind, top, bottom), whole[:, 0]


def told(grouping: Grouping, choices: Choices) -> str:
    """The name of the interval."""
    drawn = bootstrap.told(choices.level, choices.replicates, choices.seed)
    return f"{drawn}, of {_lists(grouping.cube):,} lists"


def ndkl(grouping: Grouping, choices: Choices) -> Comparison:
    """The mean over lists of the divergence of each top from the shares of all ranked rows."""
    plain = Comparison("exposure", grouping.names, "ndkl", Status.OK, reference=SHARES)
    each = divergences(grouping)
    if each is None:
        why = "the ranks of a list leave gaps, so that its top is not known"
        return plain._replace(status=Status.UNDEFINED, reason=why)
    if not len(each):
        return plain._replace(status=Status.UNDEFINED, reason=UNDEFINED["exposure"])
    plain = plain._replace(value=float(each.mean()))
    if len(each) < 2 or not choices.replicates:
        return plain
    drawn = np.concatenate([part @ each / len(each) for part in _drawn(len(each), choices)])
    lower, upper, _ = bootstrap.percentiles(drawn[:, None], choices.level)
    return plain._replace(
        lower=float(lower[0]), upper=float(upper[0]), interval=told(grouping, choices)
    )


def divergences(grouping: Grouping) -> Array | None:
    """(lists,) NDKL of each list; None where ranks leave gaps."""
    cube = grouping.cube
    ranks = _ranks("ndkl", cube)
    kept = np.flatnonzero(ranks[:, 1] > 0)
    lists, first, last = ranks[kept].T
    n, group = cube.n[kept], grouping.index[kept]
    length = np.bincount(lists, weights=n).astype(np.int64)
    ends = np.zeros_like(length)
    np.maximum.at(ends, lists, last)
    if (ends != length).any():
        return None
    share = np.bincount(group, weights=n, minlength=len(grouping)) / max(int(n.sum()), 1)
    found = np.zeros(len(length))
    for some in _blocks(length * len(grouping)):
        mine = (lists >= some.start) & (lists < some.stop)
        cells = lists[mine] - some.start, first[mine], last[mine], n[mine], group[mine]
        found[some] = _divergences(cells, length[some], share)
    return found


def _divergences(cells: tuple[Array, ...], length: Array, share: Array) -> Array:
    """NDKL of a few lists; cells: list, first and last place, rows and group of each."""
    lists, first, last, n, group = cells
    starts = length.cumsum() - length
    size = last - first + 1
    place = np.repeat(starts[lists] + first - 1 - (size.cumsum() - size), size) + np.arange(
        size.sum()
    )
    key = place * len(share) + np.repeat(group, size)
    mass = np.repeat(n / size, size)
    held = np.bincount(key, weights=mass, minlength=int(length.sum()) * len(share))
    seen = held.reshape(-1, len(share)).cumsum(0)
    of = np.repeat(np.arange(len(length)), length)
    before = np.vstack([np.zeros((1, len(share))), seen])[starts][of]
    i = np.arange(len(of)) - starts[of] + 1
    p = np.maximum(seen - before, 0) / i[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        divergence = np.where(p > 1e-12, p * np.log(p / share), 0.0).sum(1)
    weight = 1 / np.log2(i + 1)
    total = np.bincount(of, weights=weight * divergence)
    return np.asarray(total / np.bincount(of, weights=weight))


def _sums(name: str, grouping: Grouping) -> Sums:
    cube = grouping.cube
    ranks = _ranks(name, cube)
    kept = np.flatnonzero(ranks[:, 1] > 0)
    lists, first, last = ranks[kept].T
    n, size = cube.n[kept].astype(float), last - first + 1
    count = _lists(cube)
    if count * len(grouping) > MOST:
        raise Refused(
            f"{count:,} lists of {len(grouping):,} groups are too many; give fewer columns or levels"
        )
    key = lists * len(grouping) + grouping.index[kept]

    def total(values: Array) -> Array:
        found = np.bincount(key, weights=values, minlength=count * len(grouping))
        return found.reshape(count, len(grouping))

    if name == "exposure":
        return Sums(total(n * _exposures(first, last)), total(n))
    kind, _, k = name.partition("@")
    top = n * np.clip(int(k) - first + 1, 0, size) / size
    if kind == "skew":
        return Sums(total(top), total(n))
    y = cube.y[kept]
    return Sums(total(top * (y == 1)), total(top * (y < 2)))


def _exposures(first: Array, last: Array) -> Array:
    """The mean of 1/log₂(1 + place) over the places of each row and of those tied with it."""
    found = 1 / np.log2(1 + last)
    tied = np.flatnonzero(last > first)
    up_to = np.append(0.0, weights(int(last[tied].max(initial=0))).cumsum())
    size = last[tied] - first[tied] + 1
    found[tied] = (up_to[last[tied]] - up_to[first[tied] - 1]) / size
    return np.asarray(found)


def _value(kind: str, top: Array, bottom: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind != "skew":
            return np.asarray(np.where(bottom > 0, top / bottom, np.nan))
        shares = (x / x.sum(-1, keepdims=True) for x in (top, bottom))
        return np.asarray(np.log(next(shares) / next(shares)))


def _ranks(name: str, cube: Cells) -> Array:
    if cube.ranks is None:
        raise Refused(f"{name} needs ranked lists; name a rank, or a query and a score")
    if name.startswith("precision") and not (cube.roles.label and cube.binary):
        raise Refused(f"{name} needs a label that says which rows are relevant; name it")
    return cube.ranks


def _lists(cube: Cells) -> int:
    return 0 if cube.ranks is None else int(cube.ranks[:, 0].max(initial=-1)) + 1


def _drawn(lists: int, choices: Choices) -> Iterator[Array]:
    """(some replicates, lists) how often each list is drawn."""
    rng = np.random.default_rng(choices.seed)
    size = max(1, AT_ONCE // lists)
    for start in range(0, choices.replicates, size):
        some = min(size, choices.replicates - start)
        yield rng.multinomial(lists, np.full(lists, 1 / lists), size=some).astype(float)


def _blocks(sizes: Array) -> Iterator[slice]:
    """Runs of lists that are held at once."""
    ends = sizes.cumsum()
    start = 0
    while start < len(sizes):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + AT_ONCE, side="right")))
        yield slice(start, stop)
        start = stop
