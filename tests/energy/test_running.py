"""`run_command`: a command with its energy, seen from the command and from the shell around it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.energy.test_rapl import lay
from trl4ml.energy.booking import Options
from trl4ml.energy.commandline import veiled
from trl4ml.energy.errors import Refused
from trl4ml.energy.record import EnergyRecord, Exit, read
from trl4ml.energy.running import run_command
from trl4ml.energy.units import budget

PYTHON = sys.executable
# Under nohup a hang-up is ignored from the start, by us and by what we run: rightly, but not here.
OURS = "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL); from trl4ml.energy.running import run_command; from trl4ml.energy.booking import Options; from pathlib import Path; sys.exit(run_command(tuple(sys.argv[1:]), Options(output=Path('run.json')))[0])"  # fmt: skip

COUNTING = """
import signal, time
heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1))
print("ready", flush=True)
while not heard:
    time.sleep(0.01)
time.sleep(0.3)
raise SystemExit(10 + len(heard))
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def ran(*argv: str, **options: Any) -> tuple[int, EnergyRecord]:
    status, record, path = run_command(argv, Options(**{"output": Path("run.json")} | options))
    assert path == options.get("output", Path("run.json"))
    return status, record


@contextmanager
def started(folder: Path, *argv: str) -> Iterator["subprocess.Popen[str]"]:
    """Our process in its own session, with the command in it; it has said 'ready' on its output."""
    with subprocess.Popen(
        [PYTHON, "-c", OURS, *argv], cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as ours:  # fmt: skip
        assert ours.stdout is not None
        assert ours.stdout.readline() == "ready\n"
        yield ours


def test_a_command_has_a_record_that_names_it(capfd: pytest.CaptureFixture[str]) -> None:
    status, record = ran(PYTHON, "-c", "print('out')", location="FRA")
    assert status == 0
    assert record.command == (PYTHON, "-c", "print('out')")
    assert record.exit == Exit(code=0)
    assert record.carbon is not None
    assert record.finished
    assert read(Path("run.json").read_text(), "run.json") == record
    assert capfd.readouterr() == ("out\n", "")


@pytest.mark.parametrize("code", [0, 1, 2, 77, 255])
def test_the_exit_status_is_that_of_the_command(code: int) -> None:
    status, record = ran("sh", "-c", f"exit {code}")
    assert (status, record.exit) == (code, Exit(code=code))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGSEGV"])
def test_a_command_that_dies_of_a_signal_says_which(name: str) -> None:
    number = getattr(signal, name)
    status, record = ran("sh", "-c", f"kill -{int(number)} $$")
    assert (status, record.exit) == (128 + number, Exit(signal=name))


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("no-such-command", "x"), "the command 'no-such-command' is not found, or may not be executed; nothing was run"),
        (("./not-executable",), "the command './not-executable' is not found, or may not be executed; nothing was run"),
        ((), "the command '' is not found, or may not be executed; nothing was run"),
        (("./broken",), "the command './broken' cannot be run: [Errno 8] Exec format error: './broken'"),
        (("sh", "a\0b"), "the command 'sh' cannot be run: embedded null byte"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_run_is_refused_and_leaves_no_record(
    argv: tuple[str, ...], says: str
) -> None:
    Path("not-executable").write_text("x")
    Path("broken").write_text("no program")
    Path("broken").chmod(0o755)
    with pytest.raises(Refused) as refused:
        run_command(argv, Options(output=Path("run.json")))
    assert str(refused.value) == says
    assert not Path("run.json").exists()


def test_wrong_options_are_refused_before_the_command_starts() -> None:
    with pytest.raises(Refused, match="unknown location 'France'"):
        run_command(("touch", "ran"), Options(location="France"))
    assert os.listdir(".") == []


def test_a_run_of_a_twentieth_of_a_second_has_a_record() -> None:
    _, record = ran("sleep", "0.05")
    assert record.energy is not None
    assert record.duration_s is not None
    assert 0.05 <= record.duration_s < 5
    assert any(note.startswith("the run was shorter than the sampling") for note in record.notes)


def test_what_grandchildren_draw_is_in_the_energy(tmp_path: Path) -> None:
    package = lay(tmp_path / "powercap", "intel-rapl:0", "package-0", 100)
    argv = ("sh", "-c", f"sh -c 'echo 36000100 > {package}' & wait")
    _, record, _ = run_command(argv, Options(output=None), powercap=tmp_path / "powercap")
    cpu = record.parts[0]
    assert (cpu.name, cpu.class_) == ("cpu", "counter")
    assert cpu.kwh is not None
    assert cpu.kwh.value == pytest.approx(1e-5)
    assert (record.class_, record.boundary.scope) == ("modelled", "machine")


def test_what_the_command_leaves_running_is_said() -> None:
    _, record = ran("sh", "-c", "setsid sleep 1.5 >/dev/null 2>&1 & exit 0")
    assert record.notes[-1] == (
        "the record ends with the command, but a process that it started still runs (sleep); "
        "what they draw from now on is not in it"
    )


def test_a_command_whose_children_have_ended_leaves_nothing() -> None:
    _, record = ran("sh", "-c", "sleep 0.01 & wait")
    assert not any("still run" in note for note in record.notes)


def test_kill_is_passed_on_and_the_record_is_closed(tmp_path: Path) -> None:
    script = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\nprint('ready', flush=True)\ntime.sleep(30)"
    with started(tmp_path, PYTHON, "-c", script) as ours:
        ours.terminate()
        assert ours.wait(timeout=20) == 5
    record = read(Path("run.json").read_text(), "run.json")
    assert (record.finished, record.exit) == (True, Exit(code=5))


@pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")]
)
def test_a_command_that_a_passed_signal_ends_gives_its_status(
    tmp_path: Path, number: int, name: str
) -> None:
    with started(tmp_path, "sh", "-c", "echo ready; exec sleep 30") as ours:
        ours.send_signal(number)
        assert ours.wait(timeout=20) == 128 + number
    assert read(Path("run.json").read_text(), "run.json").exit == Exit(signal=name)


