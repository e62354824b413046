"""Levels as pictures: the ladder of a component, its way over time, what is met where."""

from collections.abc import Sequence
from datetime import date

from trl4ml.core.level import LEVELS
from trl4ml.core.lifecycle import coverage
from trl4ml.core.noun import LevelNumber, Noun, Slug, Text
from trl4ml.core.report import ComponentReport, Report
from trl4ml.core.verdict import Status
from trl4ml.render.figures import Cell, Figure, Point, Rung, State
from trl4ml.render.words import level_of

PHASES = tuple(dict.fromkeys(level.phase for level in LEVELS))
STATES: dict[Status, State] = {Status.MET: "met", Status.NOT_MET: "not_met"}


class Past(Noun):
    """One earlier report: its digest, the day on which it was first made, its levels.

    A level of None is below the entry level.
    """

    day: date
    digest: Text
    levels: dict[Slug, LevelNumber | None]


def ladder(component: ComponentReport, report: Report) -> Figure:
    """The ten levels of a component, with the claimed, the required and the supported one."""
    gates = {gate.level: gate for gate in component.gates if gate.asked}
    rungs = tuple(
        Rung(
            level=n,
            name=level.name,
            state=STATES.get(gates[n].status, "unknown") if n in gates else "not_asked",
            claimed=n == component.claims,
            required=n == report.required_level,
            supported=n == component.supported,
        )
        for n, level in enumerate(LEVELS)
    )
    return Figure("ladder", f"Levels of {component.name}", _climbed(component, report), "", rungs)


def _climbed(component: ComponentReport, report: Report) -> str:
    said = [f"The component {component.name} {level_of(component)}"]
    said += [f"it claims level {component.claims}"] if component.claims is not None else []
    if report.required_level is not None:
        said.append(f"level {report.required_level} is required")
    return "; ".join(said) + "."


def way(report: Report, history: Sequence[Past]) -> Figure | None:
    """The level of each component from report to report; None before anything has moved."""
    every = [point for one in report.components for point in _points(one, history)]
    points = tuple(sorted(every, key=lambda point: (point.series, point.x)))
    if len({point.x for point in points}) < 2:
        return None
    says = "Each line is the level that a component's evidence supports; a fall is a switchback or "\
           "evidence that lapsed. Times below the entry level are left out."  # fmt: skip
    return Figure("steps", "Levels over time", says, "level", points)


def _points(component: ComponentReport, history: Sequence[Past]) -> list[Point]:
    """Both levels of a switchback on its day; then, as later on that day, those of reports."""
    sent = [(one.at.date(), n) for one in component.switchbacks for n in (one.left, one.to)]
    levels = [*sent, *((past.day, past.levels.get(component.name)) for past in history)]
    return [Point(day, level, series=component.name) for day, level in levels if level is not None]


def heat(report: Report) -> Figure | None:
    """Items met of those that apply, by step of the lifecycle and phase of the levels."""
    tags = {item.id: item.tags for item in report.items}
    phases = {
        phase: coverage(
            (tags[v.item], v.status is Status.MET)
            for v in report.applicable
            if LEVELS[v.level].phase == phase
        )
        for phase in PHASES
    }
    cells = tuple(
        Cell(
            f"{one.stage}, {one.step}",
            phase,
            one.met / one.asked if one.asked else None,
            f"{one.met} of {one.asked}" if one.asked else "not asked",
        )
        for steps in zip(*phases.values(), strict=True)
        for phase, one in zip(phases, steps, strict=True)
    )
    if all(cell.value is None for cell in cells):
        return None
    says = "Of the items that apply, how many are met: for each step of the machine-learning lifecycle "\
           "(rows) at the levels of each phase (columns). The darker, the more."  # fmt: skip
    return Figure("heat", "Items met, by step and phase", says, "", cells)
