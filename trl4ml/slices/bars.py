"""Histograms of scores: rows by group, score and label, sorted, from which score metrics are made."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.cells import Cells
from trl4ml.slices.errors import Refused
from trl4ml.slices.grouping import Grouping

LOSSES = ("loss1", "loss0", "certain0", "certain1")
"""Sums of a histogram: −ln s, −ln(1−s), and rows (or weights) whose score is 0 and 1."""
LOSS_STEP = 2.0**-26
"""To which each loss is rounded."""


@dataclass(frozen=True, eq=False)
class Bars:
    """Rows (or weights) by group and score, sorted by group and then by score.

    group, score: (bars,). pos, neg: (…, bars) rows with a positive and a negative label.
    sums:   (…, bars) Σ score; squares: (…, bars) Σ score², both labels together; hits: Σ score of
            the positive ones.
    groups: their number. bins: of a histogram; 0: scores are exact.
    loss:   (…, bars) the summed log loss of a histogram; None where it follows from the scores.
    """

    group: Array
    score: Array
    pos: Array
    neg: Array
    sums: Array
    squares: Array
    hits: Array
    groups: int
    bins: int = 0
    loss: Array | None = None

    def total(self, values: Array) -> Array:
        """(…, groups) sums over the bars of each group."""
        found = np.zeros((*values.shape[:-1], self.groups))
        starts = np.flatnonzero(np.r_[True, np.diff(self.group) != 0][: len(self.group)])
        if len(starts):
            found[..., self.group[starts]] = np.add.reduceat(values, starts, axis=-1)
        return found

    @property
    def starts(self) -> Array:
        """(bars,) the first bar of each bar's group."""
        return np.searchsorted(self.group, self.group)

    def below(self, values: Array) -> Array:
        """(…, bars) the sum over the bars of the same group with smaller scores."""
        before = np.concatenate([np.zeros((*values.shape[:-1], 1)), values.cumsum(-1)], -1)
        return np.asarray(before[..., :-1] - before[..., self.starts])


_KEPT: WeakKeyDictionary[Grouping, "Bars"] = WeakKeyDictionary()


def own_bars(grouping: Grouping) -> Bars:
    """The bars of the rows of a grouping, sorted once and kept as long as the grouping is."""
    if grouping not in _KEPT:
        _KEPT[grouping] = bars(grouping, grouping.cube.n)
    return _KEPT[grouping]


def bars(grouping: Grouping, n: Array) -> Bars:
    """The bars of a grouping: rows with a label and a score; n: (…, cells) rows or weights."""
    cube = grouping.cube
    if cube.score is None:
        raise Refused("the cube has no scores; name a score column")
    kept = np.flatnonzero(~np.isnan(cube.score) & (cube.y < 2))
    score, group, positive = cube.score[kept], grouping.index[kept], cube.y[kept] == 1
    order = np.lexsort((score, group))
    first = np.r_[True, (np.diff(score[order]) != 0) | (np.diff(group[order]) != 0)][: len(order)]
    starts = np.flatnonzero(first)
    rows = n[..., kept].astype(float)
    own = cube.n[kept].astype(float) if cube.w is None else cube.w[kept]
    sums, squares, loss = rows * score, rows * score**2, None
    if "score" in cube.sums:
        share = np.divide(rows, own, out=np.zeros_like(rows), where=own > 0)
        loss = _losses(cube, kept, positive, share)
        sums, squares = share * cube.sums["score"][kept], share * cube.sums["score_sq"][kept]

    def added(values: Array) -> Array:
        if not len(starts):
            return np.zeros((*values.shape[:-1], 0))
        return np.add.reduceat(values[..., order], starts, axis=-1)

    return Bars(
        group[order][starts], score[order][starts], added(rows * positive), added(rows * ~positive),
        added(sums), added(squares), added(sums * positive), len(grouping), cube.bins,
        None if loss is None else added(loss),
    )  # fmt: skip


def _losses(cube: Cells, kept: Array, positive: Array, share: Array) -> Array | None:
    """(…, kept) the log loss of a histogram's cells: infinite where a sure score is wrong."""
    if "loss1" not in cube.sums:
        return None
    of1, of0, sure0, sure1 = (cube.sums[name][kept] for name in LOSSES)
    wrong = share * np.where(positive, sure0, sure1) > 0
    return np.where(wrong, np.inf, share * np.where(positive, of1, of0))
