"""The pytest plug-in: a mark becomes evidence for an item, at no cost to other tests."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run
from trl4ml.testing import lay_out

TESTS = """
import pytest

@pytest.mark.trl4ml("style-clean")
def test_style():
    pass

@pytest.mark.trl4ml("style-clean", "load-test", environment="shadow")
@pytest.mark.parametrize("n", [1, 2])
def test_load(n):
    assert n < {most}

@pytest.mark.trl4ml("fuzzed")
@pytest.mark.skip(reason="later")
def test_fuzz():
    pass

def test_other():
    pass
"""


def pytest_run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-p", "no:cacheprovider",
         "-p", "no:hypothesispytest", "-W", "error", "--rootdir", str(folder), *more, str(folder)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_marked_test_is_evidence_that_an_item_counts(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, {"test_it.py": TESTS.format(most=9), "trl4ml.yaml": "name: p\n"})
    done = pytest_run(tmp_path, "--junitxml=junit.xml")
    assert done.returncode == 0, done.stdout
    assert "items of trl4ml" not in done.stdout
    shown = trl4ml(
        "audit", "--only", "test-results", "--format", "json", "--fail-on", "never"
    ).stdout
    assert '"item_style_clean"' in shown
    assert '"item_load_test"' in shown
    assert '"shadow"' in shown


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_the_run_says_which_items_it_supports(tmp_path: Path, workers: tuple[str, ...]) -> None:
    lay_out(tmp_path, {"test_it.py": TESTS.format(most=2)})
    done = pytest_run(tmp_path, "--trl4ml", *workers)
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if "supported" in line]
    assert lines == [
        "not supported  fuzzed  (1 skipped)",
        "not supported  load-test  (1 failed, 1 passed)",
        "not supported  style-clean  (1 failed, 2 passed)",
    ]


def test_a_run_that_passes_supports_its_items(tmp_path: Path) -> None:
    lay_out(tmp_path, {"test_it.py": TESTS.format(most=9)})
    assert "supported      load-test  (2 passed)" in pytest_run(tmp_path, "--trl4ml").stdout
    lay_out(tmp_path, {"test_it.py": "def test_a(): pass\n"})
    assert "no test of this run is marked" in pytest_run(tmp_path, "--trl4ml").stdout


ENDS = """
import pytest
pytestmark = pytest.mark.trl4ml("whole-file")

@pytest.mark.trl4ml("twice")
class TestIt:
    @pytest.mark.trl4ml("twice")
    def test_a(self): pass

@pytest.mark.trl4ml("known-hole")
@pytest.mark.xfail(reason="known")
def test_hole(): assert 0

@pytest.mark.trl4ml("known-hole")
def test_beside(): pass

@pytest.mark.trl4ml("filled-hole")
@pytest.mark.xfail(reason="known")
def test_filled(): pass

@pytest.mark.trl4ml("elsewhere-too")
def test_elsewhere(): pytest.skip("not here")

@pytest.mark.trl4ml("elsewhere-too")
def test_here(): pass

@pytest.fixture
def cleaning():
    yield
    raise OSError("still open")

@pytest.mark.trl4ml("cleans-up")
def test_cleaning(cleaning): pass
"""


def test_what_the_run_says_is_what_the_evidence_says(tmp_path: Path, trl4ml: Run) -> None:
    """A test that is expected to fail, and does, proves nothing; nor does one that was skipped."""
    lay_out(tmp_path, {"test_it.py": ENDS, "trl4ml.yaml": "name: p\n"})
    done = pytest_run(tmp_path, "--trl4ml", "--junitxml=junit.xml")
    assert [line for line in done.stdout.splitlines() if "supported" in line] == [
        "not supported  cleans-up  (1 error, 1 passed)",
        "supported      elsewhere-too  (1 passed, 1 skipped)",
        "supported      filled-hole  (1 xpassed)",
        "not supported  known-hole  (1 passed, 1 xfailed)",
        "supported      twice  (1 passed)",
        "not supported  whole-file  (1 error, 4 passed, 1 skipped, 1 xfailed, 1 xpassed)",
    ]
    shown = trl4ml("audit", "--only", "test-results", "--format", "json", "--fail-on", "never")
    found = json.loads(shown.stdout)["report"]["evidence"].values()
    (one,) = (one for one in found if one["probe"] == "test-results")
    told = {name: m["value"] for name, m in one["measures"].items() if name.startswith("item_")}
    assert told == {
        "item_cleans_up": 0,
        "item_elsewhere_too": 1,
        "item_filled_hole": 1,
        "item_known_hole": 0.5,
        "item_twice": 1,
        "item_whole_file": 4 / 6,
    }


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        ("()", "mark it as in @pytest.mark.trl4ml('item-id')"),
        ("('Style Clean')", "trl4ml list items names them"),
        ("(7)", "mark it as in"),
        ("('a', enviroment='lab')", "mark it as in"),
        (
            "('a', environment='moon')",
            "environment 'moon' is not one of synthetic, simulation, lab",
        ),
    ],
)
def test_a_mark_that_says_nothing_ends_the_run(tmp_path: Path, mark: str, says: str) -> None:
    code = f"import pytest\n\n@pytest.mark.trl4ml{mark}\ndef test_a(): pass\n"
    lay_out(tmp_path, {"test_it.py": code})
    done = pytest_run(tmp_path)
    assert done.returncode == 4
    assert says in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_marks_that_name_two_environments_end_the_run(tmp_path: Path) -> None:
    marks = "".join(
        f"@pytest.mark.trl4ml('{id}', environment='{at}')\n"
        for id, at in (("a", "synthetic"), ("b", "production"))
    )
    lay_out(tmp_path, {"test_it.py": f"import pytest\n\n{marks}def test_a(): pass\n"})
    done = pytest_run(tmp_path)
    assert done.returncode == 4
    says = "its marks name production and synthetic; a test runs in one environment"
    assert says in done.stderr + done.stdout


def test_the_plugin_imports_nothing_of_ours(tmp_path: Path) -> None:
    code = "import sys, trl4ml.pytest_plugin; print([m for m in sys.modules if 'trl4ml' in m or m == 'pydantic'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['trl4ml', 'trl4ml.pytest_plugin']\n"
