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
    """Each statement by the name of its file; only what was answered, about files that were read."""
    made = {}
    for digest, one in sorted(report.evidence.items()):
        subject = [
            {"name": name, "digest": {"sha256": content}}
            for name, content in sorted(one.reads.items())
            if SHA256.fullmatch(content)
        ]
        if one.outcome in RESULT and subject:
            name = f"{one.probe}-{digest[:12]}.intoto.json"
            made[name] = _statement(report, digest, one, subject)
    return made


def _statement(
    report: Report, digest: str, one: Evidence, subject: list[dict[str, Any]]
) -> dict[str, Any]:
    verdicts = [v for c in report.components for v in c.verdicts if digest in v.evidence]
    tests = {
        name: sorted({v.item for v in verdicts if v.status is status})
        for name, status in LISTS.items()
    }
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
