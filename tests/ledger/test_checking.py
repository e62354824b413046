"""The check of a whole ledger: what stays good, laws that hold of every ledger, stock `ssh-keygen`."""

import base64
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger import forging
from tests.ledger.writing import (
    CAROL,
    COMPONENT,
    DAVE,
    DIGEST,
    EVE,
    KEYS,
    MANIFEST,
    NOW,
    OTHER,
    POLICY,
    PROJECT,
    Scene,
    allowed,
    digest,
    entry,
    key,
    moment,
    row,
    statement,
)
from trl4ml.core.review import NAMESPACE, Decision, payload
from trl4ml.core.standing import Standing, Verified
from trl4ml.ledger import note, signers
from trl4ml.ledger.note import Entry
from trl4ml.ledger.public import SK_ECDSA
from trl4ml.ledger.trust import Base, Now, Trust

THREE = row(
    {}, {"reviewer": DAVE, "decision": Decision.REJECT}, {"reviewer": EVE, "role": "research"}
)


def standings(found: Verified) -> list[Standing]:
    return [one.standing for one in found.notes]


def counted(scene: Scene) -> None:
    found = scene.check()
    assert [(one.says, one.standing) for one in found.notes] == [
        ("", Standing.COUNTS) for _ in scene.entries
    ]
    assert found.faults == ()


# What stays good


def test_notes_that_follow_one_another_count_in_their_order() -> None:
    found = Scene(THREE).check()
    assert standings(found) == [Standing.COUNTS] * 3
    assert [one.number for one in found.notes] == [1, 2, 3]
    assert [one.path for one in found.notes] == [one.path for one in THREE]
    assert [one.signer for one in found.notes] == [CAROL, DAVE, EVE]
    assert {one.grade for one in found.notes} == {"ssh"}
    assert found.notes[0].key.startswith("SHA256:")
    assert found.tip == digest(THREE[2]) and found.faults == ()


def test_an_empty_ledger_is_whole_and_has_no_tip() -> None:
    assert Scene(()).check() == Verified()


def test_two_who_sign_at_once_share_a_number_and_both_count() -> None:
    first = row({})[0]
    both = [
        entry(statement(reviewer=who, prev=digest(first), created_at=moment(NOW)), 2)
        for who in (CAROL, DAVE)
    ]
    found = Scene((first, *both)).check()
    assert standings(found) == [Standing.COUNTS] * 3
    assert [one.number for one in found.notes] == [1, 2, 2]
    assert found.tip == max(digest(one) for one in both)


def test_a_note_on_a_branch_and_one_merged_meanwhile_stand_side_by_side() -> None:
    first = THREE[0]
    mine = entry(statement(prev=digest(first), created_at=moment(NOW)), 2)
    counted(Scene((*THREE, mine)).based(THREE))


def test_clocks_may_be_five_minutes_apart() -> None:
    first = entry(statement(created_at=moment(NOW + timedelta(minutes=5))))
    second = entry(statement(prev=digest(first), created_at=moment(NOW), reviewer=DAVE), 2)
    counted(Scene((first, second)))


def test_a_key_that_ended_after_its_note_was_merged_keeps_the_note() -> None:
    trust = Trust(POLICY, allowed(valid_before=NOW - timedelta(minutes=30)))
    counted(Scene(row({}), trust=trust).based(at=NOW - timedelta(hours=1)))


def test_an_approval_counts_until_the_second_before_it_ends() -> None:
    counted(Scene((entry(statement(expires_at=moment(NOW + timedelta(seconds=1)))),)))


def test_other_ends_of_lines_are_the_same_note() -> None:
    made = row({})[0]
    content = made.content.replace(b"\n", b"\r\n")
    armour = note.read(made.content).signature.replace("\n", "\r\n")
    scene = Scene((made,)).based()
    counted(scene._replace(entries=(Entry(made.path, content),)))
    counted(Scene((Entry(made.path, note.written(note.read(made.content).payload, armour)),)))


def test_the_other_valid_form_of_a_signature_is_the_same_note() -> None:
    private = ec.derive_private_key(7, ec.SECP256R1())
    blob, said = forging.sk_ecdsa(private, forging.HOST), statement()
    text = f"{SK_ECDSA} {base64.b64encode(blob).decode()}"
    trust = Trust(POLICY, signers.parsed(signers.line(CAROL, text), "allowed_signers"))
    made = [
        entry(said, signature=forging.passkey(private, message=payload(said), twin=twin))
        for twin in (False, True)
    ]
    assert made[0].content != made[1].content
    tips = {Scene((one,), trust=trust).check().tip for one in made}
    assert tips == {digest(made[0])}
    counted(Scene((made[1],), trust=trust))


def test_a_script_in_the_reason_is_text_and_no_more() -> None:
    counted(Scene((entry(statement(reason="<script>alert(1)</script>")),)))


