"""The nouns of a review: how a moment is written, and that there is one way to write a statement."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from trl4ml.core.panel import Panel, ReviewPolicy
from trl4ml.core.review import first_fault, moment, payload, statement

SAID: dict[str, Any] = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "report.json", "digest": {"sha256": "ab" * 32}}],
    "predicateType": "https://trl4ml.github.io/trl4ml/attestation/signoff/v0.1",
    "predicate": {
        "decision": "approve", "project": "loans", "component": None, "level": 4,
        "role": "product", "reviewer": "carol@example.org", "reason": "read it", "conditions": [],
        "answers": [], "policy": {"sha256": "cd" * 32}, "createdAt": "2026-11-21T09:00:00Z",
        "expiresAt": None, "prev": None, "revokes": None,
    },
}  # fmt: skip
PREDICATE = SAID["predicate"]


def text(**said: Any) -> bytes:
    return json.dumps({**SAID, "predicate": {**PREDICATE, **said}}).encode()


def test_a_statement_is_written_with_every_key_and_read_back() -> None:
    said = statement(text())
    assert json.loads(payload(said)) == SAID
    assert statement(payload(said)) == said
    assert said.report == "ab" * 32 and said.manifests == {}


@given(st.datetimes(datetime(2000, 1, 1), datetime(2999, 12, 31)))
def test_a_moment_is_read_as_it_was_written(at: datetime) -> None:
    at = at.replace(microsecond=0, tzinfo=UTC)
    assert moment(f"{at:%Y-%m-%dT%H:%M:%SZ}") == at


@pytest.mark.parametrize(
    "odd",
    ["", "2026-11-21", "2026-11-21T09:00:00", "2026-11-21T09:00:00+00:00", "2026-11-21T09:00Z",
     "2026-11-21 09:00:00Z", "2026-11-21t09:00:00z", "2026-11-21T09:00:00.0Z", "2026-02-30T09:00:00Z",
     "2026-11-21T24:00:00Z", "2026-11-21T23:59:60Z", "1999-12-31T23:59:59Z", "20261121T090000Z",
     "2026-11-21T09:00:00Z\n", "٢026-11-21T09:00:00Z", "2026-W47-6T09:00:00Z"],
)  # fmt: skip
def test_a_moment_is_written_in_one_way(odd: str) -> None:
    assert moment(odd) is None
    with pytest.raises(ValidationError, match="is no moment in UTC as in 2026-11-21T09:00:00Z"):
        statement(text(createdAt=odd))


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"decision": "approve-with-conditions"},
         "predicate: conditions go with approve-with-conditions, and with nothing else"),
        ({"conditions": ["x"]},
         "predicate: conditions go with approve-with-conditions, and with nothing else"),
        ({"decision": "revoke"},
         "predicate: revoke names the note that it revokes, and nothing else does"),
        ({"revokes": "ab" * 32},
         "predicate: revoke names the note that it revokes, and nothing else does"),
        ({"decision": "reject", "answers": [{"item": "a", "answer": "yes"}]},
         "predicate: answers go with an approval"),
        ({"level": "4"}, "predicate.level: Input should be a valid integer"),
        ({"reason": "  "}, "predicate.reason: String should have at least 1 character"),
        ({"reviewer": "cаrol@example.org"},
         "predicate.reviewer: String should match pattern '^[A-Za-z0-9][A-Za-z0-9._+@-]*$'"),
        ({"supersedes": None}, "predicate.supersedes: Extra inputs are not permitted"),
    ],
)  # fmt: skip
def test_a_statement_that_contradicts_itself_is_refused(said: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError) as found:
        statement(text(**said))
    assert first_fault(found.value) == fault


@pytest.mark.parametrize(
    ("subject", "fault"),
    [
        ([], "subject: Tuple should have at least 1 item after validation, not 0"),
        ([{"name": "m.json", "digest": {"sha256": "ab" * 32}}],
         "statement: no subject is named report.json"),
        ([{"name": "report.json", "digest": {"sha256": "ab" * 32}}] * 2,
         "statement: a subject is named twice"),
        ([{"name": "report.json", "digest": {"sha256": "AB" * 32}}],
         "subject.0.digest.sha256: String should match pattern '^[0-9a-f]{64}$'"),
    ],
)  # fmt: skip
def test_a_statement_names_its_report_once(subject: list[Any], fault: str) -> None:
    with pytest.raises(ValidationError) as found:
        statement(json.dumps({**SAID, "subject": subject}).encode())
    assert first_fault(found.value) == fault


def test_a_new_reviewer_or_page_is_no_other_policy() -> None:
    rules = ReviewPolicy()
    more = ReviewPolicy(
        roles={"product": ("carol@example.org",)}, origins=("https://reviews.example.org",),
        server="https://reviews.example.org",
    )  # fmt: skip
    assert rules.digest == more.digest
    assert ReviewPolicy(expires_after="30d").digest != rules.digest


@pytest.mark.parametrize("role", ["product", "own", "auditor"])
def test_a_veto_is_one_of_a_role_that_there_is(role: str) -> None:
    panels = {"4": Panel(roles={"engineering": 1, "product": 1, "auditor": 1})}
    found = ReviewPolicy(roles={"own": ("carol@example.org",)}, panels=panels, veto=(role,))
    assert found.has_veto(role)
    with pytest.raises(ValidationError, match="no role is called 'prodcut'"):
        ReviewPolicy(veto=("product", "prodcut"))


def test_what_is_told_of_a_moment_is_short() -> None:
    with pytest.raises(ValidationError) as told:
        statement(text(createdAt="9" * 100_000))
    assert len(first_fault(told.value)) < 200
