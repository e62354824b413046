"""A forecast is judged by measured weeks that it could not have seen."""

from collections.abc import Sequence

import pytest

from forecast.backtest import Error, by_horizon, errors, half_width, mean_absolute


def same(values: Sequence[float]) -> list[float]:
    return [values[-1]] * 3


def test_the_errors_are_those_worked_out_by_hand() -> None:
    found = errors(same, [1.0, 2.0, 4.0, 7.0], [True] * 4, 0, 4)
    assert found == [Error(0, 1, 1.0), Error(0, 2, 3.0), Error(0, 3, 6.0)]


def test_filled_weeks_are_not_judged_against() -> None:
    found = errors(same, [1.0, 2.0, 4.0, 7.0], [True, False, True, True], 0, 4)
    assert [error.horizon for error in found] == [2, 3]


def test_nothing_after_the_end_of_a_part_is_judged() -> None:
    assert [e.horizon for e in errors(same, [1.0, 2.0, 4.0, 7.0], [True] * 4, 0, 2)] == [1]


def test_the_width_holds_the_share_that_was_asked_for() -> None:
    found = [Error(0, 1, size) for size in (-0.1, 0.204, -0.3, 0.4)]
    assert (half_width(found, 0.5), half_width(found, 1.0)) == (0.21, 0.4)


def test_the_groups_hold_each_error_once() -> None:
    found = [Error(0, horizon, 0.0) for horizon in range(1, 53)]
    assert [len(group) for group in by_horizon(found).values()] == [4, 9, 13, 26]


def test_the_mean_of_no_errors_is_refused() -> None:
    with pytest.raises(ValueError, match="no error"):
        mean_absolute([])
