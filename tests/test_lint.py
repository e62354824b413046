"""`trl4ml lint`: every fault of every file given at once, quiet when there is none."""

from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, Run
from trl4ml.testing import lay_out

OWN = """checklist: own
version: "1"
title: Ours
about: What we ask.
items:
  - id: owned
    level: 0
    ask: Is it owned?
    why: Somebody answers.
    wants: license_file
    if_not: {remedy: Write it down., effort: minutes}
"""
CONFIG = (
    "name: shop\nchecklists: [own.yaml]\nregisters: {assumptions: registers/assumptions.yaml}\n"
)
ASSUMPTIONS = """- id: same-sensors
  statement: The sensors stay the same.
  kind: data
  level: 4
  owner: Ada
  check: license_file
  status: holds
  last_verified: 2026-11-01
  expires: 2027-05-01
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    lay_out(folder, {"trl4ml.yaml": CONFIG, "own.yaml": OWN, "notes.md": "",
                     "registers/assumptions.yaml": ASSUMPTIONS})  # fmt: skip
    return folder


def answered(trl4ml: Run, shop: Path) -> Path:
    done = trl4ml("answer", "owned", "yes", "--note", "it is in the wiki", "--by", "Ada", cwd=shop)
    assert done.returncode == 0, done.stderr
    (record,) = (shop / ".trl4ml" / "answers" / "owned").iterdir()
    return record


def test_good_files_are_quiet(shop: Path, trl4ml: Run) -> None:
    for files in (["trl4ml.yaml"], ["own.yaml", "registers/assumptions.yaml"], ["."]):
        done = trl4ml("lint", *files, cwd=shop)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_fault_of_every_file_comes_at_once(shop: Path, trl4ml: Run) -> None:
    (shop / "trl4ml.yaml").write_text(CONFIG + "ownrs: [Ada]\n")
    (shop / "own.yaml").write_text(OWN.replace("level: 0", "level: zero").replace("ask:", "aks:"))
    done = trl4ml("lint", "shop/trl4ml.yaml", "shop/own.yaml", cwd=shop.parent)
    assert done.returncode == 2
    assert "shop/trl4ml.yaml:4:1: unknown key 'ownrs'; did you mean 'owners'?" in done.stderr
    assert "shop/own.yaml:7:12: items.0.level: should be a whole number" in done.stderr
    assert "shop/own.yaml:8:5: unknown key 'aks'; did you mean 'ask'?" in done.stderr


def test_a_fault_in_one_file_hides_none_in_the_others(shop: Path, trl4ml: Run) -> None:
    register = "registers/assumptions.yaml"
    (shop / register).write_text(ASSUMPTIONS.replace("level: 4", "level: 12"))
    (shop / "own.yaml").write_text(OWN.replace("level: 0", "level: zero"))
    (shop / "debts.yaml").write_text("owner: Ada\nreason: short\nuntil: 2027-01-31\n")
    for config in (CONFIG, CONFIG + "ownrs: [Ada]\n"):
        (shop / "trl4ml.yaml").write_text(config + "policy: {baseline: debts.yaml}\n")
        done = trl4ml("lint", "trl4ml.yaml", "own.yaml", register, "debts.yaml", cwd=shop)
        assert done.returncode == 2
        assert ("unknown key 'ownrs'" in done.stderr) is ("ownrs" in config)
        assert "own.yaml:7:12: items.0.level: should be a whole number" in done.stderr
        assert f"{register}:4:10: entries.0.level: should be at most 9" in done.stderr
        assert "debts.yaml:2:9: reason: should have at least 10 characters" in done.stderr
        assert done.stderr.count("debts.yaml") == 1


def test_a_checklist_that_nobody_names_is_checked_by_itself(shop: Path, trl4ml: Run) -> None:
    (shop / "more.yaml").write_text(OWN.replace("effort: minutes", "effort: years"))
    done = trl4ml("lint", "more.yaml", cwd=shop)
    assert done.returncode == 2
    assert "more.yaml:11:46: items.0.if_not.effort: should be" in done.stderr


def test_a_checklist_that_nobody_names_asks_for_probes_that_exist(shop: Path, trl4ml: Run) -> None:
    (shop / "more.yaml").write_text(OWN.replace("license_file", "licence_file"))
    done = trl4ml("lint", "more.yaml", cwd=shop)
    assert done.returncode == 2
    assert "wants probe 'licence-file'; did you mean 'license-file'?" in done.stderr


def test_a_register_is_checked_with_its_line(shop: Path, trl4ml: Run) -> None:
    path = shop / "registers" / "assumptions.yaml"
    path.write_text(ASSUMPTIONS.replace("level: 4", "level: 12"))
    done = trl4ml("lint", "registers/assumptions.yaml", cwd=shop)
    assert done.returncode == 2
    assert "registers/assumptions.yaml:4:10" in done.stderr


def test_a_record_that_was_edited_is_found_out(shop: Path, trl4ml: Run) -> None:
    (shop / "own.yaml").write_text(OWN.replace("license_file", "answer"))
    record = answered(trl4ml, shop)
    assert trl4ml("lint", record.relative_to(shop), cwd=shop).returncode == 0
    record.write_text(record.read_text().replace("wiki", "vault"))
    done = trl4ml("lint", record.relative_to(shop), cwd=shop)
    assert done.returncode == 2
    assert "was changed after it was written" in done.stderr


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere.yaml", "nowhere.yaml: there is no such file; give one that exists"),
        ("notes.md", "notes.md: nothing that trl4ml reads"),
        ("registers", "registers: holds no trl4ml.yaml; give files, or a project's folder"),
        (".trl4ml/answers/x.json", "lies where no record belongs"),
    ],
)
def test_what_is_no_file_of_ours_is_refused(shop: Path, trl4ml: Run, name: str, says: str) -> None:
    lay_out(shop, {".trl4ml/answers/x.json": "{}"})
    done = trl4ml("lint", name, cwd=shop)
    assert done.returncode == 2
    assert says in done.stderr


def test_a_file_outside_every_project_is_refused(tmp_path: Path, trl4ml: Run) -> None:
    (tmp_path / "loose.yaml").write_text("a: b\n")
    done = trl4ml("lint", "loose.yaml")
    assert done.returncode == 2
    assert "loose.yaml: no trl4ml.yaml lies above it; make one with: trl4ml init" in done.stderr


def test_no_file_is_no_check(trl4ml: Run) -> None:
    done = trl4ml("lint")
    assert done.returncode == 2
    assert "nothing was checked: name the files" in done.stderr


def test_a_hook_takes_a_file_in_a_folder_that_looks_like_an_option(shop: Path, trl4ml: Run) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    entries = [one["entry"].split() for one in hooks if one.get("pass_filenames", True)]
    assert len(entries) == 2
    (shop / "--help").mkdir()
    (shop / "--help" / "trl4ml.yaml").write_text("nam: shop\n")
    for _, *words in entries:
        done = trl4ml(*words, "--help/trl4ml.yaml", cwd=shop)
        assert done.returncode == 2
        assert "--help/trl4ml.yaml:1:1: unknown key 'nam'; did you mean 'name'?" in done.stderr


def test_the_folder_above_may_hold_the_project(shop: Path, trl4ml: Run) -> None:
    done = trl4ml("lint", "assumptions.yaml", cwd=shop / "registers")
    assert (done.returncode, done.stderr) == (0, "")


def test_no_bytes_make_a_traceback(shop: Path, trl4ml: Run) -> None:
    for content in (b"", b"\xff\xfe", b"[" * 100, b"a: &b [*b]", b"checklist: [", b"\x00"):
        (shop / "own.yaml").write_bytes(content)
        done = trl4ml("lint", "own.yaml", "trl4ml.yaml", cwd=shop)
        assert done.returncode == 2, content
        assert "own.yaml" in done.stderr
        assert "Traceback" not in done.stderr
