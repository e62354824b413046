"""Commands run in clean copies: real processes, real folders, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Run
from trl4ml.asking import ask, parse_yaml
from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Finding, Outcome
from trl4ml.core.views import Rerun, Unreadable
from trl4ml.loading import all_probes
from trl4ml.probes.reproducible import Metric, _number
from trl4ml.readers.files import FilesView, Part
from trl4ml.readers.reruns import RerunsView
from trl4ml.readers.tree import Tree
from trl4ml.readers.views import Views, changed
from trl4ml.testing import lay_out

pytestmark = pytest.mark.slow

PYTHON = sys.executable


@pytest.fixture(autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made, for this test alone."""
    folder = tmp_path_factory.mktemp("scratch")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


def twice(
    folder: Path, *command: str, metrics: tuple[str, ...] = (), artefacts: tuple[str, ...] = (),
    environment: tuple[str, ...] = (), seconds: int = 60, megabytes: int = 4096,
) -> tuple[Rerun, ...]:  # fmt: skip
    part = Part(Tree(folder))
    view = RerunsView(part, FilesView(part), allowed=True)
    return view.twice(command, metrics, artefacts, environment, seconds, megabytes)


def answer(folder: Path, *command: str, rerun: bool = True, **options: Any) -> Finding:
    views = Views(Part(Tree(folder)), parse_yaml, rerun)
    given = {"artefacts": ["out"], "command": command, **options}
    return ask(all_probes()["reproducible"], views, given)


def test_each_run_has_its_own_copy_and_only_the_variables_that_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    monkeypatch.setenv("SEED", "7")
    show = (
        "import json, os; print(os.getcwd()); print(json.dumps([*os.environ])); "
        "print(os.environ['SEED'])"
    )
    one, two = twice(tmp_path, PYTHON, "-c", show, environment=("SEED", "NOT_SET"))
    assert one.status == two.status == 0
    where, variables, seed = one.tail.splitlines()
    assert (where, seed) == (".", "7"), "the name of the copy, another each time, is not told"
    own = {"HOME", "LANG", "PATH", "SEED", "TMPDIR"}
    assert {*json.loads(variables)} - {"LC_CTYPE"} == own, "Python itself may set LC_CTYPE"


def test_home_is_empty_stdin_is_closed_and_no_shell_reads_the_command(tmp_path: Path) -> None:
    show = (
        "import os, sys; print(os.listdir(os.environ['HOME']), repr(sys.stdin.read()), sys.argv[1])"
    )
    one, _ = twice(tmp_path, PYTHON, "-c", show, "$HOME; *")
    assert one.tail == "[] '' $HOME; *"


def test_what_a_run_writes_stays_in_its_copy(tmp_path: Path, scratch: Path) -> None:
    lay_out(
        tmp_path,
        {"train.sh": "echo x > data.txt; rm train.sh; echo x > ../beside", "data.txt": "d"},
    )
    one, two = twice(tmp_path, "sh", "train.sh", artefacts=("data.txt", "../beside"))
    assert one.digests == two.digests
    assert [*one.digests] == ["data.txt"], "what lies outside the copy is not read"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.txt", "train.sh"]
    assert (tmp_path / "data.txt").read_text() == "d"
    assert not [*scratch.iterdir()], "not even what it wrote to `..`"


def test_the_executable_bit_is_kept_and_a_file_nobody_may_write_is_copied(tmp_path: Path) -> None:
    lay_out(tmp_path, {"train": "#!/bin/sh\nls -l train fixed | cut -c1-10", "fixed": ""})
    (tmp_path / "train").chmod(0o755)
    (tmp_path / "fixed").chmod(0o444)
    one, _ = twice(tmp_path, "./train")
    assert one.tail == "-r--r--r--\n-rwxr-xr-x"


def test_a_script_that_is_not_executable_is_not_run(tmp_path: Path) -> None:
    lay_out(tmp_path, {"train": "#!/bin/sh\necho"})
    (one,) = twice(tmp_path, "./train")
    assert (one.status, one.tail) == (127, "./train: Permission denied")


def test_a_command_that_no_process_can_have_is_not_run(tmp_path: Path) -> None:
    (one,) = twice(tmp_path, "echo", "a\0b")
    assert (one.status, one.tail) == (127, "embedded null byte")


def test_a_run_past_its_time_is_ended_with_all_its_children(tmp_path: Path, scratch: Path) -> None:
    pids = tmp_path.parent / f"{tmp_path.name}-pids"
    lay_out(tmp_path, {"train.sh": f"sleep 600 & echo $! > {pids}; sleep 600"})
    finding = answer(tmp_path, "sh", "train.sh", seconds=1)
    assert finding.outcome is Outcome.UNKNOWN
    assert finding.message == (
        "`sh train.sh` took longer than 1 s; raise seconds under probes: reproducible in "
        "trl4ml.yaml (run 1)"
    )
    assert gone(int(pids.read_text()))
    assert not [*scratch.iterdir()]


