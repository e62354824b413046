"""Which slices miss what the project declares: compared exactly, as fractions of counts."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from trl4ml.predictions.measures import tested
from trl4ml.predictions.tables import badness, rounded

if TYPE_CHECKING:
    from trl4ml.slices import Value

Limits = Mapping[str, float]
Cell = tuple[str, str]
"""A metric and a slice, such as `accuracy` and `sex=female`."""


class Missed(NamedTuple):
    """One slice that misses a limit, by how much."""

    metric: str
    slice: str
    by: float


def missed(
    values: Sequence["Value"], limits: Limits, slices: Mapping[str, Limits]
) -> Iterator[Missed]:
    """The values worse than the limit of their metric, or than the one of their own slice."""
    for one in filter(tested, values):
        limit = slices.get(str(one.group), {}).get(one.metric, limits.get(one.metric))
        if limit is not None and (short := _loss(one.metric, _exact(limit), exact(one))) > 0:
            yield Missed(one.metric, str(one.group), float(short))


def losses(values: Sequence["Value"], before: Mapping[Cell, Fraction]) -> dict[Cell, Fraction]:
    """How much worse each value is than it was; below zero where it is better."""
    cells = {(one.metric, str(one.group)): exact(one) for one in filter(tested, values)}
    return {
        cell: _loss(cell[0], before[cell], now) for cell, now in cells.items() if cell in before
    }


def exact(one: "Value") -> Fraction:
    """A rate of counts is their quotient; what is no rate, as it is written to a baseline."""
    if isinstance(one.k, int) and isinstance(one.n, int) and one.effective is None:
        return Fraction(one.k, one.n)
    return _exact(rounded(one.value or 0.0))


def _exact(number: float) -> Fraction:
    return Fraction(str(number))


def _loss(metric: str, before: Fraction, now: Fraction) -> Fraction:
    return badness(metric, now) - badness(metric, before)


def baseline(data: Any) -> dict[Cell, Fraction]:
    """The cells of tables written by `trl4ml slices --format json`, or attached to evidence.

    Raises ValueError when it is no such thing.
    """
    rows = data.get("values") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise ValueError("it has no `values`")
    found: dict[Cell, Fraction] = {}
    for row in rows:
        kinds = {"metric": str, "slice": str, "status": str}
        if not isinstance(row, dict) or any(
            not isinstance(row.get(name), kind) for name, kind in kinds.items()
        ):
            raise ValueError("one of its `values` has no metric, slice and status")
        if row["status"] == "ok":
            found[row["metric"], row["slice"]] = _counted(row)
    return found


def _counted(row: Mapping[str, Any]) -> Fraction:
    k, n, value = row.get("k"), row.get("n"), row.get("value")
    if type(k) is int and type(n) is int and n > 0 and row.get("effective_n") is None:
        return Fraction(k, n)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _exact(value)
    raise ValueError(f"{row['metric']} in {row['slice']} has no value")
