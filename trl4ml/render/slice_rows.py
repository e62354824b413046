"""Sliced metrics as titles, rows and sentences, worst first: what the text and the page share."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

Row = dict[str, Any]
Line = tuple[str, ...]
WITHOUT = re.compile(r", [\d,]+ without a value$")


class Section(NamedTuple):
    """One table: its title, its rows with the heads first, and sentences below it."""

    title: str
    rows: list[Line]
    below: list[str]


def sections(data: Row) -> Iterator[Section]:
    """One for each metric in each grouping, then what was searched for and what is published."""
    usual = usual_interval(data["comparisons"])
    weighted = any(one["weight"] is not None for one in data["overall"])
    cells, comparisons = _gathered(data["values"]), _gathered(data["comparisons"])
    for metric, overall in zip(data["metrics"], data["overall"], strict=True):
        for by in dict.fromkeys(by for _, by in cells):
            found = comparisons.get((metric["metric"], by), [])
            yield Section(
                f"{metric['metric']}, worst first; all: {_number(overall)}",
                _rows(by, _worst_first(cells[metric["metric"], by], metric), found, weighted),
                list(_between(found, usual)),
            )
    if "search" in data:
        yield _search(data["search"])
    if "ll144" in data:
        yield from _ll144(data["ll144"])


def _gathered(rows: list[Row]) -> dict[tuple[str, tuple[str, ...]], list[Row]]:
    """The rows of each metric in each grouping."""
    found: dict[tuple[str, tuple[str, ...]], list[Row]] = {}
    for one in rows:
        found.setdefault((one["metric"], tuple(one["by"])), []).append(one)
    return found


def _worst_first(cells: list[Row], metric: Row) -> list[Row]:
    high = metric["worse"] == "high"
    order = {"ok": 0, "small_n": 1}
    return sorted(
        (one for one in cells if one["status"] != "empty"),
        key=lambda one: (
            order.get(one["status"], 2),
            -abs(one["value"] or 0) if high else one["value"] or 0,
            one["slice"],
        ),
    )


def _rows(by: tuple[str, ...], cells: list[Row], found: list[Row], weighted: bool) -> list[Line]:
    weights = ("Σw", "effective n") if weighted else ()
    head = (" × ".join(by), "value", "interval", "k/n", *weights, "to the rest", "adj. p", "")
    rest = {c["of"][0]["slice"]: c for c in found if c["kind"] == "difference_to_rest" and c["of"]}
    return [head, *(_line(one, rest.get(one["slice"]), weighted) for one in cells)]


def _line(one: Row, rest: Row | None, weighted: bool) -> Line:
    reason = f": {one['reason']}" if one["reason"] else ""
    note = {"ok": "", "small_n": "too few to compare"}.get(one["status"], one["status"] + reason)
    weights = (number(one["weight"]), number(one["effective_n"])) if weighted else ()
    known = rest if rest and rest["value"] is not None else None
    return (
        ", ".join(one["levels"]), figure(one["value"]), interval(one), _counts(one), *weights,
        figure(known["value"], "+") if known else "",
        p_value(known["adjusted_p"]) if known else "", note,
    )  # fmt: skip


def figure(value: float | None, sign: str = "") -> str:
    """`0.7000`, `+0.0123`, `12,345`; empty for None."""
    if value is None:
        return ""
    return f"{value:{sign}.4f}" if abs(value) < 1000 else f"{value:{sign},.0f}"


def number(value: float | None) -> str:
    """A count, or a sum of weights; empty for None."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def interval(one: Row) -> str:
    """`[0.6709, 0.7276]`; empty where there is none."""
    known = one["lower"] is not None and one["upper"] is not None
    return f"[{figure(one['lower'])}, {figure(one['upper'])}]" if known else ""


def p_value(value: float | None) -> str:
    return "" if value is None else "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def _counts(one: Row) -> str:
    if one["k"] is None or one.get("weight") is not None:
        return number(one["n"])
    return f"{number(one['k'])}/{number(one['n'])}"