def test_a_child_does_not_outlive_a_run_that_ends_well_nor_hold_it_up(tmp_path: Path) -> None:
    pids = tmp_path.parent / f"{tmp_path.name}-pids"
    lay_out(tmp_path, {"train.sh": f"sleep 600 & echo $! >> {pids}; echo done > out"})
    assert answer(tmp_path, "sh", "train.sh").outcome is Outcome.YES
    assert all(gone(int(pid)) for pid in pids.read_text().split())


def test_a_process_that_leaves_its_group_does_not_hold_the_run_up(tmp_path: Path) -> None:
    leave = "import os, time\nif not os.fork():\n os.setsid()\n time.sleep(5)"
    before = time.monotonic()
    assert [one.status for one in twice(tmp_path, PYTHON, "-c", leave)] == [0, 0]
    assert time.monotonic() - before < 5


def test_output_without_end_is_read_and_only_its_last_lines_are_kept(tmp_path: Path) -> None:
    show = "for n in range(100_000): print('line', n)\nprint('\\x1b[31mred\\a\\rlast', '\\xff')"
    one, _ = twice(tmp_path, PYTHON, "-c", show)
    assert one.status == 0
    assert len(one.tail.splitlines()) == 20
    assert one.tail.splitlines()[-3:] == ["line 99999", "?[31mred?", "last ÿ"]


def test_a_command_that_closes_its_output_is_waited_for(tmp_path: Path) -> None:
    one, _ = twice(tmp_path, "sh", "-c", "exec >&- 2>&-; sleep 0.2; exit 0")
    assert (one.status, one.tail) == (0, "")


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("b = bytearray(900_000_000)", "ended with status 1: MemoryError"),
        ("open('out', 'wb').truncate(900_000_000)", "File too large"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "got signal 9"),
    ],
)
def test_more_memory_or_a_larger_file_than_allowed_ends_it(
    tmp_path: Path, does: str, says: str
) -> None:
    finding = answer(tmp_path, PYTHON, "-c", does, megabytes=500)
    assert finding.outcome is Outcome.UNKNOWN
    assert says in finding.message
    assert finding.message.endswith(
        "; perhaps raise megabytes under probes: reproducible in trl4ml.yaml (run 1)"
    )


def test_a_result_that_is_drawn_anew_each_time_is_not_reproducible(tmp_path: Path) -> None:
    draw = (
        "import json, os; json.dump({'auc': os.getrandom(6)[0] + os.getpid()}, open('m.json', 'w'))"
    )
    finding = answer(
        tmp_path, PYTHON, "-c", draw, metrics={"m.json": {"auc": 0}}, artefacts=["m.json"]
    )
    assert finding.outcome is Outcome.NO
    assert "m.json is not the same twice" in finding.message
    assert finding.measures["artefacts_same"].value == 0


def test_a_finding_of_the_same_files_is_the_same_and_was_made_in_the_lab(tmp_path: Path) -> None:
    lay_out(tmp_path, {"make.sh": "echo same > out; date +%N"})
    first, second = (answer(tmp_path, "sh", "make.sh") for _ in range(2))
    assert first == second
    assert first.environment is Environment.LAB


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("a", 1), ("b.c", 2.5), ("d.0", 3), ("d.1.e", 4), ("x.y", 5),
        ("b", None), ("d", None), ("d.2", None), ("d.-1", None), ("yes", None), ("text", None),
        ("b.", None), ("", None), (".", None), ("inf", None), ("large", None), ("d.9999999999", None),
    ],
)  # fmt: skip
def test_a_metric_is_found_by_its_name_or_by_its_parts(name: str, number: float | None) -> None:
    data = {
        "a": 1, "b": {"c": 2.5}, "d": [3, {"e": 4}], "x.y": 5, "yes": True, "text": "1",
        "inf": float("inf"), "large": 10**400,
    }  # fmt: skip
    assert _number(data, name) == number


@given(st.lists(st.integers(0, 2000), min_size=2, max_size=3), st.integers(0, 2000))
def test_numbers_agree_when_as_written_no_two_are_further_apart_than_the_tolerance(
    thousandths: list[int], tolerance: int
) -> None:
    values = {f"in run {n}": one / 1000 for n, one in enumerate(thousandths)}
    spread = max(thousandths) - min(thousandths)
    metric = Metric("a", tolerance / 1000, values)
    assert (not metric.differs) is (spread <= tolerance)
    assert float(metric.spread) == spread / 1000


def test_every_copied_file_counts_as_read_and_no_output_does(tmp_path: Path) -> None:
    lay_out(tmp_path, {"make.sh": "echo 1 > out", "data/a.csv": "1", "out": "old"})
    views = Views(Part(Tree(tmp_path)), parse_yaml, rerun=True)
    options = {"command": ["sh", "make.sh"], "artefacts": ["out"]}
    assert ask(all_probes()["reproducible"], views, options).outcome is Outcome.YES
    assert views.final
    assert sorted(views.reads()) == ["data/a.csv", "make.sh"]
    assert changed(Part(Tree(tmp_path)), views.trace(), parse_yaml) == ""
    (tmp_path / "data/a.csv").write_text("2")
    assert "has changed" in changed(Part(Tree(tmp_path)), views.trace(), parse_yaml)


