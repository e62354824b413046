"""What notes come to for a gate: cases worked by hand, and the laws of the tally."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.making import item, report
from trl4ml.core.answer import Said
from trl4ml.core.canonical import digest
from trl4ml.core.evidence import Outcome
from trl4ml.core.judging import Told
from trl4ml.core.panel import PANELS, Panel, ReviewPolicy
from trl4ml.core.project import Component
from trl4ml.core.review import REPORT, Digest, SignOff, Statement, Subject
from trl4ml.core.standing import Checked, Standing, Verified
from trl4ml.core.tally import (
    condition_items,
    panel_items,
    reviewed,
    signed_answers,
    stranger,
)
from trl4ml.core.verdict import Status
from trl4ml.core.voices import filled

MODEL, DATA = Component(name="model", formerly=("old-model",)), Component(name="data")
HOLDERS = {
    "engineering": ("eve", "eric", "Anna"), "product": ("pat", "paul", "anna"), "legal": ("lena",),
    "research": ("rita", "raul"), "senior-research": ("rita",), "research-lead": ("rita",),
}  # fmt: skip
POLICY = ReviewPolicy(roles=HOLDERS)


def note(
    who: str, role: str, decision: str = "approve", level: int = 4, number: int = 1,
    standing: str = "counts", says: str = "", barred: dict[str, str] | None = None, **more: Any,
) -> Checked:  # fmt: skip
    given = {
        "decision": decision, "project": "p", "level": level, "role": role, "reviewer": who,
        "reason": "I looked.", "policy": {"sha256": "0" * 64}, "prev": None,
        "created_at": "2026-11-21T09:00:00Z",
        **({"conditions": ["Mind the gap."]} if decision == "approve-with-conditions" else {}),
        **({"revokes": "0" * 64} if decision == "revoke" else {}), **more,
    }  # fmt: skip
    statement = Statement(
        subject=(Subject(name=REPORT, digest=Digest(sha256="a" * 64)),),
        predicate=SignOff.model_validate(given, strict=False),
    )
    named = digest([number, given])
    path = f"r/{number:06}-{named[:12]}.json"
    why = says or ("" if standing == "counts" else f"is {standing}")
    return Checked(
        named, path, number, Standing(standing), why, statement, who, "ssh", "k", barred or {}
    )


def outcome(
    notes: Sequence[Checked], level: int = 4, policy: ReviewPolicy = POLICY,
    component: Component = MODEL, faults: tuple[str, ...] = (), problem: str = "",
) -> tuple[str, str]:  # fmt: skip
    """Whether the panel approves, and in which words, with the paths taken out."""
    verified = Verified(tuple(notes), faults)
    found = reviewed(policy, verified, [component], "t", problem)[component.name]
    one = found[f"review-level-{level}"]
    words = one.message
    for known in notes:
        words = words.replace(known.path, f"#{known.number}")
    return one.outcome.value, words


EVE, PAT = note("eve", "engineering"), note("pat", "product", number=2)
LACKS = "the panel lacks "
REJECTED = "rejected by lena (legal): I looked. (#3); this stands until legal approves level 4, or lena revokes it"
NO_LENA = note("lena", "legal", "reject", number=3)
CASES: list[tuple[str, list[Checked], str, str]] = [
    ("nobody", [], "unknown", f"{LACKS}1 engineering (eve or eric or Anna); 1 product (pat or paul or anna)"),
    ("one role of two", [EVE], "unknown", f"{LACKS}1 product (pat or paul or anna)"),
    ("both roles", [EVE, PAT], "yes", "approved by eve (engineering), pat (product)"),
    ("to a level below", [EVE, note("pat", "product", level=3)], "unknown",
     f"{LACKS}1 product (pat or paul or anna)"),
    ("to a level above", [EVE, note("pat", "product", level=9, number=2)], "yes",
     "approved by eve (engineering), pat (product)"),
    ("one person in two roles", [note("anna", "product", number=2), note("Anna", "engineering", number=1)],
     "unknown", f"{LACKS}1 engineering (eve or eric or Anna)"),
    ("a role that the panel has not", [EVE, PAT, note("rita", "research", number=3)], "yes",
     "approved by eve (engineering), pat (product)"),
    ("about another component", [EVE, note("pat", "product", component="data")], "unknown",
     f"{LACKS}1 product (pat or paul or anna)"),
    ("about the component by its former name", [EVE, note("pat", "product", number=2, component="old-model")],
     "yes", "approved by eve (engineering), pat (product)"),
    ("stale", [EVE, note("pat", "product", number=2, standing="stale")], "unknown",
     f"{LACKS}1 product (pat or paul or anna); #2 by pat does not count: is stale"),
    ("stale twice: the newest is told", [EVE, note("pat", "product", number=2, standing="stale"),
     note("pat", "product", number=3, standing="stale"), note("eve", "product", standing="stale")], "unknown",
     f"{LACKS}1 product (pat or paul or anna); #3 by pat does not count: is stale"),
    ("refused", [EVE, note("pat", "product", number=2, standing="refused")], "unknown",
     f"{LACKS}1 product (pat or paul or anna); #2 by pat does not count: is refused"),
    ("revoked", [EVE, note("pat", "product", number=2, standing="revoked")], "unknown",
     f"{LACKS}1 product (pat or paul or anna)"),
    ("barred here", [EVE, note("pat", "product", number=2, barred={"model": "pat owns it"})], "unknown",
     f"{LACKS}1 product (pat or paul or anna); #2 by pat does not count: pat owns it"),
    ("barred elsewhere", [EVE, note("pat", "product", number=2, barred={"data": "pat owns it"})], "yes",
     "approved by eve (engineering), pat (product)"),
    ("approved, then rejected by the same", [EVE, PAT, note("pat", "product", "reject", number=3)], "no",
     "rejected by pat (product): I looked. (#3); this stands until product approves level 4, or pat revokes it"),
    ("rejected, then approved by the same", [EVE, note("pat", "product", "reject"), PAT], "yes",
     "approved by eve (engineering), pat (product)"),
    ("rejected by another role", [EVE, PAT, NO_LENA], "no", REJECTED),
    ("rejected below", [EVE, PAT, note("lena", "legal", "reject", 2, number=3)], "no",
     REJECTED.replace("level 4", "level 2")),
    ("rejected above", [EVE, PAT, note("lena", "legal", "reject", 5, number=3)], "yes",
     "approved by eve (engineering), pat (product)"),
    ("a rejection gone stale", [EVE, PAT, note("lena", "legal", "reject", number=3, standing="stale")], "no",
     REJECTED),
    ("a rejection that expired", [EVE, PAT, note("lena", "legal", "reject", number=3, standing="expired")],
     "no", REJECTED),
    ("a rejection taken back", [EVE, PAT, note("lena", "legal", "reject", number=3, standing="revoked")],
     "yes", "approved by eve (engineering), pat (product)"),
    ("a rejection that is none", [EVE, PAT, note("lena", "legal", "reject", number=3, standing="refused")],
     "yes", "approved by eve (engineering), pat (product)"),
    ("a rejection in a role not held", [EVE, PAT, note("eve", "legal", "reject", number=3, standing="barred")],
     "yes", "approved by eve (engineering), pat (product)"),
    ("a rejection answered by its role", [EVE, note("pat", "product", "reject", number=2),
                                          note("paul", "product", number=3)], "yes",
     "approved by eve (engineering), paul (product)"),
    ("a rejection answered too low", [EVE, PAT, note("paul", "product", "reject", number=3),
                                      note("pat", "product", level=3, number=4)], "no",
     "rejected by paul (product): I looked. (#3); this stands until product approves level 4, or paul revokes it"),
    ("a rejection answered at once", [EVE, note("paul", "product", "reject", number=2), PAT], "no",
     "rejected by paul (product): I looked. (#2); this stands until product approves level 4, or paul revokes it"),
    ("a rejection answered by one who is barred",
     [EVE, PAT, note("paul", "product", "reject", number=3),
      note("pat", "product", number=4, barred={"model": "pat owns it"})], "no",
     "rejected by paul (product): I looked. (#3); this stands until product approves level 4, or paul revokes it"),
    ("a rejection answered once", [EVE, note("paul", "product", "reject", number=2),
                                   note("pat", "product", number=3, standing="stale"),
                                   note("pat", "product", number=4)], "yes",
     "approved by eve (engineering), pat (product)"),
    ("recused after approving", [EVE, PAT, note("pat", "product", "recuse", number=3)], "unknown",
     f"{LACKS}1 product (paul or anna)"),
    ("recused, of another component", [EVE, PAT, note("pat", "product", "recuse", number=3, component="data")],
     "yes", "approved by eve (engineering), pat (product)"),
    ("recused at the same place", [EVE, PAT, note("pat", "product", "recuse", number=2)], "unknown",
     f"{LACKS}1 product (paul or anna)"),
    ("recused after rejecting", [EVE, PAT, NO_LENA, note("lena", "legal", "recuse", number=4)], "no", REJECTED),
    ("with conditions", [EVE, note("pat", "product", "approve-with-conditions", number=2)], "yes",
     "approved by eve (engineering), pat (product)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("notes", "kind", "says"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_what_notes_come_to(notes: list[Checked], kind: str, says: str) -> None:
    assert outcome(notes) == (kind, says)


def test_a_rejection_without_veto_only_lacks() -> None:
    mild = POLICY.model_copy(update={"veto": ("engineering",)})
    assert outcome([EVE, PAT, NO_LENA], policy=mild)[0] == "yes"
    lost = outcome([EVE, PAT, note("pat", "product", "reject", number=3)], policy=mild)
    assert lost == ("unknown", f"{LACKS}1 product (paul or anna)")


def test_a_quorum_takes_more_people_of_the_panels_roles() -> None:
    panel = Panel(roles={"engineering": 1, "product": 1}, quorum=3)
    policy = POLICY.model_copy(update={"panels": {"4": panel}})
    assert outcome([EVE, PAT], policy=policy) == ("unknown", f"{LACKS}1 more of its roles")
    stranger = note("rita", "research", number=3)
    assert outcome([EVE, PAT, stranger], policy=policy)[0] == "unknown"
    assert outcome([EVE, PAT, note("paul", "product", number=3)], policy=policy)[0] == "yes"


def test_a_ledger_that_is_not_whole_approves_nothing() -> None:
    assert outcome([EVE, PAT], faults=("a: was dropped", "b: too")) == (
        "unknown",
        "a: was dropped; b: too",
    )
    assert outcome([EVE, PAT, NO_LENA], problem="no base") == ("unknown", "no base")


def test_long_reasons_are_cut() -> None:
    long = note("lena", "legal", "reject", number=3, reason="no " * 5000)
    assert len(outcome([long])[1]) < 400


def test_panels_are_asked_for_from_the_level_on_that_the_policy_says() -> None:
    assert [one.level for one in panel_items(POLICY)] == list(range(10))
    strict = POLICY.model_copy(
        update={"from_level": 8, "panels": {"9": Panel(roles=PANELS[9], quorum=4)}}
    )
    eight, nine = panel_items(strict)
    assert (eight.id, eight.wants, eight.gate) == ("review-level-8", "review_level_8", True)
    assert eight.ask == ("Does the panel of level 8 approve what was found "
                         "(1 product, 1 quality-assurance, 1 stakeholder)?")  # fmt: skip
    assert nine.ask.endswith("(1 product, 1 stakeholder; 4 people in all)?")
    assert list(reviewed(strict, Verified(), [MODEL], "t")["model"]) == [eight.id, nine.id]


def test_every_item_that_reviews_ask_for_is_one_that_a_checklist_could_hold() -> None:
    conditional = note("eve", "engineering", "approve-with-conditions")
    made = (*panel_items(POLICY), *condition_items(POLICY, Verified((conditional,)), [MODEL]))
    for one in made:
        assert one == type(one).model_validate(one.model_dump(mode="json"), strict=False)


def conditions(
    *notes: Checked, components: Sequence[Component] = (MODEL, DATA)
) -> list[tuple[str, int, str | None]]:
    found = condition_items(POLICY, Verified(notes), components)
    return [(one.id.rpartition("-")[2], one.level, one.component) for one in found]


WITH = note("eve", "engineering", "approve-with-conditions", conditions=["One.", "Two."])


def test_conditions_are_items_of_the_next_level() -> None:
    assert conditions(WITH) == [("1", 5, None), ("2", 5, None)]
    (first, _) = condition_items(POLICY, Verified((WITH,)), [MODEL])
    assert first.id == f"condition-{WITH.digest[:12]}-1"
    assert first.ask == "Is the condition met that eve (engineering) set: One."
    assert first.if_not.remedy.endswith(f"say so: trl4ml answer {first.id} yes")
    top = note("eve", "engineering", "approve-with-conditions", 9)
    assert conditions(top) == [("1", 9, None)]
    old = note("eve", "engineering", "approve-with-conditions", component="old-model")
    assert conditions(old) == [("1", 5, "model")]


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"standing": "stale"}, 1), ({"standing": "expired"}, 1), ({"standing": "revoked"}, 0),
        ({"standing": "refused"}, 0), ({"standing": "barred"}, 0),
        ({"standing": "barred", "barred": {"model": "owner"}}, 1),
        ({"barred": {"model": "owner"}}, 1), ({"role": "legal"}, 0),
    ],
)  # fmt: skip
def test_conditions_last_as_long_as_they_were_rightly_set(
    change: dict[str, Any], left: int
) -> None:
    given = {"who": "eve", "role": "engineering", "decision": "approve-with-conditions", **change}
    assert len(conditions(note(**given))) == left


@pytest.mark.parametrize(
    ("later", "left"),
    [
        (note("eric", "engineering", number=2), 0),
        (note("eric", "engineering", number=2, standing="stale"), 0),
        (note("eric", "engineering", number=1), 2),
        (note("eric", "engineering", level=3, number=2), 2),
        (note("eric", "engineering", "approve-with-conditions", 2, number=2), 3),
        (note("pat", "product", number=2), 2),
        (note("eric", "engineering", number=2, barred={"model": "owner", "data": "owner"}), 2),
        (note("eric", "engineering", number=2, component="model"), 2),
    ],
)
def test_conditions_end_when_their_role_approves_without_any(later: Checked, left: int) -> None:
    assert len(conditions(WITH, later)) == left


def test_answers_of_notes_that_count_are_answers_of_their_signers() -> None:
    said = [{"item": "a", "answer": "yes", "remark": "seen"}, {"item": "b", "answer": "not_applicable"},
            {"item": "c", "answer": "no"}]  # fmt: skip
    one = note("eve", "engineering", answers=said, barred={"data": "owner"})
    found = signed_answers(Verified((one,)), [MODEL, DATA])
    assert [(a.item, a.component, a.answer, a.by, a.note) for a in found] == [
        ("a", "model", Said.YES, "eve", "seen"), ("c", "model", Said.NO, "eve", ""),
    ]  # fmt: skip
    assert f"{found[0].at:%Y-%m-%dT%H:%M:%SZ}" == "2026-11-21T09:00:00Z"
    assert not signed_answers(Verified((one._replace(standing=Standing.STALE),)), [MODEL])
    recused = note("eve", "engineering", "recuse", number=2)
    assert not signed_answers(Verified((one, recused)), [MODEL])


def test_notes_about_a_component_that_is_gone_are_not_lost() -> None:
    gone = note("lena", "legal", "reject", component="gone")
    known = {"model", "old-model", "was"}
    says = stranger(POLICY, Verified((gone,)), known)
    assert says == (f"{gone.path}: is about the component 'gone', which trl4ml.yaml does not have; if it was "
                    "renamed, say `formerly: [gone]` in the component that it is now; if it is no more, have the "
                    "note answered or revoked before it is taken out")  # fmt: skip
    for name in (*known, None):
        assert not stranger(
            POLICY, Verified((note("lena", "legal", "reject", component=name),)), known
        )
    assert not stranger(POLICY, Verified((note("lena", "legal", component="gone"),)), known)


def test_panels_judge_as_items_do() -> None:
    items = [item("a", 4, "review_level_4")]
    for notes, status in (
        ([EVE, PAT], Status.MET),
        ([NO_LENA], Status.NOT_MET),
        ([EVE], Status.UNKNOWN),
    ):
        told = Told(reviews=reviewed(POLICY, Verified(tuple(notes)), [MODEL], "t"))
        (verdict,) = report(items, [], told=told).components[0].verdicts
        assert verdict.status is status
        assert (
            verdict.message
            == reviewed(POLICY, Verified(tuple(notes)), [MODEL], "t")["model"][
                "review-level-4"
            ].message
        )
        assert len(verdict.evidence) == 1


# --- laws

NOTES = st.builds(
    note,
    st.sampled_from(["eve", "eric", "Anna", "pat", "paul", "anna", "lena", "rita"]),
    st.sampled_from(["engineering", "product", "legal", "research"]),
    st.sampled_from(["approve", "approve-with-conditions", "reject", "recuse", "revoke"]),
    st.integers(0, 9), st.integers(1, 5),
    st.sampled_from([one.value for one in Standing]),
    barred=st.sampled_from([{}, {}, {"model": "owner"}, {"data": "owner"}]),
    component=st.sampled_from([None, None, "model", "old-model", "data"]),
)  # fmt: skip
LEDGERS = st.lists(NOTES, max_size=8, unique_by=lambda one: one.digest)
LEVELS = st.integers(0, 9)


def found(notes: Sequence[Checked], level: int) -> Outcome:
    return reviewed(POLICY, Verified(tuple(notes)), [MODEL], "t")["model"][
        f"review-level-{level}"
    ].outcome


@given(LEDGERS, LEVELS, st.randoms(use_true_random=False))
def test_the_order_in_which_files_are_read_does_not_matter(
    notes: list[Checked], level: int, chance: random.Random
) -> None:
    other = list(notes)
    chance.shuffle(other)
    assert outcome(notes, level) == outcome(other, level)


@given(LEDGERS, LEVELS)
def test_an_approval_takes_as_many_people_as_the_panel(notes: list[Checked], level: int) -> None:
    if found(notes, level) is Outcome.YES:
        people = {
            one.signer.casefold() for one in notes
            if one.standing is Standing.COUNTS and not one.barred.get("model")
            and one.statement and one.statement.predicate.level >= level
            and one.statement.predicate.decision.value.startswith("approve")
        }  # fmt: skip
        assert len(people) >= sum(PANELS[level].values())


@given(LEDGERS, LEVELS, NOTES)
def test_what_does_not_count_never_makes_a_panel_approve(
    notes: list[Checked], level: int, more: Checked
) -> None:
    if found(notes, level) is Outcome.UNKNOWN and more.standing is not Standing.COUNTS:
        assert found([*notes, more], level) is not Outcome.YES


@given(LEDGERS, LEVELS, st.integers(0, 9))
def test_a_new_rejection_with_veto_always_holds_the_gate(
    notes: list[Checked], level: int, of: int
) -> None:
    last = note("lena", "legal", "reject", of, number=6)
    if of <= level:
        assert found([*notes, last], level) is Outcome.NO
    else:
        assert found([*notes, last], level) is found(notes, level)


@given(LEDGERS, LEVELS, st.sampled_from(["eve", "pat"]))
def test_saying_the_same_twice_is_saying_it_once(
    notes: list[Checked], level: int, who: str
) -> None:
    role = "engineering" if who == "eve" else "product"
    once, twice = note(who, role, level=9, number=6), note(who, role, level=9, number=7)
    assert found([*notes, once, twice], level) is found([*notes, once], level)


@given(LEDGERS, LEVELS)
def test_filled_panels_are_those_of_whose_notes_all_count(notes: list[Checked], level: int) -> None:
    if found(notes, level) is Outcome.YES:
        assert filled(POLICY, [one for one in notes if one.standing is Standing.COUNTS])
