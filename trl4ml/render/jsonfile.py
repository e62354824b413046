"""The report as JSON: the same report gives the same bytes, and carries its digest."""

from trl4ml.core.canonical import digest
from trl4ml.core.report import Report
from trl4ml.render.plain import json_text


def jsonfile(report: Report) -> str:
    """The report with its digest, keys sorted; `digest` is of the canonical JSON of `report`."""
    whole = {
        "schema_version": report.schema_version,
        "digest": digest(report),
        "report": report.model_dump(mode="json"),
    }
    return json_text(whole, sort_keys=True)
