"""Results of a model card, straight from the tables that probes attached to their evidence."""

from collections.abc import Iterable, Iterator
from typing import Any

from trl4ml.core.modelcard.known import Gap, Result, Row

BETWEEN = {
    "ratio_between_groups": "lowest ÷ highest",
    "difference_between_groups": "highest − lowest",
}


def results(tables: Iterable[Row]) -> tuple[Result, ...]:
    """Every metric over all rows, then in every slice; of two tables the first one's."""
    found: dict[tuple[str, str], Result] = {}
    for table in tables:
        for row in table["overall"]:
            found.setdefault((row["metric"], ""), _result(row, "", ()))
        for row in table.get("values", ()):
            key = (row["metric"], row["slice"])
            found.setdefault(key, _result(row, row["slice"], tuple(row["by"])))
    return tuple(sorted(found.values(), key=lambda one: len(one.by)))


def gaps(tables: Iterable[Row]) -> tuple[Gap, ...]:
    """Ratio and difference between the groups of each grouping."""
    found: dict[tuple[Any, ...], Gap] = {}
    for row in _comparisons(tables):
        key = (row["metric"], tuple(row["by"]), row["kind"])
        found.setdefault(key, Gap(
            metric=row["metric"], by=tuple(row["by"]), kind=BETWEEN[row["kind"]],
            **_numbers(row), note=row.get("reason") or "",
        ))  # fmt: skip
    return tuple(found.values())


def _comparisons(tables: Iterable[Row]) -> Iterator[Row]:
    for table in tables:
        yield from (row for row in table.get("comparisons", ()) if row["kind"] in BETWEEN)


def _result(row: Row, slice: str, by: tuple[str, ...]) -> Result:
    n = row.get("n")
    return Result(
        metric=row["metric"], slice=slice, by=by, **_numbers(row),
        n=None if n is None else float(n), note=row.get("reason") or "",
    )  # fmt: skip


def _numbers(row: Row) -> dict[str, float | None]:
    ends = {name: row.get(name) for name in ("value", "lower", "upper")}
    return {name: None if end is None else float(end) for name, end in ends.items()}