def _number(one: Row) -> str:
    """`0.7000 [0.6709, 0.7276] 700/1,000`, or why there is none."""
    if one["value"] is None:
        return f"{one['status']} ({one['reason']})" if one["reason"] else str(one["status"])
    return " ".join(part for part in (figure(one["value"]), interval(one), _counts(one)) if part)


def usual_interval(comparisons: list[Row]) -> str:
    """How intervals between groups were made; what differs from it is said where it is."""
    between = (one["interval"] for one in comparisons if one["kind"].endswith("_between_groups"))
    return next((WITHOUT.sub("", one) for one in between if one), "")


def _between(found: list[Row], usual: str) -> Iterator[str]:
    lists = ({**one, "k": None, "n": None} for one in found if one["kind"] == "ndkl")
    yield from (f"NDKL, the mean over lists {_number(one)}" for one in lists)
    for kind in ("ratio", "difference"):
        for one in found:
            if one["kind"] == f"{kind}_between_groups":
                ends = [", ".join(end["slice"] for end in one[side]) for side in ("of", "against")]
                who = f": {ends[0]} against {ends[1]}" if all(ends) else ""
                odd = one["interval"].removeprefix(usual).removeprefix(", ")
                said = _number({**one, "k": None, "n": None})
                said += (
                    f", adj. p {p_value(one['adjusted_p'])}"
                    if one["adjusted_p"] is not None
                    else ""
                )
                yield f"{kind} between groups {said}{f' ({odd})' if odd else ''}{who}"


def _search(one: Row) -> Section:
    title = (
        f"search: {one['rate']} in {one['looked']['tested']:,} slices (rows ≥ {one['support']:,}, "
        f"columns ≤ {one['levels']}); all: {figure(one['overall'])}"
    )
    how = "exploratory: nothing is controlled" if one["exploratory"] else f"p by {one['control']}"
    rows = [
        (f["slice"], figure(f["value"]), interval(f), _counts(f), figure(f["divergence"], "+"),
         p_value(f["adjusted_p"]), "confirmed" if f["confirmed"] else "")
        for f in one["findings"]
    ]  # fmt: skip
    head = ("slice", "value", "interval", "k/n", "divergence", "adj. p", "")
    return Section(
        title,
        [head, *rows],
        [*([] if rows else ["no slice is worse than all rows"]), how, *one["notices"]],
    )


def _ll144(audit: Row) -> Iterator[Section]:
    head = ("category", "rate", "k/n", "impact ratio A", "impact ratio B", "")
    for one in audit["tables"]:
        rows = [
            (", ".join(r["category"]), figure(r["rate"]), f"{r['selected']:,}/{r['n']:,}",
             figure(r["impact_ratio_a"]), figure(r["impact_ratio_b"]), r["excluded"])
            for r in one["rows"]
        ]  # fmt: skip
        said = [
            f"A, highest rate of all: {'; '.join(one['comparator_a'])}",
            f"B, highest rate of the eligible: {'; '.join(one['comparator_b'])}",
            f"category unknown: {one['unknown']:,}",
        ]
        title = f"Local Law 144, {audit['kind']} by {one['name']}: reported, not judged"
        yield Section(title, [head, *rows], said)
    elements = [(f"{e['number']}. {e['name']}", e["value"]) for e in audit["elements"]]
    for name, rows in audit.get("four_fifths", {}).get("tables", {}).items():
        yield _four_fifths(name, audit["four_fifths"]["policy"], rows)
    yield Section(
        "Local Law 144, what is to be published", [("element", ""), *elements], audit["notices"]
    )


def _four_fifths(name: str, policy: str, rows: list[Row]) -> Section:
    words = {True: "below four fifths", False: "", None: "undefined"}
    lines = [
        (r["category"], figure(r["ratio"]), interval(r), f"{r['k']:,}/{r['n']:,}",
         f"{r['against_k']:,}/{r['against_n']:,}", p_value(r["p_value"]), words[r["below"]])
        for r in rows
    ]  # fmt: skip
    head = ("category", "ratio", "interval", "k/n", "highest k/n", "p", "")
    return Section(f"{policy} by {name}: a rule of thumb, no finding", [head, *lines], [])
