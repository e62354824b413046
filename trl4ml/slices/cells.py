"""What a scan leaves of a table: unique, sorted cells with their numbers of rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.levels import Axis
from trl4ml.slices.packing import packed


@dataclass(frozen=True)
class Roles:
    """Which columns the cube was made from, and what was said about them."""

    label: str = ""
    prediction: str = ""
    score: str = ""
    threshold: float | None = None
    positive: tuple[object, ...] = ()
    predicted: tuple[object, ...] = ()
    weight: str = ""
    weights: str = ""
    error: str = ""
    rank: str = ""
    query: str = ""


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells × (level per axis, outcome, score) with counts.

    codes:   (cells, axes), the level of each axis.
    y, p:    (cells,) class of label and prediction; `len(classes)` where missing or not given.
    classes: names of the classes; ("0", "1") when a positive value was named.
    score:   (cells,) value, or upper edge of its bin; NaN where missing. None: not given.
    numbers: (cells, 2) label and prediction of a regression, NaN where missing.
    ranks:   (cells, 3) list, first and last place among tied rows; 0 where a row has no place.
    n:       (cells,) rows; sums of weights when they are frequencies.
    w, w2:   (cells,) Σw and Σw² of sampling weights.
    sums:    further sums per cell: "error", "error_sq", "error_max"; of a histogram of scores
             "score", "score_sq" and bars.LOSSES, times weights; of a large regression the moments of `regression.py`.
    exact:   every row of a cell has the same score, weight and numbers, so that a bootstrap over
             cells is the bootstrap over rows.
    """

    axes: tuple[Axis, ...]
    codes: Array
    y: Array
    p: Array
    n: Array
    classes: tuple[str, ...] = ("0", "1")
    score: Array | None = None
    numbers: Array | None = None
    w: Array | None = None
    w2: Array | None = None
    sums: dict[str, Array] = field(default_factory=dict)
    roles: Roles = Roles()
    notices: tuple[str, ...] = ()
    bins: int = 0
    exact: bool = True
    ranks: Array | None = None

    @property
    def rows(self) -> int:
        return int(self.n.sum())

    @property
    def binary(self) -> bool:
        return self.classes == ("0", "1")

    @cached_property
    def outcome(self) -> Array:
        """(cells,) y·(C+1) + p with C classes; for two classes an index into rates.OUTCOMES."""
        return self.y * (len(self.classes) + 1) + self.p


def condensed(keys: Sequence[Array], columns: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
    """Equal keys become one cell: the row of each cell's first key in sorted order, and its sums.

    Columns whose name ends in `_max` keep the largest value, the others add up.
    """
    if not len(keys[0]):
        return np.zeros(0, np.intp), columns
    key = packed(keys)
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0])
    summed = {
        name: (np.maximum if name.endswith("_max") else np.add).reduceat(values[order], starts)
        for name, values in columns.items()
    }
    return order[starts], summed
