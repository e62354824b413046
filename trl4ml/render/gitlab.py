"""The report as GitLab's code quality: a JSON array, also when it is empty."""

from trl4ml.core.report import Report
from trl4ml.core.verdict import Status
from trl4ml.render.alerts import Alert, Anchors, alerts
from trl4ml.render.plain import json_text, printable


def gitlab(report: Report, anchors: Anchors) -> str:
    """Not met is critical, unknown is major, an advisory item is minor."""
    return json_text([
        {
            "description": f"{one.item.id}: {one.says}. {one.remedy}",
            "check_name": one.item.id,
            "fingerprint": one.key,
            "severity": _severity(one),
            "location": {
                "path": printable(one.anchor.path),
                "lines": {"begin": one.anchor.line},
            },
        }
        for one in alerts(report, anchors)
    ])  # fmt: skip


def _severity(one: Alert) -> str:
    if not one.severe:
        return "minor"
    return "major" if one.verdict.status is Status.UNKNOWN else "critical"