def test_one_person_with_two_keys_is_one_signer() -> None:
    second = key("another of Carol's")
    lines = signers.parsed(
        "".join(signers.line(CAROL, one.text) for one in (KEYS[CAROL], second)), "allowed_signers"
    )
    first = row({})[0]
    made = entry(statement(prev=digest(first), created_at=moment(NOW)), 2, key=second)
    found = Scene((first, made), trust=Trust(POLICY, lines)).check()
    assert standings(found) == [Standing.COUNTS] * 2
    assert {one.signer for one in found.notes} == {CAROL}
    assert len({one.key for one in found.notes}) == 2


# Who revokes, who rejects


def revoking(target: Entry, before: Entry, number: int, **said: object) -> Entry:
    said = {"reviewer": CAROL, "created_at": moment(NOW), "reason": "wrong model", **said}
    return entry(
        statement(decision=Decision.REVOKE, prev=digest(before), revokes=digest(target), **said),
        number,
    )  # fmt: skip


def test_a_note_that_its_signer_revokes_no_longer_counts() -> None:
    first = row({})[0]
    found = Scene((first, revoking(first, first, 2))).check()
    assert standings(found) == [Standing.REVOKED, Standing.COUNTS]
    assert found.notes[0].says == f"{CAROL} revoked it on 2026-11-21: wrong model"


def test_a_stale_rejection_can_be_revoked_whatever_changed_since() -> None:
    first = entry(statement(decision=Decision.REJECT, report=OTHER))
    found = Scene((first, revoking(first, first, 2, role="legal", report=OTHER))).check()
    assert [one.standing for one in found.notes] == [Standing.REVOKED, Standing.COUNTS]


def test_a_revocation_by_a_grade_that_the_policy_refuses_changes_nothing() -> None:
    first = row({})[0]
    policy = POLICY.model_copy(update={"accept": ("passkey",)})
    found = Scene((first, revoking(first, first, 2)), trust=Trust(policy, allowed())).check()
    assert standings(found) == [Standing.BARRED] * 2


@pytest.mark.parametrize("decision", [Decision.REJECT, Decision.RECUSE])
def test_an_owner_or_author_may_reject_and_recuse(decision: Decision) -> None:
    """Names of authors are claims: else one silences a rejection by a commit in its signer's name."""
    counted(
        Scene(
            (entry(statement(decision=decision)),),
            owners={COMPONENT: (f"Carol <{CAROL}>",)},
            authors={COMPONENT: frozenset({CAROL})},
        )
    )


@pytest.mark.parametrize("as_what", ["owner", "author"])
def test_capital_letters_make_nobody_another_person(as_what: str) -> None:
    who = "Carol@Example.org"
    policy = POLICY.model_copy(update={"roles": {"product": (who,)}})
    scene = Scene((entry(statement(reviewer=who), key=KEYS[CAROL]),),
                  trust=Trust(policy, allowed({who: KEYS[CAROL]})))  # fmt: skip
    counted(scene)
    if as_what == "owner":
        scene = scene._replace(owners={COMPONENT: (f"Carol <{CAROL}>",)})
    else:
        scene = scene._replace(authors={COMPONENT: frozenset({CAROL})})
    assert standings(scene.check()) == [Standing.BARRED]


def test_a_note_counts_for_the_components_that_its_signer_does_not_own() -> None:
    scene = Scene(row({}), owners={"model": (f"Carol <{CAROL}>",), "service": ("Olga <o@x.org>",)})
    scene = scene._replace(present=scene.present._replace(components=("model", "service")))
    (found,) = scene.check().notes
    assert found.standing is Standing.COUNTS
    assert found.barred == {
        "model": f"{CAROL} owns model, and nobody approves their own; ask another holder of the role"
    }


def test_a_team_may_let_authors_approve() -> None:
    policy = POLICY.model_copy(update={"reviewer_is_not_author": False})
    said = statement(policy={"sha256": policy.digest})
    counted(
        Scene((entry(said),), Trust(policy, allowed()), authors={COMPONENT: frozenset({CAROL})})
    )


def test_a_file_that_the_base_has_by_accident_is_no_part_of_its_ledger() -> None:
    base = Base("origin/main", {".trl4ml/reviews/.DS_Store": b"x"})
    counted(Scene(THREE, base=base))


@pytest.mark.parametrize("held", [None, b" " * 256_001])
def test_a_file_of_the_base_that_nobody_can_read_is_not_lost_while_it_stays(
    held: bytes | None,
) -> None:
    path, says = ".trl4ml/reviews/large.json", "is larger than 256 kB, so no note; remove it"
    scene = Scene((Entry(path, b"", says),), base=Base("origin/main", {path: held}))
    assert scene.check().faults == (f"{path}: {says}",)


def test_what_is_remembered_of_a_note_is_not_whom_to_trust() -> None:
    """The same files are checked again after a key was revoked."""
    counted(Scene(THREE))
    trust = Trust(POLICY, allowed(), frozenset({KEYS[CAROL].blob}))
    assert standings(Scene(THREE, trust=trust).check()) == [
        Standing.REFUSED, Standing.COUNTS, Standing.COUNTS
    ]  # fmt: skip


# Laws


def test_the_check_is_pure() -> None:
    scene = Scene(THREE).based()
    assert scene.check() == scene.check()


