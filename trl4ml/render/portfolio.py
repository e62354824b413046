"""Many projects on one page: a row for each, the one that falls the furthest short first."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.level import LEVELS
from trl4ml.core.report import Report
from trl4ml.core.verdict import Status
from trl4ml.render.figures import Bar, Figure
from trl4ml.render.pages.page import page
from trl4ml.render.words import verdict

BELOW = -1


class Row(NamedTuple):
    """A project in the table; what nobody knows or asked for is None."""

    project: str
    verdict: str
    """`READY`, `NOT READY`, `LEVEL 4` (nothing is required), or `MET`, `NOT MET` where no level is
    computed."""
    met: bool
    computed: bool
    """Whether it has a level: not where only some items or one component were asked."""
    level: int | None
    """The level that its evidence supports; None is below the entry level, or not computed."""
    required: int | None
    """What the criticality asks for, or a component claims, whichever is higher."""
    weakest: str
    unknown: int
    """Items that are unknown."""
    oldest: str | None
    """The oldest day of an answer that a verdict rests on, as in 2026-11-21."""
    waived: int
    waived_until: str | None
    """The first day on which one of the waivers ends."""
    lapsed: int
    """Waivers that have ended or that nothing needs any more."""

    @property
    def short_by(self) -> int:
        """How many levels it falls short of what is required."""
        return max(0, (self.required or 0) - (BELOW if self.level is None else self.level))


class Unreadable(NamedTuple):
    """What should have been a project, and why it is not in the table."""

    path: str
    says: str


def row(report: Report) -> Row:
    """The report on one line."""
    waived = [
        v.waiver for c in report.components for v in c.verdicts if v.status is Status.WAIVED and v.waiver
    ]  # fmt: skip
    return Row(
        project=report.project,
        verdict=verdict(report)[0],
        met=report.met,
        computed=not report.partial and report.only_component is None,
        level=report.supported,
        required=max((c.wanted for c in report.components if c.wanted is not None), default=None),
        weakest=report.weakest,
        unknown=report.counts()[Status.UNKNOWN],
        oldest=oldest(report),
        waived=len(waived),
        waived_until=min((one.until.isoformat() for one in waived), default=None),
        lapsed=len(report.lapsed_waivers),
    )


def oldest(report: Report) -> str | None:
    """The oldest day of an answer that a verdict rests on; None where none rests on an answer."""
    rested_on = {digest for c in report.components for v in c.verdicts for digest in v.evidence}
    found = (report.evidence[d] for d in rested_on if d in report.evidence)
    days = (
        one.measures["on"].value for one in found if one.probe == "answer" and "on" in one.measures
    )
    return min((day for day in days if isinstance(day, str)), default=None)


def portfolio(rows: Sequence[Row], unreadable: Sequence[Unreadable], templates: Path) -> str:
    """The page over all projects, each row leading to `<project>/index.md` beside it."""
    worst_first = sorted(rows, key=lambda one: (one.met, -one.short_by, one.project))
    return page(
        templates, "portfolio", rows=worst_first, unreadable=sorted(unreadable),
        ready=sum(one.met for one in rows), levels=by_level(rows), names=LEVELS,
    )  # fmt: skip


def by_level(rows: Sequence[Row]) -> Figure | None:
    """How many projects support each level; None where no level is computed."""
    levels = [BELOW if one.level is None else one.level for one in rows if one.computed]
    if not levels:
        return None
    bars = tuple(
        Bar(f"level {n}" if n > BELOW else "below its entry", levels.count(n))
        for n in range(BELOW, max(levels) + 1)
        if n > BELOW or BELOW in levels
    )
    says = f"The number of projects that support each level, from level 0 to level {max(levels)}, "\
           "the highest of them."  # fmt: skip
    return Figure("bars", "Projects by level", says, "", bars)
