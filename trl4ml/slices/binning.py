"""Bins with stated edges: the edge rule is part of each bin's name.

The same rule as numpy's `searchsorted`: right-closed bins (the default) hold their upper edge.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.attributes import ABOVE, BELOW, MISSING, Attribute
from trl4ml.slices.errors import Refused
from trl4ml.slices.levels import Axis


def thresholds(
    edges: Sequence[float], closed: Literal["right", "left"]
) -> list[tuple[float, bool]]:
    """The comparisons whose number that hold is the code of a value; True: at least, not above.

    Code 0 is (below), 1 … B are the bins, B+1 is (above).
    """
    inner = [(edge, closed == "left") for edge in edges[1:-1]]
    return [(edges[0], True), *inner, (edges[-1], False)]


def coded(column: Any, edges: Sequence[float], closed: Literal["right", "left"]) -> Any:
    """The narwhals expression that codes a numeric column; null where it is missing or NaN."""
    import narwhals as nw

    x = column.cast(nw.Float64)
    holds = [(x >= e) if least else (x > e) for e, least in thresholds(edges, closed)]
    code = holds[0].cast(nw.Int32)
    for one in holds[1:]:
        code = code + one.cast(nw.Int32)
    return nw.when(~x.is_null() & ~x.is_nan()).then(code)


def binned(
    attribute: Attribute, edges: Sequence[float], values: Sequence[object]
) -> tuple[Axis, Array]:
    """The axis of the distinct codes in `values`: every bin, and what lies outside where seen."""
    names = [BELOW, *_names(edges, attribute.closed), ABOVE]
    seen = {int(str(value)) for value in values if value is not None}
    kept = [i for i in range(len(names)) if 0 < i < len(names) - 1 or i in seen]
    place = {old: new for new, old in enumerate(kept)}
    levels = [names[i] for i in kept]
    absent = any(value is None for value in values)
    codes = [len(kept) if v is None else place[int(str(v))] for v in values]
    levels += [MISSING] * absent
    told = ", ".join(_edge(edge) for edge in edges)
    axis = Axis(
        attribute.name,
        tuple(levels),
        tuple(levels[: len(kept)]) + (None,) * absent,
        len(kept) if absent else None,
        rule=f"{attribute.closed}-closed edges {told}",
    )
    return axis, np.array(codes, np.int64)


def _edge(value: float) -> str:
    return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)


def _names(edges: Sequence[float], closed: str) -> list[str]:
    names, last = [], len(edges) - 2
    for i, (low, high) in enumerate(pairwise(edges)):
        first_closed = closed == "left" or (i == 0 and math.isfinite(low))
        last_closed = closed == "right" or i == last
        begins = "[" if first_closed and math.isfinite(low) else "("
        ends = "]" if last_closed and math.isfinite(high) else ")"
        names.append(f"{begins}{_edge(low)}, {_edge(high)}{ends}")
    return names


def equal_width(least: float, most: float, bins: int) -> tuple[float, ...]:
    """`bins` + 1 edges of equal steps; one bin where all values are equal."""
    if not (math.isfinite(least) and math.isfinite(most)):
        raise Refused("has infinite values, so bins of equal width have no edges; give edges")
    if least == most:
        return (least, most)
    edges = [least + j * (most - least) / bins for j in range(bins)]
    return tuple(dict.fromkeys((*edges, most)))


def quantile_edges(values: Array, counts: Array, bins: int) -> tuple[float, ...]:
    """Edges that are observed values; equal ones collapse, so ties never split.

    values: the distinct values, rising; counts: how often each was seen.
    """
    ends = counts.cumsum()
    wanted = np.ceil(ends[-1] * np.arange(1, bins) / bins)
    inner = values[np.searchsorted(ends, wanted)]
    edges = dict.fromkeys(float(x) for x in (values[0], *inner, values[-1]))
    return tuple(edges) if len(edges) > 1 else (float(values[0]), float(values[0]))
