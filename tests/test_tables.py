"""The view `tables`, and what a probe attaches to its evidence."""

import json
import os
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.plugging import plug_in
from trl4ml import cli, run
from trl4ml.asking import parse_yaml
from trl4ml.core.evidence import attached, yes
from trl4ml.core.views import Unreadable
from trl4ml.readers.files import Part
from trl4ml.readers.tree import Tree
from trl4ml.readers.views import Views, changed
from trl4ml.testing import lay_out

CSV = "sex,label\nf,1\n"
ATTACHING = '''"""Why.

How.
"""

from trl4ml.core.evidence import Finding, attached, yes
from trl4ml.core.views import Tables

asks = "There is a table."
version = 1


def run(tables: Tables) -> Finding:
    with open(tables.local("people.csv")) as file:
        return attached(yes("there is a table"), "tables.json", file.read())
'''


def views(folder: Path) -> Views:
    return Views(Part(Tree(folder)), parse_yaml)


def test_a_table_lies_where_a_library_can_open_it_and_counts_as_read(tmp_path: Path) -> None:
    lay_out(tmp_path, {"data/people.csv": CSV})
    seen = views(tmp_path)
    assert Path(seen.tables.local("data/people.csv")).read_text() == CSV
    assert seen.reads() == {"data/people.csv": sha256(CSV.encode()).hexdigest()}
    assert changed(Part(Tree(tmp_path)), seen.trace(), parse_yaml) == ""
    (tmp_path / "data/people.csv").write_text("sex,label\nf,0\n")
    assert changed(Part(Tree(tmp_path)), seen.trace(), parse_yaml) == "data/people.csv changed"


def test_a_table_that_git_ignores_is_found_too(tmp_path: Path) -> None:
    lay_out(tmp_path, {".gitignore": "*.csv\n"}, git=True)
    (tmp_path / "people.csv").write_text(CSV)
    assert Path(views(tmp_path).tables.local("people.csv")).read_text() == CSV


def test_a_link_inside_the_project_is_followed_and_one_that_leaves_it_is_not(
    tmp_path: Path,
) -> None:
    project = tmp_path / "project"
    lay_out(project, {"people.csv": CSV, "in.csv": {"link": "people.csv"}})
    (tmp_path / "secret.csv").write_text("secret")
    (project / "out.csv").symlink_to("../secret.csv")
    assert views(project).tables.local("in.csv") == str(project.resolve() / "people.csv")
    with pytest.raises(Unreadable, match="leaves the project"):
        views(project).tables.local("out.csv")


@pytest.mark.parametrize(
    ("path", "says"),
    [("none.csv", "No such file"), ("../x.csv", "No such file"), ("folder", "regular file")],
)
def test_what_is_no_file_of_the_project_is_unreadable(tmp_path: Path, path: str, says: str) -> None:
    lay_out(tmp_path, {"folder/people.csv": CSV})
    with pytest.raises(Unreadable, match=says):
        views(tmp_path).tables.local(path)


def test_a_name_that_is_not_utf8_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"p\xff.csv")).write_text(CSV)
    with pytest.raises(Unreadable, match="its name is not UTF-8; rename it"):
        views(tmp_path).tables.local("p\\xff.csv")


def test_what_a_probe_attaches_lies_beside_its_evidence_which_names_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = plug_in(tmp_path / "site", "attaching", "attaching_probe", ATTACHING)
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    project = tmp_path / "project"
    own = (
        "checklist: own\nversion: '1'\ntitle: t\nabout: a\nitems:\n- {id: one, level: 0, ask: Is it?, "
        "why: Because., wants: attaching, if_not: {remedy: Do it., effort: hours}}\n"
    )
    config = "name: p\nchecklists: [own.yaml]\n"
    lay_out(project, {"trl4ml.yaml": config, "own.yaml": own, "people.csv": CSV})
    (evidence,) = run.audit(project).report.evidence.values()
    assert evidence.attached == {"tables.json": sha256(CSV.encode()).hexdigest()}
    (kept,) = (project / ".trl4ml/store/evidence").glob("*.tables.json")
    assert kept.read_text() == CSV
    (again,) = run.audit(project).report.evidence.values()
    assert again.attached == evidence.attached
    assert kept.exists(), "a second audit sweeps what nobody refers to, and this is referred to"
    (project / "people.csv").write_text("sex,label\n")
    run.audit(project)
    assert not kept.exists()


def test_an_attachment_is_named_as_a_plain_file() -> None:
    for name in ("../tables.json", "a/b.json", ".json", "tables", "a.b.json", "T.json"):
        with pytest.raises(ValueError, match="attachments"):
            attached(yes("said"), name, "text")
    assert attached(yes("said"), "tables.json", "text").attachments == {"tables.json": "text"}


def test_evidence_without_attachments_is_written_as_it_always_was() -> None:
    assert not {"attached", "attachments"} & set(yes("said").model_dump())


def test_explain_says_where_an_attachment_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{i % 2},{i % 2},{'ab'[i % 3 == 0]}\n" for i in range(90))
    config = (
        "name: p\nchecklists: [own.yaml]\nprobes: {fairness: {predictions: [p.csv], label: y, "
        "prediction: p, by: [group], replicates: 0}}\n"
    )
    own = (
        "checklist: own\nversion: '1'\ntitle: t\nabout: a\nitems:\n- {id: one, level: 0, ask: Is it?, "
        "why: Because., wants: fairness, if_not: {remedy: Do it., effort: hours}}\n"
    )
    files = {"trl4ml.yaml": config, "own.yaml": own, "p.csv": "y,p,group\n" + rows}
    lay_out(tmp_path, files)
    run.audit(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(
        cli.app(["explain", "list"]), ["explain", "fairness", "--format", "json"]
    )
    (where,) = json.loads(done.stdout)["probes"][0]["last"][0]["attached"]
    found = json.loads((tmp_path / where).read_text())
    assert {one["slice"] for one in found["values"]} == {"group=a", "group=b"}
