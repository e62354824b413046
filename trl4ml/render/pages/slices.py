"""Sliced metrics as figures: each metric in every slice with its interval, and what lies between."""

from collections.abc import Iterator
from typing import Any

from trl4ml.render.figures import Figure, Interval, Mark

Row = dict[str, Any]
MOST = 40
"""Slices in one picture; the tables below it hold all of them."""
NOTES = {"ok": "", "small_n": "too few to compare"}
RATIO, DIFFERENCE = "ratio_between_groups", "difference_between_groups"


def figures(data: Row) -> Iterator[Figure]:
    """What lies between groups, then each metric in its slices, worst first."""
    yield from (one for one in (between(data, RATIO), between(data, DIFFERENCE)) if one)
    for metric, overall in zip(data["metrics"], data["overall"], strict=True):
        cells = [one for one in data["values"] if one["metric"] == metric["metric"]]
        if cells:
            yield forest(metric, overall, cells)


def forest(metric: Row, overall: Row, cells: list[Row]) -> Figure:
    """One metric in every slice; the mark is its value over all rows."""
    by = [*dict.fromkeys(" × ".join(one["by"]) for one in cells)]
    shown = sorted((one for one in cells if one["status"] != "empty"), key=_order(metric, by))
    more = f" {len(shown) - MOST} more are in the table." if len(shown) > MOST else ""
    name, worse = metric["metric"], "highest" if metric["worse"] == "high" else "lowest"
    return Figure(
        "intervals", f"{name} by slice",
        f"{name} in each slice, with its interval{_how(cells)}; in each grouping the worst, which is "
        f"the {worse}, stands first.{more}", "",
        tuple(_interval(one) for one in shown[:MOST]),
        (Mark("all rows", overall["value"]),) if overall["value"] is not None else (),
    )  # fmt: skip


def _order(metric: Row, by: list[str]) -> Any:
    """Grouping by grouping, worst first, what has no value last."""
    sign = -1 if metric["worse"] == "high" else 1

    def key(one: Row) -> tuple[int, bool, float, str]:
        value = one["value"]
        return by.index(" × ".join(one["by"])), value is None, sign * (value or 0), one["slice"]

    return key


def _how(cells: list[Row]) -> str:
    """How the intervals were made, ` (Wilson 95%)`; the tables tell it whole."""
    found = {one["interval"].partition(", ")[0]: None for one in cells if one["interval"]}
    said = " or ".join(f"{one[:1].upper()}{one[1:]}" for one in found)
    return f" ({said})" if said else ""


def _interval(one: Row) -> Interval:
    note = NOTES.get(one["status"], f"{one['status']}: {one['reason']}".rstrip(": "))
    n = one["n"] if isinstance(one["n"], int) else one["rows"]
    return Interval(
        ", ".join(one["levels"]), one["value"], one["lower"], one["upper"], n, note,
        " × ".join(one["by"]),
    )  # fmt: skip


def between(data: Row, kind: str) -> Figure | None:
    """The largest gap of each metric in each grouping, as a ratio or a difference."""
    found = [one for one in data["comparisons"] if one["kind"] == kind]
    if not found:
        return None
    rows = tuple(map(_between, found))
    word, none = ("ratio", 1.0) if kind == RATIO else ("difference", 0.0)
    says = (f"The {word} between the groups that are furthest apart, for each metric and grouping, "
            f"with its interval{_how(found)}; {none:g} means no gap.")  # fmt: skip
    return Figure(
        "intervals", f"Between groups: {word}", says, "", rows[:MOST], (Mark("no gap", none),)
    )


def _between(one: Row) -> Interval:
    ends = [", ".join(end["slice"] for end in one[side]) for side in ("of", "against")]
    who = f"{ends[0]} against {ends[1]}" if all(ends) else ""
    note = who if one["value"] is not None else f"{one['status']}: {one['reason']}".rstrip(": ")
    counts = [
        end["n"] for side in ("of", "against") for end in one[side] if isinstance(end["n"], int)
    ]
    return Interval(
        one["metric"], one["value"], one["lower"], one["upper"], min(counts, default=None), note,
        " × ".join(one["by"]),
    )  # fmt: skip


def undefined(data: Row) -> list[tuple[str, ...]]:
    """Each cell without a value and why, with the heads first; empty when there is none."""
    rows = [
        (one["metric"], one["slice"], one["status"], one["reason"] or "–", str(one["rows"]))
        for one in data["values"]
        if one["value"] is None and one["status"] != "empty"
    ]
    return [("metric", "slice", "status", "why", "rows"), *rows] if rows else []
