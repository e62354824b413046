"""Who would have the gate rise: by numbers driven up, digests chosen, clocks, names of owners."""

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.writing import (
    CAROL,
    COMPONENT,
    DAVE,
    DIGEST,
    EVE,
    KEYS,
    NOW,
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
from trl4ml.core import tally
from trl4ml.core.answer import Said
from trl4ml.core.evidence import Outcome
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.project import Component
from trl4ml.core.review import Decision, ReviewAnswer
from trl4ml.core.standing import Standing
from trl4ml.core.voices import counting, newest
from trl4ml.ledger import note, signers
from trl4ml.ledger.chain import FOLDER
from trl4ml.ledger.disk import Ledger
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.note import Entry
from trl4ml.ledger.trust import Base, Trust

MODEL = Component(name=COMPONENT, owners=("Olga <olga@example.org>",))
YESTERDAY = NOW - timedelta(days=1)
STRANGER = key("stranger")
PRODUCT = POLICY.model_copy(update={"panels": {}, "roles": {
    "engineering": (EVE,), "product": (CAROL, DAVE),
}})  # fmt: skip
UNARMED = PRODUCT.model_copy(update={"veto": ()})
RULES = {"policy": {"sha256": UNARMED.digest}}


def panel(entries: Iterable[Entry], level: int = 4, policy: ReviewPolicy = PRODUCT) -> Outcome:
    """What the panel of a level (4: one of engineering, one of product) comes to."""
    scene = Scene(tuple(entries), trust=Trust(policy, allowed()))
    found = scene.check()
    assert found.faults == ()
    said = tally.reviewed(policy, found, [MODEL], "test")
    return said[COMPONENT][tally.panel_id(level)].outcome


def at(minutes: int) -> str:
    return moment(YESTERDAY + timedelta(minutes=minutes))


def driven_up(notes: int) -> list[Entry]:
    """Notes that nobody signed rightly: each gives the next one a greater number."""
    found: list[Entry] = []
    for number in range(1, notes + 1):
        prev = digest(found[-1]) if found else None
        said = statement(prev=prev, created_at=at(0), reason=f"junk {number}")
        found.append(entry(said, number, STRANGER))
    return found


def after(chain: list[Entry], minutes: int, **said: Any) -> Entry:
    prev = digest(chain[-1]) if chain else None
    return entry(statement(prev=prev, created_at=at(minutes), **said), len(chain) + 1)


def engineering() -> Entry:
    return entry(statement(reviewer=EVE, role="engineering", created_at=at(1)), 1)


# --- numbers driven up


def test_an_approval_before_a_rejection_does_not_answer_it_however_great_its_number() -> None:
    junk = driven_up(50)
    approval = after(junk, minutes=10, reviewer=CAROL)
    assert panel([*junk, approval, engineering()]) is Outcome.YES
    rejected = after([], minutes=60, reviewer=DAVE, decision=Decision.REJECT)
    assert panel([*junk, approval, engineering(), rejected]) is Outcome.NO
    answered = after([*junk, approval], minutes=70, reviewer=CAROL, reason="seen it")
    assert panel([*junk, approval, engineering(), rejected, answered]) is Outcome.YES


@pytest.mark.parametrize("decision", [Decision.REJECT, Decision.RECUSE])
def test_who_takes_an_approval_back_is_not_overruled_by_its_number(decision: Decision) -> None:
    junk = driven_up(50)
    approval = after(junk, minutes=10, **RULES)
    other = entry(statement(reviewer=EVE, role="engineering", created_at=at(1), **RULES))
    back = after([], minutes=60, decision=decision, **RULES)
    assert panel([*junk, approval, other], policy=UNARMED) is Outcome.YES
    assert panel([*junk, approval, other, back], policy=UNARMED) is Outcome.UNKNOWN
    anew = after([*junk, approval], minutes=70, reason="after all", **RULES)
    assert panel([*junk, approval, other, back, anew], policy=UNARMED) is Outcome.YES


def test_a_condition_is_not_ended_by_what_was_said_before_it() -> None:
    junk = driven_up(50)
    approval = after(junk, minutes=10)
    condition = after([], 60, reviewer=DAVE, decision=Decision.CONDITIONS, conditions=("Say why.",))
    for entries, left in (((*junk, approval, condition), 1), ((condition,), 1)):
        found = Scene(tuple(entries), trust=Trust(PRODUCT, allowed())).check()
        assert len(tally.condition_items(PRODUCT, found, [MODEL])) == left


# --- digests chosen so that a note comes last, or is the tip


def test_no_choice_of_a_digest_makes_an_approval_speak_over_what_is_said_at_once() -> None:
    first = row({})[0]
    rejected = entry(statement(prev=digest(first), created_at=at(5), reviewer=DAVE,
                               decision=Decision.REJECT), 2)  # fmt: skip
    seen = set()
    for attempt in range(12):
        approval = entry(statement(prev=digest(first), created_at=at(9), reviewer=CAROL,
                                   reason=f"attempt {attempt}"), 2)  # fmt: skip
        seen.add(digest(approval) > digest(rejected))
        assert panel([first, rejected, approval, engineering()]) is Outcome.NO
    assert seen == {True, False}


def test_of_one_person_who_says_two_things_at_once_the_more_cautious_counts() -> None:
    rejected = entry(statement(decision=Decision.REJECT, created_at=at(5), **RULES))
    for attempt in range(8):
        approval = entry(statement(created_at=at(9), reason=f"attempt {attempt}", **RULES))
        found = Scene((rejected, approval), trust=Trust(UNARMED, allowed())).check()
        (speaks,) = newest(counting(found.notes, MODEL), 4)
        assert speaks.digest == digest(rejected)


# --- one person as two


def test_one_person_fills_one_place_whatever_roles_and_keys_they_have() -> None:
    roles = {"product": (CAROL,), "engineering": (CAROL,)}
    policy = PRODUCT.model_copy(update={"roles": roles})
    second = key("carol's second")
    trust = Trust(policy, (*allowed(), *signers.parsed(signers.line(CAROL, second.text), "again")))
    first = entry(statement(created_at=at(1)))
    other = entry(statement(role="engineering", created_at=at(2), prev=digest(first)), 2, second)
    found = Scene((first, other), trust=trust).check()
    assert {one.standing for one in found.notes} == {Standing.COUNTS}
    said = tally.reviewed(policy, found, [MODEL], "test")[COMPONENT]["review-level-4"]
    assert said.outcome is Outcome.UNKNOWN
    assert said.measures["people"].value == 1


@pytest.mark.parametrize(
    ("two", "says"),
    [
        (("carol@example.org", "Carol@example.org"), "write one person in one way"),
        (("carol@example.org", "carol@exаmple.org"), "not plain ASCII"),
        (("carol@example.org", "carol@example.org,dave@example.org"), "names several people"),
        (("carol@example.org", "*@example.org"), "stands for many people"),
    ],
)
def test_one_person_is_not_written_in_two_ways(two: tuple[str, str], says: str) -> None:
    text = "".join(
        f'{who} namespaces="signoff@trl4ml" {key(who + "!").text}\n' for who in two
    ).encode()
    with pytest.raises(Refused, match=says):
        signers.parsed(text.decode("ascii", "replace"), "allowed_signers")


@pytest.mark.parametrize(
    "owner",
    [
        "Eve eve@example.org",
        "eve@example.org, olga@example.org",
        "eve@example.org (Eve)",
        "Eve <mailto:eve@example.org>",
        "Eve <eve@example.org\u200b>",
        "Eve <еve@example.org>",
        "Eve <ｅve@example.org>",
        "'eve@example.org'",
    ],
)
def test_an_owner_who_is_written_so_that_nobody_can_compare_bars_every_approval(owner: str) -> None:
    entries = (entry(statement(reviewer=EVE, role="engineering")),)
    (found,) = Scene(entries, owners={COMPONENT: (owner,)}).check().notes
    assert found.standing is Standing.BARRED
    assert found.says == (f"nobody knows that {EVE} does not own {COMPONENT}: the owner {owner!a} "
                          "has no address; write owners as `Name <address>`")  # fmt: skip


# --- clocks


@pytest.mark.parametrize(
    ("created", "brought", "says"),
    [
        (NOW + timedelta(days=900), NOW + timedelta(days=1000), "is dated in the future"),
        (NOW - timedelta(days=2), NOW - timedelta(days=9), "after the commit that brought it"),
    ],
)
def test_a_commit_of_a_wrong_time_lets_no_note_be_younger_than_now(
    created: datetime, brought: datetime, says: str
) -> None:
    entries = (entry(statement(created_at=moment(created))),)
    (found,) = Scene(entries).based(at=brought).check().notes
    assert found.standing is Standing.REFUSED
    assert says in found.says


def test_a_commit_that_lies_ahead_makes_no_key_valid_before_its_time() -> None:
    later = allowed({CAROL: KEYS[CAROL]}, valid_after=NOW + timedelta(days=10))
    scene = Scene((entry(statement()),), trust=Trust(POLICY, later))
    (found,) = scene.based(at=NOW + timedelta(days=1000)).check().notes
    assert "is not valid before" in found.says


def test_a_key_that_ended_signs_nothing_new_however_old_the_note_says_it_is() -> None:
    ended = allowed({CAROL: KEYS[CAROL]}, valid_before=NOW - timedelta(days=30))
    old = entry(statement(created_at=moment(NOW - timedelta(days=60))))
    (found,) = Scene((old,), trust=Trust(POLICY, ended)).check().notes
    assert "is valid only before" in found.says
    other = Base("origin/main", {}, {old.path: NOW - timedelta(days=60)})
    (found,) = Scene((old,), trust=Trust(POLICY, ended), base=other).check().notes
    assert "is valid only before" in found.says


# --- files


def test_a_name_that_is_no_text_is_named_and_is_no_note(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER / DIGEST[:12]
    folder.mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\x1b[31m.json")).write_text("x")
    (one,) = Ledger(tmp_path).entries()
    assert one.path == f"{FOLDER}/{DIGEST[:12]}/\\xff\x1b[31m.json"
    one.path.encode()
    (fault,) = Scene((one,)).check().faults
    assert fault.startswith(one.path)


def test_large_notes_are_not_kept_in_memory() -> None:
    large = entry(statement(reason="word " * 3_900, answers=(
        ReviewAnswer(item="goal", answer=Said.YES, remark="word " * 3_900),
    )))  # fmt: skip
    assert len(large.content) > note.SMALL
    kept = note._kept.cache_info().currsize
    assert note.opened(large.content)[2] == digest(large)
    assert note._kept.cache_info().currsize == kept


def test_files_that_change_after_they_were_read_change_nothing(tmp_path: Path) -> None:
    one = entry(statement())
    path = tmp_path / one.path
    path.parent.mkdir(parents=True)
    path.write_bytes(one.content)
    entries = Ledger(tmp_path).entries()
    path.write_bytes(b"{}")
    assert Scene(entries).check() == Scene((one,)).check()


def test_a_file_without_a_name_is_a_fault_like_another() -> None:
    second = row({}, {})[1]
    found = Scene((second._replace(path=""),)).check()
    assert [one.standing for one in found.notes] == [Standing.REFUSED]
    assert len(found.faults) == 1
