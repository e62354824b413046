"""What the commands that run all day may import: start-up is what a pre-commit hook pays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_audit import LICENSED
from trl4ml import run
from trl4ml.testing import lay_out

HEAVY = {"numpy", "pandas", "sklearn", "fairlearn", "duckdb", "codecarbon", "mkdocs", "jinja2",
         "rich", "narwhals", "pyarrow", "onnx", "torch", "cryptography"}  # fmt: skip
NOT_WHEN_UNCHANGED = HEAVY | {"yaml", "xml", "tomllib"}


def imported(*arguments: str, cwd: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "trl4ml", *arguments],
        cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip() for line in lines}


def test_the_version_is_answered_before_anything_is_imported(tmp_path: Path) -> None:
    got = {name.split(".")[0] for name in imported("--version", cwd=tmp_path)}
    assert not got & {"typer", "pydantic", "yaml", "argparse", "json", "subprocess", *HEAVY}


@pytest.mark.parametrize("command", ["audit", "gate"])
def test_an_unchanged_project_is_judged_without_yaml_and_without_any_probe(
    tmp_path: Path, command: str
) -> None:
    lay_out(tmp_path, LICENSED, git=True)
    run.audit(tmp_path)
    more = ["--min-level", "0"] if command == "gate" else []
    got = imported(command, *more, cwd=tmp_path)
    assert not {name.split(".")[0] for name in got} & NOT_WHEN_UNCHANGED
    assert not [name for name in got if name.startswith(("trl4ml.probes.", "trl4ml.load.text"))]


def test_importing_the_package_costs_nothing() -> None:
    code = "import sys; before = set(sys.modules); import trl4ml; print(set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'trl4ml'}"


def test_what_is_left_at_the_end_is_not_searched_for_garbage() -> None:
    code = (
        "import gc, sys; sys.argv = ['trl4ml', 'schema']; from trl4ml.__main__ import main\n"
        "try:\n    main()\nfinally:\n    sys.stderr.write(str(gc.get_freeze_count()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, int(done.stderr) > 10_000) == (0, True)


def test_a_library_that_was_used_complains_of_nothing_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sex,label,said\nf,1,1\nm,0,1\n")
    done = subprocess.run(
        [sys.executable, "-m", "trl4ml", "slices", "a.csv", "--by", "sex", "--label", "label",
         "--prediction", "said"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
