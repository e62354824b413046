"""The built wheel, in an empty environment, audits a tiny project; and what it weighs."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.test_audit import LICENSED
from trl4ml.testing import lay_out

ROOT = Path(__file__).parent.parent
WHEELS = Path(sys.prefix) / "wheels"
MOST_PACKAGES, MOST_BYTES = 18, 25_000_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    found = folder / "bin" / "python"
    install = ["-m", "pip", "install", "--quiet", "--no-index", "--find-links", str(WHEELS)]
    subprocess.run([found, *install, str(wheel)], check=True, capture_output=True)
    return found


def test_the_wheel_carries_checklists_and_templates_and_nothing_beside_the_package(
    wheel: Path,
) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "trl4ml/_data/checklists/mltrl.yaml" in names
    assert "trl4ml/_data/templates/report.md.j2" in names
    assert "trl4ml/py.typed" in names
    assert {name.split("/")[0] for name in names} == {"trl4ml", next(
        n.split("/")[0] for n in names if ".dist-info" in n)}  # fmt: skip


def test_the_wheel_can_be_built_from_the_sdist(wheel: Path, tmp_path: Path) -> None:
    sdist = next(wheel.parent.glob("*.tar.gz"))
    subprocess.run(["tar", "xf", sdist, "-C", tmp_path], check=True)
    build = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        str(tmp_path / "dist"),
    ]
    subprocess.run(build, cwd=next(tmp_path.glob("trl4ml-*")), check=True, capture_output=True)
    again = next((tmp_path / "dist").glob("*.whl"))
    assert zipfile.ZipFile(again).namelist() == zipfile.ZipFile(wheel).namelist()


def test_a_core_install_is_small(python: Path) -> None:
    code = (
        "import json; from importlib.metadata import distributions\n"
        "sizes = {d.name: sum(f.locate().stat().st_size for f in d.files or []\n"
        "         if f.suffix != '.pyc' and f.locate().exists()) for d in distributions()}\n"
        "print(json.dumps(sizes))"
    )
    done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    sizes = {k: v for k, v in json.loads(done.stdout).items() if k not in ("pip", "setuptools")}
    assert len(sizes) <= MOST_PACKAGES, sorted(sizes)
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_the_installed_wheel_audits_a_project_and_explains_itself(
    python: Path, tmp_path: Path
) -> None:
    lay_out(tmp_path, {**LICENSED, "trl4ml.yaml": "name: tiny\nowners: [Ada]\n"}, git=True)
    command = python.with_name("trl4ml")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([command, *arguments], cwd=tmp_path, capture_output=True, text=True,
                              check=False)  # fmt: skip

    done = run("audit", "--output-format", "markdown=report.md", "--output-format", "text")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("NOT READY  tiny is below level 0.")
    assert (tmp_path / "report.md").read_text().startswith("# tiny: NOT READY")
    said = run("answer", "hypotheses-stated", "yes", "--by", "Ada", "--note", "in the README")
    assert (said.returncode, said.stderr) == (0, "")
    assert "says Ada" in run("audit", "--only", "hypotheses-stated").stdout
    assert "Question 1 of " in run("walk", "--plain", "--by", "Ada").stdout
    assert run("card", "trl", "--out", "-").stdout.startswith("<!-- written by trl4ml card trl")
    assert run("gate", "--min-level", "3").returncode == 1
    assert "tests-of-both-kinds" in run("explain", "tests-of-both-kinds").stdout
    assert run("init", str(tmp_path)).returncode == 2
    assert run("--version").stdout.startswith("trl4ml ")
