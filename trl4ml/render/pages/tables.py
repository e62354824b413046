"""The numbers behind the pages as CSV, for spreadsheets; nothing in them is a formula."""

import csv
import io
from collections.abc import Iterable, Iterator

from trl4ml.core.report import Report
from trl4ml.render.pages.items import judgements
from trl4ml.render.plain import printable

ITEMS = ("item", "level", "gate", "components", "status", "message", "measure", "value", "interval", "n",
         "kind", "wanted", "answered")  # fmt: skip
FORMULA = ("=", "+", "-", "@")


def items_csv(report: Report) -> str:
    """One row for each number that an item was judged by, or one where there is none."""
    return _csv(ITEMS, _rows(report))


def _rows(report: Report) -> Iterator[tuple[str, ...]]:
    for item, judged in judgements(report):
        for one in judged:
            verdict = one.verdict
            first = (
                item.id, str(verdict.level), "gate" if verdict.gate else "advisory",
                " ".join(one.components), verdict.status.value, verdict.message,
            )  # fmt: skip
            numbers: list[tuple[str, ...]] = [*one.numbers] or [("",) * 6]
            yield from ((*first, *line, one.answered) for line in numbers)


def _csv(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def _cell(text: str) -> str:
    """The text; with an apostrophe before what a spreadsheet would take for a formula."""
    plain = printable(" ".join(text.split()))
    return f"'{plain}" if plain.startswith(FORMULA) else plain
