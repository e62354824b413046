"""Sliced metrics for a terminal, as Markdown and as CSV: every number with interval and counts."""

import csv
import io
from collections.abc import Iterable

from trl4ml.render.markdown import escaped
from trl4ml.render.plain import printable
from trl4ml.render.slice_rows import Line, Row, sections

COLUMNS = (
    "metric", "by", "slice", "status", "value", "lower", "upper", "interval", "k", "n", "rows",
    "weight", "effective_n", "dropped", "reason",
)  # fmt: skip


def text(data: Row) -> str:
    """The tables for a terminal."""
    lines = [*data["heading"], ""]
    for title, rows, below in sections(data):
        lines += [title, *aligned(rows), *(f"  {one}" for one in below), ""]
    lines += [f"note: {one}" for one in data["notices"]]
    return "\n".join(printable(line) for line in lines).rstrip() + "\n"


def aligned(rows: Iterable[Line]) -> list[str]:
    """The rows as columns; words to the left, figures to the right."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  " + "  ".join(
            f"{cell:<{w}}" if n in (0, len(row) - 1) else f"{cell:>{w}}"
            for n, (cell, w) in enumerate(zip(row, widths, strict=True)) if w
        ).rstrip()
        for row in cells
    ]  # fmt: skip


def markdown(data: Row) -> str:
    """The tables as Markdown; whatever comes from the data is escaped."""
    lines = [*(f"* {escaped(line)}" for line in data["heading"]), ""]
    for title, rows, below in sections(data):
        head, *body = [" | ".join(str(escaped(cell)) for cell in row) for row in rows]
        lines += [f"### {escaped(title)}", "", f"| {head} |", "|---" * len(rows[0]) + "|"]
        lines += [*(f"| {row} |" for row in body), "", *(f"* {escaped(one)}" for one in below), ""]
    lines += [f"* {escaped(one)}" for one in data["notices"]]
    return "\n".join(lines).rstrip() + "\n"


def comma_separated(data: Row) -> str:
    """Every value as one row of CSV, the overall ones first."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for one in (*data["overall"], *data["values"]):
        row = {**one, "by": " × ".join(one["by"])}
        writer.writerow({k: printable(v) if isinstance(v, str) else v for k, v in row.items()})
    return out.getvalue()
