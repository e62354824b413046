"""Local Law 144 tables, the four-fifths policy and checks of published tables, by hand."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.slices.vectors import real
from trl4ml.slices import Refused, scan
from trl4ml.slices.regulatory import (
    POLICY,
    Particulars,
    Printed,
    check_margins,
    check_published,
    four_fifths,
    impact,
    ll144,
    ll144_of,
    selected,
)

ABC: dict[tuple[str, ...], tuple[int, int]] = {("A",): (50, 100), ("B",): (30, 100), ("C",): (2, 2)}
MISSING = "(missing)"


def ratios(table: Any, which: str) -> dict[str, Fraction | None]:
    return {str(row): getattr(row, which) for row in table.rows}


def test_a_tiny_category_halves_everyones_ratio_by_one_convention_only() -> None:
    table = impact("sex", ABC, 202)
    half, three, whole = Fraction(1, 2), Fraction(3, 10), Fraction(1)
    assert ratios(table, "highest") == {"A": half, "B": three, "C": whole}
    assert ratios(table, "eligible") == {"A": whole, "B": Fraction(3, 5), "C": None}
    assert table.rows[2].excluded == "0.99% of the data, less than 2%"
    assert table.rows[2].rate == 1, "still listed with its rate"
    assert (table.comparator_a, table.comparator_b) == ((("C",),), (("A",),))
    assert table.moved == (
        "C (2 of 2: 0.99% of the data, less than 2%) moves the highest rate "
        "from 0.500 to 1.000 under convention A"
    )


@pytest.mark.parametrize(("n", "excluded"), [(1, True), (2, False), (3, False)])
def test_exactly_two_per_cent_is_not_excluded(n: int, excluded: bool) -> None:
    table = impact("sex", {("A",): (1, 100 - n), ("B",): (1, n)}, 100)
    assert bool(table.rows[1].excluded) is excluded


def test_a_minimum_of_people_excludes_with_its_own_reason() -> None:
    table = impact("sex", {("A",): (5, 40), ("B",): (5, 20)}, 60, min_n=30)
    assert table.rows[1].excluded == "20 people, fewer than 30"
    assert table.comparator_b == (("A",),)


def test_unknown_people_count_among_applicants_and_are_no_category() -> None:
    counts = {
        ("F", "X"): (3, 10), ("M", "X"): (6, 10), ("F", MISSING): (1, 1), (MISSING, "X"): (4, 4),
    }  # fmt: skip
    audit = ll144(counts)
    sex, race, both = audit.tables
    assert (sex.unknown, race.unknown, both.unknown) == (4, 1, 5)
    assert (audit.applicants, audit.unknown) == (25, 5)
    assert [(str(row), row.selected, row.n) for row in sex.rows] == [("F", 4, 11), ("M", 6, 10)]
    assert sex.rows[0].share == Fraction(11, 25)
    assert [str(row) for row in both.rows] == ["F, X", "M, X"]


def test_each_table_has_its_own_comparator() -> None:
    counts = {("F", "X"): (9, 10), ("F", "Y"): (1, 10), ("M", "X"): (6, 10), ("M", "Y"): (6, 10)}
    sex, race, both = ll144(counts).tables
    assert sex.comparator_a == (("M",),)
    assert race.comparator_a == (("X",),)
    assert both.comparator_a == (("F", "X"),)


def test_tied_comparators_are_all_named() -> None:
    table = impact("sex", {("A",): (1, 2), ("B",): (2, 4)}, 6)
    assert table.comparator_a == table.comparator_b == (("A",), ("B",))
    assert table.moved == ""


def test_when_nobody_is_selected_no_ratio_is_defined() -> None:
    audit = ll144({("F", "X"): (0, 5), ("M", "X"): (0, 5)})
    assert set(ratios(audit.tables[0], "highest").values()) == {None}
    assert audit.notices[0] == "sex: nobody is selected, so no ratio is defined"


def test_seven_elements_are_listed_and_what_is_not_given_says_so() -> None:
    given_ = Particulars(date="2026-01-31", source="applicants of 2025", distributed="2024-05-01")
    elements = ll144({("F", "X"): (1, 5)}, particulars=given_).elements
    assert [number for number, _, _ in elements] == [1, 2, 3, 4, 5, 6, 7]
    assert [value for _, _, value in elements] == [
        "2026-01-31", "applicants of 2025", "0", "5", "in the tables",
        "in the tables, by both conventions", "2024-05-01",
    ]  # fmt: skip
    assert ll144({("F", "X"): (1, 5)}).elements[0][2] == "not given"


def test_no_verdict_is_given_anywhere() -> None:
    audit = ll144({("F", "X"): (1, 50), ("M", "X"): (49, 50)})
    assert set(audit.table()[0]) == {
        "table", "category", "selected", "n", "share", "rate", "impact_ratio_all_categories",
        "impact_ratio_eligible_categories", "excluded",
    }  # fmt: skip


SCORES = {
    "sex": list("AAAABBBB"),
    "race": ["X"] * 8,
    "score": [1.0, 2.0, 2.0, 3.0, 2.0, 3.0, 4.0, 4.0],
}


def test_scoring_rates_are_shares_strictly_above_the_median_of_all() -> None:
    audit = ll144_of(scan(SCORES, ["sex", "race"], score="score"), scoring=True)
    assert (audit.kind, audit.median, audit.tied) == ("scoring", 2.5, 0)
    assert [row.rate for row in audit.tables[0].rows] == [Fraction(1, 4), Fraction(3, 4)]
    assert audit.tables[0].rows[0].highest == Fraction(1, 3)


def test_ties_at_the_median_are_not_above_it_and_are_counted() -> None:
    table = {"sex": list("ABABA"), "race": ["X"] * 5, "score": [1.0, 2.0, 2.0, 2.0, 3.0]}
    audit = ll144_of(scan(table, ["sex", "race"], score="score"), scoring=True)
    assert (audit.median, audit.tied) == (2, 3)
    assert sum(row.selected for row in audit.tables[0].rows) == 1
    assert "3 people score exactly the median 2 and are not above it" in audit.notices


def test_equal_scores_leave_every_ratio_undefined() -> None:
    table = {"sex": list("AB"), "race": ["X"] * 2, "score": [1.0, 1.0]}
    audit = ll144_of(scan(table, ["sex", "race"], score="score"), scoring=True)
    assert set(ratios(audit.tables[0], "highest").values()) == {None}


def test_people_without_a_score_are_counted_out() -> None:
    table = {"sex": list("ABA"), "race": ["X"] * 3, "score": [1.0, 2.0, None]}
    audit = ll144_of(scan(table, ["sex", "race"], score="score"), scoring=True)
    assert (audit.applicants, audit.median) == (2, 1.5)
    assert audit.notices == ("1 people have no score and are not counted",)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40))
def test_at_most_half_of_all_score_above_the_median(scores: list[int]) -> None:
    table = {"sex": ["A"] * len(scores), "race": ["X"] * len(scores), "score": scores}
    audit = ll144_of(scan(table, ["sex", "race"], score="score", threshold=5), scoring=True)
    assert 2 * audit.tables[0].rows[0].selected <= len(scores)


def test_selection_is_read_from_predictions_and_else_from_labels() -> None:
    table = {"sex": list("FFMM"), "race": list("XXXX"), "y": [1, 1, 1, 0], "p": [0, 1, 1, 1]}
    by_prediction = ll144_of(scan(table, ["sex", "race"], label="y", prediction="p"))
    assert [row.selected for row in by_prediction.tables[0].rows] == [1, 2]
    by_label = ll144_of(scan(table, ["sex", "race"], label="y"))
    assert [row.selected for row in by_label.tables[0].rows] == [2, 1]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ll144({}), "there are no applicants; Local Law 144 needs at least one"),
        (lambda: ll144({("F", "X"): (3, 2)}),
         "F, X: 3 selected of 2 people is no count; check both"),
        (lambda: ll144_of(scan({"sex": ["F"], "race": ["X"], "y": [1]}, ["sex", "race"],
                               label="y"), scoring=True),
         "scoring rates need a score column; name it, or leave scoring out"),
        (lambda: ll144_of(scan({"sex": ["F"], "race": ["X"], "s": [0.5]}, ["sex", "race"],
                               score="s", bins=10), scoring=True),
         "scoring rates need exact scores; scan with bins=0"),
        (lambda: ll144_of(scan({"sex": ["F"], "race": ["X"], "y": [1], "w": [0.5]},
                               ["sex", "race"], label="y", weight="w")),
         "Local Law 144 counts people; scan without the sampling weight"),
        (lambda: check_published([Printed("A", "x", "0.5")]),
         "A: 'x' is not a number; write it as 0.35"),
        (lambda: check_published([Printed("A", "5", "")]),
         "A: the rate is missing; write it as 0.35"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_one_sentence(make: Any, says: str) -> None:
    with pytest.raises(Refused) as refused:
        make()
    assert str(refused.value) == says


def test_the_commissions_own_example_has_one_hint_and_one_exact_four_fifths() -> None:
    rates = {"White": 60, "American Indian": 45, "Hispanic": 48, "Black": 51}
    table = impact("race", {(name,): (k, 100) for name, k in rates.items()}, 400)
    found = {one.category: (one.ratio, one.below) for one in four_fifths(table)}
    assert found == {
        "White": (Fraction(1), False),
        "American Indian": (Fraction(3, 4), True),
        "Hispanic": (Fraction(4, 5), False),
        "Black": (Fraction(17, 20), False),
    }


def test_floats_would_have_failed_the_exact_four_fifths() -> None:
    assert 6 / 10 / (15 / 20) < 0.8
    table = impact("sex", {("A",): (6, 10), ("B",): (15, 20)}, 30)
    assert [one.below for one in four_fifths(table)] == [False, False]


def test_the_standard_false_alarm_shows_its_interval_and_exact_test() -> None:
    table = impact("sex", {("women",): (3, 17), ("men",): (16, 64)}, 81)
    women, men = four_fifths(table)
    assert (women.policy, women.against) == (POLICY, "men")
    assert (women.k, women.n, women.against_k, women.against_n) == (3, 17, 16, 64)
    assert women.below is True
    assert women.lower == pytest.approx(0.2324, abs=5e-5)
    assert women.upper == pytest.approx(2.1443, abs=5e-5)
    assert women.p_value == pytest.approx(0.7493, abs=5e-5)
    assert men.ratio == 1
    assert men.p_value is None
    assert men.lower is None


def test_a_category_under_two_per_cent_is_left_out_of_four_fifths() -> None:
    assert [one.category for one in four_fifths(impact("sex", ABC, 202))] == ["A", "B"]


def test_adult_labels_give_the_published_figures() -> None:
    names = ["race", "sex", "income"]
    import pandas as pd

    frame = pd.read_csv(
        real("adult.data"), header=None, usecols=[8, 9, 14], names=names, sep=", ", engine="python"
    )
    audit = ll144_of(scan(frame, ["sex", "race"], label="income", positive=">50K"))
    sex = audit.tables[0]
    assert [(str(r), r.selected, r.n) for r in sex.rows] == [
        ("Female", 1179, 10771), ("Male", 6662, 21790),
    ]  # fmt: skip
    assert float(sex.rows[0].highest or 0) == pytest.approx(0.358023, abs=5e-7)
    small = {str(r) for r in audit.tables[1].rows if r.excluded}
    assert small == {"Amer-Indian-Eskimo", "Other"}


def test_no_whole_number_of_29_people_rounds_to_35_hundredths() -> None:
    assert list(selected(29, "0.35")) == []
    assert list(selected(29, "0.34")) == [10]
    assert check_published([Printed("A", "29", "0.35")]) == (
        "A: no whole number of 29 people gives the rate 0.35; it is inconsistent, or the number "
        "of selected comes from a rounded rate",
    )


@given(st.integers(1, 5000), st.data(), st.integers(2, 3))
def test_a_true_table_is_never_called_inconsistent(n: int, data: Any, places: int) -> None:
    k = data.draw(st.integers(0, n))
    assert k in selected(n, f"{k / n:.{places}f}")


@pytest.mark.parametrize(
    ("ratios_", "says"),
    [
        (("0.50", "0.30", "1.00"), "the ratios fit convention A"),
        (("1.00", "0.60", ""), "the ratios fit convention B"),
        (("0.90", "0.60", ""), "the ratios fit neither convention A nor B: "
                               "another comparator, or an error"),
    ],
)  # fmt: skip
def test_the_convention_behind_printed_ratios_is_named(
    ratios_: tuple[str, str, str], says: str
) -> None:
    printed = [
        Printed("A", "100", "0.50", ratios_[0]),
        Printed("B", "100", "0.30", ratios_[1]),
        Printed("C", "2", "1.00", ratios_[2]),
    ]
    assert check_published(printed, total=202)[-1] == says


def test_counts_totals_and_foreign_comparators_are_checked() -> None:
    printed = [Printed("A", "10", "0.50", "1.25"), Printed("B", "10.5", "0.40", "1.00")]
    assert check_published(printed, total=25, unknown=3) == (
        "A: the ratio 1.25 is above 1: another comparator",
        "B: 10.5 is no whole number of people",
        "rows and 3 unknown add up to 47/2, not to 25",
    )


def test_margins_that_do_not_add_up_are_named() -> None:
    both = {("F", "X"): 3, ("F", "Y"): 4, ("M", "X"): 5}
    assert check_margins(both, {"F": 7, "M": 5}, {"X": 8, "Y": 4}) == ()
    assert check_margins(both, {"F": 8, "M": 5}, {"X": 8, "Y": 4}) == (
        "sex F: 8 people, but the intersections add up to 7",
    )
