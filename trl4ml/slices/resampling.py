"""The cells that a bootstrap draws from: those of one grouping, with many scores in fine bins.

A thousand bins of about equal mass, which never straddle a bin of the calibration error, stand for
more scores than that: drawing from them moves a bound by far less than the bound is wide, and the
difference at the value itself is added back (`Replicates`).
"""

from dataclasses import dataclass

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.bars import LOSSES
from trl4ml.slices.cells import Cells, condensed
from trl4ml.slices.grouping import Grouping
from trl4ml.slices.scores import ECE_BINS

MOST_SCORES = 1000


@dataclass(frozen=True, eq=False)
class Sample:
    """A grouping and all rows, over the same few cells. binned: scores are means of bins."""

    grouping: Grouping
    whole: Grouping
    binned: bool


def sample(grouping: Grouping) -> Sample:
    """The cells of a grouping, other axes summed over; unweighted scores in at most about 1,000 bins."""
    cube = grouping.cube
    score, binned = cube.score, False
    sums = {} if score is None else {
        "score": cube.sums.get("score", cube.n * np.nan_to_num(score)),
        "score_sq": cube.sums.get("score_sq", cube.n * np.nan_to_num(score) ** 2),
        **{name: cube.sums[name] for name in LOSSES if name in cube.sums},
    }  # fmt: skip
    if score is not None and cube.w is None:
        score, binned = _binned(score, cube.n, sums["score"])
    keys = [grouping.index, cube.y, cube.p]
    keys += [] if score is None else [score]
    keys += [] if cube.numbers is None else [*cube.numbers.T]
    columns = {"n": cube.n, **sums}
    if cube.w is not None and cube.w2 is not None:
        keys.append(cube.w / np.maximum(cube.n, 1))
        columns |= {"w": cube.w, "w2": cube.w2}
    first, summed = condensed(keys, columns)
    cells = Cells(
        grouping.axes, np.zeros((len(first), 0), np.int32), cube.y[first], cube.p[first],
        summed.pop("n"), cube.classes, None if score is None else score[first],
        None if cube.numbers is None else cube.numbers[first],
        summed.pop("w", None), summed.pop("w2", None), summed, cube.roles,
        bins=cube.bins, exact=cube.exact,
    )  # fmt: skip
    index = grouping.index[first]
    return Sample(Grouping(grouping.axes, index, cells), Grouping((), index * 0, cells), binned)


def _binned(score: Array, n: Array, sums: Array) -> tuple[Array, bool]:
    """Each score, or the mean of its bin where there are too many; NaN stays."""
    there = np.flatnonzero(~np.isnan(score))
    values, place = np.unique(score[there], return_inverse=True)
    if len(values) <= MOST_SCORES:
        return score, False
    mass = np.bincount(place, weights=n[there])
    bins = ((mass.cumsum() - mass / 2) / mass.sum() * MOST_SCORES).astype(np.int64)
    steps = np.searchsorted(np.arange(1, ECE_BINS) / ECE_BINS, values, side="left")
    _, bins = np.unique(bins * (ECE_BINS + 1) + steps, return_inverse=True)
    own = bins[place]
    rows = np.bincount(own, weights=n[there])
    total = np.bincount(own, weights=sums[there])
    found = np.full(len(score), np.nan)
    found[there] = (total / np.maximum(rows, 1))[own]
    return found, True
