"""Ledgers for tests: real keys made by `ssh-keygen`, notes signed by it or in process.

A `Scene` is a whole check whose every part a test may change.
"""

import base64
import hashlib
import subprocess
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.review import NAMESPACE, REPORT, Decision, SignOff, Statement, Subject
from trl4ml.core.review import payload as payload_of
from trl4ml.core.standing import Checked, Verified
from trl4ml.ledger import chain, note, signers, sshsig
from trl4ml.ledger.checking import checked
from trl4ml.ledger.note import Entry
from trl4ml.ledger.trust import Base, Now, Trust
from trl4ml.ledger.wire import string

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CAROL, DAVE, EVE = "carol@example.org", "dave@example.org", "eve@example.org"
DIGEST, OTHER = "ab" * 32, "cd" * 32
PROJECT, COMPONENT, MANIFEST = "loans", "model", "model/manifest.json"
OWNER = "Olga <olga@example.org>"


class Key(NamedTuple):
    """An Ed25519 key, and what signs with it without a process."""

    private: Ed25519PrivateKey
    blob: bytes

    @property
    def text(self) -> str:
        return f"ssh-ed25519 {base64.b64encode(self.blob).decode()}"

    def sign(self, message: bytes, namespace: str = NAMESPACE) -> str:
        made = self.private.sign(sshsig.to_be_signed(message, namespace))
        return sshsig.assembled(self.blob, namespace, string(b"ssh-ed25519") + string(made))


def key(seed: str) -> Key:
    """The key of this seed: the same in every run."""
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
    raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Key(private, string(b"ssh-ed25519") + string(raw))


KEYS = {who: key(who) for who in (CAROL, DAVE, EVE)}
POLICY = ReviewPolicy(
    roles={"product": (CAROL, DAVE), "engineering": (CAROL, EVE), "research": (EVE,)},
    origins=("https://reviews.example.org",),
)


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def statement(**said: Any) -> Statement:
    """An approval by Carol of what there is now, but for what is said."""
    report = said.pop("report", DIGEST)
    manifests = said.pop("manifests", {MANIFEST: OTHER})
    plain: dict[str, Any] = {
        "decision": Decision.APPROVE, "project": PROJECT, "level": 4, "role": "product",
        "reviewer": CAROL, "reason": "read it", "policy": {"sha256": POLICY.digest},
        "created_at": moment(NOW - timedelta(days=1)), "prev": None, **said,
    }  # fmt: skip
    subjects = {REPORT: report, **manifests}
    return Statement(
        subject=tuple(
            Subject.model_validate({"name": name, "digest": {"sha256": digest}})
            for name, digest in subjects.items()
        ),
        predicate=SignOff.model_validate(plain),
    )


def digest(entry: Entry) -> str:
    return note.read(entry.content).digest


def entry(
    said: Statement, number: int = 1, key: Key | None = None, path: str = "", signature: str = ""
) -> Entry:
    """The note's file, signed with its reviewer's own key unless another is given."""
    payload = payload_of(said)
    made = signature or (key or KEYS[said.predicate.reviewer]).sign(payload)
    name = hashlib.sha256(payload).hexdigest()
    return Entry(path or chain.place(number, said, name), note.written(payload, made))


def row(*said: dict[str, Any]) -> tuple[Entry, ...]:
    """Notes that follow one another, one minute apart."""
    found: list[Entry] = []
    for number, one in enumerate(said, 1):
        at = moment(NOW - timedelta(days=1) + timedelta(minutes=number))
        prev = digest(found[-1]) if found else None
        found.append(entry(statement(**{"created_at": at, "prev": prev, **one}), number))
    return tuple(found)


def allowed(keys: Mapping[str, Key] = KEYS, **options: Any) -> tuple[signers.Signer, ...]:
    text = "".join(signers.line(who, one.text, **options) for who, one in keys.items())
    return signers.parsed(text, "allowed_signers")


class Scene(NamedTuple):
    """What a check is given."""

    entries: tuple[Entry, ...]
    trust: Trust = Trust(POLICY, allowed(), shown="origin/main")
    present: Now = Now(PROJECT, DIGEST, {MANIFEST: OTHER}, (COMPONENT,))
    now: datetime = NOW
    base: Base = Base("origin/main")
    owners: Mapping[str, Iterable[str]] = {COMPONENT: (OWNER,)}
    authors: Mapping[str, Collection[str]] = {}
    anchors: Mapping[str, bytes] = {}

    def check(self) -> Verified:
        return checked(
            self.entries, self.trust, self.present, now=self.now, base=self.base,
            owners=self.owners, authors=self.authors, anchors=self.anchors,
        )  # fmt: skip

    def based(self, notes: Iterable[Entry] | None = None, at: datetime | None = None) -> "Scene":
        """The same, with these notes (default: all) in the base branch."""
        held = tuple(self.entries if notes is None else notes)
        when = at or NOW - timedelta(hours=1)
        base = Base("origin/main", {one.path: one.content for one in held},
                    dict.fromkeys((one.path for one in held), when))  # fmt: skip
        return self._replace(base=base)


def last(found: Verified) -> Checked:
    return found.notes[-1]


def ssh_keygen(*words: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["ssh-keygen", *map(str, words)], input=given, capture_output=True, check=False
    )
