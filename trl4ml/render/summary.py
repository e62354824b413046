"""The report in brief, as Markdown: for a pull-request comment and a job's summary."""

from pathlib import Path

from markupsafe import Markup

from trl4ml.core.report import Report, next_steps
from trl4ml.core.verdict import Status
from trl4ml.render.alerts import alerts
from trl4ml.render.markdown import environment
from trl4ml.render.words import STATUS, counts, level_of, verdict

LARGEST = 60_000
"""Bytes; GitHub refuses a comment of more than 65,536 characters."""
MOST_ROWS = (400, 200, 100, 50, 20, 5, 0)
LONGEST_CELL = 400
MOST_STEPS = 10


def summary(report: Report, templates: Path) -> str:
    """Verdict, components, what to do next, and all that is open, folded; at most 60 kB."""
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
    return environment(templates).get_template("summary.md.j2").render(
        own=Markup, report=report, word=word, why=why, counts=counts(report), level_of=level_of,
        steps=steps[:MOST_STEPS], more_steps=len(steps[MOST_STEPS:]), found=found[:rows],
        more=len(found[rows:]), open=len(found), waived=waived[:rows], status=STATUS, longest=LONGEST_CELL,
    )  # fmt: skip
