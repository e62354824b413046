"""A copy of a revision lacks what git does not keep: what rests on that is neither won nor lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.making import evidence, item, report
from trl4ml.core.comparing import compare
from trl4ml.core.diff import LevelChange, ReportDiff
from trl4ml.core.evidence import Evidence, Outcome
from trl4ml.core.project import Component
from trl4ml.core.report import Report
from trl4ml.core.withheld import compare_with_copy
from trl4ml.render.diff import diff_text, headline

YES, NO, UNKNOWN = Outcome.YES, Outcome.NO, Outcome.UNKNOWN
ITEMS = [item("kept", 0, "probe_a"), item("run", 1, "probe_b"), item("held", 2, "probe_c")]
FILES = ("reports/junit.xml",)


def made(a: Outcome, b: Outcome, c: Outcome, **more: Any) -> Report:
    found = [
        evidence("probe-a", a),
        evidence("probe-b", b, b.value, rate=0.5),
        evidence("probe-c", c),
    ]
    return report(ITEMS, found, **more)


def compared(before: Report, after: Report, probe: str = "probe-b") -> ReportDiff:
    """Where the evidence of that probe rests on a file that git does not keep."""
    absent = {digest: FILES for digest, one in after.evidence.items() if one.probe == probe}
    return compare_with_copy(before, after, absent)


@pytest.mark.parametrize(
    ("before", "after", "says", "fell", "unknown"),
    [
        # nothing is known of `run` at the base, so that it is met now is no gain
        ((YES, UNKNOWN, YES), (YES, YES, YES), "no level fell", False, False),
        ((YES, UNKNOWN, NO), (YES, YES, NO), "no level fell", False, False),
        # it may have been met at the base, and it is not met now
        ((YES, UNKNOWN, YES), (YES, NO, YES), "level may have fallen from 2 to 0 (component model)", False, True),
        ((YES, NO, NO), (YES, NO, NO), "level may have fallen from 1 to 0 (component model)", False, True),
        # what fell whatever `run` was, and what fell only if it was met
        ((YES, UNKNOWN, YES), (NO, YES, YES), "level fell from 0 to below entry (component model)", True, False),
        ((YES, UNKNOWN, YES), (YES, YES, NO), "level may have fallen from 2 to 1 (component model)", False, True),
        # a rise above all that it may have been
        ((NO, UNKNOWN, YES), (YES, YES, YES), "level rose from below entry to 2 (component model)", False, False),
        ((YES, UNKNOWN, NO), (YES, YES, YES), "level rose from 1 to 2 (component model)", False, False),
    ],
)  # fmt: skip
def test_a_level_is_compared_with_all_that_it_may_have_been(
    before: tuple[Outcome, ...], after: tuple[Outcome, ...], says: str, fell: bool, unknown: bool
) -> None:
    changes = compared(made(*before), made(*after))
    assert headline(changes) == says
    assert (changes.fell, changes.unknown) == (fell, unknown)
    assert changes.fell or not changes.empty


def test_what_is_not_compared_is_named_once_with_its_files() -> None:
    text = diff_text(compared(made(YES, UNKNOWN, YES), made(YES, YES, YES)))
    assert text.splitlines() == [
        "no level fell",
        "",
        "Not compared, as git does not keep what it rests on:",
        "  run (model, level 1): now met",
        "      rests on reports/junit.xml",
    ]


def test_what_passes_on_both_sides_and_what_nobody_ignores_is_compared_as_ever() -> None:
    same, other = made(YES, YES, NO), made(YES, YES, YES)
    assert compare_with_copy(same, other, {}) == compare(same, other)
    changes = compared(same, other)
    assert (changes.withheld, changes.unsure) == ((), ())
    assert headline(changes) == headline(compare(same, other))


def test_the_system_may_have_fallen_with_its_weakest_component() -> None:
    parts = (Component(name="x"), Component(name="y"))
    before, after = (
        made(YES, b, YES, components=parts) for b in (UNKNOWN, NO)
    )  # fmt: skip
    changes = compared(before, after)
    assert changes.levels == ()
    assert changes.unsure == tuple(
        LevelChange(component=name, before=2, after=0) for name in (None, "x", "y")
    )


@pytest.mark.parametrize("id", ["review-level-1", "condition-0a1b"])
def test_a_review_of_a_report_that_the_copy_cannot_make_is_not_compared(id: str) -> None:
    items = [*ITEMS, item(id, 1, "probe_d")]

    def with_review(outcome: Outcome, run: Outcome) -> Report:
        found: list[Evidence] = [evidence("probe-a"), evidence("probe-b", run), evidence("probe-c")]
        return report(items, [*found, evidence("probe-d", outcome)])

    changes = compared(with_review(UNKNOWN, UNKNOWN), with_review(UNKNOWN, YES))
    assert [one.item for one in changes.withheld] == ["run", id]
    assert changes.unsure == (LevelChange(component="model", before=2, after=0),)
    assert changes.withheld[1].files == FILES


def test_a_score_that_counts_such_items_is_not_compared() -> None:
    items = [*ITEMS, item("score", 1, "ml_test_score.data >= 1")]

    def with_score(sum: int, run: Outcome) -> Report:
        found = [evidence("probe-a"), evidence("probe-b", run), evidence("probe-c")]
        return report(items, [*found, evidence("ml-test-score", data=sum)])

    changes = compared(with_score(0, UNKNOWN), with_score(2, YES))
    assert [(one.item, one.files) for one in changes.withheld] == [("run", FILES), ("score", FILES)]
    assert (changes.verdicts, changes.measures) == ((), ())


outcomes = st.sampled_from([YES, NO, UNKNOWN])
facts = st.tuples(outcomes, outcomes, outcomes)
MORE = [
    *ITEMS, item("either", 1, "probe_a or probe_b"), item("never", 2, "not probe_b", gate=False),
    item("both", 3, "probe_a and not probe_b"),
]  # fmt: skip


@given(facts, facts)
def test_no_fall_is_hidden_by_what_the_copy_lacks(
    before: tuple[Outcome, ...], after: tuple[Outcome, ...]
) -> None:
    """Whatever the file said at the base: a level that fell is told, as fallen or as unknown."""

    def all_of(a: Outcome, b: Outcome, c: Outcome) -> Report:
        found = [evidence("probe-a", a), evidence("probe-b", b), evidence("probe-c", c)]
        return report(MORE, found)

    truth, copy, now = all_of(*before), all_of(before[0], UNKNOWN, before[2]), all_of(*after)
    told, true = compared(copy, now), compare(truth, now)
    assert told.fell or told.unknown or not true.fell
    assert true.fell or not told.fell, "and none is told that was not one"
    assert {one.component for one in told.levels if not one.fell} <= {
        one.component for one in true.levels if not one.fell
    }


def test_of_partial_reports_no_level_is_known() -> None:
    one = made(YES, YES, YES)
    assert compare(one, one.model_copy(update={"partial": True})).unknown
    assert not compare(one, one).unknown
