"""Anchors: tags that real git signs with a real key, and what each lie about them is called."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import git
from tests.ledger import forging
from tests.ledger.writing import (
    CAROL,
    DAVE,
    KEYS,
    POLICY,
    Key,
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
from trl4ml.core.standing import Verified
from trl4ml.ledger import anchors, signers
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.keys import fingerprint
from trl4ml.ledger.trust import Trust

MAINTAINER = "mia@example.org"
MIA = key(MAINTAINER)
AT = int(datetime(2026, 11, 21, 11, tzinfo=UTC).timestamp())
LINES = allowed() + allowed({MAINTAINER: MIA}, namespaces=("git",))
ANEW = "if the ledger is whole, delete the tag and anchor anew with trl4ml ledger anchor"
RESTORE = "restore the ledger from git"
NOTES = row({}, {"reviewer": DAVE}, {})
SCENE = Scene(NOTES, trust=Trust(POLICY, LINES, shown="origin/main"))
NAME, MESSAGE = anchors.stated(SCENE.check())


def tag(name: str = NAME, message: str = MESSAGE, who: str = MAINTAINER, namespace: str = "git",
        at: int = AT, key: Key = MIA) -> bytes:  # fmt: skip
    """The raw object of a tag, as git makes it."""
    head = f"object {'0' * 40}\ntype commit\ntag {name}\ntagger Mia <{who}> {at} +0000\n"
    text = f"{head}\n{message}\n".encode()
    return text + key.sign(text, namespace).encode()


def check(tags: dict[str, bytes], scene: Scene = SCENE) -> Verified:
    return scene._replace(anchors=tags).check()


def test_the_tag_names_the_tip_and_all_that_no_other_note_follows() -> None:
    both = entry(statement(reviewer=DAVE, prev=digest(NOTES[1]), created_at=moment(SCENE.now)), 3)
    scene = SCENE._replace(entries=(*NOTES, both))
    name, message = anchors.stated(scene.check())
    tops = sorted((digest(NOTES[2]), digest(both)))
    assert json.loads(message) == {"heads": tops, "notes": 4, "tip": tops[-1]}
    assert name == f"trl4ml-ledger/000003-{tops[-1][:12]}"
    assert "\n" not in message
    assert check({name: tag(name, message)}, scene).anchored == name


def test_an_anchor_that_holds_is_named_and_goes_on_holding() -> None:
    found = check({NAME: tag()})
    assert (found.anchored, found.faults) == (NAME, ())
    later = entry(statement(prev=digest(NOTES[2]), created_at=moment(SCENE.now)), 4)
    found = check({NAME: tag()}, SCENE._replace(entries=(*NOTES, later)))
    assert (found.anchored, found.faults) == (NAME, ())


def test_the_newest_of_several_is_named() -> None:
    first, message = anchors.stated(SCENE._replace(entries=NOTES[:1]).check())
    assert check({first: tag(first, message), NAME: tag()}).anchored == NAME


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_ledger_cut_off_at_the_tip_is_found(kept: int) -> None:
    found = check({NAME: tag()}, SCENE._replace(entries=NOTES[:kept]))
    gone = digest(NOTES[2])[:12]
    assert found.faults == (
        f"{NAME}: the note {gone} that it anchors is missing: it was dropped or edited since; {RESTORE}",
    )
    assert found.anchored == ""


def test_a_whole_history_written_anew_is_found() -> None:
    found = check({NAME: tag()}, SCENE._replace(entries=row({"reason": "other"}, {}, {})))
    assert ": it was dropped or edited since; " in found.faults[0]


STRANGER = key("stranger")
BROKEN = {
    "not signed": (
        {NAME: tag().partition(b"-----BEGIN")[0]},
        f"the tag is not signed, so it anchors nothing; {ANEW}",
    ),
    "signed by a stranger": (
        {NAME: tag(key=STRANGER)},
        f"the key {fingerprint(STRANGER.blob)} is on no line of allowed_signers in "
        f"origin/main; have it added there by a change of its own; {ANEW}",
    ),
    "signed by a reviewer who may not sign tags": (
        {NAME: tag(key=KEYS[CAROL])},
        f"the key of {CAROL} may not sign for 'git'; sign anew with a key that may; {ANEW}",
    ),
    "signed for another purpose": (
        {NAME: tag(namespace="file")},
        f"the signature was made for 'file', not for 'git'; {ANEW}",
    ),
    "changed": (
        {NAME: tag().replace(b'"notes":3', b'"notes":2')},
        f"the signature does not fit: it, or what was signed, was changed since; {ANEW}",
    ),
    "under another name": (
        {NAME: tag("trl4ml-ledger/000001-000000000000")},
        f"the tag was made under another name, or is not whole; {ANEW}",
    ),
    "too large": ({NAME: b" " * 256_001}, f"the tag is larger than 256 kB; {ANEW}"),
    "no JSON": (
        {NAME: tag(message="the ledger")},
        f"the tag's message is not JSON; {ANEW}",
    ),
    "something else in it": (
        {NAME: tag(message='{"heads":[],"notes":0,"tip":""}')},
        f"the tag's message is not what trl4ml ledger anchor writes; {ANEW}",
    ),
    "another count": (
        {NAME: tag(message=MESSAGE.replace('"notes":3', '"notes":4'))},
        f"it anchors 4 notes up to {digest(NOTES[2])[:12]}, and they come to 3 here; {RESTORE}",
    ),
    "another number": (
        {"trl4ml-ledger/000009-0": tag("trl4ml-ledger/000009-0")},
        f"it anchors {digest(NOTES[2])[:12]}, which is number 3 here; {RESTORE}",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_an_anchor_that_does_not_hold_is_a_fault(how: str) -> None:
    tags, says = BROKEN[how]
    (name,) = tags
    found = check(tags)
    assert found.faults == (f"{name}: {says}",)
    assert found.anchored == ""


def test_a_key_signs_tags_in_its_time_and_while_it_is_not_revoked() -> None:
    before = datetime.fromtimestamp(AT, UTC)
    for lines, revoked, says in (
        (allowed({MAINTAINER: MIA}, namespaces=("git",), valid_before=before), (), "valid only before"),
        (LINES, (MIA.blob,), "was revoked"),
    ):  # fmt: skip
        trust = Trust(POLICY, (*allowed(), *lines) if not revoked else lines, frozenset(revoked))
        (fault,) = check({NAME: tag()}, SCENE._replace(trust=trust)).faults
        assert says in fault
    late = allowed(
        {MAINTAINER: MIA}, namespaces=("git",), valid_before=before + timedelta(seconds=1)
    )
    trust = Trust(POLICY, (*allowed(), *late))
    assert check({NAME: tag()}, SCENE._replace(trust=trust)).anchored == NAME


def test_only_a_whole_ledger_is_anchored() -> None:
    with pytest.raises(Refused, match="the ledger has no note to anchor; sign one first"):
        anchors.stated(Verified())
    with pytest.raises(Refused, match="the ledger is not whole, so it is not anchored"):
        anchors.stated(SCENE._replace(entries=NOTES[1:]).check())


def test_a_tag_that_git_signs_holds(tmp_path: Path) -> None:
    """And `git tag -v` takes it with the same file of allowed signers."""
    made = forging.new_key(tmp_path, "-t ed25519")
    line = signers.line(MAINTAINER, made.with_suffix(".pub").read_text(), namespaces=("git",))
    (tmp_path / "allowed").write_text(line)
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "x")
    settings = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={made}",
                "-c", f"gpg.ssh.allowedSignersFile={tmp_path / 'allowed'}")  # fmt: skip
    git(tmp_path, *settings, "tag", "-s", NAME, "-m", MESSAGE)
    git(tmp_path, *settings, "tag", "-v", NAME)
    raw = subprocess.run(
        ["git", "-C", str(tmp_path), "cat-file", "tag", NAME], check=True, capture_output=True
    )
    trust = Trust(POLICY, (*allowed(), *signers.parsed(line, "allowed")))
    found = check({NAME: raw.stdout}, SCENE._replace(trust=trust))
    assert (found.anchored, found.faults) == (NAME, ())


def test_the_message_is_canonical() -> None:
    assert canonical(json.loads(MESSAGE)).decode() == MESSAGE
