"""The table of attacks on the ledger: each one is found, and each by its own sentence."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.ledger import forging
from tests.ledger.writing import (
    CAROL,
    COMPONENT,
    DAVE,
    DIGEST,
    KEYS,
    MANIFEST,
    NOW,
    OTHER,
    POLICY,
    Scene,
    allowed,
    digest,
    entry,
    key,
    moment,
    row,
    statement,
)
from trl4ml.core.canonical import canonical
from trl4ml.core.review import Decision, payload
from trl4ml.core.standing import Standing
from trl4ml.ledger import note, public, signers
from trl4ml.ledger.keys import fingerprint
from trl4ml.ledger.note import Entry
from trl4ml.ledger.trust import Trust

REFUSED, BARRED, STALE, EXPIRED, REVOKED, COUNTS = (
    Standing.REFUSED, Standing.BARRED, Standing.STALE, Standing.EXPIRED, Standing.REVOKED,
    Standing.COUNTS,
)  # fmt: skip
AGAIN = "sign anew with trl4ml sign or on the review page"
ANEW = "look at the report of today and sign anew"
NO_FIT = "the signature does not fit: it, or what was signed, was changed since"
ANOTHER = "ask another holder of the role"
MAY = "sign anew with a key that may"
HERE = f".trl4ml/reviews/{DIGEST[:12]}"


class Attack(NamedTuple):
    """A ledger, and what is to be found."""

    scene: Scene
    standing: Standing
    says: str
    path: str = ""
    """Of the note that it is about; default: the last one."""
    faults: tuple[str, ...] = ()


ATTACKS: dict[str, Callable[[], Attack]] = {}


def attack(make: Callable[[], Attack]) -> Callable[[], Attack]:
    ATTACKS[make.__name__] = make
    return make


def one(says: str, standing: Standing = REFUSED, **said: Any) -> Attack:
    """One note of Carol's, in its place."""
    return Attack(Scene((entry(statement(**said)),)), standing, says)


def faulty(scene: Scene, path: str, says: str, *more: str) -> Attack:
    """A note that is refused for its place, which is a fault of the whole ledger."""
    return Attack(scene, REFUSED, says, path, tuple(sorted((f"{path}: {says}", *more))))


def as_file(content: bytes) -> Entry:
    return Entry(f"{HERE}/000001-{'0' * 12}.json", content)


def unreadable(content: bytes, says: str) -> Attack:
    return faulty(Scene((as_file(content),)), as_file(b"").path, says)


