"""What was measured as measures of evidence: the worst over all groupings, with bounds and n."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from trl4ml.core.evidence import EXACT, Kind, Measure, undefined
from trl4ml.predictions.tables import badness, rounded

if TYPE_CHECKING:
    from trl4ml.slices import Cube, Table, Value

MOST_REASONS = 5
BETWEEN = {"ratio": "ratio_between_groups", "difference": "difference_between_groups"}


def counts(cube: "Cube", table: "Table") -> dict[str, Measure]:
    """How much there was to compare, and how much of it could not be."""
    cells = table.values
    sizes = [one.rows for one in cells if one.rows]
    status = [str(one.status) for one in cells]
    groups = {(str(one.group), one.group.attributes) for one in cells if one.rows}
    return {
        "rows": Measure(value=cube.rows),
        "dropped": Measure(value=max((one.dropped for one in table.overall), default=0)),
        "groupings": Measure(value=len({one.group.attributes for one in cells})),
        "slices": Measure(value=len(groups)),
        "smallest_n": Measure(value=min(sizes)) if sizes else undefined("there is no slice"),
        "undefined_cells": Measure(value=status.count("undefined") + status.count("unbounded")),
        "undefined_why": _why(cells),
        "small_cells": Measure(value=status.count("small_n")),
        "empty_cells": Measure(value=status.count("empty")),
    }


def _why(cells: Iterable["Value"]) -> Measure:
    """The reasons for which there is no value, the most frequent first."""
    gone = (one for one in cells if str(one.status) in ("undefined", "unbounded"))
    reasons = Counter(f"{one.metric}: {one.reason}" for one in gone)
    told = [f"{why} ({count})" for why, count in sorted(reasons.items(), key=lambda p: (-p[1], p))]
    more = [f"and {len(told) - MOST_REASONS} more"] if len(told) > MOST_REASONS else []
    says = "; ".join((*told[:MOST_REASONS], *more))
    return Measure(value=says) if says else undefined("no cell is undefined")


def name(metric: str) -> str:
    """The metric as gate expressions can name it: `precision[macro]` is `precision_macro`."""
    return re.sub(r"\W+", "_", metric).strip("_")


def measure(one: "Value") -> Measure:
    """One metric in one slice."""
    if one.value is None:
        return undefined(one.reason or str(one.status))
    if abs(one.value) > EXACT:
        return undefined("it is larger than evidence holds exactly")
    return Measure(
        value=rounded(one.value), lower=rounded(one.lower), upper=rounded(one.upper), n=_n(one),
    )  # fmt: skip


def _n(one: "Value") -> int | None:
    """The rows that the value rests on; of a survey the effective ones."""
    rests_on = one.effective if one.effective is not None else one.n
    return None if rests_on is None else int(rests_on)


def between(table: "Table", metric: str, kind: str) -> Measure:
    """The worst ratio or difference between groups over all groupings.

    The bounds hold for every grouping. Undefined as soon as one of the groupings is.
    """
    found = [c for c in table.comparisons if c.metric == metric and c.kind == BETWEEN[kind]]
    for one in found:
        if one.value is None:
            return undefined(f"{' × '.join(one.by)}: {one.reason or one.status}")
    if not found:
        return undefined("nothing was compared")
    low = kind == "ratio"
    worst = (min if low else max)(found, key=lambda one: one.value or 0)
    ends = [n for value in (*worst.of, *worst.against) if (n := _n(value)) is not None]
    return Measure(
        value=rounded(worst.value),
        lower=_bound(min, [one.lower for one in found] if low else [worst.lower]),
        upper=_bound(max, [worst.upper] if low else [one.upper for one in found]),
        n=min(ends, default=None), kind=Kind.ESTIMATED,
    )  # fmt: skip


def _bound(
    choose: Callable[[Iterable[float]], float], bounds: Sequence[float | None]
) -> float | None:
    known = [bound for bound in bounds if bound is not None]
    return float(rounded(choose(known))) if len(known) == len(bounds) else None


def tested(one: "Value") -> bool:
    """Whether the value is defined, rests on enough rows, and is of a slice that is known."""
    from trl4ml.slices import MISSING

    return str(one.status) == "ok" and MISSING not in one.group.levels


def in_worst_slice(table: "Table", metric: str) -> dict[str, Measure]:
    """The metric where it is worst, of the slices that are large enough, and which slice that is."""
    found = [one for one in table.values if one.metric == metric and tested(one)]
    if not found:
        nothing = undefined("it is defined in no slice that is large enough")
        return {f"{name(metric)}_worst": nothing, f"{name(metric)}_worst_slice": nothing}
    worst = max(found, key=lambda one: badness(metric, one.value or 0.0))
    which = Measure(value=str(worst.group), n=worst.rows)
    return {f"{name(metric)}_worst": measure(worst), f"{name(metric)}_worst_slice": which}
