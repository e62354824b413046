"""Evidence as in-toto statements: which files a probe read, and which items they let pass.

Statement v1 with the predicate `test-result` v0.1 (in-toto attestation framework).
"""

import re
from typing import Any

from trl4ml.core.evidence import Evidence, Mode, Outcome
from trl4ml.core.report import Report
from trl4ml.core.verdict import Status

STATEMENT = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
OPEN = (Status.NOT_MET, Status.UNKNOWN)
"""What failed: a warning would say that it passed, and unknown never passes."""
SHA256 = re.compile(r"[0-9a-f]{64}")


def statements(report: Report) -> dict[str, dict[str, Any]]:
    """Each statement by the name of its file; only what a probe answered, about all that it read.

    What a person answered or signed is no result of a test.
    """
    made = {}
    for digest, one in sorted(report.evidence.items()):
        read = sorted(one.reads.items())
        subject = [{"name": name, "digest": {"sha256": content}} for name, content in read]
        told = bool(read) and all(SHA256.fullmatch(content) for _, content in read)
        answered = one.outcome in (Outcome.YES, Outcome.NO) and one.mode is not Mode.ATTESTED
        if answered and told:
            name = f"{one.probe}-{digest[:12]}.intoto.json"
            made[name] = _statement(report, digest, one, subject)
    return made


def _statement(
    report: Report, digest: str, one: Evidence, subject: list[dict[str, Any]]
) -> dict[str, Any]:
    passed, failed = _items(report, digest)
    predicate = {
        "result": "FAILED" if failed or one.outcome is Outcome.NO else "PASSED",
        "configuration": [
            {"name": "trl4ml.yaml", "digest": {"sha256": report.config_digest}},
            {
                "name": f"{one.probe} {one.version}",
                "uri": f"pkg:pypi/{one.distribution.replace(' ', '@')}",
                "annotations": {"evidence": digest},
            },
        ],
        "passedTests": passed,
        "warnedTests": [],
        "failedTests": failed,
    }
    return {
        "_type": STATEMENT,
        "subject": subject,
        "predicateType": TEST_RESULT,
        "predicate": predicate,
    }


def _items(report: Report, digest: str) -> tuple[list[str], list[str]]:
    """The items that rest on the evidence and are met, there and everywhere, on nothing else; and
    those that are open somewhere.

    Else the statement would vouch for what it does not name.
    """
    resting = [v for c in report.components for v in c.verdicts if digest in v.evidence]
    met = {v.item for v in resting if v.status is Status.MET}
    met -= {v.item for v in resting if v.status is not Status.MET or len(set(v.evidence)) > 1}
    return sorted(met), sorted({v.item for v in resting if v.status in OPEN})
