"""The report as SARIF 2.1.0 (OASIS): `full`, or `scanning` for GitHub code scanning.

Code scanning heeds neither `kind` nor `suppressions`, so that a pass or a waiver would become an
alert: `scanning` holds what is not met or unknown, and nothing else.
"""

from collections.abc import Collection
from typing import Any

from trl4ml.core.checklist import Item
from trl4ml.core.report import Report
from trl4ml.core.verdict import PASSES, Status, Verdict
from trl4ml.render.alerts import (
    Alert,
    Anchors,
    alert,
    alerts,
    cut,
    lapsed_in,
    to_do,
    within,
)
from trl4ml.render.markdown import escaped
from trl4ml.render.plain import json_text, printable
from trl4ml.render.words import flat

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MOST_RESULTS = 5000
"""What code scanning shows of one run."""
MOST_TAGS = 10
KIND = {
    Status.MET: "pass",
    Status.NOT_MET: "fail",
    Status.UNKNOWN: "open",
    Status.NOT_APPLICABLE: "notApplicable",
    Status.WAIVED: "review",
}
Json = dict[str, Any]


def full(report: Report, anchors: Anchors) -> str:
    """Every verdict up to the wanted level, with its kind; a waiver is a suppression, and one that
    nothing needs any more a failure."""
    lapsed = lapsed_in(report)
    every = [alert(report, component, one, anchors, lapsed) for component, one in within(report)]
    results = [_result(one, _kind(one.verdict, lapsed)) for one in every]
    return _log(report, every, results)


def _kind(verdict: Verdict, lapsed: Collection[int]) -> str:
    idle = id(verdict) in lapsed and verdict.status in PASSES
    return "fail" if idle else KIND[verdict.status]


def scanning(report: Report, anchors: Anchors) -> str:
    """What is not met as an error, what is unknown, or advisory and not met, as a warning."""
    shown = alerts(report, anchors)[:MOST_RESULTS]
    return _log(report, shown, [_result(one, "fail") for one in shown])


def _log(report: Report, shown: list[Alert], results: list[Json]) -> str:
    tool, _, version = report.tool.partition(" ")
    items = {one.item.id: one.item for one in shown}
    at = {id: number for number, id in enumerate(sorted(items))}
    for result in results:
        result["ruleIndex"] = at[result["ruleId"]]
    driver = {
        "name": tool,
        "version": version,
        "informationUri": "https://github.com/trl4ml/trl4ml",
        "rules": [_rule(items[id]) for id in sorted(items)],
    }
    one_run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"trl4ml/{report.project}/"},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [one_run]})


def _rule(item: Item) -> Json:
    why, remedy = cut(printable(flat(item.why))), to_do(item)
    refs = [printable(flat(ref)) for ref in item.refs]
    return {
        "id": item.id,
        "shortDescription": {"text": cut(printable(flat(item.ask)))},
        "fullDescription": {"text": why},
        "help": {
            "text": f"{why}\n\nWhat to do: {remedy}",
            "markdown": f"{escaped(why)}\n\n**What to do**: {escaped(remedy)}",
        },
        "defaultConfiguration": {"level": "error" if item.gate else "warning"},
        "properties": {
            "problem.severity": "error" if item.gate else "recommendation",
            "tags": [f"level-{item.level}", *refs][:MOST_TAGS],
        },
    }


def _result(one: Alert, kind: str) -> Json:
    region = {
        "startLine": one.anchor.line, "startColumn": one.anchor.column,
        "endLine": one.anchor.line, "endColumn": one.anchor.column + 1,
    }  # fmt: skip
    uri = _uri(one.anchor.path)
    result: Json = {
        "ruleId": one.item.id,
        "kind": kind,
        "level": _level(one) if kind == "fail" else "none",
        "message": {"text": one.says},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": f"{one.key[:16]}:1"},
        "properties": {"component": one.component, "level": one.item.level},
    }
    if one.verdict.status is Status.WAIVED and one.verdict.waiver:
        reason = cut(printable(flat(one.verdict.waiver.reason)))
        by = printable(flat(one.verdict.waiver.owner))
        says = f"waived by {by} until {one.verdict.waiver.until}: {reason}"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": says}]
    return result


def _level(one: Alert) -> str:
    unknown = one.verdict.status is Status.UNKNOWN
    if one.severe:
        return "warning" if unknown else "error"
    return "note" if unknown else "warning"


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path, safe="/", errors="backslashreplace")
