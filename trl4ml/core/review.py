"""A review: one decision about one report, as an in-toto Statement with a predicate of our own.

No vetted predicate of in-toto describes a human review (in-toto/attestation #77 is open since 2021).
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from trl4ml.core.answer import Said
from trl4ml.core.canonical import canonical
from trl4ml.core.noun import LevelNumber, Noun, Slug, wrong

NAMESPACE = "signoff@trl4ml"
"""Of the OpenSSH signature: a signature for another purpose is none here."""
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://trl4ml.github.io/trl4ml/attestation/signoff/v0.1"
REPORT, PAGE = "report.json", "index.html"
"""The names of two subjects; every other subject is a model's manifest, by its path."""
LONGEST = 20_000
MOST = 200
MOMENT = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Principal = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+@-]*$", max_length=120)
]
"""Who signs, as in carol@example.org. ASCII alone: no letter that only looks like another."""
Said1 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)]


class Decision(StrEnum):
    APPROVE = "approve"
    CONDITIONS = "approve-with-conditions"
    REJECT = "reject"
    RECUSE = "recuse"
    """Takes no part: what this person decided before about the report does not count."""
    REVOKE = "revoke"
    """Takes back the note that it names."""


class ReviewAnswer(Noun):
    """What the reviewer answers to an item of the checklist, beside the decision."""

    item: Slug
    answer: Said
    remark: Annotated[str, StringConstraints(max_length=LONGEST)] = ""


class Digest(Noun):
    sha256: Sha256


class Subject(Noun):
    name: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    digest: Digest


class InToto(Noun):
    """Keys as in-toto writes them: `createdAt`."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class SignOff(InToto):
    """The predicate: who decides what, about which component and up to which level."""

    decision: Decision
    project: Slug
    component: Slug | None = None
    """Only this component; None is all of them."""
    level: LevelNumber
    """An approval holds up to this level; a rejection from this level on."""
    role: Slug
    reviewer: Principal
    reason: Said1
    conditions: Annotated[tuple[Said1, ...], Field(max_length=MOST)] = ()
    answers: Annotated[tuple[ReviewAnswer, ...], Field(max_length=MOST)] = ()
    policy: Digest
    """Of the rules under which it was decided."""
    created_at: str
    """When, as the signer says: UTC, to the second, as in 2026-11-21T09:00:00Z."""
    expires_at: str | None = None
    """The first moment at which it no longer holds."""
    prev: Sha256 | None
    """The payload's digest of the last note that the signer saw; None where there was none."""
    revokes: Sha256 | None = None

    @field_validator("created_at", "expires_at")
    @classmethod
    def _moment(cls, text: str | None) -> str | None:
        if text is not None and (moment(text) is None):
            raise ValueError(f"'{text[:40]}' is no moment in UTC as in 2026-11-21T09:00:00Z")
        return text

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.decision is Decision.CONDITIONS) is not bool(self.conditions):
            raise wrong(
                "conditions go with approve-with-conditions, and with nothing else", "conditions"
            )
        if (self.decision is Decision.REVOKE) is not bool(self.revokes):
            raise wrong("revoke names the note that it revokes, and nothing else does", "revokes")
        if self.answers and self.decision not in (Decision.APPROVE, Decision.CONDITIONS):
            raise wrong("answers go with an approval", "answers")
        return self

    @property
    def at(self) -> datetime:
        found = moment(self.created_at)
        assert found
        return found

    @property
    def ends(self) -> datetime | None:
        return moment(self.expires_at) if self.expires_at else None


class Statement(InToto):
    """What is signed: the RFC 8785 bytes of this, which `payload` gives."""

    kind: Literal["https://in-toto.io/Statement/v1"] = Field(STATEMENT_TYPE, alias="_type")
    subject: Annotated[tuple[Subject, ...], Field(min_length=1, max_length=MOST)]
    predicate_type: Literal["https://trl4ml.github.io/trl4ml/attestation/signoff/v0.1"] = (
        PREDICATE_TYPE
    )
    predicate: SignOff

    @model_validator(mode="after")
    def _once(self) -> Self:
        names = [one.name for one in self.subject]
        if len(set(names)) < len(names):
            raise wrong("a subject is named twice", "subject")
        if REPORT not in names:
            raise wrong(f"no subject is named {REPORT}", "subject")
        return self

    @property
    def report(self) -> str:
        """The digest of the report that was reviewed."""
        return next(one.digest.sha256 for one in self.subject if one.name == REPORT)

    @property
    def manifests(self) -> dict[str, str]:
        """The digest of each model's manifest, by its path in the project."""
        apart = (REPORT, PAGE)
        return {s.name: s.digest.sha256 for s in self.subject if s.name not in apart}


def payload(statement: Statement) -> bytes:
    """The bytes that are signed: canonical JSON, without what is absent by default.

    Every key of the predicate is there, null or empty too, so that both writers, this one and the
    page's, need no rule on what to leave out.
    """
    return canonical(statement.model_dump(mode="json", by_alias=True))


def statement(text: bytes) -> Statement:
    """The statement of JSON, of a key that stands twice the last. Raises ValidationError."""
    return Statement.model_validate_json(text)


def first_fault(error: ValidationError) -> str:
    """Where, and what is wrong there: `predicate.level: Input should be …`."""
    one = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, one['loc'])) or 'statement'}: {one['msg']}"


def moment(text: str) -> datetime | None:
    """The moment of `2026-11-21T09:00:00Z`; None for every other way to write one."""
    try:
        return datetime.fromisoformat(text) if MOMENT.fullmatch(text) else None
    except ValueError:
        return None


def days(text: str) -> timedelta:
    """`180d` as a duration."""
    return timedelta(days=int(text.removesuffix("d")))