def plain(**said: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(payload(statement(**said)))
    return found


def signed(text: bytes) -> bytes:
    """The file of a note with this payload, rightly signed by Carol."""
    return note.written(text, KEYS[CAROL].sign(text))


def edited(was: Entry, **said: Any) -> bytes:
    """The note's file with another payload and the same signature."""
    old = note.read(was.content)
    text = json.loads(old.payload)
    text["predicate"] |= said
    return note.written(canonical(text), old.signature)


# The payload, and the signature over it


@attack
def changed_payload() -> Attack:
    was = entry(statement())
    content = edited(was, level=9)
    name = note.read(content).digest[:12]
    return faulty(
        Scene((Entry(was.path, content),)), was.path,
        f"was edited or renamed: its content belongs in a file whose name ends in -{name}.json; "
        "restore it from git",
    )  # fmt: skip


@attack
def changed_payload_in_a_file_renamed_to_fit() -> Attack:
    content = edited(entry(statement()), level=9)
    path = f"{HERE}/000001-{note.read(content).digest[:12]}.json"
    return Attack(Scene((Entry(path, content),)), REFUSED, NO_FIT)


@attack
def other_namespace() -> Attack:
    made = KEYS[CAROL].sign(payload(statement()), "git")
    return Attack(
        Scene((entry(statement(), signature=made),)), REFUSED,
        "the signature was made for 'git', not for 'signoff@trl4ml'",
    )  # fmt: skip


@attack
def other_key() -> Attack:
    stranger = key("stranger")
    return Attack(
        Scene((entry(statement(), key=stranger),)), REFUSED,
        f"the key {fingerprint(stranger.blob)} is on no line of allowed_signers in origin/main; "
        "have it added there by a change of its own",
    )  # fmt: skip


@attack
def reviewers_file_changed_in_the_same_change() -> Attack:
    """The working tree lists the stranger; what is believed is what the base branch lists."""
    stranger = key("stranger")
    content = signers.line("stranger@example.org", stranger.text).encode()
    assert signers.parsed(content.decode(), "allowed_signers")
    made = entry(statement(reviewer="stranger@example.org"), key=stranger)
    return Attack(
        Scene((made,)), REFUSED,
        f"the key {fingerprint(stranger.blob)} is on no line of allowed_signers in origin/main; "
        "have it added there by a change of its own",
    )  # fmt: skip


@attack
def known_key_and_another_reviewers_name() -> Attack:
    return Attack(
        Scene((entry(statement(reviewer=CAROL), key=KEYS[DAVE]),)), REFUSED,
        f"names {CAROL} as its reviewer, and the key is that of {DAVE}; sign in your own name",
    )  # fmt: skip


@attack
def line_that_is_for_another_purpose() -> Attack:
    trust = Trust(POLICY, allowed(namespaces=("git",)))
    return Attack(
        Scene((entry(statement()),), trust=trust), REFUSED,
        f"the key of {CAROL} may not sign for 'signoff@trl4ml'; {MAY}",
    )  # fmt: skip


@attack
def key_not_yet_valid() -> Attack:
    trust = Trust(POLICY, allowed(valid_after=NOW + timedelta(seconds=1)))
    return Attack(
        Scene((entry(statement()),), trust=trust), REFUSED,
        f"the key of {CAROL} is not valid before 2026-11-21 12:00:01Z; {MAY}",
    )  # fmt: skip


@attack
def key_no_longer_valid() -> Attack:
    trust = Trust(POLICY, allowed(valid_before=NOW))
    return Attack(
        Scene((entry(statement()),), trust=trust), REFUSED,
        f"the key of {CAROL} is valid only before 2026-11-21 12:00:00Z; {MAY}",
    )  # fmt: skip


@attack
def key_that_ended_before_the_commit_that_brought_the_note() -> Attack:
    """The date in the note, a day earlier, is only claimed."""
    trust = Trust(POLICY, allowed(valid_before=NOW - timedelta(hours=2)))
    return Attack(
        Scene((entry(statement()),), trust=trust).based(at=NOW - timedelta(hours=1)), REFUSED,
        f"the key of {CAROL} is valid only before 2026-11-21 10:00:00Z; {MAY}",
    )  # fmt: skip


@attack
def revoked_key() -> Attack:
    blob = KEYS[CAROL].blob
    trust = Trust(POLICY, allowed(), frozenset({blob}))
    return Attack(
        Scene((entry(statement()),), trust=trust).based(), REFUSED,
        f"the key {fingerprint(blob)} was revoked, which voids all that it signed; "
        "sign anew with another key",
    )  # fmt: skip


@attack
def revoked_key_that_is_on_no_line_any_more() -> Attack:
    blob = KEYS[CAROL].blob
    trust = Trust(POLICY, allowed({DAVE: KEYS[DAVE]}), frozenset({blob}))
    return Attack(
        Scene((entry(statement()),), trust=trust), REFUSED,
        f"the key {fingerprint(blob)} was revoked, which voids all that it signed; "
        "sign anew with another key",
    )  # fmt: skip


@attack
def bytes_after_the_signature() -> Attack:
    made = entry(statement())
    blob = base64.b64decode("".join(note.read(made.content).signature.split("\n")[1:-2]))
    return Attack(Scene((entry(statement(), signature=_armour(blob + b"\0")),)), REFUSED,
                  "the signature has bytes left over at its end")  # fmt: skip


@attack
def lengths_past_the_end() -> Attack:
    made = entry(statement())
    blob = base64.b64decode("".join(note.read(made.content).signature.split("\n")[1:-2]))
    return Attack(Scene((entry(statement(), signature=_armour(blob[:-1])),)), REFUSED,
                  "the signature is cut short")  # fmt: skip


def _armour(blob: bytes) -> str:
    from trl4ml.ledger.sshsig import armoured

    return armoured(blob)


# Passkeys

PASSKEY = ec.derive_private_key(12345, ec.SECP256R1())


def by_passkey(**how: Any) -> Scene:
    said = statement()
    made = forging.passkey(PASSKEY, message=payload(said), **how)
    blob = forging.sk_ecdsa(PASSKEY, how.get("key_host") or how.get("host") or forging.HOST)
    text = f"{public.kind(blob)} {base64.b64encode(blob).decode()}"
    lines = signers.parsed(signers.line(CAROL, text), "allowed_signers")
    return Scene((entry(said, signature=made),), trust=Trust(POLICY, lines, shown="origin/main"))


@attack
def passkey_without_user_verification() -> Attack:
    return Attack(
        by_passkey(flags=0x01), REFUSED,
        "the passkey did not verify the person by PIN, finger or face; "
        "sign again with a passkey that does",
    )  # fmt: skip


@attack
def passkey_at_another_origin() -> Attack:
    return Attack(
        by_passkey(origin="https://evil.example.org"), REFUSED,
        "the page https://evil.example.org is not on the list of pages where passkeys may sign; "
        "add it to `origins` of the trust policy if it should be",
    )  # fmt: skip


@attack
def passkey_of_another_relying_party() -> Attack:
    return Attack(
        by_passkey(host="example.com"), REFUSED,
        "the passkey belongs to example.com, and was used on a page of reviews.example.org",
    )  # fmt: skip


@attack
def passkey_where_the_policy_takes_keys_alone() -> Attack:
    scene = by_passkey()
    policy = POLICY.model_copy(update={"accept": ("ssh",)})
    return Attack(
        scene._replace(trust=scene.trust._replace(policy=policy)), BARRED,
        "was signed by passkey, and the policy takes ssh alone; sign anew with that",
    )  # fmt: skip


# Who


@attack
def right_key_and_a_role_that_is_not_held() -> Attack:
    return one(
        f"{CAROL} does not hold the role legal; have it granted in the trust folder by a change of "
        "its own, or sign in a role that is held", BARRED, role="legal",
    )  # fmt: skip


@attack
def owner_approves_the_own_component() -> Attack:
    scene = Scene((entry(statement()),), owners={COMPONENT: (f"Carol C. <{CAROL.upper()}>",)})
    return Attack(scene, BARRED, f"{CAROL} owns model, and nobody approves their own; {ANOTHER}")


@attack
def owner_whom_nobody_can_tell_from_a_reviewer() -> Attack:
    return Attack(
        Scene((entry(statement()),), owners={COMPONENT: ("Carol",)}), BARRED,
        f"nobody knows that {CAROL} does not own model: the owner 'Carol' has no address; "
        "write owners as `Name <address>`",
    )  # fmt: skip


@attack
def component_without_an_owner() -> Attack:
    return Attack(
        Scene((entry(statement()),), owners={}), BARRED,
        f"nobody knows that {CAROL} does not own model: trl4ml.yaml names no owner; "
        "write owners as `Name <address>`",
    )  # fmt: skip


@attack
def author_approves_the_own_change() -> Attack:
    scene = Scene((entry(statement()),), authors={COMPONENT: frozenset({"carol", CAROL})})
    return Attack(scene, BARRED, f"{CAROL} wrote the change of model; {ANOTHER}")


@attack
def revocation_by_a_stranger() -> Attack:
    notes = row({}, {})
    said = statement(reviewer=DAVE, decision=Decision.REVOKE, prev=digest(notes[1]),
                     revokes=digest(notes[0]), created_at=moment(NOW))  # fmt: skip
    return Attack(
        Scene((*notes, entry(said, 3))), BARRED,
        f"revokes a note of {CAROL}, who alone may take it back; reject the report instead",
    )  # fmt: skip


@attack
def revocation_of_a_note_that_is_not_here() -> Attack:
    return one(f"revokes {OTHER[:12]}, and no note of that name counts here", BARRED,
               decision=Decision.REVOKE, revokes=OTHER)  # fmt: skip


@attack
def revocation_of_a_revocation() -> Attack:
    (first,) = row({})
    second = entry(statement(decision=Decision.REVOKE, prev=digest(first), revokes=digest(first),
                             created_at=moment(NOW)), 2)  # fmt: skip
    third = entry(statement(decision=Decision.REVOKE, prev=digest(second), revokes=digest(second),
                            created_at=moment(NOW)), 3)  # fmt: skip
    return Attack(Scene((first, second, third)), BARRED,
                  "revokes a revocation, which nobody can; decide anew instead")  # fmt: skip


# What


@attack
def replay_onto_another_project() -> Attack:
    return one("is about the project savings, not loans; sign what this project's own report says",
               project="savings")  # fmt: skip


@attack
def replay_onto_another_project_that_was_merged() -> Attack:
    scene = Scene((entry(statement(project="savings")),)).based()
    return Attack(scene, STALE, f"is about the project savings, not loans; {ANEW}")


@attack
def note_for_an_older_report() -> Attack:
    return one(
        f"is about the report {OTHER[:12]}, and the evidence has changed since: the report is "
        f"{DIGEST[:12]} now; {ANEW}", STALE, report=OTHER,
    )  # fmt: skip


@attack
def note_for_another_model() -> Attack:
    return one(f"the model manifest {MANIFEST} is not the one that was reviewed; {ANEW}", STALE,
               manifests={MANIFEST: DIGEST})  # fmt: skip


@attack
def note_that_leaves_the_model_out() -> Attack:
    return one(f"the model manifest {MANIFEST} is not the one that was reviewed; {ANEW}", STALE,
               manifests={})  # fmt: skip


@attack
def note_under_other_rules() -> Attack:
    return one(f"the review policy changed since; {ANEW}", STALE, policy={"sha256": OTHER})


@attack
def note_about_a_component_that_is_no_more() -> Attack:
    return one(f"is about the component old, which the project does not have; {ANEW}", STALE,
               component="old")  # fmt: skip


# When


@attack
def clock_back_dated() -> Attack:
    (first,) = row({})
    at = moment(NOW - timedelta(days=9))
    made = entry(statement(prev=digest(first), created_at=at, reviewer=DAVE), 2)
    return faulty(
        Scene((first, made)), made.path,
        "is back-dated: it says 2026-11-12T12:00:00Z, and the note that it follows was signed at "
        "2026-11-20T12:01:00Z; sign anew with a clock that is right",
    )  # fmt: skip


@attack
def dated_in_the_future() -> Attack:
    return one("is dated in the future (2026-11-21T12:05:01Z); sign anew with a clock that is right",
               created_at=moment(NOW + timedelta(minutes=5, seconds=1)))  # fmt: skip


@attack
def dated_after_the_commit_that_brought_it() -> Attack:
    scene = Scene((entry(statement(created_at=moment(NOW))),)).based(at=NOW - timedelta(hours=1))
    return Attack(
        scene, REFUSED,
        "says that it was signed at 2026-11-21T12:00:00Z, after the commit that brought it to the "
        "base branch (2026-11-21T11:00:00Z)",
    )  # fmt: skip


@attack
def expired_at_the_very_second() -> Attack:
    return one(f"expired on 2026-11-21T12:00:00Z, as it said; {ANEW}", EXPIRED,
               expires_at=moment(NOW))  # fmt: skip


@attack
def expired_by_policy_whatever_it_says() -> Attack:
    at = NOW - timedelta(days=365)
    return one(
        f"expired on 2026-11-21T12:00:00Z, 365d after it was signed; {ANEW}", EXPIRED,
        created_at=moment(at), expires_at=moment(NOW + timedelta(days=999)),
    )  # fmt: skip


# Form


@attack
def oversized() -> Attack:
    return unreadable(b" " * 256_001, "is larger than 256 kB, so no note; remove it")


@attack
def a_link_instead_of_a_file() -> Attack:
    says = "is a link; only notes belong in this folder; move it away"
    made = as_file(b"")._replace(problem=says)
    return faulty(Scene((made,)), made.path, says)


@attack
def file_that_is_no_json() -> Attack:
    return unreadable(b"{", f"the file is not JSON; {AGAIN}")


@attack
def file_nested_without_end() -> Attack:
    return unreadable(b"[" * 100_000, f"the file is not JSON; {AGAIN}")


@attack
def file_with_a_third_key() -> Attack:
    plain = json.loads(entry(statement()).content)
    return unreadable(
        canonical(plain | {"x": 1}),
        f'is no note: {{"payload": …, "signature": …}} and nothing else; {AGAIN}',
    )


@attack
def file_with_a_key_twice() -> Attack:
    content = entry(statement()).content.rstrip()[:-1] + b',"payload":"e30="}'
    return unreadable(content, f"the file: a key stands twice in one object; {AGAIN}")


@attack
def payload_that_is_not_base64_in_its_one_form() -> Attack:
    return unreadable(b'{"payload":"e31=","signature":""}',
                      f"its payload is not base64 in its one form; {AGAIN}")  # fmt: skip


@attack
def payload_that_is_not_canonical() -> Attack:
    text = json.dumps(plain()).encode()
    return unreadable(signed(text), f"its payload is not canonical JSON (RFC 8785); {AGAIN}")


@attack
def payload_with_a_key_twice() -> Attack:
    text = payload(statement()).replace(b'"level":4', b'"level":9,"level":4')
    return unreadable(signed(text), f"its payload: a key stands twice in one object; {AGAIN}")


@attack
def payload_with_no_number() -> Attack:
    text = payload(statement()).replace(b'"level":4', b'"level":NaN')
    return unreadable(signed(text), f"its payload: NaN is no JSON number; {AGAIN}")


@attack
def payload_of_another_version() -> Attack:
    known = "https://trl4ml.github.io/trl4ml/attestation/signoff/v0.1"
    text = payload(statement()).replace(b"signoff/v0.1", b"signoff/v9.9")
    return unreadable(
        signed(text),
        f"its predicateType is '{known[:-4]}v9.9', and this trl4ml knows '{known}' alone; "
        "if a newer trl4ml signed it, check with that one",
    )


@attack
def payload_of_another_kind() -> Attack:
    text = canonical(plain() | {"_type": None})
    return unreadable(
        signed(text),
        "its _type is nothing, and this trl4ml knows 'https://in-toto.io/Statement/v1' alone; "
        "if a newer trl4ml signed it, check with that one",
    )


@attack
def homoglyph_in_the_reviewers_name() -> Attack:
    text = payload(statement()).replace(b"carol@", "с\u0430rol@".encode())
    return unreadable(
        signed(text),
        "its payload is no review: predicate.reviewer: String should match pattern "
        rf"'^[A-Za-z0-9][A-Za-z0-9._+@-]*$'; {AGAIN}",
    )


@attack
def key_that_no_review_has() -> Attack:
    text = canonical(plain() | {"supersedes": None})
    return unreadable(
        signed(text),
        f"its payload is no review: supersedes: Extra inputs are not permitted; {AGAIN}",
    )


# Place: what a ledger shows by itself


@attack
def copied_under_another_reports_folder() -> Attack:
    (made,) = row({})
    path = made.path.replace(DIGEST[:12], OTHER[:12])
    return faulty(
        Scene((made._replace(path=path),)), path,
        "lies in the folder of another report than the one that it is about, "
        f"{DIGEST[:12]}; move it back to that folder",
    )  # fmt: skip


@attack
def the_same_note_twice() -> Attack:
    first, second = row({}, {"reviewer": DAVE})
    path = f"{HERE}/000003-{digest(first)[:12]}.json"
    return faulty(
        Scene((first, second, first._replace(path=path))), path,
        f"is a copy of {first.path}, and a note counts once; remove the copy",
    )  # fmt: skip


@attack
def dropped_in_the_middle() -> Attack:
    first, second, third = row({}, {"decision": Decision.REJECT, "reviewer": DAVE}, {})
    return faulty(
        Scene((first, third)), third.path,
        f"follows the note {digest(second)[:12]}, which is missing or out of place: it was dropped; "
        "restore it from git",
    )  # fmt: skip


@attack
def prev_that_never_was() -> Attack:
    made = entry(statement(prev=OTHER), 2)
    return faulty(
        Scene((made,)), made.path,
        f"follows the note {OTHER[:12]}, which is missing or out of place: it was dropped; "
        "restore it from git",
    )  # fmt: skip


@attack
def reordered_by_number() -> Attack:
    first, second = row({}, {"reviewer": DAVE})
    path = second.path.replace("000002-", "000001-")
    return faulty(
        Scene((first, second._replace(path=path))), path,
        f"was reordered: it follows the note {digest(first)[:12]}, so it belongs at {second.path}; "
        "move it back",
    )  # fmt: skip


# Place: what the base branch shows


def lost(scene: Scene, path: str, says: str, standing: Standing, about: str, why: str) -> Attack:
    back = f"git checkout origin/main -- {path}"
    if "was dropped" in says:
        back += "; or merge origin/main, if this branch is only behind it"
    return Attack(scene, standing, why, about, (f"{path}: {says}; restore it, as in: {back}",))


@attack
def rejection_dropped_at_the_tip() -> Attack:
    notes = row({}, {"decision": Decision.REJECT, "reviewer": DAVE})
    scene = Scene(notes).based()._replace(entries=notes[:1])
    return lost(scene, notes[1].path, "was dropped: it is in origin/main and not here", COUNTS,
                notes[0].path, "")  # fmt: skip


@attack
def edited_since_the_base() -> Attack:
    """The signature's twin is as valid, and the note is the same; still nothing is ever edited."""
    said = statement()
    scene = by_passkey()
    twin = entry(said, signature=forging.passkey(PASSKEY, message=payload(said), twin=True))
    return lost(
        scene.based()._replace(entries=(twin,)), twin.path,
        "was edited: it is not what it is in origin/main", COUNTS, twin.path, "",
    )  # fmt: skip


@attack
def reordered_since_the_base() -> Attack:
    first, second = row({}, {"reviewer": DAVE})
    moved = second._replace(path=second.path.replace("000002-", "000003-"))
    found = lost(
        Scene((first, second)).based()._replace(entries=(first, moved)), second.path,
        f"was reordered: in origin/main it lies there, here {moved.path}", REFUSED, moved.path,
        f"was reordered: it follows the note {digest(first)[:12]}, so it belongs at {second.path}; "
        "move it back",
    )  # fmt: skip
    return found._replace(faults=(*found.faults, f"{moved.path}: {found.says}"))


@attack
def file_of_the_base_that_became_something_else() -> Attack:
    (made,) = row({})
    says = "is a link; only notes belong in this folder; move it away"
    scene = Scene((made,)).based()._replace(entries=(Entry(made.path, b"", says),))
    return lost(scene, made.path, "was edited: it is not what it is in origin/main", REFUSED,
                made.path, says)  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_found_and_named(name: str) -> None:
    made = ATTACKS[name]()
    found = made.scene.check()
    path = made.path or max(one.path for one in made.scene.entries)
    (note,) = (one for one in found.notes if one.path == path)
    assert (note.says, note.standing) == (made.says, made.standing)
    assert found.faults == made.faults


ALIKE = [
    ["other_key", "reviewers_file_changed_in_the_same_change"],
    ["revoked_key", "revoked_key_that_is_on_no_line_any_more"],
    ["note_for_another_model", "note_that_leaves_the_model_out"],
    ["file_that_is_no_json", "file_nested_without_end"],
]
"""What is the same to the one who checks."""


def test_each_attack_has_its_own_sentence() -> None:
    said: dict[tuple[str, ...], list[str]] = {}
    for name, make in ATTACKS.items():
        made = make()
        faults = (one.partition(": ")[2] for one in made.faults)
        said.setdefault((made.says, *faults), []).append(name)
    assert [names for names in said.values() if len(names) > 1] == ALIKE
