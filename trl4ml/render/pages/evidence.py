"""All evidence, probe by probe: the outcome, every measure, the places, what was read."""

from pathlib import Path
from typing import NamedTuple

from trl4ml.core.evidence import Evidence
from trl4ml.core.report import Report
from trl4ml.render.pages.numbers import Line, lines
from trl4ml.render.pages.page import NOWHERE, Reference, page

ANSWER = "answer"


class Shown(NamedTuple):
    """One finding of a probe, the components that it is about, its digest."""

    components: tuple[str, ...]
    digest: str
    evidence: Evidence
    measures: list[Line]


def evidence(
    report: Report, own_pages: frozenset[str], templates: Path, reference: Reference = NOWHERE
) -> str:
    """The page `evidence.md`; `own_pages` are the probes that have a page of their own."""
    return page(
        templates,
        "evidence",
        report=report,
        found=by_probe(report),
        own=own_pages,
        reference=reference,
    )


def by_probe(report: Report) -> dict[str, list[Shown]]:
    """What each probe found, the probes by name; people's answers stand with their items."""
    about: dict[str, list[str]] = {}
    for component in report.components:
        for one in dict.fromkeys(d for v in component.verdicts for d in v.evidence):
            about.setdefault(one, []).append(component.name)
    found: dict[str, list[Shown]] = {}
    for digest, held in sorted(report.evidence.items()):
        if held.probe != ANSWER:
            shown = Shown(tuple(about.get(digest, ())), digest, held, lines(held.measures))
            found.setdefault(held.probe, []).append(shown)
    return dict(sorted(found.items()))
