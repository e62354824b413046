"""`doctor`: what is installed, what is missing, what each extra would add."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.plugging import plug_in
from trl4ml import __version__, doctoring, resources
from trl4ml.doctoring import Requirement, State, parsed

ROOT = Path(__file__).parent.parent


def checks(here: Path | None = None) -> dict[str, doctoring.Check]:
    return {check.what: check for check in doctoring.examine(here)}


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_core_that_works_exits_with_0(trl4ml: Run) -> None:
    done = trl4ml("doctor")
    assert done.returncode == 0
    assert done.stdout.startswith("trl4ml works here")
    assert f"ok trl4ml {__version__}, from " in flat(done.stdout)
    assert done.stderr == ""


def test_the_same_is_said_as_json(trl4ml: Run) -> None:
    whole = json.loads(trl4ml("doctor", "--format", "json").stdout)
    assert whole["works"] is True
    by_name = {check["what"]: check for check in whole["checks"]}
    assert by_name["Python"]["says"] == f"{sys.version.split()[0]}, {sys.executable}"
    assert by_name["trl4ml"]["says"] == f"{__version__}, from {resources.PACKAGE}"
    assert f"pydantic {metadata.version('pydantic')}" in by_name["core"]["says"]
    assert by_name["plug-ins"]["says"] == "none"
    assert "store" not in by_name


def test_every_extra_has_one_sentence_that_says_what_it_adds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert doctoring.ADDS.keys() == project["optional-dependencies"].keys()
    for sentence in doctoring.ADDS.values():
        assert sentence.endswith(".")
        assert sentence.count(". ") == 0


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("typer>=0.16", Requirement("typer", (), "", False)),
        ("mkdocs<2,>=1.6.1; extra == 'site'", Requirement("mkdocs", (), "site", False)),
        ('mkdocs ; extra == "site"', Requirement("mkdocs", (), "site", False)),
        ("trl4ml[site,sign]; extra=='all'", Requirement("trl4ml", ("site", "sign"), "all", False)),
        (
            "tomli>=2; (python_version < '3.12') and extra == 'x-y'",
            Requirement("tomli", (), "x-y", True),
        ),
        ("a.b_c-d", Requirement("a.b_c-d", (), "", False)),
        ("pkg @ https://x.org/p.zip ; sys_platform == 'win32'", Requirement("pkg", (), "", True)),
    ],
)
def test_a_requirement_is_read_without_a_library(line: str, requirement: Requirement) -> None:
    assert parsed(line) == requirement


def test_an_extra_that_is_missing_is_shown_with_its_install_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = ["typer", "not-there>=1; extra == 'site'", "typer; extra == 'plain'",
             "trl4ml[site,plain]; extra == 'all'", "gone; extra == 'odd' and os_name == 'nt'",
             "trl4ml[loop]; extra == 'loop'"]  # fmt: skip
    monkeypatch.setattr(metadata, "requires", lambda _: lines)
    monkeypatch.setattr(doctoring, "ADDS", {"site": "Makes pages."})
    found = checks()
    assert found["[site]"] == (
        State.MISSING, "[site]",
        "Makes pages. Add it with: pip install 'trl4ml[site]' (not-there)",
    )  # fmt: skip
    says = "Add it with: pip install 'trl4ml[all]' (not-there)"
    assert found["[all]"] == (State.MISSING, "[all]", says)
    assert found["[plain]"].state is State.OK
    assert found["[odd]"].state is State.OK
    assert found["[loop]"].state is State.OK


def test_a_missing_package_of_the_core_exits_with_1(trl4ml: Run, tmp_path: Path) -> None:
    site = Path(sysconfig.get_paths()["purelib"])
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    for entry in site.iterdir():
        if not entry.name.startswith(("rfc8785", "__pycache__")):
            (fewer / entry.name).symlink_to(entry)
    python = [sys.executable, "-S", "-m", "trl4ml", "doctor"]
    env = {**os.environ, "PYTHONPATH": f"{fewer}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        python, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("trl4ml does not work here: core.\n")
    assert "rfc8785 not installed; repair it with: pip install trl4ml" in flat(done.stdout)


def test_git_is_looked_for_and_only_warned_about(
    trl4ml: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = trl4ml("doctor", PATH=str(tmp_path))
    assert done.returncode == 0
    assert done.stdout.startswith("trl4ml works here; look at git")
    says = "warning git not found: probes of the history answer unknown; install git"
    assert says in flat(done.stdout)
    broken = tmp_path / "git"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checks()["git"].says.startswith("does not run (CalledProcessError)")
    monkeypatch.undo()
    if shutil.which("git"):
        assert checks()["git"].state is State.OK


def test_a_copy_that_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    core = checks()["core"]
    assert core.state is State.WARNING
    assert "is not installed, it only lies on the path" in core.says


def test_folders_that_are_missing_break_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "folder", lambda name: tmp_path / name)
    (tmp_path / "templates").mkdir()
    for name in ("checklists", "templates"):
        check = checks()[name]
        assert check.state is State.BROKEN
        assert check.says == f"{tmp_path / name} is missing or empty; install trl4ml again"


def test_plug_ins_are_named_with_their_supplier(trl4ml: Run, tmp_path: Path) -> None:
    path = str(plug_in(tmp_path / "site", "their-probe", "their_probe"))
    done = trl4ml("doctor", PYTHONPATH=path)
    assert done.returncode == 0
    assert "ok plug-ins their-probe (trl4ml-x 1.0)" in flat(done.stdout)


def test_a_clash_of_plug_ins_is_shown(trl4ml: Run, tmp_path: Path) -> None:
    site = plug_in(tmp_path / "site", "theirs", "one")
    plug_in(site, "theirs", "two", by="trl4ml-y")
    done = trl4ml("doctor", PYTHONPATH=str(site))
    assert done.returncode == 1
    assert done.stdout.startswith("trl4ml does not work here: plug-ins.\n")
    text = flat(done.stdout)
    assert "two probes are called 'theirs': from trl4ml-" in text
    assert "uninstall one of them" in text


def test_a_plug_in_that_cannot_be_found_or_loaded_is_shown(trl4ml: Run, tmp_path: Path) -> None:
    site = plug_in(tmp_path / "gone", "theirs", "not_there", code=None)
    done = trl4ml("doctor", PYTHONPATH=str(site))
    assert done.returncode == 1
    says = "names the module not_there, which cannot be found; reinstall or uninstall"
    assert says in flat(done.stdout)
    site = plug_in(tmp_path / "odd", "theirs", "package.probe", code=None)
    (site / "package").mkdir()
    (site / "package/__init__.py").write_text("raise RuntimeError('odd')")
    done = trl4ml("doctor", PYTHONPATH=str(site))
    assert done.returncode == 1
    assert "names the module package.probe, which cannot be found" in flat(done.stdout)


def test_the_store_of_the_project_here_is_looked_at(tmp_path: Path) -> None:
    assert checks(tmp_path)["store"].says == f"{tmp_path}/.trl4ml/store, will be made by an audit"
    store = tmp_path / ".trl4ml/store"
    store.mkdir(parents=True)
    assert checks(tmp_path)["store"].says == f"{store}, readable and writable"
    (store / "state.json").write_text("{")
    check = checks(tmp_path)["store"]
    assert check.state is State.WARNING
    assert check.says == f"{store}/state.json: not readable as state; all probes run again"


def test_a_store_that_cannot_be_written_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    check = checks(tmp_path)["store"]
    assert check.state is State.WARNING
    assert check.says == f"{tmp_path} cannot be written: every audit asks every probe again"


def test_a_file_in_the_place_of_the_store_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / ".trl4ml").write_text("")
    assert checks(tmp_path)["store"].state is State.WARNING


def test_the_project_is_found_upwards(tmp_path: Path, trl4ml: Run) -> None:
    (tmp_path / "trl4ml.yaml").write_text("name: tiny\n")
    (tmp_path / "deep").mkdir()
    done = trl4ml("doctor", "--format", "json", cwd=tmp_path / "deep")
    (store,) = (one for one in json.loads(done.stdout)["checks"] if one["what"] == "store")
    assert store["says"] == f"{tmp_path}/.trl4ml/store, will be made by an audit"
