"""Answers, environments, switchbacks and the ML Test Score, judged: worked cases and laws."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.making import NOON, TODAY, answer, evidence, item, report, switchback
from trl4ml.core.answer import Answer, names
from trl4ml.core.checklist import Item
from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Evidence, Measure, Outcome
from trl4ml.core.judging import Told
from trl4ml.core.lifecycle import LIFECYCLE, TAGS
from trl4ml.core.project import Component
from trl4ml.core.report import Report
from trl4ml.core.score import band, earned, ml_test_score
from trl4ml.core.switchback import SwitchbackKind, refused, settling
from trl4ml.core.verdict import Status, Verdict
from trl4ml.testing import find, lay_out


def judged(one: Item, *answers: Answer, found: tuple[Evidence, ...] = (), **told: Any) -> Verdict:
    got = report([one], found, told=Told(answers=answers, **told), owners=("Ola <ola@x.org>",))
    return got.components[0].verdicts[0]


ASKED = item("a", wants="answer")


@pytest.mark.parametrize(
    ("said", "status", "message"),
    [
        ({}, Status.MET, "yes, says Ana (2026-11-01)"),
        ({"note": "after the workshop"}, Status.MET, "yes, says Ana (2026-11-01): after the workshop"),
        ({"note": "seen.", "link": "https://x.org"}, Status.MET,
         "yes, says Ana (2026-11-01): seen. (https://x.org)"),
        ({"link": "docs/m.md"}, Status.UNKNOWN, "yes, says Ana (2026-11-01), but that is older than the "
         "last change of docs/m.md; look again, and answer anew"),
        ({"said": "no", "note": "not yet"}, Status.NOT_MET, "no, says Ana (2026-11-01): not yet"),
        ({"said": "not_applicable", "note": "there is no model"}, Status.NOT_APPLICABLE,
         "not applicable, says Ana (2026-11-01): there is no model"),
        ({"days": 22}, Status.UNKNOWN, "yes, says Ana (2026-11-23), but that is dated in the future "
         "(2026-11-23); look again, and answer anew"),
    ],
)  # fmt: skip
def test_an_answer_makes_the_verdict(said: dict[str, Any], status: Status, message: str) -> None:
    saw = {"docs/m.md": "1" * 64} if said.get("link") == "docs/m.md" else {}
    verdict = judged(ASKED, answer("a", **said, saw=saw), linked={"docs/m.md": "2" * 64})
    assert (verdict.status, verdict.message) == (status, message)


def test_what_nobody_has_answered_is_unknown() -> None:
    verdict = judged(ASKED)
    assert (verdict.status, verdict.message) == (Status.UNKNOWN, "nobody has answered")


def test_an_answer_counts_for_as_long_as_what_was_seen_is_the_same() -> None:
    seen = answer("a", link="m.md", saw={"m.md": "1" * 64})
    assert judged(ASKED, seen, linked={"m.md": "1" * 64}).status is Status.MET
    assert judged(ASKED, seen, linked={"m.md": "2" * 64}).status is Status.UNKNOWN
    assert judged(ASKED, seen).status is Status.UNKNOWN


def test_an_answer_goes_stale_when_the_artefact_that_its_probe_read_changes() -> None:
    one = item("a", wants="probe_a and answer")
    card = evidence("probe-a").model_copy(update={"reads": {"CARD.md": "1" * 64}})
    changed = card.model_copy(update={"reads": {"CARD.md": "2" * 64}})
    saw = answer("a", saw={"CARD.md": "1" * 64})
    assert judged(one, saw, found=(card,)).status is Status.MET
    verdict = judged(one, saw, found=(changed,))
    assert verdict.status is Status.UNKNOWN
    assert "is older than the last change of CARD.md" in verdict.message


@pytest.mark.parametrize(("days_ago", "status"), [(20, Status.MET), (21, Status.UNKNOWN)])
def test_an_item_may_say_for_how_many_days_an_answer_counts(days_ago: int, status: Status) -> None:
    one = item("a", wants="answer", stale_after=20)
    verdict = judged(one, answer("a", days=20 - days_ago))
    assert verdict.status is status
    assert ("is older than 20 days" in verdict.message) is (status is Status.UNKNOWN)


def test_the_newest_answer_counts_and_of_one_moment_the_more_cautious() -> None:
    assert judged(ASKED, answer("a", "no"), answer("a", days=1)).status is Status.MET
    assert judged(ASKED, answer("a"), answer("a", "no", days=1)).status is Status.NOT_MET
    assert judged(ASKED, answer("a"), answer("a", "no", by="Bo")).status is Status.NOT_MET


def test_an_answer_about_one_component_says_nothing_of_another() -> None:
    parts = (Component(name="x"), Component(name="y"))
    told = Told(answers=[answer("a", component="x")])
    got = report([ASKED], [], components=parts, told=told)
    assert [c.verdicts[0].status for c in got.components] == [Status.MET, Status.UNKNOWN]


@pytest.mark.parametrize(
    ("answers", "people", "independent", "against"),
    [
        ([answer("a")], 1, 1, 0),
        ([answer("a"), answer("a", days=1)], 1, 1, 0),
        ([answer("a"), answer("a", by="Bo")], 2, 2, 0),
        ([answer("a"), answer("a", by="ANA <ana@y.org>")], 1, 1, 0),
        ([answer("a"), answer("a", by="Ola")], 2, 1, 0),
        ([answer("a"), answer("a", by="ola@x.org")], 2, 1, 0),
        ([answer("a"), answer("a", "no", by="Bo", days=-1)], 1, 1, 1),
        ([answer("a", "no", days=-1), answer("a")], 1, 1, 0),
    ],
)
def test_people_are_counted_once_and_owners_are_not_independent(
    answers: list[Answer], people: int, independent: int, against: int
) -> None:
    got = report([ASKED], [], told=Told(answers=answers), owners=("Ola <ola@x.org>",))
    (held,) = [one for one in got.evidence.values() if one.probe == "answer"]
    found = {k: held.measures[k].value for k in ("people", "independent", "against")}
    assert found == {"people": people, "independent": independent, "against": against}


def test_a_review_by_the_owner_alone_is_not_independent() -> None:
    review = item("a", wants="answer and answer.independent >= 1")
    assert judged(review, answer("a", by="Ola")).status is Status.NOT_MET
    assert judged(review, answer("a", by="Bo")).status is Status.MET


@pytest.mark.parametrize(
    ("by", "known"),
    [("Ana", ("ana",)), ("Ana  B <A@x.org>", ("ana b", "a@x.org")), ("a@x.org", ("a@x.org",)),
     ("<a@x.org>", ("a@x.org",)), ("<>", ("<>",))],
)  # fmt: skip
def test_a_person_is_known_by_name_and_address(by: str, known: tuple[str, ...]) -> None:
    assert names(by) == known


SAID = st.builds(
    answer, st.just("a"), st.sampled_from(["yes", "no"]), st.integers(-5, 5),
    st.sampled_from(["Ana", "Bo", "Ola"]),
)  # fmt: skip


@given(st.lists(SAID, max_size=4))
def test_the_order_in_which_answers_are_read_does_not_matter(answers: list[Answer]) -> None:
    told = {
        report([ASKED], [], told=Told(answers=order)).model_dump_json()
        for order in permutations(answers)
    }
    assert len(told) == 1


LAB = {"environment": Environment.LAB}


@pytest.mark.parametrize(
    ("asked", "where", "status"),
    [
        ("lab", "synthetic", Status.UNKNOWN), ("lab", "simulation", Status.UNKNOWN),
        ("lab", "lab", Status.MET), ("lab", "production", Status.MET),
        ("shadow", "lab", Status.UNKNOWN), ("shadow", "shadow", Status.MET),
        ("production", "shadow", Status.UNKNOWN), ("production", "production", Status.MET),
        ("production", None, Status.MET),
    ],
)  # fmt: skip
def test_behaviour_observed_too_far_from_use_does_not_count(
    asked: str, where: str | None, status: Status
) -> None:
    got = evidence("probe-a").model_copy(
        update={"environment": Environment(where) if where else None}
    )
    verdict = judged(item("a", 8, environment=asked), found=(got,))
    assert verdict.status is status
    if status is Status.UNKNOWN:
        assert f"that is {where} evidence, and it must be {asked}" in verdict.message


def test_a_measure_may_have_its_own_environment() -> None:
    drill = Measure(value=1, environment=Environment.PRODUCTION)
    got = evidence("probe-a", drill=drill, unit=1).model_copy(update=LAB)
    assert (
        judged(item("a", wants="probe_a.drill >= 1", environment="production"), found=(got,)).status
        is Status.MET
    )
    verdict = judged(item("a", wants="probe_a.unit >= 1", environment="production"), found=(got,))
    assert verdict.status is Status.UNKNOWN


def test_an_answer_about_behaviour_must_say_where_it_was_observed() -> None:
    one = item("a", wants="answer", environment="shadow")
    verdict = judged(one, answer("a"))
    assert verdict.status is Status.UNKNOWN
    assert "where that was observed is not said" in verdict.message
    assert judged(one, answer("a", environment="shadow")).status is Status.MET
    assert judged(one, answer("a", environment="lab")).status is Status.UNKNOWN


LEVELS = [item(f"l{n}", n, "answer") for n in range(4)]


def climbed(*switchbacks: Any, again: float | None = None, settle: bool = False) -> Report:
    """All four levels answered on day 0, sent back, and perhaps answered again on a later day."""
    answers = [answer(one.id) for one in LEVELS]
    if again is not None:
        answers += [answer(one.id, days=again) for one in LEVELS]
    items = [*LEVELS, *settling(switchbacks)]
    if settle:
        answers += [answer(one.id, days=9) for one in settling(switchbacks)]
    return report(items, [], told=Told(answers=answers, switchbacks=switchbacks))


def test_a_switchback_takes_the_level_until_it_is_settled_and_answered_anew() -> None:
    back = switchback("model", 3, 2, days=1)
    assert climbed().supported == 3
    assert climbed(back).supported == 1
    assert climbed(back, settle=True).supported == 1
    assert climbed(back, again=2).supported == 1
    assert climbed(back, again=2, settle=True).supported == 3
    assert climbed(switchback("other", 3, 2, days=1)).supported == 3
    assert climbed(back).components[0].switchbacks == (back,)


WANTED = "answer and answer.people >= 1"


def test_a_switchback_is_settled_by_an_item_of_its_own() -> None:
    (one,) = settling([switchback("model", 3, 2)])
    assert (one.level, one.gate, one.component, one.wants) == (2, True, "model", WANTED)
    assert one.if_not.remedy == f"Settle it, then say so: trl4ml answer {one.id} yes"
    assert Item.model_validate(one.model_dump(), strict=False) == one


@pytest.mark.parametrize(
    ("supported", "to", "kind", "returns_to", "says"),
    [
        (6, 5, "discovery", None, ""),
        (5, 4, "review", None, ""),
        (4, 3, "discovery", None, ""),
        (4, 2, "discovery", None, "m entered at level 3, so levels below it were never done; switch back "
         "to 3 or later"),
        (4, 5, "discovery", None, "m is at level 4, so level 5 is still ahead of it; there is nothing to "
         "go back from"),
        (None, 3, "discovery", None, "m is below level 3, so level 3 is still ahead of it; there is "
         "nothing to go back from"),
        (9, 8, "discovery", 7, "m is in use, and a change to a deployed version returns it to level 7 or "
         "earlier; switch back to 7 or below"),
        (9, 7, "discovery", 7, ""),
        (9, 7, "discovery", 5, "m is in use, and a change to a deployed version returns it to level 5 or "
         "earlier; switch back to 5 or below"),
        (9, 4, "embedded", 7, ""),
        (8, 4, "embedded", 7, ""),
        (7, 4, "embedded", 7, 'an embedded switchback of m to level 4 is not planned; write it under '
         '`planned_switchbacks` of the component, as in "8 -> 4"'),
    ],
)  # fmt: skip
def test_the_rules_of_switchbacks(
    supported: int | None, to: int, kind: str, returns_to: int | None, says: str
) -> None:
    part = Component(
        name="m", entry_level=3, entry_reason="bought", planned_switchbacks=("9 -> 4",)
    )
    assert refused(part, supported, to, SwitchbackKind(kind), returns_to) == says


@pytest.mark.parametrize(
    ("more", "says"),
    [({"to": 4}, "4 is above the level it left, 3"), ({"kind": "review"}, "names the review"),
     ({"reason": "short"}, "at least 10 characters")],
)  # fmt: skip
def test_a_record_of_a_switchback_is_checked(more: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        switchback("model", 3, **{"to": 2, **more})


SECTIONS = ("data", "model", "infrastructure", "monitoring")


def scored(**points: list[float]) -> list[tuple[Item, Verdict]]:
    pairs = []
    for section in SECTIONS:
        for number, earns in enumerate(points[section]):
            one = item(
                f"t-{section}-{number}", section=section, wants="probe_a or answer", gate=False
            )
            answers = (answer(one.id, link="https://x.org"),) if earns == 0.5 else ()
            got = (evidence("probe-a"),) if earns == 1 else (evidence("probe-a", Outcome.NO),)
            pairs.append((one, judged(one, *answers, found=got)))
    return pairs


def seven(total: float) -> list[float]:
    """Seven marks of 1, ½ and 0 that sum to the total."""
    whole = [1.0] * int(total) + [0.5] * (total % 1 > 0)
    return whole + [0.0] * (7 - len(whole))


@pytest.mark.parametrize(
    ("sums", "final", "says"),
    [
        ((4.5, 3, 5, 1.5), 1.5, "a first pass"),
        ((7, 7, 7, 0), 0, "a research project"),
        ((7, 7, 7, 7), 7, "exceptionally tested"),
        ((1, 1, 1, 1), 1, "serious holes are possible"),
        ((3, 5, 5, 5), 3, "reasonably tested"),
    ],
)
def test_the_ml_test_score_is_the_smallest_of_four_sums(
    sums: tuple[float, ...], final: float, says: str
) -> None:
    got = ml_test_score(scored(**dict(zip(SECTIONS, map(seven, sums), strict=True))))
    assert got.measures["final"].value == final
    assert says in got.message
    assert [got.measures[s].value for s in SECTIONS] == list(sums)


def test_a_test_that_nobody_documented_earns_nothing() -> None:
    one = item("t", wants="probe_a or answer", section="data")
    no = evidence("probe-a", Outcome.NO)
    assert earned(judged(one, answer("t"), found=(no,))) == 0
    assert earned(judged(one, answer("t", link="https://x.org"), found=(no,))) == 0.5
    assert earned(judged(one, found=(evidence("probe-a"),))) == 1
    assert earned(judged(one, found=(no,))) == 0


def test_the_score_is_unknown_when_not_all_tests_were_asked() -> None:
    got = ml_test_score(
        scored(data=[1.0], model=seven(7), infrastructure=seven(7), monitoring=seven(7))
    )
    assert (got.outcome, got.message) == (
        Outcome.UNKNOWN, "not all tests of the ML Test Score were asked (data)"
    )  # fmt: skip


@given(st.floats(0, 7))
def test_every_score_has_a_band(final: float) -> None:
    assert band(final)


def test_each_challenge_of_the_lifecycle_lies_in_one_step() -> None:
    assert len(TAGS) == len(set(TAGS)) == 38
    assert len(LIFECYCLE) == 5


def test_the_report_shows_where_in_the_lifecycle_nothing_is_met() -> None:
    items = [item("a", tags=["cleaning"]), item("b", wants="probe_b", tags=["cleaning", "stealing"]),
             item("c", wants="probe_c", tags=["poisoning"])]  # fmt: skip
    found = [evidence("probe-a"), evidence("probe-b", Outcome.NO),
             evidence("probe-c", Outcome.NOT_APPLICABLE)]  # fmt: skip
    steps = {c.step: (c.met, c.asked) for c in report(items, found).coverage() if c.asked}
    assert steps == {"preprocessing": (1, 2), "security": (0, 1)}


def test_moments_of_the_tests_are_before_today() -> None:
    assert NOON.date() < TODAY


JUNIT = """\
<testsuites>
 <testsuite name="a"><properties><property name="trl4ml.environment" value="shadow"/></properties>
  <testcase name="drill"><properties><property name="trl4ml" value="rollback-drill"/></properties></testcase>
  <testcase name="clamp"><properties><property name="trl4ml" value="guardrails-tested"/>
   <property name="trl4ml.environment">production</property></properties></testcase>
 </testsuite>
 <testsuite name="b">
  <testcase name="unit"><properties><property name="trl4ml" value="parity"/></properties></testcase>
  <testcase name="odd"><properties><property name="trl4ml" value="odd"/>
   <property name="trl4ml.environment" value="the moon"/></properties></testcase>
  <testcase name="more"><properties><property name="trl4ml" value="guardrails-tested"/></properties></testcase>
 </testsuite>
