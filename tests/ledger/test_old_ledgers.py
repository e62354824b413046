"""Ledgers of past versions verify for ever: files that were signed once, and are never made anew.

Every kind of key signed one note; those of `ssh-keygen` were signed by OpenSSH 9.2, the tag by git.
"""

from pathlib import Path

import pytest

from tests.conftest import GOLDEN
from tests.ledger import forging
from tests.ledger.writing import COMPONENT, DIGEST, MANIFEST, NOW, OTHER, PROJECT
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.standing import Standing, Verified
from trl4ml.ledger import note, signers
from trl4ml.ledger.checking import checked
from trl4ml.ledger.note import Entry
from trl4ml.ledger.trust import Base, Now, Trust

KEPT = {"ledger-v0.1": 7}
"""How many notes each holds."""


def check(folder: Path) -> Verified:
    lines = signers.parsed((folder / "allowed_signers").read_text(), "allowed_signers")
    policy = ReviewPolicy(
        roles={"product": tuple(one.principal for one in lines)}, origins=(forging.ORIGIN,)
    )
    entries = [
        Entry(f".trl4ml/{path.relative_to(folder).as_posix()}", path.read_bytes())
        for path in folder.rglob("*.json")
    ]
    return checked(
        entries, Trust(policy, lines), Now(PROJECT, DIGEST, {MANIFEST: OTHER}, (COMPONENT,)),
        now=NOW, base=Base("origin/main", {one.path: one.content for one in entries}),
        owners={COMPONENT: ("Olga <olga@example.org>",)}, authors={},
        anchors={path.stem.replace("ledger-", "ledger/", 1): path.read_bytes()
                 for path in folder.glob("*.tag")},
    )  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_every_note_of_it_is_still_rightly_signed(name: str) -> None:
    """Whether it counts may change with the policy's own rules; that it is what it was may not."""
    found = check(GOLDEN / name)
    assert found.faults == ()
    assert found.anchored.startswith("trl4ml-ledger/")
    assert len(found.notes) == KEPT[name]
    for one in found.notes:
        assert one.standing in (Standing.COUNTS, Standing.STALE), one.says
        assert one.says == "" or one.says.startswith("the review policy changed since")


@pytest.mark.parametrize("name", KEPT)
def test_stock_ssh_keygen_takes_every_note_of_it(name: str, tmp_path: Path) -> None:
    text = (GOLDEN / name / "allowed_signers").read_text()
    for one in check(GOLDEN / name).notes:
        kept = note.read((GOLDEN / name / one.path.removeprefix(".trl4ml/")).read_bytes())
        assert forging.stock_takes(
            tmp_path, kept.signature, text, who=one.signer, message=kept.payload
        )
