"""What is modelled where no counter can be read: the processor by its load, memory by its size."""

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.energy.memory import Memory, modules, watts
from trl4ml.energy.meters import of_this_machine
from trl4ml.energy.processor import Chip, Processor, chip, tdp_of


class Times(NamedTuple):
    """CPU seconds, as psutil gives them on Linux."""

    user: float
    idle: float
    iowait: float = 0.0
    guest: float = 0.0


def metered(*readings: tuple[float, Times], tdp: float = 100.0) -> Processor:
    left = iter([times for _, times in readings])
    meter = Processor(lambda: next(left), lambda: Chip("a", 4, tdp, "100 W"))
    for at, _ in readings:
        meter.sample(at)
    return meter


@pytest.mark.parametrize(
    ("gigabytes", "number", "drawn"),
    [
        (2, 1, 10), (8, 2, 10), (16, 2, 10), (16.1, 4, 20), (32, 4, 20), (64, 4, 20),
        (65, 8, 38), (128, 8, 38), (256, 8, 38), (512, 8, 38), (1024, 8, 38), (1100, 9, 42),
        (2048, 16, 70), (4096, 32, 126), (99999, 32, 126),
    ],
)  # fmt: skip
def test_memory_draws_by_its_modules(gigabytes: float, number: int, drawn: float) -> None:
    assert modules(gigabytes) == number
    assert watts(gigabytes) == pytest.approx(drawn)


def test_memory_of_arm_draws_less() -> None:
    assert watts(8, arm=True) == 3.0
    assert watts(64, arm=True) == 6.0


@given(st.floats(0.1, 1e5))
def test_memory_draws_between_two_and_thirty_two_modules(gigabytes: float) -> None:
    assert 10 <= watts(gigabytes) <= 126
    assert 3 <= watts(gigabytes, arm=True) <= 126 * 0.3 + 1e-9


def test_memory_draws_the_same_whatever_it_does() -> None:
    memory = Memory(8.0)
    memory.sample(100.0)
    memory.sample(3700.0)
    part = memory.part()
    assert part.kwh is not None
    assert part.kwh.value == pytest.approx(0.01)
    assert [part.kwh.lower, part.kwh.upper] == pytest.approx([0.005, 0.033])
    assert (part.class_, part.source) == ("modelled", "10 W for 8 GB, whatever it does")


@pytest.mark.parametrize(
    ("load", "watts_drawn"), [(0.0, 10.0), (0.5, 21.25), (0.8, 56.08), (1.0, 100.0)]
)
def test_power_grows_with_the_third_power_of_the_load(load: float, watts_drawn: float) -> None:
    busy = 400 * load
    meter = metered((0.0, Times(0, 0)), (100.0, Times(busy, 400 - busy)))
    part = meter.part()
    assert part.kwh is not None
    assert part.kwh.value * 36_000 == pytest.approx(watts_drawn)
    assert (part.class_, part.source) == ("modelled", "TDP x load (100 W)")


def test_each_interval_has_its_own_load() -> None:
    meter = metered((0.0, Times(0, 0)), (1.0, Times(4, 0)), (3.0, Times(4, 8)))
    part = meter.part()
    assert part.kwh is not None
    assert part.kwh.value * 3_600_000 == pytest.approx(100.0 + 2 * 10.0)


def test_waiting_for_disks_is_no_load_and_guests_count_once() -> None:
    meter = metered((0.0, Times(0, 0)), (1.0, Times(2, 1, iowait=1, guest=2)))
    assert meter.weighted_s == pytest.approx(0.1 + 0.9 * 0.125)


def test_an_interval_in_which_the_clock_did_not_tick_is_added_to_the_next() -> None:
    meter = metered((0.0, Times(0, 0)), (1.0, Times(0, 0)), (2.0, Times(8, 0)))
    assert meter.seconds == 2.0
    assert meter.weighted_s == pytest.approx(2.0)


def test_a_run_in_which_the_clock_never_ticked_is_undefined() -> None:
    part = metered((0.0, Times(5, 5)), (0.001, Times(5, 5))).part()
    assert part.kwh is None
    assert part.undefined == "the CPU clock did not tick between two readings"


TABLE = {
    "Intel Core i7-8550U": 15.0, "Intel Core i7-8550": 95.0, "AMD EPYC 7742": 225.0, "AMD EPYC 7502": 180.0,
    "Intel Xeon E5-2670 v3": 120.0, "AMD Ryzen 5 5600X": 65.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "tdp"),
    [
        ("AMD Ryzen 5 5600X", 65.0),
        ("amd ryzen 5 5600x", 65.0),
        ("AMD Ryzen 5 5600X 6-Core Processor", 65.0),
        ("Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz", 15.0),
        ("Intel(R) Xeon(R) CPU E5-2670 v3 @ 2.30GHz", 120.0),
        ("AMD EPYC 7742 64-Core Processor", 225.0),
        ("AMD EPYC", None),
        ("", None),
        ("unknown processor", None),
    ],
)
def test_a_processor_is_found_when_its_name_means_one_and_only_one(
    model: str, tdp: float | None
) -> None:
    assert tdp_of(model, TABLE) == tdp


def test_each_socket_has_its_tdp(tmp_path: Path) -> None:
    about = tmp_path / "cpuinfo"
    about.write_text(
        "processor\t: 0\nmodel name\t: AMD EPYC 7742 64-Core Processor\nphysical id\t: 0\n\n"
        "processor\t: 1\nmodel name\t: AMD EPYC 7742 64-Core Processor\nphysical id\t: 1\n"
    )
    got = chip(256, about)
    assert (got.watts, got.threads) == (450.0, 256)
    assert got.source == "2 x 225 W, codecarbon 3.3.2"


def test_an_unknown_processor_draws_four_watts_per_thread(tmp_path: Path) -> None:
    got = chip(6, tmp_path / "nothing")
    assert (got.model, got.watts) == ("unknown processor", 24.0)
    assert got.source == "6 threads x 4 W, not in the table of codecarbon 3.3.2"


def test_a_machine_without_counters_has_its_processor_and_memory_modelled(tmp_path: Path) -> None:
    meters = of_this_machine(tmp_path)
    meters.sample(0.0)
    meters.sample(60.0)
    parts = meters.parts()
    assert [(part.name, part.class_) for part in parts] == [
        ("cpu", "modelled"),
        ("ram", "modelled"),
    ]
    about = meters.describe()
    assert {"cpu_model", "cpu_count", "cpu_tdp_w", "ram_gb", "ram_w", "system"} == set(about)
    assert meters.notes == ()
