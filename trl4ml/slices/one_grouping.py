"""Every metric over one grouping: columns with their bounds, and the comparisons between groups."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from trl4ml.slices import bootstrap, comparing, extremes, permutation, ranked, rates, significance
from trl4ml.slices.arrays import Array
from trl4ml.slices.cells import Cells
from trl4ml.slices.choices import Choices
from trl4ml.slices.columns import column, rate_column
from trl4ml.slices.composites import FPR, TPR, average_odds, equalized_odds
from trl4ml.slices.extremes import Drawn
from trl4ml.slices.grouping import Grouping
from trl4ml.slices.pairing import Comparison
from trl4ml.slices.referring import Reference
from trl4ml.slices.replicating import Replicates
from trl4ml.slices.values import Column

PERMUTATIONS = 9999


def drawable(cube: Cells) -> bool:
    """Whether rows can be drawn again: weights and numbers of many rows are only added up."""
    added = "r" in cube.sums or (cube.w is not None and not cube.exact)
    return not added


class OneGrouping:
    """The metrics of one grouping, with the bootstrap draws that they share."""

    def __init__(
        self, grouping: Grouping, whole: Grouping, overall: dict[str, Column], choices: Choices
    ) -> None:
        self.grouping, self.whole, self.overall = grouping, whole, overall
        self.choices, self.by = choices, grouping.names
        self.reference = Reference(choices.reference, grouping)
        drawn = Replicates(grouping, choices, list(overall))
        self.drawn = drawn if choices.replicates and drawable(grouping.cube) else None
        self.replicated: dict[str, tuple[Array, Array]] = {}
        self.columns: dict[str, Column] = {}

    def column(self, name: str) -> Column:
        one = self.columns[name] = column(name, self.grouping, self.choices)
        if self.drawn is None or one.absent:
            return one
        if ranked.is_ranked(name):
            return self._of_lists(one)
        drawn = self.drawn.of(name, one.value, self.overall[name].value)
        self.replicated[name] = each, _ = drawn
        if one.lower is not None:
            return one
        return self._with_bounds(one, each)

    def _of_lists(self, one: Column) -> Column:
        drawn = ranked.replicates(one.metric, self.grouping, self.choices)
        if drawn is None:
            return one
        self.replicated[one.metric] = drawn
        return one if one.lower is not None else self._with_bounds(one, drawn[0])

    def _with_bounds(self, one: Column, each: Array) -> Column:
        lower, upper, lost = bootstrap.percentiles(each, self.choices.level)
        few = (one.n < 2) | (2 * lost > len(each))
        lower = np.where(few, np.nan, np.minimum(lower, one.value))
        upper = np.where(few, np.nan, np.maximum(upper, one.value))
        return replace(one, lower=lower, upper=upper, lost=lost, interval=self._told(one.metric))

    def overall_column(self, one: Column) -> Column:
        """The metric over all rows, bounded by the same replicates where it has no interval."""
        if one.lower is not None or one.metric not in self.replicated:
            return one
        return self._with_bounds(one, self.replicated[one.metric][1][:, None])

    def _told(self, metric: str) -> str:
        if ranked.is_ranked(metric):
            return ranked.told(self.grouping, self.choices)
        return bootstrap.told(self.choices.level, self.choices.replicates, self.choices.seed)

    def comparisons(self, one: Column) -> list[Comparison]:
        level = self.choices.level
        found = comparing.between(one, self.by, level)
        found[0] = self._tested(found[0], one)
        if one.metric == "exposure":
            found.append(ranked.ndkl(self.grouping, self.choices))
        if "overall" in self.choices.yardsticks:
            found += comparing.to_overall(one, self.overall[one.metric], self.by, level)
        if one.metric in self.replicated:
            found = [c if c.interval or c.kind == "ndkl" else self._bounded(c, one) for c in found]
        if one.absent or not {"reference", "rest"} & set(self.choices.yardsticks):
            return found
        rest, whole = self._rest(one), self.overall[one.metric]
        if "reference" in self.choices.yardsticks:
            found += self.reference.comparisons(one, whole, rest, self.by, level)
        return found + (self._to_rest(one, rest) if "rest" in self.choices.yardsticks else [])

    def _bounded(self, comparison: Comparison, *columns: Column) -> Comparison:
        """With bounds that hold for all groups, and all of these metrics, together."""
        if comparison.value is None or not all(x.metric in self.replicated for x in columns):
            return comparison
        drawn, gaps = [], 0
        for one in columns:
            each, whole = self.replicated[one.metric]
            groups, among = int(one.eligible.sum()), one.eligible
            overall = (float(self.overall[one.metric].value[0]), whole)
            to_all = comparison.kind.endswith("to_overall")
            gaps += groups if to_all else groups * (groups - 1) // 2
            drawn.append(Drawn(one.value[among], each[:, among], overall if to_all else None))
        if gaps > extremes.MOST:
            why = f"no interval: {gaps:,} pairs are too many to draw; compare fewer groups"
            return comparison._replace(reason=comparison.reason or why)
        ratio = comparison.kind.startswith("ratio")
        lower, upper, lost = extremes.interval(drawn, ratio, self.choices.level)
        if np.isnan(lower) or lower == upper:
            return comparison
        gone = f", {lost} without a value" if lost else ""
        what = "groups" if to_all else "pairs"
        together = f", all {gaps:,} {what} together (max-T)" if gaps > 1 else ", max-T"
        told = self._told(columns[0].metric) + gone + together
        return comparison._replace(lower=lower, upper=upper, interval=told)

    def _tested(self, comparison: Comparison, one: Column) -> Comparison:
        """With the p-value that all eligible groups share one rate."""
        among = np.flatnonzero(one.eligible)
        if one.k is None or comparison.value is None or one.lower is None:
            return comparison
        k = one.k[among] if one.effective is None else one.value[among] * one.size[among]
        n = one.size[among]
        if one.effective is None and len(among) == 2:
            k, n = k.astype(np.int64), n.astype(np.int64)
            p, tests = significance.against(k[:1], n[:1], k[1:], n[1:])
            return (
                comparison
                if np.isnan(p[0])
                else comparison._replace(p_value=float(p[0]), test=tests[0])
            )
        _, p_value = significance.homogeneity(k, n)
        test = f"χ², {len(among) - 1} degrees of freedom" + ", effective n" * (
            one.effective is not None
        )
        rate = k.sum() / n.sum()
        if one.effective is None and n.min() * min(rate, 1 - rate) < 5:
            p_value = permutation.homogeneity(k, n, PERMUTATIONS, self.choices.seed)
            test = f"permutation, {PERMUTATIONS} replicates, seed {self.choices.seed}"
        return comparison if np.isnan(p_value) else comparison._replace(p_value=p_value, test=test)

    def _rest(self, one: Column) -> Column | None:
        """The same rate over the rows outside each group: the one independent yardstick."""
        if one.metric not in rates.RATES or not self.grouping.cube.binary:
            return None
        counts = self.whole.counts - self.grouping.counts
        weights = self.grouping.weights
        if weights is not None and self.whole.weights is not None:
            weights = (self.whole.weights[0] - weights[0], self.whole.weights[1] - weights[1])
        rest = rate_column(one.metric, self.grouping, counts, weights, self.choices)
        return replace(rest, rows=self.whole.n - self.grouping.n)

    def _to_rest(self, one: Column, rest: Column | None) -> list[Comparison]:
        if rest is None:
            return []
        every = np.arange(len(one.groups))
        yard = comparing.Yardstick(rest, every, "rest", "all rows outside the group")
        return comparing.to_each(one, yard, self.by, self.choices.level)

    def composites(self, found: Iterable[Comparison]) -> list[Comparison]:
        own = {(f.metric, f.kind, *f.of[:1]): f for f in found if f.by == self.by}
        both = [self.columns[name] for name in (TPR, FPR) if name in self.columns]
        shared = dict(own)
        for one in both:
            for c in comparing.between(one, self.by, self.choices.level, len(both)):
                shared[c.metric, c.kind, *c.of[:1]] = c
        odds = [
            c._replace(lower=None, upper=None, interval="") if c.kind.endswith("overall") else c
            for c in equalized_odds(shared.values(), self.by)
        ]
        odds = [c if c.interval else self._bounded(c, *both) for c in odds]
        return [*odds, *average_odds(own.values(), self.by)]
