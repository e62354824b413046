"""`trl4ml track`: the command runs as if alone, and leaves a record that says what it took."""

import os
import re
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import Run
from trl4ml import tracking
from trl4ml.energy import record
from trl4ml.energy.record import EnergyRecord
from trl4ml.errors import WrongInput

HEAVY = {"numpy", "pandas", "jinja2", "codecarbon", "yaml", "duckdb", "rich", "httpx", "torch"}


def only(folder: Path) -> EnergyRecord:
    (path,) = (folder / "energy").iterdir()
    return record.read(path.read_text(encoding="utf-8"), path.name)


def track(*arguments: str, cwd: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "trl4ml", "track", *arguments],
        cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ},
    )  # fmt: skip


def test_the_command_has_its_own_output_and_the_talk_goes_beside_it(
    tmp_path: Path, trl4ml: Run
) -> None:
    done = trl4ml("track", "--", "sh", "-c", "echo out; echo err >&2; exit 7", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (7, "out\n")
    first, *told = done.stderr.splitlines()
    assert first == "err"
    assert re.fullmatch(r"energy: \S+ m?Wh \[\S+, \S+\], (modelled|counter) \(node\)", told[0])
    assert re.match(r"carbon: not known: no location was given; .* over 21\d zones", told[1])
    assert re.fullmatch(r"record: energy/training-\d{8}T\d{6}Z\.json", told[-1])
    assert 3 <= len(told) <= 7
    one = only(tmp_path)
    assert one.finished
    assert one.exit is not None
    assert (one.exit.code, one.activity) == (7, "training")
    assert one.command == ("sh", "-c", "echo out; echo err >&2; exit 7")
    assert one.carbon is None
    assert one.range_over_zones is not None


def test_with_a_place_there_is_carbon_by_a_named_factor(tmp_path: Path, trl4ml: Run) -> None:
    done = trl4ml("track", "--location", "FRA", "--", "true", cwd=tmp_path)
    assert done.returncode == 0
    assert re.search(r"^carbon: .* m?g CO2e \[.*\], by FRA@2023$", done.stderr, re.MULTILINE)
    one = only(tmp_path)
    assert one.carbon is not None
    assert one.factor is not None
    assert one.factor.value == pytest.approx(56.039)
    assert len(one.factor_set) == 64


def test_options_behind_the_command_are_its_own(tmp_path: Path, trl4ml: Run) -> None:
    done = trl4ml("track", "echo", "--output", "x", "--help", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "--output x --help\n")


def test_the_files_that_it_made_tie_the_record_to_the_model(tmp_path: Path, trl4ml: Run) -> None:
    made = ("sh", "-c", "printf weights > m.bin")
    done = trl4ml(
        "track", "--model", "./m.bin", "--output", "r/one.json", "--", *made, cwd=tmp_path
    )
    assert done.stderr.splitlines()[-1] == "record: r/one.json"
    one = record.read((tmp_path / "r/one.json").read_text(), "one")
    assert one.outputs == {"m.bin": sha256(b"weights").hexdigest()}


def test_predictions_are_counted_when_their_number_is_given(tmp_path: Path, trl4ml: Run) -> None:
    done = trl4ml("track", "--activity", "inference", "--units", "1000", "--", "true", cwd=tmp_path)
    assert re.search(
        r"^each:   \S+ mWh \[\S+, \S+\] for one prediction of 1000$", done.stderr, re.M
    )
    one = only(tmp_path)
    assert (one.activity, one.unit, one.units) == ("inference", "prediction", 1000.0)


def test_over_the_budget_the_command_is_stopped_when_asked(tmp_path: Path, trl4ml: Run) -> None:
    begun = time.monotonic()
    done = trl4ml(
        "track", "--budget", "0.001mWh", "--stop-over", "--sampling", "200ms", "--", "sleep", "30",
        cwd=tmp_path,
    )  # fmt: skip
    assert time.monotonic() - begun < 20
    assert done.returncode == 128 + signal.SIGTERM
    assert "budget: passed: 0.001 mWh" in done.stderr
    assert only(tmp_path).exit == record.Exit(signal="SIGTERM")


@pytest.mark.parametrize(
    ("budget", "says"),
    [("1MWh", "budget: within 1 MWh"), ("0.000001mWh", "budget: passed: 1e-06 mWh")],
)
def test_without_that_it_is_only_told(tmp_path: Path, trl4ml: Run, budget: str, says: str) -> None:
    done = trl4ml("track", "--budget", budget, "--", "true", cwd=tmp_path)
    assert done.returncode == 0
    assert says in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_a_closed_record(tmp_path: Path, number: signal.Signals) -> None:
    process = track("--", "sh", "-c", "echo ready; exec sleep 30", cwd=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 128 + number, told
    assert "Traceback" not in told
    one = only(tmp_path)
    assert one.finished
    assert one.exit == record.Exit(signal=number.name)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--", "no-such-command"], "the command 'no-such-command' is not found, or may not be executed; nothing was run"),
        (["--location", "FRAN", "--", "touch", "ran"], "unknown location 'FRAN'; did you mean 'FRA' (France)?"),
        (["--region", "x", "--", "touch", "ran"], "the region 'x' needs its country: give the location too"),
        (["--budget", "2kg", "--", "touch", "ran"], "the budget '2kg' does not say of what; did you mean '2kgCO2e'?"),
        (["--budget", "2kgCO2e", "--", "touch", "ran"], "the budget 2kgCO2e is of carbon, which needs a location; give one, or a budget in kWh"),
        (["--stop-over", "--", "touch", "ran"], "stop-over needs a budget to go over"),
        (["--pue", "0.9", "--", "touch", "ran"], "the PUE is 0.9; it lies between 1 and 10 by definition and sense"),
        (["--activity", "trainig", "--", "touch", "ran"], "unknown activity 'trainig'; did you mean 'training'?"),
        (["--sampling", "often", "--", "touch", "ran"], "--sampling often: is no time; give it as in 1s or 500ms"),
        (["--sampling", "0", "--", "touch", "ran"], "the sampling period is 0.0 s; give 0.1 to 60 seconds"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_anything_runs(
    tmp_path: Path, trl4ml: Run, arguments: list[str], says: str
) -> None:
    done = trl4ml("track", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"trl4ml: {says}\n")
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "energy").exists()


def test_without_a_command_there_is_nothing_to_track(tmp_path: Path, trl4ml: Run) -> None:
    done = trl4ml("track", "--location", "FRA", cwd=tmp_path)
    assert done.returncode == 2
    assert "Missing argument 'COMMAND'" in done.stderr


@pytest.mark.parametrize(
    ("text", "value"), [("1s", 1.0), ("0.5", 0.5), ("250ms", 0.25), (" 2 s", 2.0)]
)
def test_a_sampling_period_is_a_time(text: str, value: float) -> None:
    assert tracking.seconds(text) == value


@pytest.mark.parametrize("text", ["", "s", "-1s", "1m", "1e3", "١s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(WrongInput, match="is no time"):
        tracking.seconds(text)


@pytest.mark.parametrize("missing", ["psutil", "codecarbon"])
def test_without_the_extra_it_is_named_and_nothing_runs(tmp_path: Path, missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from trl4ml.cli import start; start(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, "track", "--location", "FRA", "--", "touch", "ran"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "pip install 'trl4ml[energy]'" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_nothing_heavy_is_imported_for_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "trl4ml", "track", "--location", "FRA", "--", "true"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    assert not {line.rsplit("|", 1)[1].strip().split(".")[0] for line in lines} & HEAVY


@pytest.mark.parametrize("units", ["0", "inf"])
def test_a_number_of_units_that_is_none_is_refused_before_anything_runs(
    units: str, tmp_path: Path, trl4ml: Run
) -> None:
    done = trl4ml("track", "--units", units, "--", "touch", "ran", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        2, f"trl4ml: the number of units is {units}; it lies above 0\n"
    )  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_a_training_that_makes_no_model_says_nothing_of_the_one_that_is_there(
    tmp_path: Path, trl4ml: Run
) -> None:
    (tmp_path / "m.bin").write_bytes(b"of an earlier run")
    done = trl4ml("track", "--model", "m.bin", "--", "false", cwd=tmp_path)
    assert done.returncode == 1
    assert "note: the model m.bin was not written by this run" in done.stderr
    assert only(tmp_path).outputs == {}


def test_what_parts_the_record_from_its_model_is_said_first(tmp_path: Path, trl4ml: Run) -> None:
    missing = [word for n in range(4) for word in ("--model", f"gone-{n}.bin")]
    done = trl4ml("track", *missing, "--", "true", cwd=tmp_path)
    notes = [line for line in done.stderr.splitlines() if line.startswith("note: ")]
    assert [line[:21] for line in notes[:3]] == ["note: the model gone-"] * 3
