"""What is looked at before the scan: types, the first rows, edges and largest levels."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from trl4ml.slices import binning
from trl4ml.slices.attributes import OTHER, Attribute
from trl4ml.slices.errors import Refused
from trl4ml.slices.frames import HEAD, collected
from trl4ml.slices.levels import quoted, written

EXACT_ROWS = 1_000_000
"""Up to so many rows scores, weights and numbers are kept as they are."""


def number(frame: Any, name: str, role: str) -> None:
    """The column holds numbers, or yes and no, or nothing (whose type is unknown)."""
    dtype = frame.collect_schema()[name]
    if not (dtype.is_numeric() or str(dtype) in ("Boolean", "Unknown")):
        raise Refused(
            f"{role} '{name}' holds {str(dtype).lower()} and not numbers; convert the column"
        )


def sliceable(frame: Any, attribute: Attribute) -> None:
    """The column can be an axis: no date without periods, no list; numbers where bins are asked."""
    dtype = frame.collect_schema()[attribute.name]
    if attribute.binned:
        number(frame, attribute.name, "binned column")
    elif dtype.is_temporal():
        raise Refused(
            f"column '{attribute.name}' holds dates or times; derive a column of periods to slice by"
        )
    elif dtype.is_nested():
        raise Refused(
            f"column '{attribute.name}' holds lists or records; give one column per yes-or-no question"
        )


def few_levels(name: str, count: int, most: int) -> None:
    if count > most:
        raise Refused(
            f"column '{name}' has {count:,} levels or more (at most {most:,}); "
            "give bins, or its largest levels with top=20, or raise max_levels"
        )


def first_rows(frame: Any, attributes: Sequence[Attribute], prediction: str, most: int) -> None:
    """A mistake that the first rows show is told before the whole table is read."""
    wanted = [one.name for one in attributes if not (one.binned or one.top)]
    columns = list(dict.fromkeys([*wanted, *([prediction] if prediction else [])]))
    if not columns:
        return
    head = collected(frame.select(*columns).head(HEAD))
    for name in wanted:
        few_levels(name, len(head[name].drop_null().unique()), most)
    if prediction:
        no_probabilities(prediction, head[prediction].unique().to_pylist())


def no_probabilities(name: str, values: Sequence[object]) -> None:
    """A prediction is a class: numbers between two whole ones are scores."""
    between = [v for v in values if isinstance(v, float) and math.isfinite(v) and v % 1]
    if between:
        raise Refused(
            f"prediction '{name}' holds probabilities or scores (such as {min(between):g}); "
            "give it as score with a threshold"
        )


def is_large(frame: Any) -> bool:
    """More rows than are kept exactly; stops counting there."""
    import narwhals as nw

    name = frame.collect_schema().names()[0]
    rows = collected(frame.select(name).head(EXACT_ROWS + 1).select(nw.len().alias("rows")))
    return int(rows["rows"][0].as_py()) > EXACT_ROWS


def edges(frame: Any, attribute: Attribute) -> tuple[float, ...]:
    """The edges of a binned attribute, from the data where they are not given."""
    import narwhals as nw

    if attribute.edges:
        return attribute.edges
    x = nw.col(attribute.name).cast(nw.Float64)
    present = frame.select(x=x).filter(~nw.col("x").is_null() & ~nw.col("x").is_nan())
    nothing = Refused(f"column '{attribute.name}' has no values to bin")
    if attribute.width:
        ends = collected(present.select(low=nw.col("x").min(), high=nw.col("x").max()))
        low, high = ends["low"][0].as_py(), ends["high"][0].as_py()
        if low is None:
            raise nothing
        try:
            return binning.equal_width(low, high, attribute.width)
        except Refused as error:
            raise Refused(f"column '{attribute.name}' {error}") from None
    seen = collected(present.group_by("x").agg(nw.len().alias("n")))
    if not len(seen):
        raise nothing
    values, counts = seen["x"].to_numpy(), seen["n"].to_numpy().astype(np.int64)
    order = np.argsort(values)
    return binning.quantile_edges(values[order], counts[order], attribute.quantiles)


class Largest(NamedTuple):
    """What becomes (other): values, their names, and a text no value has, which they are read as."""

    values: list[Any]
    names: list[str]
    mark: str


def largest(frame: Any, attribute: Attribute, missing: Sequence[str]) -> Largest:
    """All but the largest levels of a column; ties by name."""
    import narwhals as nw

    seen = collected(frame.group_by(attribute.name).agg(nw.len().alias("rows")))
    rows: dict[str, int] = {}
    values: dict[str, list[Any]] = {}
    for value, n in zip(seen[attribute.name].to_pylist(), seen["rows"].to_pylist(), strict=True):
        name = written(value)
        if name is not None and name not in missing:
            rows[name] = rows.get(name, 0) + n
            values.setdefault(name, []).append(value)
    ranked = sorted(rows, key=lambda name: (-rows[name], name))
    others = sorted(ranked[attribute.top :])
    mark = OTHER
    while mark in rows or mark in missing:
        mark = f"({mark})"
    return Largest([v for name in others for v in values[name]], [*map(quoted, others)], mark)
