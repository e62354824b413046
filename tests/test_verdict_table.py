"""Worked cases of the judgement, by hand: item and evidence in, status and words out."""

from datetime import date

import pytest

from tests.making import TODAY, evidence, item
from trl4ml.core.evidence import Measure, Outcome, undefined
from trl4ml.core.project import Waiver
from trl4ml.core.verdict import Status, judge

YES = evidence("probe-a", message="it is there", rate=0.79, n=Measure(value=5, lower=3, n=9))
NO = evidence("probe-a", Outcome.NO, "it is not there", rate=0)
UNKNOWN = evidence("probe-a", Outcome.UNKNOWN, "cannot tell")
ERROR = evidence("probe-a", Outcome.ERROR, "the probe broke")
ABSENT = evidence("probe-a", Outcome.NOT_APPLICABLE, "there is no container")
HOLLOW = evidence("probe-a", rate=undefined("nothing was counted"))


@pytest.mark.parametrize(
    ("wants", "found", "status", "words"),
    [
        ("probe_a", YES, Status.MET, "it is there"),
        ("probe_a", NO, Status.NOT_MET, "it is not there"),
        ("probe_a", UNKNOWN, Status.UNKNOWN, "cannot tell"),
        ("probe_a", ERROR, Status.UNKNOWN, "the probe broke"),
        ("probe_a", ABSENT, Status.NOT_APPLICABLE, "there is no container"),
        ("probe_a", None, Status.UNKNOWN, "no evidence from probe-a"),
        ("not probe_a", YES, Status.NOT_MET, "it is there"),
        ("not probe_a", NO, Status.MET, "it is not there"),
        ("not probe_a", UNKNOWN, Status.UNKNOWN, "cannot tell"),
        ("not probe_a", None, Status.UNKNOWN, "no evidence from probe-a"),
        ("probe_a.rate >= 0.79", YES, Status.MET, "it is there"),
        ("probe_a.rate >= 0.8", YES, Status.NOT_MET,
         "probe_a.rate is 0.79, wanted >= 0.8, short by 0.01"),
        ("probe_a.rate > 0.79", YES, Status.NOT_MET, "probe_a.rate is 0.79, wanted > 0.79"),
        ("probe_a.n >= 5", YES, Status.MET, "it is there"),
        ("probe_a.n.lower >= 4", YES, Status.NOT_MET, "probe_a.n.lower is 3, wanted >= 4, short by 1"),
        ("probe_a.n.n >= 9", YES, Status.MET, "it is there"),
        ("probe_a.n.upper <= 9", YES, Status.UNKNOWN, "probe_a.n.upper was not given"),
        ("probe_a.n.middle > 1", YES, Status.UNKNOWN,
         "'probe_a.n.middle' is not a measure; its fields are value, lower, upper, n"),
        ("probe_a.rat >= 0.8", YES, Status.UNKNOWN, "probe-a gives no measure 'rat' (it is there)"),
        ("probe_a.rate >= 0.8", HOLLOW, Status.UNKNOWN,
         "probe_a.rate is undefined: nothing was counted"),
        ("probe_a.rate >= 0.8", UNKNOWN, Status.UNKNOWN, "cannot tell"),
        ("probe_a.rate >= 0.8", ABSENT, Status.NOT_APPLICABLE, "there is no container"),
        ("probe_a.done == true", evidence("probe-a", message="it is there", done=False),
         Status.NOT_MET, "probe_a.done is false, wanted true"),
        ("probe_a.rate >= 0.8", NO, Status.NOT_MET, "it is not there"),
        ("probe_a and probe_b", YES, Status.UNKNOWN, "no evidence from probe-b"),
        ("probe_a and probe_b", NO, Status.NOT_MET, "it is not there"),
        ("probe_a or probe_b", YES, Status.MET, "it is there"),
        ("probe_a or probe_b", ABSENT, Status.UNKNOWN,
         "there is no container; no evidence from probe-b"),
        ("probe_b or probe_a", NO, Status.UNKNOWN, "no evidence from probe-b"),
        ("probe_a.rate >= 0.8", evidence("probe-a", Outcome.UNKNOWN, "cannot tell", rate=0.9),
         Status.UNKNOWN, "cannot tell"),
        ("probe_a.rate >= 0.8", evidence("probe-a", Outcome.ERROR, "the probe broke", rate=0.9),
         Status.UNKNOWN, "the probe broke"),
        ("probe_a.rate >= 'x'", YES, Status.UNKNOWN,
         "'probe_a.rate >= 'x'' cannot be judged: column 1: compares unlike things: "
         "a number with text"),
    ],
)  # fmt: skip
def test_an_item_gets_the_verdict_worked_out_by_hand(
    wants: str, found: object, status: Status, words: str
) -> None:
    known = {"probe-a": YES} if found is YES else {"probe-a": found} if found else {}
    verdict = judge(item("i", wants=wants), known)  # type: ignore[arg-type]
    assert (verdict.status, verdict.message) == (status, words)