@pytest.mark.parametrize("command", ["false", "no-such-program"])
def test_a_run_that_fails_is_not_remembered(tmp_path: Path, command: str) -> None:
    views = Views(Part(Tree(tmp_path)), parse_yaml, rerun=True)
    ask(all_probes()["reproducible"], views, {"command": [command], "artefacts": ["out"]})
    assert not views.final


def test_a_copy_that_cannot_be_made_is_said_and_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copytree", full)
    part = Part(Tree(tmp_path))
    view = RerunsView(part, FilesView(part), allowed=True)
    with pytest.raises(Unreadable, match="the clean copy: it cannot be made: No space left"):
        view.twice(("true",), (), (), (), 1, 1)
    assert view.refused


CONFIG = """\
name: tiny
owners: [Ada]
checklists: [mini.yaml]
probes:
  reproducible:
    command: [sh, train.sh]
    metrics:
      metrics.json: {accuracy: 0.01}
"""
MINI = """\
checklist: mini
version: "1"
title: A small checklist
about: For tests.
items:
  - id: again
    level: 0
    ask: Is it the same again?
    why: Luck.
    wants: reproducible
    if_not: {remedy: Run it., effort: hours}
    tags: [performance-metrics]
"""


def project(folder: Path, script: str) -> None:
    files = {"trl4ml.yaml": CONFIG, "mini.yaml": MINI, "train.sh": script}
    lay_out(folder, {**files, "metrics.json": '{"accuracy": 0.8}'}, git=True)


def test_what_run_found_serves_later_audits_and_the_gate_until_a_file_changes(
    tmp_path: Path, trl4ml: Run
) -> None:
    count = tmp_path.parent / f"{tmp_path.name}-count"
    project(tmp_path, f"""echo . >> {count}; echo '{{"accuracy": 0.8}}' > metrics.json""")
    before = trl4ml("audit")
    assert "run it with: trl4ml audit --run" in " ".join(before.stdout.split())
    assert not count.exists(), "nothing runs unless it is allowed"
    assert trl4ml("audit", "--run").returncode == 0
    assert count.read_text() == ".\n.\n"
    for command in (["audit"], ["gate", "--min-level", "0"], ["audit", "--run"]):
        assert trl4ml(*command).returncode == 0, command
    assert count.read_text() == ".\n.\n", "evidence that stands is not made again"
    trl4ml("audit", "--run", "--no-cache")
    assert count.read_text() == ".\n" * 4
    (tmp_path / "data.csv").write_text("1")
    assert trl4ml("audit").returncode == 1
    assert trl4ml("gate", "--min-level", "0").returncode != 0
    (tmp_path / "data.csv").unlink()
    assert trl4ml("gate", "--min-level", "0").returncode == 0, "the files are the same again"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_half_way_it_leaves_no_folder_and_no_process(
    tmp_path: Path, scratch: Path, how: signal.Signals
) -> None:
    pids = tmp_path.parent / f"{tmp_path.name}-pids"
    project(tmp_path, f"echo $$ > {pids}.new; mv {pids}.new {pids}; sleep 600")
    audit = subprocess.Popen(
        [PYTHON, "-m", "trl4ml", "audit", "--run"], cwd=tmp_path, stderr=subprocess.PIPE
    )
    until(pids.exists)
    assert [*scratch.iterdir()]
    audit.send_signal(how)
    _, said = audit.communicate(timeout=30)
    assert audit.returncode == 130
    assert said == b"trl4ml: interrupted\n"
    assert gone(int(pids.read_text()))
    assert not [*scratch.iterdir()]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("command: sh train.sh", "trl4ml.yaml:6:14: reproducible: command: should be a list"),
        ("seconds: 0", "seconds: should be at least 1"),
        ("metrics: {m.json: {a: -1}}", "metrics.m.json.a: should be at least 0"),
        ("artefacts: [../out]", "'../out' should be a path below trl4ml.yaml"),
        ("minutes: 5", "unknown key 'minutes'"),
    ],
)
def test_a_wrong_option_is_one_sentence_with_its_place(
    tmp_path: Path, trl4ml: Run, wrong: str, says: str
) -> None:
    project(tmp_path, "true")
    config = CONFIG.partition("    command")[0] + f"    {wrong}\n"
    (tmp_path / "trl4ml.yaml").write_text(config)
    done = trl4ml("audit", "--run")
    assert done.returncode == 2
    assert says in done.stderr


def gone(pid: int) -> bool:
    """Whether the process ends within some seconds; a zombie has ended."""

    def ended() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"

    return until(ended)


def until(holds: Any) -> bool:
    for _ in range(500):
        if holds():
            return True
        time.sleep(0.02)
    return False
