"""`new`: a probe or a checklist that works at once, and nothing that was there is touched."""

import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

from tests.conftest import Run
from trl4ml import drafting
from trl4ml.errors import WrongInput
from trl4ml.load.files import checklist
from trl4ml.loading import CONFIG

ROOT = Path(__file__).parent.parent
PACKAGE = ["README.md", "pyproject.toml", "tests/cases.yaml", "tests/test_data_fresh.py",
           "trl4ml_data_fresh.py"]  # fmt: skip


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of trl4ml's own repository as its probes and their tests need."""
    folder = tmp_path / "checkout"
    (folder / "tests/cases").mkdir(parents=True)
    for name in ("trl4ml", "templates", "checklists"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "tests/test_cases.py"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def python(*arguments: str | Path, cwd: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=cwd, env=env, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def refused(*arguments: str, says: str, trl4ml: Run) -> None:
    done = trl4ml("new", *arguments)
    assert done.returncode == 2
    assert done.stderr == f"trl4ml: {says}\n"
    assert done.stdout == ""


# ── probes ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_in_a_checkout_a_probe_is_a_module_and_cases_that_pass(checkout: Path) -> None:
    inside = checkout / "trl4ml/core"
    done = python("-m", "trl4ml", "new", "probe", "data-fresh", cwd=inside, path=str(checkout))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "../probes/data_fresh.py\n../../tests/cases/data-fresh.yaml\n"
    assert done.stderr == "next: pytest tests/test_cases.py -k data-fresh\n"
    tests = ["tests/test_cases.py", "-k", "data-fresh", "-p", "no:cacheprovider"]
    done = python("-m", "pytest", *tests, cwd=checkout, path=str(checkout))
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[0].startswith("....... "), done.stdout
    done = python("-m", "trl4ml", "explain", "data-fresh", cwd=checkout, path=str(checkout))
    assert "data-fresh: a probe of trl4ml " in done.stdout


def test_the_new_module_is_as_clean_as_the_others(checkout: Path, tmp_path: Path) -> None:
    modules = []
    for name in ("a", "a" * 60):
        draft = drafting.draft_probe(name, tmp_path)
        modules.append(checkout / f"trl4ml/probes/{name}.py")
        modules[-1].write_text(draft.files[tmp_path / f"trl4ml-{name}/trl4ml_{name}.py"])
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = python("-m", "ruff", *command, *modules, cwd=checkout)
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_new_module_is_typed_like_the_others(checkout: Path) -> None:
    python("-m", "trl4ml", "new", "probe", "data-fresh", cwd=checkout, path=str(checkout))
    done = python("-m", "mypy", "trl4ml/probes/data_fresh.py", cwd=checkout)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_elsewhere_a_probe_is_a_package_whose_tests_pass(trl4ml: Run, tmp_path: Path) -> None:
    done = trl4ml("new", "probe", "data-fresh")
    assert done.returncode == 0
    assert sorted(done.stdout.splitlines()) == [f"trl4ml-data-fresh/{one}" for one in PACKAGE]
    assert done.stderr == "next: cd trl4ml-data-fresh && pip install -e '.[test]' && pytest\n"
    folder = tmp_path / "trl4ml-data-fresh"
    path = f"{folder}{os.pathsep}{installed_by_hand(folder, tmp_path / 'site')}"
    done = python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder, path=path)
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout
    done = python("-m", "trl4ml", "explain", "data-fresh", cwd=folder, path=path)
    assert "data-fresh: a probe of trl4ml-data-fresh 0.1.0, version 1" in done.stdout


def installed_by_hand(package: Path, site: Path) -> Path:
    """What an editable installation leaves behind: the name, the version, the entry point."""
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(about)
    lines = [
        line
        for group, points in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {module}" for name, module in points.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return site


@pytest.mark.slow
def test_the_package_installs_and_its_tests_pass(trl4ml: Run, tmp_path: Path) -> None:
    assert trl4ml("new", "probe", "data-fresh").returncode == 0
    folder, home = tmp_path / "trl4ml-data-fresh", tmp_path / "venv"
    venv.create(home, with_pip=True)
    own = next(home.glob("lib/python*/site-packages"))
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (own / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    install = ["-m", "pip", "install", "--no-index", "--no-build-isolation", ".[test]"]
    for command in (install, ["-m", "pytest", "-q"]):
        done = subprocess.run(
            [home / "bin/python", *command], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout


def test_a_probe_may_be_made_in_another_folder(trl4ml: Run, tmp_path: Path) -> None:
    done = trl4ml("new", "probe", "data-fresh", "--into", "my probes/new", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "my probes/new/trl4ml-data-fresh") == PACKAGE
    assert "cd 'my probes/new/trl4ml-data-fresh' && " in done.stdout
    assert done.stderr == ""


# ── checklists ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / CONFIG).write_text("name: tiny\n")
    (tmp_path / "deep/er").mkdir(parents=True)
    return tmp_path


def test_a_checklist_lies_beside_the_project_and_works_once_in_force(
    trl4ml: Run, project: Path
) -> None:
    (project / CONFIG).write_text("name: tiny\nchecklists: [own.yaml]\n")
    text = drafting.draft_checklist("own", project).files[project / "own.yaml"]
    (project / "own.yaml").write_text(text)
    done = trl4ml("new", "checklist", "team", cwd=project / "deep/er")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "../../checklists/team.yaml\n"
    force = "checklists: [own.yaml, checklists/team.yaml]"
    assert done.stderr == f"next: to put it in force, write in trl4ml.yaml  {force}\n"
    (project / CONFIG).write_text(f"name: tiny\n{force}\n")
    done = trl4ml("audit", "--all", "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    assert "team-history: the project lies in no git repository" in done.stdout
    assert "team-licensed (advisory): " in done.stdout
    assert trl4ml("list", "items", "--checklist", "team").stdout.count("team-") == 2


@pytest.mark.parametrize("name", ["a", "null", "true", "class", "policy", "x" * 60, "e5-7"])
def test_whatever_its_name_a_new_checklist_loads_without_complaint(
    name: str, tmp_path: Path
) -> None:
    (text,) = drafting.draft_checklist(name, tmp_path).files.values()
    made = checklist(text, "new.yaml")
    assert made.checklist == name
    assert [item.id for item in made.items] == [f"{name}-history", f"{name}-licensed"]


def test_a_checklist_outside_a_project_is_told_where_to_go(trl4ml: Run, tmp_path: Path) -> None:
    done = trl4ml("new", "checklist", "team", "--into", "lists")
    assert done.returncode == 0
    assert files(tmp_path / "lists") == ["team.yaml"]
    says = "to put it in force, copy it into a project and name it in trl4ml.yaml, at checklists"
    assert done.stderr == f"next: {says}\n"


def test_without_a_project_a_checklist_needs_a_folder(trl4ml: Run) -> None:
    refused("checklist", "team", trl4ml=trl4ml, says=(
        "new checklist team: there is no trl4ml.yaml here or above to put it beside; "
        "make one with: trl4ml init, or give a folder with --into"
    ))  # fmt: skip


def test_a_project_with_a_fault_still_gets_its_checklist(trl4ml: Run, project: Path) -> None:
    (project / CONFIG).write_text("nme: tiny\n")
    done = trl4ml("new", "checklist", "team")
    assert done.returncode == 0
    assert "checklists: [mltrl, checklists/team.yaml]" in done.stderr


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["probe", "checklist"])
@pytest.mark.parametrize(
    "name",
    ["Data", "data_fresh", "data fresh", "2nd", "a--b", "a-", "a/b", "../a", "ä", "", "x" * 61,
     "a\n", "{{a}}"],
)  # fmt: skip
def test_a_name_that_breaks_the_rule_is_told_the_rule(kind: str, name: str, tmp_path: Path) -> None:
    draft = drafting.draft_probe if kind == "probe" else drafting.draft_checklist
    with pytest.raises(WrongInput) as error:
        draft(name, tmp_path)
    assert str(error.value) == f"'{name}' is no name: {drafting.RULE}"
    assert "joined by single hyphens, begins with a letter" in drafting.RULE


def test_a_name_with_a_meaning_of_its_own_is_refused(trl4ml: Run) -> None:
    for name in ("class", "true", "policy", "component"):
        says = f"new probe {name}: '{name}' means something else in an item's `wants`; "
        with pytest.raises(WrongInput) as error:
            drafting.draft_probe(name)
        assert str(error.value) == f"{says}choose another name"


def test_the_name_of_an_existing_one_is_refused(trl4ml: Run, project: Path) -> None:
    from trl4ml import __version__

    refused("probe", "license-file", trl4ml=trl4ml, says=(
        f"new probe license-file: there is one already, from trl4ml {__version__}; "
        "choose another name"
    ))  # fmt: skip
    refused("checklist", "mltrl", trl4ml=trl4ml, says=(
        "new checklist mltrl: one of that name comes with trl4ml; choose another"
    ))  # fmt: skip
    assert files(project) == [CONFIG]


def test_nothing_that_is_there_is_overwritten(trl4ml: Run, project: Path, checkout: Path) -> None:
    (project / "checklists").mkdir()
    (project / "checklists/team.yaml").write_text("mine")
    stays = "is already there and stays as it is; choose another name"
    refused("checklist", "team", trl4ml=trl4ml, says=f"{project}/checklists/team.yaml: {stays}")
    assert (project / "checklists/team.yaml").read_text() == "mine"
    (project / "trl4ml-data-fresh").mkdir()
    refused("probe", "data-fresh", trl4ml=trl4ml, says=f"trl4ml-data-fresh: {stays}")
    cases = checkout / "tests/cases/data-fresh.yaml"
    cases.symlink_to("nowhere")
    done = python("-m", "trl4ml", "new", "probe", "data-fresh", cwd=checkout, path=str(checkout))
    assert done.returncode == 2
    assert done.stderr == f"trl4ml: {cases}: {stays}\n"
    assert not (checkout / "trl4ml/probes/data_fresh.py").exists()


def test_a_folder_that_cannot_be_made_leaves_nothing_behind(trl4ml: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for kind, why in (("probe", "Not a directory"), ("checklist", "File exists")):
        done = trl4ml("new", kind, "data-fresh", "--into", "file")
        assert done.returncode == 2
        assert f"cannot be written ({why}); nothing was" in done.stderr
    assert files(tmp_path) == ["file"]


def test_a_write_that_fails_half_way_is_undone(tmp_path: Path) -> None:
    draft = drafting.Draft({tmp_path / "new/a": "a", tmp_path / f"new/{'x' * 300}": "b"}, "")
    with pytest.raises(WrongInput, match="File name too long"):
        drafting.write(draft)
    assert list(tmp_path.iterdir()) == []