</testsuites>
"""


def test_a_test_is_lab_evidence_unless_it_or_its_suite_says_otherwise(tmp_path: Path) -> None:
    lay_out(tmp_path, {"junit.xml": JUNIT})
    got = find("test-results", tmp_path).measures
    seen = {name: got[f"item_{name}"].environment for name in
            ("rollback_drill", "guardrails_tested", "parity", "odd")}  # fmt: skip
    assert seen == {
        "rollback_drill": "shadow",
        "guardrails_tested": "lab",
        "parity": "lab",
        "odd": "lab",
    }


NO_FILE = evidence("probe-a", Outcome.NO, "there is none", passed=0)
FAILED = evidence("probe-a", Outcome.YES, "it ran", passed=0)


@pytest.mark.parametrize(
    ("wants", "found", "status"),
    [
        ("probe_a or answer", NO_FILE, Status.MET),
        ("probe_a.passed >= 1 or answer", FAILED, Status.NOT_MET),
        ("probe_a.passed >= 1 or answer and answer.people >= 1", FAILED, Status.NOT_MET),
        ("probe_a or (probe_a.passed < 1 and answer)", NO_FILE, Status.MET),
        ("probe_b.passed >= 1 or answer", FAILED, Status.MET),
        ("probe_a.passed >= 0 or answer", FAILED, Status.MET),
        ("answer", FAILED, Status.MET),
    ],
)
def test_a_yes_does_not_outweigh_a_measure_that_fails(
    wants: str, found: Evidence, status: Status
) -> None:
    verdict = judged(item("a", wants=wants), answer("a"), found=(found,))
    assert verdict.status is status
    if status is Status.NOT_MET:
        assert verdict.message == (
            "probe_a.passed is 0, wanted >= 1, short by 1; "
            "no answer outweighs what was measured, only a waiver does"
        )


@pytest.mark.parametrize(
    ("wants", "found", "status"),
    [
        ("probe_a.passed >= 1 or answer", FAILED, Status.NOT_MET),
        ("probe_a.passed >= 1 or probe_b or answer", FAILED, Status.UNKNOWN),
        ("probe_a or answer", NO_FILE, Status.UNKNOWN),
        ("probe_a.passed >= 1 and answer", FAILED, Status.NOT_MET),
    ],
)
def test_what_nobody_answered_is_not_met_where_only_a_measure_decides(
    wants: str, found: Evidence, status: Status
) -> None:
    assert judged(item("a", wants=wants), found=(found,)).status is status


EXCUSE: dict[str, Any] = {"said": "not_applicable", "note": "there is nothing of the kind"}
REVIEW = "answer and answer.independent >= 2 and answer.against == 0"


@pytest.mark.parametrize(
    ("wants", "by", "status"),
    [
        ("answer", ["Ola"], Status.NOT_APPLICABLE),
        ("probe_a and answer", ["Ola"], Status.NOT_APPLICABLE),
        ("answer and answer.independent >= 1", ["Ola"], Status.UNKNOWN),
        ("answer and answer.independent >= 1", ["Bo"], Status.NOT_APPLICABLE),
        (REVIEW, ["Bo"], Status.UNKNOWN),
        (REVIEW, ["Ola", "Bo"], Status.UNKNOWN),
        (REVIEW, ["Bo", "Cleo"], Status.NOT_APPLICABLE),
        ("answer and answer.people >= 1", ["Bo", "Cleo"], Status.UNKNOWN),
    ],
)
def test_not_applicable_takes_as_many_people_as_a_yes(
    wants: str, by: list[str], status: Status
) -> None:
    answers = [answer("a", by=one, **EXCUSE) for one in by]
    assert judged(item("a", wants=wants), *answers).status is status


@pytest.mark.parametrize(
    ("wants", "found", "status"),
    [
        ("probe_a.passed >= 1 or answer", FAILED, Status.NOT_MET),
        ("probe_a.passed >= 1 and answer", FAILED, Status.NOT_APPLICABLE),
        ("probe_a or answer", NO_FILE, Status.NOT_APPLICABLE),
    ],
)
def test_not_applicable_does_not_outweigh_a_measure_that_fails(
    wants: str, found: Evidence, status: Status
) -> None:
    excuse = answer("a", **EXCUSE)
    assert judged(item("a", wants=wants), excuse, found=(found,)).status is status


def test_one_person_under_two_names_is_one_person() -> None:
    review = item("a", wants="answer and answer.independent >= 2")
    two = [answer("a", by="Bob <bob@x.org>"), answer("a", by="bob@x.org")]
    assert judged(review, *two).status is Status.NOT_MET
    bridged = [
        answer("a", by="Bob"),
        answer("a", by="bob@x.org"),
        answer("a", by="bob <bob@x.org>"),
    ]
    assert judged(review, *bridged).status is Status.NOT_MET


def test_without_an_owner_nobody_is_known_to_be_independent() -> None:
    review = item("a", wants="answer and answer.independent >= 1")
    got = report([review], [], told=Told(answers=[answer("a")]))
    verdict = got.components[0].verdicts[0]
    assert verdict.status is Status.UNKNOWN
    assert "nobody is named as owner" in verdict.message


def test_who_owns_the_project_is_not_independent_of_its_components() -> None:
    review = item("a", wants="answer and answer.independent >= 1")
    parts = [Component(name="m", owners=("Junior",))]
    for by, status in (("Junior", Status.NOT_MET), ("Ola", Status.NOT_MET), ("Bo", Status.MET)):
        told = Told(answers=[answer("a", by=by)])
        got = report([review], [], components=parts, told=told, owners=("Ola",))
        assert got.components[0].verdicts[0].status is status


def test_a_link_that_was_not_seen_documents_nothing() -> None:
    for link, saw, documented in (
        ("https://x.org", {}, True), ("a.md", {"a.md": "1" * 64}, True), ("a.md", {}, False), ("", {}, False)
    ):  # fmt: skip
        verdict = judged(ASKED, answer("a", link=link, saw=saw), linked={"a.md": "1" * 64})
        assert verdict.documented is documented


def test_what_is_owed_below_the_entry_level_is_due_at_it() -> None:
    part = Component(name="model", entry_level=3, entry_reason="bought")
    owed = item("owed", 1, "probe_a", section="registers")
    items = [owed, item("l3", 3, "probe_b"), item("below", 1, "probe_a")]
    found = [evidence("probe-a", Outcome.NO, "it changed"), evidence("probe-b")]
    got = report(items, found, components=[part])
    assert got.supported is None
    assert [(v.item, v.level) for v in got.components[0].verdicts] == [("owed", 3), ("l3", 3)]


def test_a_switchback_of_a_later_day_counts_from_today() -> None:
    back = switchback("model", 3, 2, days=400)
    assert climbed(back).supported == 1
    answers = [answer(one.id, days=20) for one in (*LEVELS, *settling([back]))]
    told = Told(answers=answers, switchbacks=[back])
    assert report([*LEVELS, *settling([back])], [], told=told).supported == 3
