"""Every item with its verdicts: the numbers, what they rest on, and who answered when."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.checklist import Item
from trl4ml.core.evidence import Evidence
from trl4ml.core.report import Report
from trl4ml.core.verdict import Status, Verdict
from trl4ml.render.pages.numbers import Line, compared
from trl4ml.render.pages.page import NOWHERE, Reference, page

ANSWER = "answer"
ORDER = (Status.NOT_MET, Status.UNKNOWN, Status.WAIVED, Status.MET, Status.NOT_APPLICABLE)


class Judged(NamedTuple):
    """One item judged for the components that came to the same verdict by the same evidence."""

    components: tuple[str, ...]
    verdict: Verdict
    numbers: list[Line]
    probes: tuple[str, ...]
    answered: str
    told: bool
    """Whether the message says already who answered, when, and all that there is to say of it."""


def items(report: Report, templates: Path, reference: Reference = NOWHERE) -> str:
    """The page `items.md`: a heading for each level, below it one for each item, the open ones first."""
    found: dict[int, list[tuple[Item, list[Judged]]]] = {}
    for item, judged in judgements(report):
        if judged:
            found.setdefault(judged[0].verdict.level, []).append((item, judged))
    in_order = [(level, sorted(found[level], key=_open_first)) for level in sorted(found)]
    return page(
        templates, "items", report=report, reference=reference, found=in_order,
        counted=report.counts(),
    )  # fmt: skip


def on_page(report: Report) -> frozenset[str]:
    """The items that the page tells of; to no other may a page lead."""
    return frozenset(v.item for component in report.components for v in component.verdicts)


def _open_first(row: tuple[Item, list[Judged]]) -> int:
    return min(ORDER.index(one.verdict.status) for one in row[1])


def judgements(report: Report) -> Iterator[tuple[Item, list[Judged]]]:
    """Each item with its verdicts; components with the same verdict are told once."""
    by_item: dict[str, list[tuple[str, Verdict]]] = {}
    for component in report.components:
        for verdict in component.verdicts:
            by_item.setdefault(verdict.item, []).append((component.name, verdict))
    for item in report.items:
        same: dict[str, list[tuple[str, Verdict]]] = {}
        for name, verdict in by_item.get(item.id, ()):
            same.setdefault(verdict.model_dump_json(), []).append((name, verdict))
        yield item, [_judged(report, item, pairs) for pairs in same.values()]


def _judged(report: Report, item: Item, same: list[tuple[str, Verdict]]) -> Judged:
    names, verdict = tuple(name for name, _ in same), same[0][1]
    held = [report.evidence[one] for one in verdict.evidence if one in report.evidence]
    by_probe = {one.probe: one for one in held}
    answer = by_probe.get(ANSWER)
    return Judged(
        names, verdict, compared(verdict.comparisons, by_probe),
        tuple(name for name in by_probe if name != ANSWER),
        answered(item, answer),
        answer is not None and answer.message in verdict.message and not item.stale_after,
    )  # fmt: skip


def answered(item: Item, answer: Evidence | None) -> str:
    """`Ana on 2026-11-01, with a link to what shows it; to be renewed by 2027-01-30`."""
    if answer is None:
        return ""
    told = answer.measures
    says = f"{told['by'].value} on {told['on'].value}"
    if told["documented"].value is True:
        says += ", with a link to what shows it"
    until = _until(item, str(told["on"].value))
    return f"{says}; to be renewed by {until}" if until else says


def _until(item: Item, day: str) -> date | None:
    try:
        return (
            date.fromisoformat(day) + timedelta(days=item.stale_after or 0)
            if item.stale_after
            else None
        )
    except (ValueError, OverflowError):
        return None
