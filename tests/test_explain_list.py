"""`list` and `explain`: what there is, and everything about one of it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import Run
from tests.plugging import plug_in
from trl4ml import cli
from trl4ml.catalogue import list_probes, said_by, shelf
from trl4ml.explaining import explain
from trl4ml.loading import all_probes, bundled, checklist_names
from trl4ml.probes import own, own_ids

MINI = """
checklist: mini
version: "1"
title: A small one
about: x
thresholds:
  licences: {value: 1, tightens: up, about: The fewest licence files.}
items:
  - id: licensed
    level: 0
    ask: |
      Is there
      a licence?
    why: Nobody may use it otherwise.
    wants: license_file
    if_not: {remedy: Add one., effort: minutes}
  - id: license-file
    level: 1
    gate: false
    ask: Are there enough licences?
    why: Because.
    wants: license_file.files >= policy.licences
    applies: component.kind == 'model'
    if_not: {remedy: Add more., effort: weeks}
    refs: [One, Two]
    since: "1"
"""
PROJECT = "name: tiny\nchecklists: [mini.yaml]\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "trl4ml.yaml").write_text(PROJECT)
    (tmp_path / "mini.yaml").write_text(MINI)
    (tmp_path / "LICENSE").write_text("MIT License\nPermission is hereby granted, free of charge")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(*arguments: str, code: int = 0, error: str = "") -> str:
    """What the command prints on stdout; its stderr is exactly `error`, or empty."""
    done = CliRunner().invoke(cli.app([arguments[0], "audit"]), list(arguments))
    assert done.exit_code == code, done.output
    assert done.stderr.strip() == error
    return done.stdout


def test_items_are_listed_with_level_kind_id_and_question(project: Path) -> None:
    assert said("list", "items") == (
        "0  gate      licensed      Is there a licence?\n"
        "1  advisory  license-file  Are there enough licences?\n"
    )


@pytest.mark.usefixtures("nowhere")
def test_outside_a_project_all_that_comes_with_trl4ml_is_listed() -> None:
    rows = json.loads(said("list", "items", "--format", "json"))
    every = {item.id for name in checklist_names() for item in bundled(name).items}
    assert {row["id"] for row in rows} == every
    levels = [row["level"] for row in rows]
    assert levels == sorted(levels)
    assert set(levels) == set(range(10))


@pytest.mark.usefixtures("nowhere")
def test_probes_are_listed_with_what_they_ask_and_who_supplies_them() -> None:
    rows = json.loads(said("list", "probes", "--format", "json"))
    assert [row["id"] for row in rows] == list(own_ids())
    assert "license-file" in said("list", "probes")
    assert all(row["asks"] and row["distribution"].startswith("trl4ml ") for row in rows)


@pytest.mark.usefixtures("nowhere")
def test_levels_and_exit_codes_are_listed_without_a_project() -> None:
    levels = said("list", "levels").splitlines()
    assert len(levels) == 10
    assert levels[0].split() == ["0", "First", "Principles", "research"]
    assert said("list", "exit-codes").startswith("0    The gate is met.\n1    ")


def test_checklists_are_listed_with_version_and_number_of_items(project: Path) -> None:
    assert said("list", "checklists") == "mini  1  2  A small one\n"
    assert said("list", "checklists", "--checklist", "mltrl").startswith("mltrl  ")


def test_one_checklist_is_listed_by_its_name(project: Path) -> None:
    assert "licensed" in said("list", "items", "--checklist", "mini")
    assert "licensed" not in said("list", "items", "--checklist", "mltrl")
    asked = said("list", "probes", "--checklist", "mini").split()
    assert asked[0] == "license-file"
    assert "changelog" not in asked


def test_a_checklist_that_does_not_exist_is_named_with_the_nearest(project: Path) -> None:
    says = "trl4ml: --checklist min: no checklist is called so; did you mean 'mini'?"
    assert said("list", "items", "--checklist", "min", code=2, error=says) == ""
    says = "trl4ml: --checklist zzz: no checklist is called so; there is "
    done = CliRunner().invoke(cli.app(["list", "audit"]), ["list", "items", "--checklist", "zzz"])
    assert done.stderr.startswith(says)
    says = "trl4ml: --checklist mini: levels belong to no checklist"
    said("list", "levels", "--checklist", "mini", code=2, error=says)


def test_a_project_with_a_fault_lists_its_probes_but_not_its_items(project: Path) -> None:
    (project / "trl4ml.yaml").write_text(PROJECT + "ownrs: []\n")
    says = "trl4ml: trl4ml.yaml:3:1: unknown key 'ownrs'; did you mean 'owners'?"
    assert said("list", "items", code=2, error=says) == ""
    assert "license-file" in said("list", "probes")


def test_an_item_is_explained_with_all_that_it_holds(project: Path) -> None:
    text = said("explain", "licensed")
    assert text == (
        "licensed: an item of mini 1, level 0, gate\n\n"
        "  asks    Is there a licence?\n"
        "  why     Nobody may use it otherwise.\n"
        "  wants   license_file\n"
        "  probes  license-file: The project has a licence file.\n"
        "  if not  Add one. (minutes)\n"
        "  here    tiny: unknown: no current evidence: it was never gathered; gather it\n"
        "          with: trl4ml audit\n"
    )


def test_what_goes_by_one_id_is_explained_together(project: Path) -> None:
    text = said("explain", "license-file")
    item, probe = text.split("\nlicense-file: a probe")
    assert "license-file: an item of mini 1, level 1, advisory" in item
    assert "  policy  licences is 1: The fewest licence files.\n" in item
    assert "  where   component.kind == 'model'\n" in item
    assert "  refs    One · Two\n  since   1\n" in item
    assert "asked by  licensed, license-file\n" in probe
    found = json.loads(said("explain", "license-file", "--format", "json"))
    assert [len(found[kind]) for kind in ("items", "probes", "levels")] == [1, 1, 0]


def test_a_threshold_that_the_team_tightened_is_told_with_its_default(project: Path) -> None:
    (project / "trl4ml.yaml").write_text(PROJECT + "policy: {thresholds: {licences: 3}}\n")
    says = "licences is 3, tightened from 1: The fewest licence files."
    assert says in said("explain", "license-file")


def test_the_verdict_here_comes_from_stored_evidence(project: Path) -> None:
    said("audit")
    assert "here    tiny: met: LICENSE is a licence file (MIT)" in said("explain", "licensed")
    (project / "LICENSE").unlink()
    assert "here    tiny: unknown: no current evidence" in said("explain", "licensed")


def test_an_item_that_does_not_apply_here_says_so(project: Path) -> None:
    components = "components: [{name: pipeline, kind: data}]\n"
    (project / "trl4ml.yaml").write_text(PROJECT + components)
    says = "here    pipeline: not applicable: applies only where component.kind == 'model'"
    assert says in said("explain", "license-file")


def test_a_probe_is_explained_with_what_it_last_measured_even_when_stale(project: Path) -> None:
    said("audit")
    (project / "LICENSE").unlink()
    text = said("explain", "license_file.files")
    assert "why         Without a licence nobody may reuse, ship or audit the model." in text
    assert text.endswith(
        "  found here  *: yes: LICENSE is a licence file (MIT)\n"
        "              files = 1\n"
        "              licence = MIT\n"
    )


def test_a_broken_store_does_not_stop_an_explanation(project: Path) -> None:
    said("audit")
    (project / ".trl4ml/store/state.json").write_text("{")
    assert "tiny: unknown: " in said("explain", "licensed")
    assert "found here" not in said("explain", "license-file")


@pytest.mark.usefixtures("nowhere")
def test_the_options_of_a_probe_are_explained_with_their_defaults() -> None:
    text = said("explain", "seeds-set", "--format", "json")
    options = json.loads(text)["probes"][0]["options"]
    assert [(one["name"], one["type"], one["default"]) for one in options] == [
        ("ignore", "tuple[str, ...]", "()")
    ]
    assert "options   ignore (tuple[str, ...] = ()): Patterns of" in said("explain", "seeds-set")


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("name", ["3", "level-3", "Level 3", "System(s) Development"])
def test_a_level_is_explained_by_its_number_or_its_name(name: str) -> None:
    text = said("explain", name)
    assert text.startswith("level 3: System(s) Development\n\n  phase      prototyping\n")
    assert "ci-runs-tests (gate): " in text


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("licence-file", "'licence-file'; did you mean 'license-file'?"),
        ("data_crad", "'data_crad'; did you mean 'data-card'?"),
        ("12", "'12'; the levels are 0 to 9"),
        ("zzzzzz", "'zzzzzz'; see: trl4ml list items"),
        ("", "''; see: trl4ml list items"),
        ("\x1b[31m", "'\\x1b[31m'; see: trl4ml list items"),
    ],
)
def test_a_stranger_is_refused_with_the_nearest_name(name: str, says: str) -> None:
    error = f"trl4ml: no item, probe or level is called {says}"
    assert said("explain", name, code=2, error=error) == ""


def test_in_a_project_with_a_fault_an_explanation_is_given_all_the_same(project: Path) -> None:
    (project / "trl4ml.yaml").write_text("name: [\n")
    done = CliRunner().invoke(cli.app(["explain", "audit"]), ["explain", "license-file"])
    assert done.exit_code == 0
    assert done.stderr.startswith("trl4ml.yaml:2:1: ")
    assert done.stderr.endswith(" (so this is from the checklists of trl4ml itself)\n")
    assert "a probe of trl4ml" in done.stdout


def test_escapes_from_the_project_do_not_reach_the_terminal(project: Path) -> None:
    (project / "LICENSE").rename(project / "LICENSE-\x1b[31mred")
    said("audit")
    assert "LICENSE-\\x1b[31mred is a licence file" in said("explain", "licensed")


@pytest.mark.slow
@pytest.mark.usefixtures("nowhere")
def test_everything_that_is_listed_can_be_explained() -> None:
    on = shelf()
    for _, item in on.items():
        assert explain(item.id, on)["items"][0]["ask"]
    for row in list_probes():
        (told,) = explain(row["id"], on)["probes"]
        assert told["why"], row["id"]
        assert told["how"], row["id"]


def test_what_is_read_from_the_file_of_a_probe_is_what_its_module_says() -> None:
    for id in own_ids():
        probe = own(id)
        assert probe
        told = said_by(probe)
        assert told["asks"] == probe.asks, id
        fields = probe.options.model_fields if probe.options else {}
        assert [one["name"] for one in told["options"]] == list(fields), id
        for one in told["options"]:
            assert one["about"], f"{id}: the option {one['name']} needs a docstring below it"


def test_a_probe_of_another_package_is_read_and_never_run(trl4ml: Run, tmp_path: Path) -> None:
    code = '"""Why.\n\nHow."""\nraise SystemExit("was run")\nasks: str = "Is it?"\n'
    path = str(plug_in(tmp_path / "site", "foreign", "foreign_probe", code))
    done = trl4ml("explain", "foreign", PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    assert "foreign: a probe of trl4ml-x 1.0, version 1\n\n  asks      Is it?\n" in done.stdout
    (tmp_path / "site/foreign_probe.py").write_text("def (")
    done = trl4ml("list", "probes", PYTHONPATH=path)
    assert "trl4ml-x 1.0  its file cannot be read (SyntaxError)" in done.stdout


def test_two_probes_of_one_id_are_an_error_that_names_both(trl4ml: Run, tmp_path: Path) -> None:
    path = str(plug_in(tmp_path / "site", "coverage", "their_coverage"))
    done = trl4ml("list", "probes", PYTHONPATH=path)
    assert done.returncode == 2
    assert "two probes are called 'coverage': from trl4ml " in done.stderr
    assert "and from trl4ml-x 1.0; uninstall one of them" in done.stderr


def test_all_probes_are_the_ids_that_are_listed() -> None:
    assert [row["id"] for row in list_probes()] == list(all_probes())
