"""The report in brief, as Markdown: for a pull-request comment and a job's summary."""

from pathlib import Path

from markupsafe import Markup

from trl4ml.core.report import ComponentReport, Report, next_steps
from trl4ml.core.verdict import Status
from trl4ml.render.alerts import Alert, alerts
from trl4ml.render.markdown import environment
from trl4ml.render.words import STATUS, counts, level_of, verdict

LARGEST = 29_000
"""Bytes; with what changed, and with what marks it as ours, a comment has to be below 60 kB."""
MOST_ROWS = (400, 200, 100, 50, 20, 5, 0)
LONGEST_CELL = 400
MOST_STEPS, FEWEST_STEPS = 10, 3
FEWEST_COMPONENTS = 20


def summary(report: Report, templates: Path) -> str:
    """Verdict, components, what to do next, and all that is open, folded; at most 29 kB."""
    found = alerts(report)
    return next(
        text for rows in MOST_ROWS
        if len((text := _with(report, templates, found, rows)).encode()) <= LARGEST or not rows
    )  # fmt: skip


def _with(report: Report, templates: Path, found: list[Alert], rows: int) -> str:
    word, why = verdict(report)
    waived = [
        v for c in report.components for v in c.verdicts if v.status is Status.WAIVED and v.waiver
    ]
    steps = next_steps(report)
    told = MOST_STEPS if rows else FEWEST_STEPS
    worst_first = sorted(report.components, key=_standing)
    shown = {c.name for c in worst_first[: max(rows, FEWEST_COMPONENTS)]}
    return environment(templates).get_template("summary.md.j2").render(
        own=Markup, report=report, word=word, why=why, counts=counts(report), level_of=level_of,
        components=[c for c in report.components if c.name in shown],
        hidden=len(report.components) - len(shown), steps=steps[:told], more_steps=len(steps[told:]), found=found[:rows],
        more=len(found[rows:]), open=len(found), waived=waived[:rows], lets_pass=len(waived), status=STATUS, longest=LONGEST_CELL,
    )  # fmt: skip


def _standing(component: ComponentReport) -> tuple[bool, int]:
    """Those that fall short first, the lowest before all."""
    return component.met, -1 if component.supported is None else component.supported
