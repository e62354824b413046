"""The page of one probe: figures and tables from what it attached to its evidence."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from trl4ml.core.report import Report
from trl4ml.dense import loads
from trl4ml.render.figures import Figure
from trl4ml.render.pages import energy, slices, watermark
from trl4ml.render.pages.evidence import Shown
from trl4ml.render.pages.items import on_page
from trl4ml.render.pages.page import NOWHERE, Reference, page
from trl4ml.render.slice_rows import Section, sections

TABLES, RECORDS, VERDICTS = "tables.json", "records.json", "verdicts.json"
MOST_ROWS = 200
Attachment = Callable[[str, str], str | None]
"""What is attached to the evidence of a digest under a name; None where it is not there."""


class Part(NamedTuple):
    """One finding with its figures and tables; `missing` are attachments that cannot be drawn."""

    shown: Shown
    figures: list[Figure]
    sections: list[Section]
    missing: list[str]


def parts(found: Sequence[Shown], attachment: Attachment) -> list[Part]:
    """The findings of a probe that have something to draw, or would have."""
    made = [_part(one, attachment) for one in found]
    return [one for one in made if one.figures or one.sections or one.missing]


def _part(shown: Shown, attachment: Attachment) -> Part:
    figures, tables, missing = [*energy.budget(shown.evidence.measures)], [], []
    for name in shown.evidence.attached:
        if name not in (TABLES, RECORDS, VERDICTS):
            continue
        text = attachment(shown.digest, name)
        try:
            drawn, told = _attached(name, loads(text or ""))
        except (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            ArithmeticError,
            RecursionError,
        ):
            missing.append(name)
            continue
        figures += drawn
        tables += told
    return Part(shown, figures, tables, missing)


def _attached(name: str, data: Any) -> tuple[list[Figure], list[Section]]:
    if name == RECORDS:
        return [*energy.figures(data)], [energy.table(data)]
    if name == VERDICTS:
        return [*watermark.figures(data)], [*watermark.tables(data)]
    return [*slices.figures(data)], [*_sliced(data)]


def _sliced(data: Any) -> Iterator[Section]:
    if gone := slices.undefined(data):
        yield Section("Cells without a value", gone, [])
    yield from map(_titled, sections(data))
    if data["notices"]:
        yield Section("Notes", [("note",), *((one,) for one in data["notices"])], [])


def _titled(one: Section) -> Section:
    """The first rows of a table, under a title that no other has."""
    metric, found, overall = one.title.partition(", worst first; ")
    title = f"{metric} by {one.rows[0][0]}" if found else one.title
    more = len(one.rows) - 1 - MOST_ROWS
    below = [f"worst first; {overall}"] if found else []
    below += [f"{more:,} more rows lie in the data of this page"] if more > 0 else []
    return Section(title, one.rows[: MOST_ROWS + 1], [*below, *one.below])


def probe_page(
    report: Report,
    probe: str,
    made: Sequence[Part],
    templates: Path,
    reference: Reference = NOWHERE,
) -> str:
    """The page `probe-<probe>.md`."""
    judged = on_page(report)
    asked_by = [item for item in report.items if probe in item.probes and item.id in judged]
    return page(
        templates,
        "probe",
        report=report,
        probe=probe,
        parts=made,
        asked_by=asked_by,
        reference=reference,
    )
