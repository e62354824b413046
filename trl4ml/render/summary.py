"""The report in brief, as Markdown: for a pull-request comment and a job's summary."""

from pathlib import Path

from markupsafe import Markup

from trl4ml.core.report import ComponentReport, Report, next_steps
from trl4ml.core.verdict import Status
from trl4ml.render.alerts import alerts
from trl4ml.render.markdown import environment
from trl4ml.render.words import STATUS, counts, level_of, verdict

LARGEST = 59_000
"""Bytes; a comment has to be below 60 kB with what marks it as ours."""
MOST_ROWS = (400, 200, 100, 50, 20, 5, 0)
LONGEST_CELL = 400
MOST_STEPS = 10
FEWEST_COMPONENTS = 20


def summary(report: Report, templates: Path) -> str:
    """Verdict, components, what to do next, and all that is open, folded; at most 59 kB."""
    return next(
        text for rows in MOST_ROWS
        if len((text := _with(report, templates, rows)).encode()) <= LARGEST or not rows
    )  # fmt: skip


def _with(report: Report, templates: Path, rows: int) -> str:
    word, why = verdict(report)
    found = alerts(report)
    waived = [
        v for c in report.components for v in c.verdicts if v.status is Status.WAIVED and v.waiver
    ]
    steps = next_steps(report)
    worst_first = sorted(report.components, key=_standing)
    shown = {c.name for c in worst_first[: max(rows, FEWEST_COMPONENTS)]}
    return environment(templates).get_template("summary.md.j2").render(
        own=Markup, report=report, word=word, why=why, counts=counts(report), level_of=level_of,
        components=[c for c in report.components if c.name in shown],
        hidden=len(report.components) - len(shown), steps=steps[:MOST_STEPS], more_steps=len(steps[MOST_STEPS:]), found=found[:rows],
        more=len(found[rows:]), open=len(found), waived=waived[:rows], status=STATUS, longest=LONGEST_CELL,
    )  # fmt: skip


def _standing(component: ComponentReport) -> tuple[bool, int]:
    """Those that fall short first, the lowest before all."""
    return component.met, -1 if component.supported is None else component.supported
