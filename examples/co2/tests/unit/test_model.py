"""The forecast is what can be worked out by hand."""

import pytest

from forecast.model import WINDOWS, YEAR, Forecast, forecast, last_value, last_year

SEASON = [float(week % 10) for week in range(YEAR)]
TWO_YEARS = [*SEASON, *(value + 2 for value in SEASON)]


@pytest.mark.item("mlts-i2-spec-unit-tested")
def test_steady_growth_goes_on_with_the_same_seasons() -> None:
    assert [one.value for one in forecast(TWO_YEARS, 4)] == [value + 4 for value in SEASON]


@pytest.mark.item("mlts-i2-spec-unit-tested")
def test_only_the_last_weeks_say_how_fast_it_grows() -> None:
    faster = [*TWO_YEARS[:-4], *(value + 1 for value in TWO_YEARS[-4:])]
    assert forecast(faster, 4)[0].value == SEASON[0] + 2 + 3


def test_the_interval_is_as_wide_to_either_side() -> None:
    assert forecast([1.0] * (YEAR + 4), 4, 0.5)[0] == Forecast(1.0, 0.5, 1.5)


@pytest.mark.item("corner-cases")
@pytest.mark.parametrize("window", WINDOWS)
def test_a_record_that_is_one_week_too_short_is_refused(window: int) -> None:
    forecast([1.0] * (YEAR + window), window)
    with pytest.raises(ValueError, match="weeks are too few"):
        forecast([1.0] * (YEAR + window - 1), window)


@pytest.mark.item("metamorphic-tests")
def test_a_record_raised_by_a_constant_gives_a_forecast_raised_by_it() -> None:
    raised = forecast([value + 8 for value in TWO_YEARS], 13)
    assert [one.value - 8 for one in raised] == [one.value for one in forecast(TWO_YEARS, 13)]


@pytest.mark.item("metamorphic-tests")
def test_what_was_before_the_window_and_its_year_does_not_matter() -> None:
    assert forecast([0.0, 999.0, *TWO_YEARS], 52) == forecast(TWO_YEARS, 52)


def test_the_baselines_are_the_last_value_and_the_last_year() -> None:
    assert last_value(TWO_YEARS) == [TWO_YEARS[-1]] * YEAR
    assert last_year(TWO_YEARS) == TWO_YEARS[YEAR:]
