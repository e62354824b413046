"""The report as workflow commands of GitHub Actions: annotations, within what a step may show."""

from itertools import islice

from trl4ml.core.report import Report
from trl4ml.render.alerts import Alert, Anchors, alerts, ending
from trl4ml.render.plain import printable
from trl4ml.render.words import STATUS, flat, verdict

MOST = 10
"""Annotations of each kind that GitHub shows of one step; it drops the others silently."""


def github(report: Report, anchors: Anchors) -> str:
    """Errors for gates, warnings for advice, the worst ten of each; then, as notices, the waivers that
    end soon, and the verdict."""
    found = alerts(report, anchors)
    lines: list[str] = []
    for kind, severe in (("error", True), ("warning", False)):
        own = [one for one in found if one.severe is severe]
        lines += [_command(kind, one) for one in islice(own, MOST)]
    left = max(0, sum(one.severe for one in found) - MOST)
    left += max(0, sum(not one.severe for one in found) - MOST)
    soon = ending(report, anchors)
    lines += [_command("notice", one) for one in islice(soon, MOST - 1)]
    left += max(0, len(soon) - MOST + 1)
    word, why = verdict(report)
    more = f" {left} more in the summary." if left else ""
    lines.append(f"::notice title=trl4ml::{_data(f'{word}: {why}{more}')}")
    return "".join(f"{line}\n" for line in lines)


def _command(kind: str, one: Alert) -> str:
    place = f"file={_property(one.anchor.path)},line={one.anchor.line},col={one.anchor.column}"
    state = STATUS[one.verdict.status]
    title = _property(f"{one.item.id}: {state}, level {one.item.level}")
    return f"::{kind} {place},title={title}::{_data(f'{one.says}. {one.remedy}')}"


def _data(text: str) -> str:
    return printable(flat(text)).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