def test_an_interrupt_from_elsewhere_is_passed_on_once(tmp_path: Path) -> None:
    with started(tmp_path, PYTHON, "-c", COUNTING) as ours:
        ours.send_signal(signal.SIGINT)
        assert ours.wait(timeout=20) == 11
    assert read(Path("run.json").read_text(), "run.json").exit == Exit(code=11)


def test_ctrl_c_at_a_terminal_reaches_the_command_once(tmp_path: Path) -> None:
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.execv(PYTHON, [PYTHON, "-c", OURS, PYTHON, "-c", COUNTING])
    seen = b""
    while b"ready" not in seen:
        seen += os.read(terminal, 1024)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 11
    assert read(Path("run.json").read_text(), "run.json").exit == Exit(code=11)


def test_when_we_are_killed_without_mercy_the_record_is_valid_and_unfinished(
    tmp_path: Path,
) -> None:
    with started(tmp_path, "sh", "-c", "echo ready; exec sleep 1") as ours:
        until = time.monotonic() + 20
        while not Path("run.json").exists() and time.monotonic() < until:
            time.sleep(0.01)
        ours.kill()
        assert ours.wait(timeout=20) == -9
    record = read(Path("run.json").read_text(), "run.json")
    assert (record.finished, record.exit, record.command) == (False, None, None)


def test_handlers_are_put_back_and_what_was_ignored_stays_ignored() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        before = [signal.getsignal(number) for number in numbers]
        status, _ = ran("sh", "-c", "kill -HUP $$; exit 4")
        assert status == 4
        assert [signal.getsignal(number) for number in numbers] == before
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_a_command_that_goes_over_its_budget_is_stopped_with_its_children() -> None:
    begun = time.monotonic()
    status, record = ran(
        "sh", "-c", "sleep 30 & sleep 30; wait",
        budget=budget("0.0001Wh"), stop_over=True, sampling_s=0.1,
    )  # fmt: skip
    assert time.monotonic() - begun < 15
    assert status == 128 + signal.SIGTERM
    assert record.exit == Exit(signal="SIGTERM")
    assert any(note.startswith("the budget of 0.0001Wh was passed after") for note in record.notes)
    assert not any("still run" in note for note in record.notes)


def test_a_budget_without_stop_over_only_says_so() -> None:
    status, record = ran("sleep", "0.3", budget=budget("0.0001Wh"), sampling_s=0.1)
    assert status == 0
    assert any(note.startswith("the budget of 0.0001Wh was passed") for note in record.notes)


def test_models_that_the_command_makes_are_hashed() -> None:
    _, record = ran("sh", "-c", "printf abc > model.bin", outputs=("model.bin",))
    assert record.outputs == {
        "model.bin": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }


def test_nothing_but_the_record_is_left(tmp_path: Path) -> None:
    files = len(os.listdir("/proc/self/fd"))
    ran("true")
    assert os.listdir(tmp_path) == ["run.json"]
    assert len(os.listdir("/proc/self/fd")) == files


@pytest.mark.parametrize(
    ("argv", "kept"),
    [
        (("train", "--api-key", "abc", "--lr", "1"), ("train", "--api-key", "***", "--lr", "1")),
        (("train", "--api_key=abc"), ("train", "--api_key=***")),
        (("env", "HF_TOKEN=abc", "train"), ("env", "HF_TOKEN=***", "train")),
        (("train", "--password", "-v"), ("train", "--password", "-v")),
        (("train", "--tokenizer", "bert"), ("train", "--tokenizer", "bert")),
        (("train", "key", "value"), ("train", "key", "value")),
        (("get", "https://me:abc@example.org/x"), ("get", "https://***@example.org/x")),
        (("get", "https://h/x?token=abc&n=1"), ("get", "https://h/x?token=***&n=1")),
        (("get", "-H", "Authorization: Bearer abc"), ("get", "-H", "Authorization: ***")),
        (("train", "--accessKey=abc"), ("train", "--accessKey=***")),
        (("train", "hf_abcdefghijklmnop"), ("train", "***")),
        (("sh", "-c", "export API_KEY=abc; train"), ("sh", "-c", "export API_KEY=***; train")),
        (("sh", "-c", "train --api-key abc -v"), ("sh", "-c", "train --api-key *** -v")),
        (("py", "-c", "x({'password': 'abc'})"), ("py", "-c", "x({'password': ***})")),
        (("train", "--max_tokens=5", "-e", "a=b:c"), ("train", "--max_tokens=5", "-e", "a=b:c")),
    ],
)
def test_secrets_of_the_command_line_are_not_kept(
    argv: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    assert veiled(argv) == kept


def test_the_command_itself_gets_its_secrets(capfd: pytest.CaptureFixture[str]) -> None:
    _, record = ran("echo", "--token", "abc")
    assert capfd.readouterr().out == "--token abc\n"
    assert record.command == ("echo", "--token", "***")
