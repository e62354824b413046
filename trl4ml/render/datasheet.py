"""The data of a project as Markdown: what is declared, and what people answered about each part."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trl4ml.core.report import Report
from trl4ml.core.verdict import Status
from trl4ml.render.markdown import entries
from trl4ml.render.pages.page import page

SECTIONS = ("Motivation", "Composition", "Collection", "Preprocessing", "Uses", "Distribution",
            "Maintenance")  # fmt: skip
"""Gebru et al. (2018); an item `datasheet-<section>` asks about each."""
FIELDS = ("id", "kind", "version", "band", "owner", "used_for", "digest")
PROBES = {"Composition": ("data-card", "input-schema"), "Distribution": ("license-file",),
          "Maintenance": ("data-versioned",)}  # fmt: skip
Fact = tuple[str, Status | None, str]
"""Of whom or by which probe it is, how the answer is judged, what it says."""


def datasheet_page(report: Report, templates: Path) -> str:
    """The page; empty where no data set is declared and no data card was found."""
    sets = [_row(row) for row in entries(report, "datasets", *FIELDS)]
    found = any(one.probe == "data-card" and one.places for one in report.evidence.values())
    if not (sets or found):
        return ""
    sections = [(title, list(_facts(report, title))) for title in SECTIONS]
    return page(templates, "datasheet", project=report.project, sets=sets, sections=sections)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "used_for": row["used_for"] or ()}


def _facts(report: Report, title: str) -> Iterator[Fact]:
    """What was answered about this part of the datasheet, then what probes found."""
    for component in report.components:
        for verdict in component.verdicts:
            if verdict.item == f"datasheet-{title.lower()}":
                whose = component.name if len(report.components) > 1 else ""
                yield whose, verdict.status, verdict.message
    for probe in PROBES.get(title, ()):
        says = [one.message for one in report.evidence.values() if one.probe == probe]
        yield from ((probe, None, text) for text in dict.fromkeys(says))
