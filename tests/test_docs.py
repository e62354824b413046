"""Documents are made from the code, and what is committed is what the code says."""

import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from trl4ml import catalogue, reference, resources
from trl4ml.cli import COMMANDS
from trl4ml.errors import EXIT_CODES
from trl4ml.load.files import document
from trl4ml.schema import schema

ROOT = Path(__file__).parent.parent
PAGES = {**reference.pages(), **reference.examples()}


ITEMS = [name for name in PAGES if name.startswith("reference/items/")]


@pytest.mark.parametrize("name", [name for name in PAGES if name not in ITEMS])
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    committed = (ROOT / "reports" / name).read_text(encoding="utf-8")
    assert committed == PAGES[name], "stale; write it anew with: make docs"


def test_every_item_has_a_page_of_its_own_and_no_other_is_left() -> None:
    folder = ROOT / "reports/reference/items"
    committed = {f"reference/items/{p.name}": p.read_text("utf-8") for p in folder.iterdir()}
    stale = [name for name in {*committed, *ITEMS} if committed.get(name) != PAGES.get(name)]
    assert not stale, "stale; write them anew with: make docs"
    assert len(ITEMS) == len(catalogue.list_items(catalogue.bundled_shelf()))


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


@pytest.mark.parametrize("folder", reference.projects(), ids=lambda p: p.name)
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
    assert (tmp_path / "site" / "reference" / "probes" / "index.html").is_file()
