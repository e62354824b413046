"""The function called after each epoch: what it tells, when it stops, and that it never raises."""

import time
from collections.abc import Iterable, Iterator

import pytest

from trl4ml.energy import epochs, frameworks, track
from trl4ml.energy.epochs import Ended, Watch
from trl4ml.energy.errors import Refused
from trl4ml.energy.factors import located
from trl4ml.energy.units import budget


def meter(readings: Iterable[float]) -> Iterator[float]:
    total = 0.0
    yield total
    for one in readings:
        total += one
        yield total
    while True:
        yield total


def watch(readings: Iterable[float], epochs: int = 10, **more: object) -> Watch:
    told, ticks = meter(readings), iter(range(1000))
    more = {"drift": 0.0} | more
    return Watch(epochs, lambda: next(told), clock=lambda: float(next(ticks)), **more)  # type: ignore[arg-type]


def test_each_epoch_has_a_better_prediction() -> None:
    ended = watch([0.5, 0.52, 0.48, 0.5], epochs=100)
    found = [ended() for _ in range(4)]
    assert [one.epoch for one in found] == [1, 2, 3, 4]
    first, last = found[0].prediction, found[-1].prediction
    assert first is not None and last is not None
    assert first.energy.lower is None
    assert last.energy.lower == pytest.approx(47.454, abs=5e-4)
    assert last.duration.value == pytest.approx(100.0)


def test_it_stops_when_even_the_lower_end_passes_the_budget() -> None:
    ended = watch([1.0, 1.01, 0.99], stop_over=budget("9kWh"))
    assert not ended().stop, "one epoch has no interval, and stops nothing"
    ended()
    third = ended()
    assert third.stop
    assert third.reason == (
        "9.792 kWh pass the budget of 9kWh, by the lower end of what is predicted for 10 epochs"
    )


def test_what_moves_all_epochs_at_once_widens_the_interval_by_a_fifth_of_what_is_left() -> None:
    ended = watch([1.0, 1.0, 1.0], drift=0.1)
    found = [ended() for _ in range(3)][-1].prediction
    assert found is not None
    assert (found.energy.lower, found.energy.upper) == pytest.approx(
        (10 - 1.372, 10 + 1.372), abs=5e-5
    )


def test_a_budget_inside_the_interval_does_not_stop_yet() -> None:
    ended = watch([1.0, 1.2, 0.8], stop_over=budget("9kWh"))
    assert not any(ended().stop for _ in range(3))


def test_what_is_used_already_stops_even_before_there_is_an_interval() -> None:
    first = watch([5.0], stop_over=budget("500Wh"))()
    assert first.stop and first.reason == "5 kWh pass the budget of 500Wh"


def test_a_budget_in_grams_goes_by_the_factor() -> None:
    ended = watch([1.0, 1.0, 1.0], factor=located("FRA"), stop_over=budget("500gCO2e"))
    ended()
    assert ended().reason.startswith("560.4 gCO2e pass the budget of 500gCO2e, by the lower end")


def test_a_budget_in_grams_without_a_place_is_refused_before_the_training() -> None:
    with pytest.raises(Refused, match="the budget '1kgCO2e' needs the factor of a place; give one"):
        watch([1.0], stop_over=budget("1kgCO2e"))


def test_epochs_too_short_for_the_meter_have_a_reason_and_stop_nothing() -> None:
    found = watch([0.0, 0.0], stop_over=budget("1Wh"))()
    assert found == Ended(1, None, False, "no energy was read in 1 epochs: they are shorter than "
                          "the meter's period")  # fmt: skip


def test_a_meter_that_falls_back_never_ends_a_training() -> None:
    ended = watch([1.0, -2.0, 1.0])
    assert [ended().prediction is None for _ in range(3)] == [False, True, True]


def test_more_epochs_than_announced_never_end_a_training() -> None:
    ended = watch([1.0] * 5, epochs=2)
    ended(), ended()
    assert ended().reason == "3 epochs were seen, more than the 2 announced"


def test_afterwards_the_prediction_after_three_epochs_is_judged() -> None:
    ended = watch([1.0, 1.1, 0.9, 1.0, 1.0], epochs=5)
    for _ in range(5):
        ended()
    found = ended.judged()
    assert (found.seen, found.energy.value, found.actual_kwh) == pytest.approx((3, 5.0, 5.0))
    assert found.inside and found.error == pytest.approx(0.0)


def test_a_training_that_was_stopped_does_not_judge_a_prediction_of_all_of_it() -> None:
    ended = watch([1.0] * 4, epochs=5)
    with pytest.raises(Refused, match="nothing was predicted: 0 epochs, 3 are due"):
        ended.judged()
    for _ in range(4):
        ended()
    with pytest.raises(Refused, match="4 of 5 epochs ended: a prediction of all of them"):
        ended.judged()


def test_what_is_before_the_first_epoch_is_not_of_it() -> None:
    ended = watch([7.0, 1.0], epochs=5)
    ended.begin()
    assert (ended().prediction or pytest.fail()).energy.value == pytest.approx(5.0)


def test_a_training_has_epochs() -> None:
    with pytest.raises(Refused, match="a training has 1 epoch or more, not 0"):
        watch([1.0], epochs=0)


@pytest.mark.parametrize("name", ["keras", "lightning", "transformers"])
def test_a_framework_that_is_not_installed_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for module in (name, f"{name}.pytorch"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Refused) as no:
        getattr(frameworks, name)(watch([1.0]))
    assert str(no.value) == (
        f"{name} is not installed; install it, or call the watch yourself after each epoch"
    )


def test_a_tracker_keeps_the_prediction_and_how_good_it_was() -> None:
    with track(output=None, sampling_s=0.1) as tracker:
        ended = epochs.watch(tracker, epochs=5)
        for _ in range(5):
            time.sleep(0.05)
            ended()
            assert (tracker.predicted is None) == (len(ended.kwh) < 3)
    found = tracker.record.predicted if tracker.record else None
    assert found is not None and tracker.record is not None and tracker.record.energy is not None
    assert (found.epochs, found.seen) == (5, 3)
    assert found.actual_kwh is not None
    assert 0 < found.actual_kwh <= tracker.record.energy.value
    assert found.inside is not None and found.error is not None


def test_the_budget_of_a_tracker_stops_its_epochs() -> None:
    with track(output=None, sampling_s=0.1, budget="0.0001Wh") as tracker:
        ended = epochs.watch(tracker, epochs=5)
        time.sleep(0.2)
        assert ended().stop


def test_a_meter_that_fails_in_the_last_epoch_ends_no_training() -> None:
    told = iter([0.0, 1.0, 2.0, 3.0, 3.0, -1.0])
    ended = epochs.Watch(3, lambda: next(told), after=2, clock=iter(range(9)).__next__)
    assert [ended().epoch for _ in range(3)] == [1, 2, 3]
    with pytest.raises(Refused, match="judged by a total above 0 kWh"):
        ended.judged()
