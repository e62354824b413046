"""The people of a Local Law 144 table, counted from a cube."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.cube import Cube
from trl4ml.slices.errors import Refused
from trl4ml.slices.rates import RATES
from trl4ml.slices.regulatory.audit import Audit, Particulars, Scores, ll144


def ll144_of(
    cube: Cube,
    *,
    sex: str = "sex",
    race: str = "race",
    scoring: bool = False,
    min_n: int = 0,
    particulars: Particulars | None = None,
) -> Audit:
    """The tables of a cube whose axes `sex` and `race` hold the categories.

    Selected are the people predicted positive; with `scoring`, those with a score strictly above
    the median of all scores, for which the cube must hold exact scores. Without a prediction a
    label is taken as the selection. Raises Refused where the cube cannot say.
    """
    if cube.w is not None:
        raise Refused("Local Law 144 counts people; scan without the sampling weight")
    if scoring:
        selected, counted, scores = _above_median(cube)
    else:
        (selected, counted), scores = _selected(cube), None
    both = cube.by(sex, race)
    k, n = both.total(selected).astype(int), both.total(counted).astype(int)
    counts = {
        (group.levels[0], group.levels[1]): (int(k[i]), int(n[i]))
        for i, group in enumerate(both.groups)
        if n[i]
    }
    return ll144(counts, particulars=particulars, min_n=min_n, scores=scores)


def _selected(cube: Cube) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if not cube.binary:
        raise Refused("a selection is yes or no; name the positive value of the prediction")
    predicted = bool(cube.roles.prediction) or cube.roles.threshold is not None
    above, all_ = RATES["selection_rate" if predicted else "base_rate"]
    counted = np.where(np.isin(cube.outcome, all_), cube.n, 0)
    return np.where(np.isin(cube.outcome, above), counted, 0), counted


def _above_median(
    cube: Cube,
) -> tuple[NDArray[np.int64], NDArray[np.int64], Scores]:
    """Of an even number of scores the median is the mean of the two middle ones."""
    if cube.score is None:
        raise Refused("scoring rates need a score column; name it, or leave scoring out")
    if cube.bins:
        raise Refused("scoring rates need exact scores; scan with bins=0")
    known = ~np.isnan(cube.score)
    counted = np.where(known, cube.n, 0)
    total = int(counted.sum())
    if not total:
        raise Refused("no one has a score; scoring rates need at least one")
    order = np.argsort(cube.score, kind="stable")
    reached = np.cumsum(counted[order])
    middle = [
        Fraction(float(cube.score[order[np.searchsorted(reached, rank)]]))
        for rank in ((total + 1) // 2, total // 2 + 1)
    ]
    median = (middle[0] + middle[1]) / 2
    low, high = (float(one) for one in middle)
    selected = np.where(known & (cube.score > low), cube.n, 0)
    tied = int(cube.n[cube.score == low].sum()) if low == high else 0
    return selected, counted, Scores(median, tied, int(cube.n[~known].sum()))