@pytest.mark.parametrize(
    ("wants", "other", "status"),
    [
        ("probe_a or probe_b", evidence("probe-b", Outcome.NO), Status.UNKNOWN),
        ("probe_a or probe_b", evidence("probe-b"), Status.MET),
        ("probe_a.x >= probe_b.x", evidence("probe-b", Outcome.UNKNOWN, "?"), Status.UNKNOWN),
        (
            "probe_a and probe_b",
            evidence("probe-b", Outcome.NOT_APPLICABLE, "-"),
            Status.NOT_APPLICABLE,
        ),
    ],
)
def test_an_item_is_lifted_only_when_nothing_of_it_applies(
    wants: str, other: object, status: Status
) -> None:
    known = {"probe-a": ABSENT, "probe-b": other}
    assert judge(item("i", wants=wants), known).status is status  # type: ignore[arg-type]


def test_an_applicability_rule_that_is_false_makes_not_applicable_and_says_the_rule() -> None:
    one = item("i", applies="component.kind == 'model'")
    verdict = judge(one, {"probe-a": NO}, {"component.kind": "data"})
    assert verdict.status is Status.NOT_APPLICABLE
    assert verdict.message == "applies only where component.kind == 'model'"


def test_an_applicability_rule_that_cannot_be_told_lifts_nothing() -> None:
    one = item("i", applies="probe_b")
    assert judge(one, {"probe-a": NO}).status is Status.NOT_MET


WAIVER = Waiver(item="i", owner="Ada", reason="agreed with the customer", until=date(2026, 11, 21))


@pytest.mark.parametrize(
    ("found", "today", "status", "words"),
    [
        (NO, TODAY, Status.WAIVED,
         "waived by Ada until 2026-11-21: agreed with the customer (it is not there)"),
        (UNKNOWN, TODAY, Status.WAIVED,
         "waived by Ada until 2026-11-21: agreed with the customer (cannot tell)"),
        (NO, date(2026, 11, 22), Status.NOT_MET,
         "it is not there; the waiver by Ada ended on 2026-11-21"),
        (UNKNOWN, date(2026, 11, 22), Status.UNKNOWN,
         "cannot tell; the waiver by Ada ended on 2026-11-21"),
        (YES, TODAY, Status.MET, "it is there; the waiver by Ada is no longer needed: remove it (from a baseline with: trl4ml baseline --prune)"),
        (NO, date(2025, 11, 20), Status.WAIVED,
         "waived by Ada until 2026-11-21: agreed with the customer (it is not there)"),
        (NO, date(2025, 11, 19), Status.NOT_MET,
         "it is not there; the waiver by Ada until 2026-11-21 does not count: it ends more than a year "
         "from now"),
    ],
)  # fmt: skip
def test_a_waiver_holds_to_its_last_day_and_no_longer_than_needed(
    found: object, today: date, status: Status, words: str
) -> None:
    verdict = judge(item("i"), {"probe-a": found}, None, WAIVER, today)  # type: ignore[dict-item]
    assert (verdict.status, verdict.message) == (status, words)
    assert verdict.waiver == WAIVER
