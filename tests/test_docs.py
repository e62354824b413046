"""Documents are made from the code, and what is committed is what the code says."""

import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from trl4ml import catalogue, examples, fields, reference, resources
from trl4ml.cli import COMMANDS
from trl4ml.core.project import Project
from trl4ml.errors import EXIT_CODES
from trl4ml.load.files import document
from trl4ml.schema import schema

ROOT = Path(__file__).parent.parent
PAGES = {**reference.pages(), **examples.pages()}


ITEMS = [name for name in PAGES if name.startswith("reference/items/")]


@pytest.mark.parametrize("name", [name for name in PAGES if name not in ITEMS])
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    committed = (ROOT / "reports" / name).read_bytes().decode()
    assert committed == PAGES[name], "stale; write it anew with: make docs"


def test_every_item_has_a_page_of_its_own_and_no_other_is_left() -> None:
    folder = ROOT / "reports/reference/items"
    committed = {f"reference/items/{p.name}": p.read_text("utf-8") for p in folder.iterdir()}
    stale = [name for name in {*committed, *ITEMS} if committed.get(name) != PAGES.get(name)]
    assert not stale, "stale; write them anew with: make docs"
    assert len(ITEMS) == len(catalogue.list_items(catalogue.bundled_shelf()))


def test_no_page_of_an_example_is_left_over() -> None:
    folder = ROOT / "reports"
    committed = {p.relative_to(folder).as_posix() for p in (folder / "examples").rglob("*.*")}
    assert committed == {name for name in PAGES if name.startswith("examples/")}


def test_every_page_of_an_example_is_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert text == reference.with_examples(text), "stale; write it anew with: make docs"
    pages = [name for name in PAGES if name.endswith(".md") and name not in ITEMS]
    assert not [name for name in pages if name not in text]


def test_each_item_of_an_example_leads_to_what_it_asks_and_back() -> None:
    item = PAGES["reference/items/tests-pass.md"]
    assert "[diabetes-triage](../../examples/diabetes-triage/items.md#tests-pass): met" in item
    judged = PAGES["examples/diabetes-triage/items.md"]
    assert "(../../reference/items/tests-pass.md)" in judged
    assert "(../probes.md#test-results)" in item
    assert "(items/tests-pass.md)" in PAGES["reference/levels.md"]
    assert "(items/tests-pass.md)" in PAGES["reference/probes.md"]


def test_every_key_of_a_project_is_told() -> None:
    page = PAGES["reference/configuration.md"].replace("&#95;", "_")
    keys = [name for noun in fields.described(Project) for name in noun.fields]
    assert len(keys) > 20
    assert not [one.name for one in keys if f"| {one.name} |" not in page]


def test_the_picture_in_the_readme_is_what_the_command_prints() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text == reference.with_picture(text), "stale; write it anew with: make docs"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"trl4ml {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_exit_code_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"| {code} |" in text for code in EXIT_CODES)


def test_every_room_is_on_the_map_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = [p.name for p in (ROOT / "trl4ml").iterdir() if p.is_dir() and p.name[0] not in "_."]
    modules = [p.name for p in (ROOT / "trl4ml").glob("[a-z]*.py")]
    assert not [name for name in (*rooms, *modules) if f"{name}" not in text]


def test_links_in_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("folder", examples.projects(), ids=lambda p: p.name)
def test_an_example_fits_the_schema_that_editors_use(folder: Path) -> None:
    path = folder / "trl4ml.yaml"
    data = document(path.read_text(encoding="utf-8"), path.name).data
    jsonschema.validate(data, schema("project"))


def test_a_checklist_fits_the_schema_that_editors_use() -> None:
    for path in resources.folder("checklists").glob("*.yaml"):
        jsonschema.validate(document(path.read_text("utf-8"), path.name).data, schema("checklist"))


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "reference" / "probes.html").is_file()
