"""Gaps are filled from the past, and from nothing else."""

import pytest

from feed.gaps import YEAR, between, fill
from feed.weeks import Week

pytestmark = [pytest.mark.item("feature-code-tested"), pytest.mark.item("data-cleaning-is-code")]


def test_without_gaps_nothing_changes() -> None:
    assert fill([316.0, 317.0, 316.5]) == [316.0, 317.0, 316.5]


@pytest.mark.item("corner-cases")
def test_in_the_first_year_the_last_value_is_carried_on() -> None:
    assert fill([316.0, None, None, 317.0]) == [316.0, 316.0, 316.0, 317.0]


@pytest.mark.item("corner-cases")
def test_later_a_gap_takes_the_year_before_and_the_last_gain() -> None:
    first = [300.0 + week for week in range(YEAR)]
    assert fill([*first, 301.5, None, None])[-2:] == [302.5, 303.5]


@pytest.mark.item("corner-cases")
def test_a_record_that_begins_with_a_gap_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to fill it from"):
        fill([None, 316.0])


@pytest.mark.lab
def test_measured_weeks_are_never_changed(weeks: list[Week]) -> None:
    values = [week.ppm for week in weeks]
    pairs = zip(values, fill(values), strict=True)
    assert all(was == now for was, now in pairs if was is not None)


@pytest.mark.item("data-known-in-time")
@pytest.mark.lab
def test_no_week_knows_what_came_after_it(weeks: list[Week]) -> None:
    values = [week.ppm for week in weeks]
    whole = fill(values)
    assert all(fill(values[:end]) == whole[:end] for end in range(1, len(values), 37))


def test_a_straight_line_over_a_gap_does_know() -> None:
    assert between([1.0, None, 2.0]) == [1.0, 1.5, 2.0] != between([1.0, None])