@given(st.permutations(THREE))
def test_the_order_of_the_folder_does_not_matter(entries: Sequence[Entry]) -> None:
    assert Scene(tuple(entries)).check() == Scene(THREE).check()


@given(st.data())
def test_any_byte_changed_in_a_ledger_with_a_base_is_found(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, 2))
    content = bytearray(THREE[at].content)
    where = data.draw(st.integers(0, len(content) - 1))
    content[where] ^= data.draw(st.integers(1, 255))
    entries = list(THREE)
    entries[at] = Entry(THREE[at].path, bytes(content))
    found = Scene(tuple(entries)).based(THREE).check()
    back = f"restore it, as in: git checkout origin/main -- {THREE[at].path}"
    assert any(one.startswith(THREE[at].path) and one.endswith(back) for one in found.faults)


@given(st.data())
def test_any_bit_changed_in_a_new_note_makes_it_refused(data: st.DataObject) -> None:
    """Or, in the few bits that are not part of it, as an end of line in the armour, changes nothing."""
    made = THREE[0]
    content = bytearray(made.content)
    where = data.draw(st.integers(0, len(content) - 1))
    content[where] ^= 1 << data.draw(st.integers(0, 7))
    (found,) = Scene((Entry(made.path, bytes(content)),)).check().notes
    same = found.standing is Standing.COUNTS
    assert not same or note.read(bytes(content)).payload == note.read(made.content).payload


@given(st.sets(st.integers(0, 2), max_size=2))
def test_any_note_dropped_from_a_ledger_with_a_base_is_found(kept: set[int]) -> None:
    entries = tuple(THREE[at] for at in sorted(kept))
    found = Scene(entries).based(THREE).check()
    gone = [one.path for one in THREE if one not in entries]
    for path in gone:
        says = f"{path}: was dropped: it is in origin/main and not here; restore it, as in: git checkout origin/main -- {path}; or merge origin/main, if this branch is only behind it"
        assert says in found.faults


@given(st.permutations(range(3)))
def test_any_reordering_is_found_without_a_base_too(order: Sequence[int]) -> None:
    """The number of one note in the name of another."""
    entries = tuple(
        Entry(one.path.replace(f"/00000{at + 1}-", f"/00000{to + 1}-"), one.content)
        for at, (one, to) in enumerate(zip(THREE, order, strict=True))
    )
    found = Scene(entries).check()
    moved = [at for at, to in enumerate(order) if at != to]
    assert len(found.faults) == len(moved)
    assert all(": was reordered: " in one for one in found.faults)


def test_what_is_cut_off_at_the_end_is_not_seen_without_a_base_or_an_anchor() -> None:
    """The limit that the page and the README state."""
    counted(Scene(THREE[:1]))


# What must stay current


def test_commits_merges_and_rebuilt_pages_change_nothing() -> None:
    """Only what a note names makes it stale; where and when it was committed is not among that."""
    scene = Scene(THREE)
    for at in (timedelta(minutes=1), timedelta(hours=20)):
        counted(scene.based(at=NOW - at))
    counted(scene.based(THREE[:1]))
    counted(scene._replace(base=Base("other/trunk")))


CHANGES: dict[str, tuple[Now, str]] = {
    "evidence": (Now(PROJECT, OTHER, {MANIFEST: OTHER}, (COMPONENT,)), "the evidence has changed"),
    "a manifest": (Now(PROJECT, DIGEST, {MANIFEST: DIGEST}, (COMPONENT,)), "is not the one"),
    "a manifest less": (Now(PROJECT, DIGEST, {}, (COMPONENT,)), f"{MANIFEST} is not the one"),
    "a manifest more": (
        Now(PROJECT, DIGEST, {MANIFEST: OTHER, "b.json": OTHER}, (COMPONENT,)),
        "b.json is not the one",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_was_reviewed_makes_every_note_stale_by_its_change(what: str) -> None:
    present, why = CHANGES[what]
    found = Scene(THREE, present=present).check()
    assert standings(found) == [Standing.STALE] * 3
    assert all(why in one.says for one in found.notes)
    assert found.faults == ()


# Stock OpenSSH


def test_stock_ssh_keygen_signs_what_counts_and_verifies_what_is_kept(tmp_path: Path) -> None:
    made = forging.new_key(tmp_path, "-t ed25519")
    public = made.with_suffix(".pub").read_text()
    lines = signers.line(CAROL, public)
    said = payload(statement())
    content = note.written(said, forging.stock_signed(made, said))
    kept = note.read(content)
    path = f".trl4ml/reviews/{DIGEST[:12]}/000001-{kept.digest[:12]}.json"
    trust = Trust(POLICY, signers.parsed(lines, "allowed_signers"))
    counted(Scene((Entry(path, content),), trust=trust))
    for who, namespace, agrees in (
        (CAROL, NAMESPACE, True), (DAVE, NAMESPACE, False), (CAROL, "git", False)
    ):  # fmt: skip
        assert agrees is forging.stock_takes(
            tmp_path, kept.signature, lines, who=who, namespace=namespace, message=kept.payload
        )
