"""Measures as the cells of a table: value, interval, n, kind; what is undefined says why."""

from collections.abc import Iterable
from typing import NamedTuple

from trl4ml.core.evidence import Evidence, Measure
from trl4ml.core.expression import Comparison
from trl4ml.core.noun import Scalar

NONE = "–"


class Line(NamedTuple):
    """One measure in words; a dash where there is nothing to say."""

    name: str
    value: str
    interval: str
    n: str
    kind: str
    wanted: str = NONE


def number(value: Scalar | None) -> str:
    """`0.79`, `12,345`, `true`; six digits of a float."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.6g}" if isinstance(value, float) else value


def line(name: str, one: Measure, wanted: str = NONE) -> Line:
    """The measure as the cells of a row."""
    if one.undefined:
        return Line(name, f"undefined: {one.undefined}", NONE, NONE, one.kind.value, wanted)
    ends = [number(one.lower), number(one.upper)]
    interval = NONE if ends == [NONE, NONE] else f"{ends[0]} to {ends[1]}"
    where = f", {one.environment.value}" if one.environment else ""
    value = f"{number(one.value)} {one.unit}".rstrip()
    return Line(name, value, interval, number(one.n), f"{one.kind.value}{where}", wanted)


def lines(measures: dict[str, Measure]) -> list[Line]:
    return [line(name, one) for name, one in sorted(measures.items())]


def compared(comparisons: Iterable[Comparison], evidence: dict[str, Evidence]) -> list[Line]:
    """Each comparison with the measure that it was made with; `evidence` is by probe id."""
    return [_compared(one, evidence) for one in comparisons if one.sign != "is"]


def _compared(one: Comparison, evidence: dict[str, Evidence]) -> Line:
    wanted = f"{one.sign} {number(one.wanted)}"
    if one.holds is False and one.short_by:
        wanted += f", short by {number(one.short_by)}"
    probe, _, rest = one.name.partition(".")
    found = evidence.get(probe.replace("_", "-"))
    measure = found.measures.get(rest.partition(".")[0]) if found else None
    if measure is None or one.value is None:
        value = number(one.value) if one.value is not None else f"unknown: {one.reason}"
        return Line(one.name, value, NONE, NONE, NONE, wanted)
    whole = line(one.name, measure, wanted)
    return whole if one.value == measure.value else whole._replace(value=number(one.value))
