"""Metrics over bootstrap replicates: the same functions, on counts drawn again."""

from collections.abc import Iterator, Sequence

import numpy as np

from trl4ml.slices import multiclass, rates, regression, scores, shifts
from trl4ml.slices.arrays import Array
from trl4ml.slices.bars import bars
from trl4ml.slices.bootstrap import draws
from trl4ml.slices.choices import Choices
from trl4ml.slices.errors import Refused
from trl4ml.slices.grouping import Grouping
from trl4ml.slices.metrics import measure_of
from trl4ml.slices.resampling import sample

AT_ONCE = 500_000
"""Numbers drawn at once: 4 MB, which a cache holds."""
MOST = 5_000_000_000
"""Numbers drawn in all, some minutes."""
LIMITS = dict.fromkeys(("auc", "ks", "ece", "mce", "brier", "shift_auc", "shift_ks"), (0.0, 1.0))
"""What a moved replicate cannot leave."""
Pair = tuple[Array, Array]


class Replicates:
    """Draws of one grouping, made once and shared by its metrics `names`."""

    def __init__(self, grouping: Grouping, choices: Choices, names: Sequence[str]) -> None:
        self.grouping, self.count, self.seed = grouping, choices.replicates, choices.seed
        self.of_cells = [name for name in names if _of_cells(name)]
        self._counts: Array | None = None
        self._found: dict[str, Pair] | None = None

    def of(self, name: str, value: Array, overall: Array) -> Pair:
        """(replicates, groups) values of a metric, and (replicates,) those of all rows.

        value, overall: those of the table itself; where scores were put in bins to be drawn, the
        replicates are moved by what that changed.
        """
        if not _of_cells(name):
            counts = self._outcomes()
            whole = counts.sum(-2, keepdims=True)
            return self._value(name, counts), self._value(name, whole)[:, 0]
        if self._found is None:
            self._found = self._drawn()
        each, all_rows = self._found[name]
        if not self.taken.binned:
            return each, all_rows
        sides = (self.taken.grouping, value), (self.taken.whole, overall)
        moved = [exact - _of_part([name], side, side.cube.n)[name] for side, exact in sides]
        least, most = LIMITS.get(name, (-np.inf, np.inf))
        return np.clip(each + moved[0], least, most), np.clip(all_rows + moved[1][0], least, most)

    def _value(self, name: str, counts: Array) -> Array:
        classes = self.grouping.cube.classes
        if self.grouping.cube.binary:
            if name in rates.RATES:
                return rates.counted(counts, name).value
            return np.asarray(measure_of(name)(counts))
        if name == "accuracy":
            right, n = multiclass.accuracy(counts, len(classes))
            return rates.Counted(right, n).value
        rate, which = multiclass.named(name) or ("", "")
        if which not in classes:
            return multiclass.macro(counts, len(classes), rate)
        one = multiclass.one_against_rest(counts, len(classes), classes.index(which))
        return rates.counted(one, rate).value

    def _outcomes(self) -> Array:
        """(replicates, groups, outcomes) rows drawn, or their weights."""
        if self._counts is None:
            if self.grouping.cube.w is None:
                self._counts = draws(self.grouping.counts, self.count, self.seed)
            else:
                parts = [[self.taken.grouping.outcomes(row) for row in p] for p in self._parts()]
                self._counts = np.stack([one for part in parts for one in part])
        return self._counts

    def _drawn(self) -> dict[str, Pair]:
        sides: list[list[dict[str, Array]]] = [[], []]
        for part in self._parts():
            for side, grouping in zip(sides, (self.taken.grouping, self.taken.whole), strict=True):
                side.append(_of_part(self.of_cells, grouping, part))
        each, whole = (
            {name: np.concatenate([one[name] for one in side]) for name in self.of_cells}
            for side in sides
        )
        return {name: (each[name], whole[name][:, 0]) for name in self.of_cells}

    def _parts(self) -> Iterator[Array]:
        """(some replicates, cells) rows or weights drawn per cell, a part at a time."""
        self.taken = sample(self.grouping)
        cells = self.taken.grouping.cube
        if not cells.exact and not cells.bins:
            raise Refused("a bootstrap needs weights and numbers as they are; ask for bins=0")
        if len(cells.n) * self.count > MOST:
            raise Refused(
                f"{self.count:,} replicates of {len(cells.n):,} different rows take too long; "
                f"ask for at most {MOST // len(cells.n):,}"
            )
        rows, rng = int(cells.n.sum()), np.random.default_rng(self.seed)
        size = max(1, AT_ONCE // max(len(cells.n), 1))
        for start in range(0, self.count, size):
            some = min(size, self.count - start)
            drawn = rng.multinomial(rows, cells.n / rows, size=some).astype(float)
            yield drawn if cells.w is None else drawn * (cells.w / np.maximum(cells.n, 1))


def _of_cells(name: str) -> bool:
    return name in scores.SCORES or name in shifts.SHIFTS or name in regression.REGRESSION


def _of_part(names: Sequence[str], grouping: Grouping, part: Array) -> dict[str, Array]:
    """(…, groups) of several metrics; part: (…, cells)."""
    found: dict[str, Array] = {}
    if any(name in scores.SCORES for name in names):
        x = bars(grouping, part)
        found |= {name: scores.SCORES[name](x) for name in names if name in scores.SCORES}
    if any(name in regression.REGRESSION for name in names):
        sums = regression.moments(grouping, part)
        found |= {n: regression.REGRESSION[n](sums) for n in names if n in regression.REGRESSION}
    shifted = [name for name in names if name in shifts.SHIFTS]
    return found | {name: shifts.against_rest(name, grouping, part) for name in shifted}
