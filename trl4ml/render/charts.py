"""Figures as pictures: SVG by the macros of `charts.html.j2`, with the numbers as a table below.

Places across are in per cent and places down in pixels, so that a picture is as wide as its page and
its text as large as the text around it.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from markupsafe import Markup

from trl4ml.render.drawings import heat, ladder, strips
from trl4ml.render.figures import Figure, Kind
from trl4ml.render.markdown import environment
from trl4ml.render.plots import plot

DRAWN: dict[Kind, Callable[[Figure], Any]] = {
    "ladder": ladder, "intervals": strips, "bars": strips, "heat": heat,
    "calibration": plot, "series": plot, "steps": plot, "spread": plot,
}  # fmt: skip
POINTS = ("series", "x", "y", "lower", "upper")
COLUMNS: dict[Kind, tuple[str, ...]] = {
    "ladder": ("level", "name", "state", "supported", "claimed", "required"),
    "intervals": ("group", "label", "value", "lower", "upper", "n", "note"),
    "bars": ("label", "value", "lower", "upper", "note"),
    "heat": ("row", "column", "value", "text"),
    "calibration": POINTS, "series": POINTS, "steps": POINTS, "spread": POINTS,
}  # fmt: skip


def figure(fig: Figure, templates: Path) -> Markup:
    """The figure as one block of HTML, for a Markdown page or an HTML one."""
    name = f"figure-{sha256(repr(fig).encode('utf-8', 'replace')).hexdigest()[:10]}"
    drawn = DRAWN[fig.kind](fig) if fig.rows else None
    page = environment(templates).get_template("charts.html.j2")
    text = page.render(fig=fig, drawn=drawn, name=name, table=numbers(fig))
    return Markup("\n".join(filter(None, map(str.strip, text.splitlines()))) + "\n")  # noqa: S704


def numbers(fig: Figure) -> list[list[str]]:
    """The rows as a table, its heading first; columns in which nothing stands are left out."""
    names = COLUMNS[fig.kind]
    rows = [[_cell(getattr(row, name)) for name in names] for row in fig.rows]
    kept = [n for n, _ in enumerate(names) if any(row[n] for row in rows)]
    return [[row[n] for n in kept] for row in [list(names), *rows]]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, float):
        return f"{value + 0.0:.6g}"
    return "" if value is None else str(value).replace("_", " ")
