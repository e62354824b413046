"""What was measured as plain data, the same bytes for the same table: for JSON, CSV and reading."""

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from trl4ml.predictions.declared import Declared

if TYPE_CHECKING:
    from trl4ml.slices import Comparison, Cube, Table, Value

DIGITS = 12
"""Significant digits of what is written: sums of floats differ in the last ones."""
MEANINGS = (
    "label", "prediction", "score", "threshold", "rank", "query", "positive", "predicted", "weight",
)  # fmt: skip
"""What the columns stand for, and which value is the positive one."""
Row = dict[str, Any]
NumberT = TypeVar("NumberT", float, Fraction)


def tables(declared: Declared, cube: "Cube", table: "Table") -> Row:
    """Every value and every comparison, each with its counts, interval and status."""
    metrics = dict.fromkeys(value.metric for value in table.overall)
    return {
        "rows": cube.rows,
        "declared": declared.model_dump(mode="json", include=set(MEANINGS), exclude_none=True),
        "axes": [
            {"name": a.name, "levels": list(a.levels), "rule": a.rule, "other": list(a.others)}
            for a in cube.axes
        ],
        "settings": {
            "level": table.level, "min_n": table.min_n, "correction": table.correction,
            "family": table.family, "replicates": table.replicates, "seed": table.seed,
        },
        "metrics": [{"metric": name, "worse": worse(name)} for name in metrics],
        "overall": [_value(one) for one in table.overall],
        "values": [_value(one) for one in table.values],
        "comparisons": [_comparison(one) for one in table.comparisons],
        "notices": list(dict.fromkeys((*cube.notices, *table.notices))),
    }  # fmt: skip


def tables_json(declared: Declared, cube: "Cube", table: "Table", **more: Row) -> str:
    """The same as JSON, and `more` beside it, for what is kept with evidence."""
    whole = {**tables(declared, cube, table), **more}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def worse(metric: str) -> str:
    """Which end of the metric is the worse one: `high` or `low`."""
    from trl4ml.slices.metrics import HIGHER_IS_WORSE

    return "high" if metric.partition("[")[0] in HIGHER_IS_WORSE else "low"


def badness(metric: str, value: NumberT) -> NumberT:
    """More is worse: an error counts by its size, whatever its sign."""
    return abs(value) if worse(metric) == "high" else -value


def rounded(number: Any) -> Any:
    """A float to twelve significant digits, a whole one as an int; the rest as it is."""
    if not isinstance(number, float):
        return number
    near = float(f"{number:.{DIGITS}g}")
    return int(near) if near.is_integer() and abs(near) < 2**53 else near


def _value(one: "Value") -> Row:
    return {
        "metric": one.metric, "by": list(one.group.attributes), "levels": list(one.group.levels),
        "slice": str(one.group), "status": str(one.status), "value": rounded(one.value),
        "lower": rounded(one.lower), "upper": rounded(one.upper), "interval": one.interval,
        "k": rounded(one.k), "n": rounded(one.n), "rows": one.rows, "weight": rounded(one.weight),
        "effective_n": rounded(one.effective), "dropped": one.dropped, "reason": one.reason,
    }  # fmt: skip


def _comparison(one: "Comparison") -> Row:
    return {
        "metric": one.metric, "by": list(one.by), "kind": one.kind, "status": str(one.status),
        "value": rounded(one.value), "lower": rounded(one.lower), "upper": rounded(one.upper),
        "interval": one.interval, "of": [_end(value) for value in one.of],
        "against": [_end(value) for value in one.against], "reference": one.reference,
        "p_value": rounded(one.p_value), "adjusted_p": rounded(one.adjusted),
        "test": one.test, "family": one.family, "reason": one.reason,
    }  # fmt: skip


def _end(value: "Value") -> Row:
    return {
        "slice": str(value.group), "value": rounded(value.value),
        "k": rounded(value.k), "n": rounded(value.n),
    }  # fmt: skip
