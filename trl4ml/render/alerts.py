"""What a code host is told: each item that holds a wanted gate back, at the place to look at."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from trl4ml.core.checklist import Item
from trl4ml.core.evidence import Outcome
from trl4ml.core.report import EASIEST_FIRST, ComponentReport, Report
from trl4ml.core.verdict import Status, Verdict
from trl4ml.render.plain import printable
from trl4ml.render.words import flat

CONFIG = "trl4ml.yaml"
LONGEST = 1000
SOON_DAYS = 14


class Anchor(NamedTuple):
    """A place in the repository: a path with `/`, a line and a column from 1."""

    path: str
    line: int = 1
    column: int = 1


class Anchors(NamedTuple):
    """Where the declared things stand, and on which day; `folder` leads from the repository to the project."""

    folder: str = ""
    components: Mapping[str, Anchor] = {}
    items: Mapping[str, Anchor] = {}
    """Items of the project's own checklists."""
    today: date | None = None
    """The day of the audit; without it nothing is said to end soon."""

    def inside(self, path: str) -> str:
        return f"{self.folder}/{path}" if self.folder else path


NOWHERE = Anchors()


class Alert(NamedTuple):
    """One item on one component, with what is said of it and where."""

    component: str
    item: Item
    verdict: Verdict
    says: str
    anchor: Anchor
    key: str
    """Stable: it holds neither a line nor a value."""
    severe: bool
    """Whether it holds a gate back, or is a waiver that has ended or that nothing needs."""
    remedy: str


def wanted(component: ComponentReport) -> int:
    """The level up to which a code host is told: what is wanted, or else what is worked on."""
    if component.wanted is not None:
        return component.wanted
    return 9 if component.working_on is None else component.working_on


def within(report: Report) -> Iterator[tuple[ComponentReport, Verdict]]:
    """Every verdict up to the wanted level of its component; all of a partial report's.

    A waiver that has ended or that nothing needs holds back at any level.
    """
    lapsed = lapsed_in(report)
    for component in report.components:
        for verdict in component.verdicts:
            near = report.partial or verdict.level <= wanted(component)
            if near or id(verdict) in lapsed:
                yield component, verdict


def lapsed_in(report: Report) -> frozenset[int]:
    """The `id` of each verdict whose waiver has ended, or that nothing needs any more."""
    return frozenset(map(id, report.lapsed_waivers))


def alerts(report: Report, anchors: Anchors = NOWHERE) -> list[Alert]:
    """What is not met or unknown, or waived to no end: gates, low levels, least effort first."""
    lapsed = lapsed_in(report)
    found = [
        alert(report, component, verdict, anchors, lapsed)
        for component, verdict in within(report)
        if verdict.status in (Status.NOT_MET, Status.UNKNOWN) or id(verdict) in lapsed
    ]
    return sorted(found, key=_urgency)


def ending(report: Report, anchors: Anchors = NOWHERE) -> list[Alert]:
    """Waivers that hold, and that end within SOON_DAYS of the day of the audit, the first to end first."""
    found = [
        (verdict.waiver.until, alert(report, component, verdict, anchors, ()))
        for component, verdict in within(report)
        if anchors.today and verdict.waiver and verdict.status is Status.WAIVED
        if (verdict.waiver.until - anchors.today).days <= SOON_DAYS
    ]
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], _urgency(pair[1])))]


def _urgency(one: Alert) -> tuple[bool, int, int, str, str]:
    effort = EASIEST_FIRST.index(one.item.if_not.effort)
    return not one.severe, one.item.level, effort, one.item.id, one.component


def alert(
    report: Report, component: ComponentReport, verdict: Verdict, anchors: Anchors,
    lapsed: Collection[int],
) -> Alert:  # fmt: skip
    """What a verdict says, and where to look at it."""
    name = f" ({component.name})" if len(report.components) > 1 else ""
    unknown = "unknown: " if verdict.status is Status.UNKNOWN else ""
    says = _line(f"{unknown}{verdict.message}{name}")
    where = anchor(report, component, verdict, anchors)
    key = sha256(f"{verdict.item}\n{component.name}\n{where.path}".encode()).hexdigest()
    item = report.item(verdict.item)
    return Alert(component.name, item, verdict, says, where, key,
                 verdict.gate or id(verdict) in lapsed, remedy(item, verdict))  # fmt: skip


def anchor(
    report: Report, component: ComponentReport, verdict: Verdict, anchors: Anchors
) -> Anchor:
    """The file at fault where the evidence names one; else the item's line, or the component's."""
    for digest in verdict.evidence:
        one = report.evidence[digest]
        if one.outcome is Outcome.NO and one.places:
            return Anchor(anchors.inside(one.places[0].path), one.places[0].line or 1)
    home = anchors.items.get(verdict.item) or anchors.components.get(component.name)
    return home or Anchor(anchors.inside(CONFIG))


def cut(text: str, most: int = LONGEST) -> str:
    """The text, shortened where it is longer than any reader wants."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def remedy(item: Item, verdict: Verdict) -> str:
    """What to do about the item; of one that is met and waived all the same, about the waiver."""
    idle = verdict.waiver and verdict.status in (Status.MET, Status.NOT_APPLICABLE)
    return "Remove the waiver. (minutes)" if idle else to_do(item)


def to_do(item: Item) -> str:
    """The remedy with its effort, on one line: `Set a seed. (minutes)`."""
    return _line(f"{item.if_not.remedy} ({item.if_not.effort})")


def _line(text: str) -> str:
    """On one line, cut: before what is unprintable is shown, which takes time, and afterwards."""
    return cut(printable(cut(flat(text))))
