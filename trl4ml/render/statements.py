"""Evidence as in-toto statements: which files a probe read, and which items they let pass.

Statement v1 with the predicate `test-result` v0.1 (in-toto attestation framework).
"""

import re
from typing import Any

from trl4ml.core.evidence import Evidence, Outcome
from trl4ml.core.report import Report
from trl4ml.core.verdict import Status

STATEMENT = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
RESULT = {Outcome.YES: "PASSED", Outcome.NO: "FAILED"}
LISTS = {"passedTests": Status.MET, "warnedTests": Status.UNKNOWN, "failedTests": Status.NOT_MET}
SHA256 = re.compile(r"[0-9a-f]{64}")


def statements(report: Report) -> dict[str, dict[str, Any]]:
    """Each statement by the name of its file; only what was answered, about all that was read."""
    made = {}
    for digest, one in sorted(report.evidence.items()):
        read = sorted(one.reads.items())
        subject = [{"name": name, "digest": {"sha256": content}} for name, content in read]
        told = bool(read) and all(SHA256.fullmatch(content) for _, content in read)
        if one.outcome in RESULT and told:
            name = f"{one.probe}-{digest[:12]}.intoto.json"
            made[name] = _statement(report, digest, one, subject)
    return made


def _statement(
    report: Report, digest: str, one: Evidence, subject: list[dict[str, Any]]
) -> dict[str, Any]:
    tests = {name: _items(report, digest, status) for name, status in LISTS.items()}
    predicate = {
        "result": RESULT[one.outcome],
        "configuration": [
            {"name": "trl4ml.yaml", "digest": {"sha256": report.config_digest}},
            {
                "name": f"{one.probe} {one.version}",
                "uri": f"pkg:pypi/{one.distribution.replace(' ', '@')}",
                "annotations": {"evidence": digest},
            },
        ],
        **tests,
    }
    return {
        "_type": STATEMENT,
        "subject": subject,
        "predicateType": TEST_RESULT,
        "predicate": predicate,
    }


def _items(report: Report, digest: str, status: Status) -> list[str]:
    """The items of that status that rest on the evidence; those met rest on nothing else, nowhere.

    Else the statement would vouch for what it does not name.
    """
    resting = [v for c in report.components for v in c.verdicts if digest in v.evidence]
    found = {v.item for v in resting if v.status is status}
    if status is Status.MET:
        found -= {v.item for v in resting if v.status is not status or len(set(v.evidence)) > 1}
    return sorted(found)
