"""The readiness report: the verdict and the one sentence why, then what it rests on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from trl4ml.core.diff import ReportDiff
from trl4ml.core.level import LEVELS, Gate
from trl4ml.core.report import ComponentReport, Report, next_steps
from trl4ml.core.verdict import Status, Verdict
from trl4ml.render.diff import headline
from trl4ml.render.diff_rows import Row, sections
from trl4ml.render.markdown import assumed, by_risk, covered
from trl4ml.render.pages.items import on_page
from trl4ml.render.pages.levels import Past, heat, ladder, way
from trl4ml.render.pages.page import page
from trl4ml.render.words import verdict, ways

MOST_CHANGES = 25
"""Rows of each kind of change on the page; data/ holds both reports whole."""


Link = tuple[Markup, str]
"""A file that the page leads to, by its address seen from the page, and what it holds."""


class Blocked(NamedTuple):
    """A level on the way to the wanted one, and how its gate stands for the component."""

    component: str
    gate: Gate
    name: str


def readiness(
    report: Report, named: str, history: Sequence[Past], changes: ReportDiff | None,
    links: Mapping[str, Sequence[Link]], templates: Path,
) -> str:  # fmt: skip
    """The page `index.md`; `named` is the digest, `links` are the other pages and data, by heading."""
    word, why = verdict(report)
    weakest = next(c for c in report.components if c.name == report.weakest)
    others = [c for c in report.components if c is not weakest]
    return page(
        templates, "readiness", report=report, word=word, why=why, digest=named,
        first=None if report.partial else ladder(weakest, report),
        others=[] if report.partial else [ladder(one, report) for one in others],
        counted=report.counts(), unknown=Status.UNKNOWN, not_applicable=Status.NOT_APPLICABLE,
        steps=next_steps(report), blocked=[] if report.partial else blocked(report),
        told={c.name: ways(c, report) for c in report.components},
        waived=waived(report), judged=on_page(report), changes=changes and headline(changes),
        changed=cut(changes) if changes else [], way=way(report, history), history=history,
        risks=by_risk(report), assumptions=assumed(report),
        heat=heat(report) if covered(report) else None,
        cards=[str(path) for path, _ in links.get("Cards", ())], links=links,
    )  # fmt: skip


def link(path: str, title: str) -> Link:
    """The link to a file of ours, whose path is relative."""
    return Markup(quote(path)), title  # noqa: S704


def blocked(report: Report) -> list[Blocked]:
    """Every gate that is not met on the way from what is supported to what is wanted."""
    return [
        Blocked(one.name, gate, LEVELS[gate.level].name)
        for one in report.components
        for gate in one.gates
        if not gate.met and gate.asked and gate.level <= _goal(one)
    ]


def _goal(component: ComponentReport) -> int:
    working_on = component.working_on
    least = 9 if working_on is None else working_on
    return max(least, component.wanted or 0)


def waived(report: Report) -> list[tuple[str, Verdict]]:
    """Component and verdict of each item that a waiver excuses."""
    return [(c.name, v) for c in report.components for v in c.verdicts if v.status is Status.WAIVED]


def cut(changes: ReportDiff) -> list[tuple[str, list[Row], int]]:
    """Each kind of change with its first rows, and how many more there are."""
    return [
        (title, rows[:MOST_CHANGES], len(rows[MOST_CHANGES:])) for title, rows in sections(changes)
    ]
