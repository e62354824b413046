"""`track`: a record for a piece of code, and what it must never do to the program around it."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.energy.boards import FakeBoard, FakeNvml
from tests.energy.test_rapl import lay
from trl4ml.energy import booking
from trl4ml.energy.errors import Refused
from trl4ml.energy.overlap import Overlap
from trl4ml.energy.record import EnergyRecord, read
from trl4ml.energy.tracking import Tracker, track

START = datetime(2026, 11, 21, 16, 16, 54, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def clock(*moments: datetime) -> Callable[[], datetime]:
    left = iter(moments)
    return lambda: next(left)


def closed(tracker: Tracker) -> EnergyRecord:
    assert tracker.record is not None
    return tracker.record


def test_a_block_of_code_has_a_record_with_class_and_band(tmp_path: Path) -> None:
    with track("FRA", now=clock(START, START)) as tracker:
        time.sleep(0.05)
    record = closed(tracker)
    assert tracker.path == Path("energy/training-20261121T161654Z.json")
    assert read(tracker.path.read_text(), "x") == record
    assert record.class_ == "modelled"
    assert record.energy is not None
    assert record.energy.lower is not None
    assert record.energy.upper is not None
    assert 0 < record.energy.lower < record.energy.value < record.energy.upper
    assert record.carbon is not None
    assert record.carbon.value == pytest.approx(record.energy.value * 56.039)
    assert (record.start, record.finished) == ("2026-11-21T16:16:54Z", True)
    assert record.duration_s is not None
    assert 0.05 <= record.duration_s < 5
    assert (record.command, record.exit, record.boundary.level) == (None, None, "node")
    assert list(Path("energy").iterdir()) == [tracker.path]


def test_without_a_place_there_is_energy_and_a_range_and_no_carbon() -> None:
    with track(output=None) as tracker:
        time.sleep(0.02)
    record = closed(tracker)
    assert (record.carbon, record.factor) == (None, None)
    assert record.range_over_zones is not None
    assert record.range_over_zones.count == 212
    assert len(record.factor_set) == 64
    assert tracker.path is None
    assert not Path("energy").exists()


def test_counters_of_processor_and_boards_make_a_record_of_counters(tmp_path: Path) -> None:
    package = lay(tmp_path, "powercap/intel-rapl:0", "package-0", 100)
    dram = lay(tmp_path, "powercap/intel-rapl:1", "dram", 100)
    boards = [FakeBoard(), FakeBoard()]
    with track("FRA", pue=1.2, powercap=tmp_path / "powercap", nvml=FakeNvml(boards)) as tracker:
        time.sleep(0.12)
        package.write_text("36000100")
        dram.write_text("3600100")
        for board in boards:
            board.millijoules = 1_000_000 + 72_000
    record = closed(tracker)
    assert record.class_ == "counter"
    assert [(p.name, p.kwh and round(p.kwh.value, 9)) for p in record.parts] == [
        ("cpu", 1e-5), ("ram", 1e-6), ("gpu", 4e-5),
    ]  # fmt: skip
    assert record.energy is not None
    read_kwh = 5.1e-5
    assert record.energy.value == pytest.approx(read_kwh / 0.7 * 1.2)
    assert record.energy.lower == pytest.approx(read_kwh * 1.25 * 1.2)
    assert record.energy.upper == pytest.approx(read_kwh * 1.67 * 1.2)
    assert (record.pue.value, record.pue.included) == (1.2, True)
    assert record.boundary.level == "facility"
    assert record.hardware["gpu_limit_w"] == 1400.0


def test_a_board_that_cannot_be_read_is_out_of_the_total_and_said() -> None:
    board = FakeBoard()
    with track(nvml=FakeNvml([board])) as tracker:
        board.broken = True
        time.sleep(0.02)
    record = closed(tracker)
    assert record.energy is not None
    assert "gpu is not in the total: NVIDIA H200 could not be read: GPU is lost" in record.notes


def test_a_short_run_says_what_it_rests_on_and_that_memory_is_a_guess() -> None:
    with track() as tracker:
        time.sleep(0.02)
    notes = closed(tracker).notes
    assert "the run was shorter than the sampling period of 1 s and rests on 2 readings" in notes
    assert any("that of memory, which is guessed from its size" in note for note in notes)


def test_a_decorated_function_has_a_record_for_each_call() -> None:
    @track(activity="inference", now=lambda: START)
    def twice(x: int) -> int:
        return 2 * x

    assert [twice(1), twice(2)] == [2, 4]
    assert sorted(path.name for path in Path("energy").iterdir()) == [
        "inference-20261121T161654Z-2.json", "inference-20261121T161654Z.json",
    ]  # fmt: skip


def test_a_function_that_returns_before_its_work_is_done_is_refused() -> None:
    async def later() -> None: ...

    def steps() -> Iterator[int]:
        yield 1

    for function in (later, steps):
        with pytest.raises(Refused) as refused:
            track()(function)
        assert str(refused.value) == (
            f"{function.__name__} returns before its work is done; use `with track(...)` inside it"
        )


def test_code_that_raises_still_has_a_closed_record() -> None:
    with pytest.raises(KeyboardInterrupt), track(output="run.json") as tracker:
        raise KeyboardInterrupt
    record = read(Path("run.json").read_text(), "run.json")
    assert record.finished
    assert "the code ended with KeyboardInterrupt" in record.notes
    assert tracker.record == record


def test_while_the_code_runs_the_record_is_valid_and_unfinished() -> None:
    with track(output="run.json") as tracker:
        first = read(Path("run.json").read_text(), "run.json")
        time.sleep(0.02)
        later = tracker.so_far()
    assert (first.finished, later.finished) == (False, False)
    assert later.duration_s is not None
    assert first.duration_s is not None
    assert later.duration_s > first.duration_s
    assert later.energy is not None
    assert later.energy.value > 0
    assert read(Path("run.json").read_text(), "run.json").finished


def test_a_program_killed_without_mercy_leaves_a_valid_unfinished_record(tmp_path: Path) -> None:
    code = "import os, time; from trl4ml.energy import track\nwith track(output='run.json'):\n    time.sleep(0.05); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert done.returncode == -9
    assert not read((tmp_path / "run.json").read_text(), "run.json").finished
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_clock_that_is_set_back_makes_no_negative_duration() -> None:
    with track(now=clock(START, START - timedelta(hours=1))) as tracker:
        time.sleep(0.02)
    record = closed(tracker)
    assert record.duration_s is not None
    assert record.duration_s > 0
    assert record.start is not None
    assert record.end is not None
    assert record.start <= record.end
    assert (
        "the clock of the machine moved by -3600 s, or it slept; the duration is not measured with it"
        in record.notes
    )


def test_outputs_are_hashed_after_the_run() -> None:
    with track(outputs=("./model.bin", "other.bin", ".")) as tracker:
        Path("model.bin").write_bytes(b"abc")
    record = closed(tracker)
    assert record.outputs == {
        "model.bin": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }
    assert "the model other.bin was not hashed: no such file or directory" in record.notes
    assert "the model . was not hashed: is a directory" in record.notes


def test_a_budget_that_is_passed_is_said_with_the_time() -> None:
    with track(budget="0.00001Wh") as tracker:
        time.sleep(0.05)
    assert tracker.over
    assert any(
        note.startswith("the budget of 0.00001Wh was passed after 0.") for note in closed(tracker).notes
    )  # fmt: skip
    with track("FRA", budget="2kgCO2e") as tracker:
        time.sleep(0.02)
    assert not tracker.over


def test_two_trackers_at_once_say_so() -> None:
    says = "another tracker ran on this machine at the same time; both count its energy"
    with track(output=None, sampling_s=0.1) as first, track(output=None) as second:
        time.sleep(0.25)
    assert says in closed(first).notes
    assert says in closed(second).notes


def test_one_tracker_after_the_other_is_no_overlap(tmp_path: Path) -> None:
    first = Overlap(tmp_path)
    first.close()
    second = Overlap(tmp_path)
    second.look()
    assert not second.seen
    third = Overlap(tmp_path)
    assert third.seen
    third.close()
    second.look()
    assert not second.seen
    second.close()
    second.look()
    assert os.listdir(tmp_path) == []


def test_nothing_is_left_behind_and_nothing_replaced() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
    with track(output=None):
        assert [signal.getsignal(number) for number in numbers] == before
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == files
    assert os.listdir(".") == []


def test_no_socket_is_ever_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def blocked(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", blocked)
    monkeypatch.setattr(socket, "create_connection", blocked)
    monkeypatch.setattr(socket, "getaddrinfo", blocked)
    with track("USA", "texas") as tracker:
        time.sleep(0.02)
    assert closed(tracker).carbon is not None


def test_settings_of_codecarbon_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".codecarbon.config").write_text(
        "[codecarbon]\nforce_carbon_intensity_g_co2e_kwh=1\npue=9\n"
    )
    monkeypatch.setenv("CODECARBON_FORCE_CARBON_INTENSITY_G_CO2E_KWH", "1")
    with track("FRA") as tracker:
        time.sleep(0.02)
    record = closed(tracker)
    assert record.factor is not None
    assert (record.factor.value, record.pue.value) == (56.039, 1.0)


def test_a_forked_child_closes_nothing() -> None:
    with track(output="run.json", outputs=()) as tracker:
        child = os.fork()
        if child == 0:
            tracker.stop()
            os._exit(0 if tracker.record is None else 1)
        _, status = os.waitpid(child, 0)
    assert status == 0
    assert closed(tracker).finished


def test_a_record_that_cannot_be_written_in_the_end_is_said_and_kept_in_memory() -> None:
    with track(output="there/run.json") as tracker:
        Path("there/run.json").unlink()
        Path("there").rmdir()
        Path("there").write_text("a file is in the way")
    assert tracker.path is None
    assert closed(tracker).notes[-1] == (
        "there/run.json cannot be written (not a directory); name another file for the record"
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"location": "France"}, "unknown location 'France'; did you mean 'FRA' (France)?"),
        ({"location": "USA", "region": "bavaria"}, "unknown region 'bavaria' of USA; known are alabama, alaska"),
        ({"region": "texas"}, "the region 'texas' needs its country: give the location too"),
        ({"budget": "2kgCO2e"}, "the budget 2kgCO2e is of carbon, which needs a location; give one, or a budget in kWh"),
        ({"budget": "2kg"}, "the budget '2kg' does not say of what; did you mean '2kgCO2e'?"),
        ({"pue": 0.9}, "the PUE is 0.9; it lies between 1 and 10 by definition and sense"),
        ({"pue": float("nan")}, "the PUE is nan; it lies between 1 and 10 by definition and sense"),
        ({"activity": "trainning"}, "unknown activity 'trainning'; did you mean 'training'?"),
        ({"activity": "<b>"}, "unknown activity '<b>'; did you mean 'other'?"),
        ({"sampling_s": 0.001}, "the sampling period is 0.001 s; give 0.1 to 60 seconds"),
    ],
)  # fmt: skip
def test_what_cannot_be_tracked_is_refused_before_anything_runs(
    options: dict[str, object], says: str
) -> None:
    with pytest.raises(Refused) as refused:
        track(**options)  # type: ignore[arg-type]
    assert str(refused.value).startswith(says)
    assert os.listdir(".") == []


def test_a_place_that_cannot_be_written_is_refused_at_the_start() -> None:
    Path("energy").write_text("a file is in the way")
    with pytest.raises(Refused) as refused, track():
        raise AssertionError("the code ran")
    assert str(refused.value) == (
        "energy cannot be written (file exists); name another file for the record"
    )


def test_to_go_over_one_needs_a_budget() -> None:
    with pytest.raises(Refused, match="stop-over needs a budget to go over"):
        Tracker(booking.Options(stop_over=True))


def test_gaps_between_readings_lower_the_share_that_was_observed() -> None:
    from trl4ml.energy.meters import Meters
    from trl4ml.energy.sampling import Sampling

    moments = iter([0.0, 0.0, 1.0, 2.0, 8.0, 10.0])
    sampling = Sampling(Meters([], dict), 1.0, lambda: None, clock=lambda: next(moments))
    sampling.first = sampling.last = sampling.clock()
    for _ in range(4):
        sampling.read()
    assert sampling.duration_s == 10.0
    assert sampling.observed == pytest.approx(0.4)


def test_what_the_record_says_is_json_of_numbers() -> None:
    with track(output="run.json") as tracker:
        time.sleep(0.01)
    assert json.loads(Path("run.json").read_text())["schema"] == 1
    assert closed(tracker).tool.startswith("trl4ml ")


@pytest.mark.parametrize(("activity", "tied"), [("training", False), ("inference", True)])
def test_a_model_that_the_training_did_not_write_is_not_its_own(activity: str, tied: bool) -> None:
    Path("model.bin").write_bytes(b"of an earlier run")
    with track(outputs=("model.bin",), activity=activity) as tracker:
        pass
    record = closed(tracker)
    assert ("model.bin" in record.outputs) is tied
    says = "the model model.bin was not written by this run, so the record is not of it"
    assert (says in record.notes) is not tied


def test_a_model_that_is_written_again_with_the_same_bytes_is_of_this_run() -> None:
    Path("model.bin").write_bytes(b"abc")
    os.utime("model.bin", (1, 1))
    with track(outputs=("model.bin",)) as tracker:
        Path("model.bin").write_bytes(b"abc")
    assert list(closed(tracker).outputs) == ["model.bin"]


def test_a_pipe_in_the_place_of_the_model_holds_nothing_up() -> None:
    with track(outputs=("pipe",)) as tracker:
        os.mkfifo("pipe")
    assert "the model pipe was not hashed: no regular file" in closed(tracker).notes


def test_a_tracker_measures_one_run() -> None:
    tracker = track(output=None)
    with tracker:
        pass
    threads = threading.active_count()
    with pytest.raises(Refused, match=r"^a tracker measures one run; make another"):
        tracker.start()
    assert threading.active_count() == threads


def test_a_start_that_cannot_be_written_leaves_no_thread_and_no_lock() -> None:
    threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
    with pytest.raises(Refused, match="cannot be written"):
        track(output=Path("energy") / ("x" * 250 + ".json")).start()
    assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) == (threads, files)


def test_who_holds_the_folder_of_the_lock_alone_holds_up_no_run(tmp_path: Path) -> None:
    alone = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(alone, fcntl.LOCK_EX)
    try:
        overlap = Overlap(tmp_path)
        overlap.look()
    finally:
        os.close(alone)
    assert overlap.seen
    overlap.close()


@pytest.mark.parametrize("units", [0.0, -1.0, float("inf"), float("nan")])
def test_a_number_of_units_lies_above_0(units: float) -> None:
    with pytest.raises(Refused, match=r"the number of units is .*; it lies above 0"):
        track(unit="request", units=units)


def test_units_are_in_the_record() -> None:
    with track(output=None, unit="request", units=40.0) as tracker:
        pass
    assert (closed(tracker).unit, closed(tracker).units) == ("request", 40.0)
