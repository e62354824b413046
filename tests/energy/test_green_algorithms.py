"""Green Algorithms and pictures of grams: the worked cases, to their printed digits."""

import pytest

from trl4ml.energy import equivalents
from trl4ml.energy.errors import Refused
from trl4ml.energy.green_algorithms import PUE, estimate


def test_twelve_hours_of_twelve_cores() -> None:
    found = estimate(12, cores=12, watts_per_core=12, memory_gb=64, pue=1.67)
    assert found.kwh == pytest.approx(3.3635136, abs=5e-8)
    assert found.grams(475) == pytest.approx(1597.669, abs=5e-4)


def test_twelve_hours_of_one_gpu_in_france() -> None:
    found = estimate(12, gpus=1, watts_per_gpu=300, memory_gb=64, pue=1.56)
    assert found.kwh == pytest.approx(6.0622848, abs=5e-8)
    assert found.grams(51.28) == pytest.approx(310.874, abs=5e-4)


def test_the_contested_memory_stands_apart() -> None:
    found = estimate(1, cores=1, watts_per_core=10, memory_gb=64, pue=1.5)
    assert found.ram_kwh == pytest.approx(0.02384)
    assert found.cpu_kwh == pytest.approx(0.01)
    assert found.kwh == pytest.approx(1.5 * (0.02384 + 0.01))


def test_use_and_repeats_scale_and_an_unknown_pue_is_that_of_2024() -> None:
    once = estimate(1, gpus=2, watts_per_gpu=100, gpu_use=0.5)
    assert once.kwh == pytest.approx(0.1 * 1.56)
    assert estimate(1, gpus=2, watts_per_gpu=100, gpu_use=0.5, repeats=7).kwh == pytest.approx(
        7 * once.kwh
    )
    assert PUE == {"unknown": 1.56, "paper of 2021": 1.67, "GCP": 1.12, "AWS": 1.2, "Azure": 1.12}


def test_grams_in_pictures() -> None:
    assert equivalents.tree_years(11_000) == 1
    assert equivalents.flights(570_000) == 1
    assert equivalents.kilometres(1750) == 10
    assert equivalents.kilometres(2510, "US") == 10


@pytest.mark.parametrize(
    ("grams", "car", "kilometres"),
    [
        (4.096665, "EU new 2018", 0.034025),
        (4.400445, "EU new 2018", 0.036549),
        (0.04347086, "EU new 2022", 0.000404380),
    ],
)
def test_the_conversions_of_carbontracker(grams: float, car: str, kilometres: float) -> None:
    assert equivalents.kilometres(grams, car) == pytest.approx(kilometres, abs=5e-7)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"hours": 0, "cores": 1}, "hours lie above 0, repeats at 1 or more, and no number of "
         "hardware below 0"),
        ({"hours": 1, "cores": -1}, "hours lie above 0, repeats at 1 or more, and no number of "
         "hardware below 0"),
        ({"hours": 1, "gpus": 1, "watts_per_gpu": 9, "gpu_use": 50}, "a use is a share from 0 to "
         "1: write 0.5 for 50 %"),
        ({"hours": 1, "memory_gb": 1, "pue": 0.9}, "a PUE is 1 or more, not 0.9"),
        ({"hours": 1}, "no hardware is declared: give cores, GPUs or memory"),
    ],
)  # fmt: skip
def test_what_cannot_be_estimated_is_refused(given: dict[str, float], says: str) -> None:
    with pytest.raises(Refused) as no:
        estimate(**given)
    assert str(no.value) == says


def test_no_electricity_has_no_intensity() -> None:
    with pytest.raises(Refused, match="an intensity lies above 0 g/kWh, not at 0"):
        estimate(1, memory_gb=1).grams(0)
