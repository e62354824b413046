"""`init` and `audit` on repositories that mean no good, or are merely odd."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Run
from trl4ml import run
from trl4ml.testing import lay_out

pytestmark = pytest.mark.slow

TRAP = "import os\nos.system('touch {folder}/sprung')\n"
ODD = {
    "-rf": "", "a\nb.py": "import random\nrandom.random()\n", "\x1b[31mred.md": "# Model card\n",
    "\u202egpj.exe": "", "ünï cödé/données.csv": "a,b\n1,2\n", "con": "", "a" * 200: "",
    "x.ipynb": "{", "pyproject.toml": "[[[", "junit.xml": "<a", "coverage.xml": "", "y.pkl": "",
    "setup.py": TRAP, "conftest.py": TRAP, "dvc.yaml": "a: [", "package.json": "[]",
    "requirements.txt": "-r requirements.txt\n-r ../../etc/passwd\n", "Dockerfile": "FROM\n",
    "MODEL_CARD.md": "---\na: [\n---\n", "openapi.yaml": "openapi: 3\npaths: []\n",
    ".github/workflows/ci.yml": "on: [push\n", "slo.yaml": "- 1\n- {}\n", "CODEOWNERS": "*\n\x00",
    "nan.json": '{"params": {"a": NaN}, "metrics": {"b": Infinity}}',
    "experiments/r.json": '{"params": {"a": NaN}, "metrics": {"b": Infinity}}',
    "huge.bin": {"size": 2_000_000_000}, "model.pt": {"size": 2_000_000_000},
    "out": {"link": "/etc"}, "LICENSE": {"link": "/etc/passwd"}, "loop": {"link": "loop"},
    "bytes.py": {"hex": "fffe00"}, "deep.json": {"repeat": "[", "times": 100_000},
}  # fmt: skip


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    folder = tmp_path / "odd"
    files = {n: c.format(folder=folder) if c is TRAP else c for n, c in ODD.items()}
    lay_out(folder, files)
    with open(os.fsencode(folder) + b"/caf\xe9.py", "w") as file:
        file.write("import random\n")
    return folder


@pytest.mark.parametrize("git", [False, True], ids=["no git", "git"])
def test_an_odd_repository_is_audited_and_nothing_in_it_is_run(
    odd: Path, trl4ml: Run, git: bool
) -> None:
    if git:
        (odd / "huge.bin").unlink()
        (odd / "model.pt").unlink()
        lay_out(odd, {}, git=True)
    assert trl4ml("init", ".", cwd=odd).returncode == 0
    done = trl4ml("audit", "--all", cwd=odd)
    assert done.returncode in (0, 1), done.stderr
    assert "the probe broke" not in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert all(c.isprintable() or c == "\n" for c in done.stdout + done.stderr)
    assert not (odd / "sprung").exists()


def test_nothing_at_all_is_below_level_0(tmp_path: Path, trl4ml: Run) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert trl4ml("init").returncode == 0
    done = trl4ml("audit")
    assert done.returncode == 1
    assert "is below level 0" in done.stdout


def test_a_clone_of_this_project_is_audited_straight_away(tmp_path: Path, trl4ml: Run) -> None:
    here = Path(__file__).parent.parent
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{here}", clone], check=True)
    assert trl4ml("init", cwd=clone).returncode == 0
    done = trl4ml("audit", cwd=clone)
    assert done.returncode in (0, 1), done.stderr
    assert done.stderr == ""


def test_a_shallow_clone_is_told_and_never_flattered(tmp_path: Path) -> None:
    lay_out(tmp_path, {"a.py": "", "trl4ml.yaml": "name: p\n"},
            git=[{"commit": "Ada"}, {"write": {"b": ""}, "commit": "Bo"}, {"shallow": True}])  # fmt: skip
    report = run.audit(tmp_path, only=["owners-and-bus-factor"]).report
    assert not report.met


def test_without_home_and_without_git_it_still_works(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, {"a.py": "x = 1\n"}, git=True)
    assert trl4ml("init", PATH="/nonexistent", HOME="/nonexistent").returncode == 0
    done = trl4ml("audit", PATH="/nonexistent", HOME="/nonexistent")
    assert done.returncode in (0, 1)
    told = trl4ml("audit", "--all", "--no-cache", PATH="/nonexistent").stdout
    assert "git is not installed" in " ".join(told.split())


def test_a_run_killed_at_any_instant_is_followed_by_a_good_one(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, {f"m{n}.py": f"import random\nx = {n}\n" for n in range(300)}, git=True)
    trl4ml("init")
    whole = trl4ml("audit", "--format", "json", "--no-cache").stdout
    for delay in (0.15, 0.3, 0.45, 0.6):
        killed = subprocess.Popen([sys.executable, "-m", "trl4ml", "audit", "--no-cache"], cwd=tmp_path,
                                  stdout=subprocess.DEVNULL)  # fmt: skip
        time.sleep(delay)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        done = trl4ml("audit", "--format", "json")
        assert done.stdout == whole
        assert done.stderr == ""


def test_two_audits_at_once_agree(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, {f"m{n}.py": f"import random\nx = {n}\n" for n in range(100)}, git=True)
    trl4ml("init")
    command = [sys.executable, "-m", "trl4ml", "audit", "--format", "json", "--fail-on", "never"]
    both = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) for _ in range(2)]
    one, other = (process.communicate()[0] for process in both)
    assert one == other
    assert [process.returncode for process in both] == [0, 0]
    assert run.audit(tmp_path).asked == 0


IN_A_COMMAND = """
import trl4ml.run
def audit(*given, **named):
    raise KeyboardInterrupt
trl4ml.run.audit = audit
"""
WHILE_STARTING = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "trl4ml.cli":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize("when", [IN_A_COMMAND, WHILE_STARTING], ids=["command", "start"])
def test_interrupting_says_so_and_exits_130(tmp_path: Path, trl4ml: Run, when: str) -> None:
    lay_out(tmp_path, {"sitecustomize.py": when})
    done = trl4ml("audit", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "trl4ml: interrupted\n")


def test_ctrl_c_in_the_middle_leaves_no_traceback_and_a_store_that_reads(tmp_path: Path) -> None:
    lay_out(tmp_path, {f"m{n}.py": "import random\n" * 200 for n in range(3000)})
    start = [sys.executable, "-m", "trl4ml"]
    subprocess.run([*start, "init", tmp_path], check=True, capture_output=True)
    running = subprocess.Popen([*start, "audit", tmp_path], stderr=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, text=True)  # fmt: skip
    time.sleep(0.6)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate()
    assert "Traceback" not in said
    again = run.audit(tmp_path)
    assert again.notices == ()
    assert again.report == run.audit(tmp_path, cache=False).report
