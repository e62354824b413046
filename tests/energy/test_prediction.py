"""Totals foretold from the first epochs: the formula, its warm-up rule and what it refuses."""

import math
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as students

from trl4ml.energy.errors import Refused
from trl4ml.energy.prediction import judged, predict
from trl4ml.energy.record import Band, Factor
from trl4ml.energy.student import quantile

FRANCE = Factor(
    id="FRA", value=56.039, lower=44.18, upper=56.039, zone="FRA", kind="average",
    basis="location", scope="production", gases="CO2e", period="2023", source="OWID",
    version="2023", licence="CC BY 4.0",
)  # fmt: skip
amounts = st.lists(st.floats(0.01, 100), min_size=2, max_size=30)


def of(kwh: list[float], epochs: int, **more: object) -> Band:
    return predict(kwh, [1.0] * len(kwh), epochs, **more).energy  # type: ignore[arg-type]


def test_the_vector_of_the_specification() -> None:
    found = of([0.50, 0.52, 0.48, 0.50], 100)
    assert found.value == pytest.approx(50.000, abs=5e-4)
    assert (found.lower, found.upper) == pytest.approx((47.454, 52.546), abs=5e-4)


def test_time_is_foretold_likewise_and_carbon_end_by_end() -> None:
    found = predict([0.50, 0.52, 0.48, 0.50], [50, 52, 48, 50], 100, FRANCE)
    assert found.duration.lower == pytest.approx(4745.4, abs=0.05)
    assert found.carbon is not None and found.carbon.upper is not None
    assert found.carbon.value == pytest.approx(50 * 56.039)
    assert found.carbon.upper == pytest.approx(52.546 * 56.039, abs=0.05)
    assert found.carbon.lower == pytest.approx(47.454 * 44.18, abs=0.05)
    assert (found.epochs, found.seen, found.left_out, found.level) == (100, 4, 0, 0.95)


def test_one_epoch_gives_a_value_without_an_interval() -> None:
    found = predict([0.4], [2.0], 10, FRANCE)
    assert found.energy == Band(4.0)
    assert found.duration == Band(20.0)
    assert found.carbon == Band(4 * 56.039)
    assert judged(found, 4.4, 22).inside is None


def test_a_first_epoch_of_warm_up_is_left_out_of_the_mean_but_not_of_the_sum() -> None:
    found = predict([2.0, 0.50, 0.52, 0.48, 0.50], [1.0] * 5, 100)
    assert found.left_out == 1
    rest = of([0.50, 0.52, 0.48, 0.50], 99)
    assert found.energy.value == pytest.approx(2.0 + rest.value)
    assert found.energy.upper is not None and rest.upper is not None
    assert found.energy.upper == pytest.approx(2.0 + rest.upper)


@pytest.mark.parametrize(("first", "left_out"), [(1.29, 0), (1.31, 1), (0.71, 0), (0.69, 1)])
def test_warm_up_begins_beyond_three_standard_deviations_of_the_others(
    first: float, left_out: int
) -> None:
    assert predict([first, 0.9, 1.0, 1.1], [1.0] * 4, 9).left_out == left_out


def test_three_epochs_are_too_few_to_tell_a_warm_up() -> None:
    assert predict([9.0, 1.0, 1.0], [1.0] * 3, 9).left_out == 0


def test_when_all_epochs_are_seen_nothing_is_left_to_foretell() -> None:
    assert of([1.0, 2.0, 4.0], 3) == Band(7.0, 7.0, 7.0)


@given(amounts, st.integers(0, 500))
def test_no_bound_lies_below_what_was_used_already(kwh: list[float], more: int) -> None:
    found = of(kwh, len(kwh) + more)
    assert found.lower is not None and found.upper is not None
    assert math.fsum(kwh) <= found.lower * (1 + 1e-12)
    assert found.lower <= found.value <= found.upper


@given(amounts, st.integers(1, 100), st.floats(0.001, 1000))
def test_another_unit_scales_value_and_bounds(kwh: list[float], more: int, by: float) -> None:
    one, other = of(kwh, len(kwh) + more), of([by * x for x in kwh], len(kwh) + more)
    assert one.upper is not None and other.upper is not None
    assert other.value == pytest.approx(by * one.value)
    assert other.upper == pytest.approx(by * one.upper)


@given(amounts, st.integers(1, 100), st.floats(0, 0.5))
def test_drift_only_widens(kwh: list[float], more: int, drift: float) -> None:
    narrow, wide = of(kwh, len(kwh) + more), of(kwh, len(kwh) + more, drift=drift)
    assert narrow.lower is not None and narrow.upper is not None
    assert wide.lower is not None and wide.upper is not None
    assert wide.lower <= narrow.lower and wide.upper >= narrow.upper
    assert wide.value == narrow.value


@given(amounts)
def test_a_higher_level_widens_the_interval(kwh: list[float]) -> None:
    narrow, wide = of(kwh, 60, level=0.8), of(kwh, 60, level=0.99)
    assert narrow.upper is not None and wide.upper is not None
    assert wide.upper >= narrow.upper


def test_the_value_without_warm_up_is_that_of_carbontracker() -> None:
    kwh = [0.3, 0.31, 0.29]
    assert of(kwh, 20).value == pytest.approx(20 * fmean(kwh))


def test_afterwards_it_says_how_good_it_was() -> None:
    found = predict([0.50, 0.52, 0.48, 0.50], [1.0] * 4, 100)
    good = judged(found, 51.0, 101.0)
    assert good.error == pytest.approx((50 - 51) / 51)
    assert (good.inside, good.actual_kwh, good.actual_s) == (True, 51.0, 101.0)
    assert judged(found, 53.0, 101.0).inside is False


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("freedom", [*range(1, 12), 30, 99, 100, 101, 1000])
def test_the_quantile_of_t_is_that_of_scipy(freedom: int, level: float) -> None:
    assert quantile(freedom, level) == pytest.approx(
        students.ppf(0.5 + level / 2, freedom), rel=1e-7
    )


@pytest.mark.parametrize(
    ("kwh", "seconds", "epochs", "says"),
    [
        ([], [], 5, "a prediction needs energy and time of the same epochs, one or more; "
         "it got 0 energies and 0 times"),
        ([1.0], [1.0, 2.0], 5, "a prediction needs energy and time of the same epochs, one or "
         "more; it got 1 energies and 2 times"),
        ([1.0] * 6, [1.0] * 6, 5, "6 epochs were seen, more than the 5 announced"),
        ([1.0, -0.5], [1.0, 1.0], 5, "epoch 2 is given with -0.5 kWh in 1 s; neither can be "
         "negative or undefined"),
        ([1.0, math.nan], [1.0, 1.0], 5, "epoch 2 is given with nan kWh in 1 s; neither can be "
         "negative or undefined"),
        ([0.0, 0.0], [1.0, 1.0], 5, "no energy was read in 2 epochs: they are shorter than the "
         "meter's period"),
    ],
)  # fmt: skip
def test_what_cannot_be_foretold_is_refused(
    kwh: list[float], seconds: list[float], epochs: int, says: str
) -> None:
    with pytest.raises(Refused) as no:
        predict(kwh, seconds, epochs)
    assert str(no.value) == says


def test_no_total_of_zero_judges_a_prediction() -> None:
    found = predict([1.0, 1.1], [1.0, 1.0], 3)
    with pytest.raises(Refused, match="is judged by a total above 0 kWh, not by 0"):
        judged(found, 0.0, 1.0)
