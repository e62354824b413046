"""What every rendering says in the same words."""

from trl4ml.core.level import LEVELS
from trl4ml.core.lifecycle import Covered
from trl4ml.core.report import ComponentReport, Report
from trl4ml.core.switchback import Switchback
from trl4ml.core.verdict import PASSES, Status

MLTRL = "mltrl"
STATUS = {
    Status.MET: "met",
    Status.NOT_MET: "not met",
    Status.UNKNOWN: "unknown",
    Status.NOT_APPLICABLE: "not applicable",
    Status.WAIVED: "waived",
}


def verdict(report: Report) -> tuple[str, str]:
    """The verdict in one word or two, and the one sentence why."""
    if report.partial:
        open_ones = [v for v in report.applicable if v.status not in PASSES]
        of = len(report.applicable)
        says = f"{of - len(open_ones)} of the {of} items asked are met; no level is computed."
        return ("MET" if report.met else "NOT MET"), says
    if report.met and all(c.wanted is None for c in report.components):
        lowest = min(c.supported or 0 for c in report.components)
        return f"LEVEL {lowest}", _why(report)
    return ("READY" if report.met else "NOT READY"), _why(report)


def _why(report: Report) -> str:
    lists = [one.checklist for one in report.checklists]
    own = (
        ""
        if MLTRL in lists
        else f" Judged without the checklist {MLTRL}, by {' and '.join(lists)} alone."
    )
    return f"{_because_of(report)}{own}"


def _because_of(report: Report) -> str:
    weakest = next(c for c in report.components if c.name == report.weakest)
    subject = f"the component {report.only_component}" if report.only_component else report.project
    says = f"{subject} {level_of(weakest)}"
    if len(report.components) > 1:
        says += f" (its weakest component, {weakest.name})"
    short = [c for c in report.components if not c.met and c.wanted is not None]
    if short:
        worst = max(short, key=lambda c: c.wanted or 0)
        return f"{says}; {worst.wanted} is wanted{_because(worst, report)}."
    if report.lapsed_waivers:
        return f"{says}, but a waiver has ended or is no longer needed."
    if weakest.wanted is None:
        return f"{says}. No level is claimed or required; set `criticality` or `claims`."
    return f"{says}, as wanted{_because(weakest, report)}."


def level_of(component: ComponentReport) -> str:
    if component.supported is None:
        return f"is below level {component.entry_level}"
    return f"supports level {component.supported}, {LEVELS[component.supported].name}"


def _because(component: ComponentReport, report: Report) -> str:
    reasons = []
    if component.wanted == component.claims:
        reasons.append(f"{component.name} claims it")
    if component.wanted == report.required_level:
        by = f"criticality {report.criticality}" if report.criticality else "the policy"
        reasons.append(f"{by} requires it")
    return f" ({' and '.join(reasons)})" if reasons else ""


def ways(component: ComponentReport, report: Report) -> list[str]:
    """What a component takes from others, and its latest way back, each as a sentence."""
    level = {c.name: level_of(c) for c in report.components}
    told = [
        f"takes from {name}{f', which {level[name]}' if name in level else ''}"
        for name in component.coupled
    ]
    if component.switchbacks:
        told.append(f"was {back(component.switchbacks[-1])}")
    return told


def back(one: Switchback) -> str:
    """`switched back from 6 to 5 on 2026-11-21 by Ana (discovery): labels were wrong`."""
    review = f", {one.review}" if one.review else ""
    return (f"switched back from {one.left} to {one.to} on {one.at.date()} by {one.by} "
            f"({one.kind}{review}): {flat(one.reason)}")  # fmt: skip


def share(covered: Covered) -> str:
    """`3/5`: items met of those that apply; `–` where none does."""
    return f"{covered.met}/{covered.asked}" if covered.asked else "–"


def flat(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def counts(report: Report) -> str:
    return " · ".join(f"{n} {STATUS[status]}" for status, n in report.counts().items())
