"""The report as JSON: the same report gives the same bytes, and carries its digest."""

import json

from trl4ml.core.canonical import digest
from trl4ml.core.report import Report


def jsonfile(report: Report) -> str:
    """The report with its digest, keys sorted; `digest` is of the canonical JSON of `report`."""
    whole = {
        "schema_version": report.schema_version,
        "digest": digest(report),
        "report": report.model_dump(mode="json"),
    }
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
