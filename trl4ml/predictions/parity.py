"""Two models' scores on one set of rows, side by side: by how much they differ, and in which labels."""

from collections.abc import Sequence
from typing import NamedTuple

from trl4ml.slices.errors import Refused

NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "HUGE")


class Parity(NamedTuple):
    """`relative` is of each difference to the larger of 1 and the original score."""

    rows: int
    difference: float
    relative: float
    same_label: int | None
    """Rows with one label from both; None where scores stand for no labels."""
    worst_row: int
    """From 1, the row of the largest difference."""


def parity(
    paths: Sequence[str], original: Sequence[str], exported: Sequence[str], threshold: float | None
) -> Parity:
    """Compares columns pairwise; several columns are classes, the label is the largest score.

    Of one column the label is whether the score reaches `threshold`; without one there is none.
    Raises Refused for columns that are missing or no numbers, and for rows without a finite score.
    """
    from trl4ml.slices.files import found, relation

    files, kind = found(list(paths))
    table = relation(files, kind)
    _check([*original, *exported], dict(zip(table.columns, map(str, table.types), strict=True)))
    a, b = (
        [f"CAST({_quoted(name)} AS DOUBLE)" for name in names] for names in (original, exported)
    )
    gaps = [f"abs({x} - {y})" for x, y in zip(a, b, strict=True)]
    scaled = [f"{gap} / greatest(1, abs({x}))" for gap, x in zip(gaps, a, strict=True)]
    finite = " AND ".join(f"coalesce(isfinite({one}), false)" for one in (*a, *b))
    rows = table.project(
        f"row_number() OVER () AS line, {finite} AS finite, {_most(gaps)} AS gap, "
        f"{_most(scaled)} AS scaled, {_same(a, b, threshold)} AS same"
    )
    [(n, bad, gap, relative, same, worst)] = rows.aggregate(
        "count(*), count(*) FILTER (NOT finite), max(gap), max(scaled), "
        "count(*) FILTER (same), arg_max(line, gap)"
    ).fetchall()
    if not n:
        raise Refused(f"{files[0]} holds no rows; score the held-out rows with both models")
    if bad:
        raise Refused(f"{files[0]}: {bad} of {n} rows have no finite score of both models; give both "
                      "for every row")  # fmt: skip
    labelled = len(original) > 1 or threshold is not None
    return Parity(n, gap, relative, same if labelled else None, worst)


def _check(names: Sequence[str], types: dict[str, str]) -> None:
    for name in names:
        if name not in types:
            raise Refused(f"there is no column '{name}'; there are {', '.join(types)}")
        if not any(word in types[name] for word in NUMBERS):
            raise Refused(f"the column '{name}' is {types[name]}, not numbers; write scores in it")


def _most(values: Sequence[str]) -> str:
    return f"greatest({', '.join(values)})" if len(values) > 1 else values[0]


def _same(a: Sequence[str], b: Sequence[str], threshold: float | None) -> str:
    if len(a) > 1:
        first, second = (f"list_value({', '.join(scores)})" for scores in (a, b))
        return (
            f"list_position({first}, list_max({first})) = "
            f"list_position({second}, list_max({second}))"
        )
    at = 0.0 if threshold is None else threshold
    return f"({a[0]} >= {at!r}) = ({b[0]} >= {at!r})"


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
