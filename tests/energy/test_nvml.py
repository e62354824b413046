"""Boards of NVIDIA, read from a made-up NVML."""

import pytest

from tests.energy.boards import FakeBoard, FakeNvml
from trl4ml.energy import nvml
from trl4ml.energy.errors import Refused
from trl4ml.energy.meters import of_this_machine
from trl4ml.energy.record import Part


def joules(part: Part) -> float:
    assert part.kwh is not None, part.undefined
    return part.kwh.value * 3_600_000


def meter_of(*boards: FakeBoard) -> nvml.Nvml:
    found = nvml.found(FakeNvml(list(boards)))
    assert found is not None
    found.sample(100.0)
    return found


def test_energy_is_the_difference_of_two_counts() -> None:
    board = FakeBoard()
    meter = meter_of(board)
    board.millijoules = 1_500_000
    meter.sample(101.0)
    part = meter.part()
    assert joules(part) == pytest.approx(500.0)
    assert (part.name, part.class_) == ("gpu", "counter")
    assert part.source == "NVML energy of 1 x NVIDIA H200"


def test_several_boards_are_added() -> None:
    boards = [FakeBoard(), FakeBoard(), FakeBoard(name="NVIDIA L4", limit=72_000)]
    meter = meter_of(*boards)
    for i, board in enumerate(boards):
        board.millijoules = 1_000_000 + (i + 1) * 10_000
    meter.sample(101.0)
    part = meter.part()
    assert joules(part) == pytest.approx(60.0)
    assert part.source == "NVML energy of 2 x NVIDIA H200, 1 x NVIDIA L4"
    assert meter.hardware() == {
        "gpu_model": "2 x NVIDIA H200, 1 x NVIDIA L4", "gpu_count": 3, "gpu_limit_w": 1472.0,
    }  # fmt: skip


def test_a_limit_that_is_not_known_is_left_out() -> None:
    meter = meter_of(FakeBoard(), FakeBoard(limit=None))
    assert meter.hardware() == {"gpu_model": "2 x NVIDIA H200", "gpu_count": 2}


def test_power_without_a_counter_is_summed_by_the_trapezoid_rule() -> None:
    board = FakeBoard(millijoules=None, milliwatts=100_000)
    meter = meter_of(board)
    for at, milliwatts in ((101.0, 300_000), (103.0, 200_000)):
        board.milliwatts = milliwatts
        meter.sample(at)
    part = meter.part()
    assert joules(part) == pytest.approx(200.0 + 500.0)
    assert part.source == "NVML power of 1 x NVIDIA H200"


def test_a_window_in_which_no_counter_moves_is_undefined_and_not_0() -> None:
    meter = meter_of(FakeBoard())
    meter.sample(100.05)
    part = meter.part()
    assert part.kwh is None
    assert part.undefined == "the run took less than 0.1 s, in which the counters do not move"


def test_a_counter_that_falls_is_undefined() -> None:
    board = FakeBoard()
    meter = meter_of(board)
    board.millijoules = 5
    meter.sample(101.0)
    part = meter.part()
    assert part.kwh is None
    assert part.undefined == ("the counter of NVIDIA H200 went backwards (driver loaded again?)")


def test_one_board_that_is_lost_makes_the_sum_undefined() -> None:
    boards = [FakeBoard(), FakeBoard()]
    meter = meter_of(*boards)
    boards[1].broken = True
    meter.sample(101.0)
    part = meter.part()
    assert part.kwh is None
    assert part.undefined == "NVIDIA H200 could not be read: GPU is lost"


def test_a_driver_that_does_not_answer_is_said() -> None:
    with pytest.raises(Refused, match="the NVIDIA driver cannot be asked: Driver Not Loaded"):
        nvml.found(FakeNvml([FakeBoard()], driver=False))
    meters = of_this_machine(boards=FakeNvml([FakeBoard()], driver=False))
    gpu = next(part for part in meters.parts() if part.name == "gpu")
    assert gpu.kwh is None
    assert gpu.undefined == "the NVIDIA driver cannot be asked: Driver Not Loaded"


def test_a_driver_without_boards_is_no_meter() -> None:
    assert nvml.found(FakeNvml()) is None


def test_the_driver_is_let_go_of() -> None:
    library = FakeNvml([FakeBoard()])
    meters = of_this_machine(boards=library)
    assert library.open == 1
    meters.close()
    assert library.open == 0


def test_the_made_up_library_has_the_names_of_the_real_one() -> None:
    import pynvml

    names = [name for name in dir(FakeNvml) if name.startswith("nvml")]
    assert len(names) == 8
    assert [name for name in names if not callable(getattr(pynvml, name, None))] == []
    assert issubclass(pynvml.NVMLError, Exception)


def test_a_counter_that_stands_still_is_undefined_and_not_0() -> None:
    moving, still = FakeBoard(), FakeBoard("NVIDIA T4")
    meter = meter_of(moving, still)
    moving.millijoules = 1_500_000
    meter.sample(101.0)
    part = meter.part()
    assert part.kwh is None
    assert part.undefined == (
        "NVIDIA T4 told of no energy in the whole run: its counter stood still"
    )
