"""A site over many projects: what is named is found, one row says how each stands, worst first."""

import json
import re
import shutil
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Run
from tests.making import answer, evidence, item, report
from trl4ml import portfolio, reporting, resources
from trl4ml.core.evidence import Outcome
from trl4ml.core.judging import Told
from trl4ml.core.project import Component, Criticality, Waiver
from trl4ml.core.report import Report
from trl4ml.errors import WrongInput
from trl4ml.portfolio import Kind, laid_out, sources
from trl4ml.render.portfolio import Row, Unreadable, row
from trl4ml.render.portfolio import portfolio as table
from trl4ml.store.made import MANIFEST
from trl4ml.testing import lay_out

TEMPLATES = resources.folder("templates")
YES, NO = evidence("probe-a"), evidence("probe-a", Outcome.NO)
MISSPELT = "trl4ml.yaml:1:1: unknown key 'nam'; did you mean 'name'?"
REMEDY = "give a folder with a trl4ml.yaml, a report as JSON, or a folder that `trl4ml report` has written"


def project(folder: Path, name: str, **more: str) -> Path:
    """A project that is audited in no time: one item, which it meets."""
    own = """\
checklist: own
version: "1"
title: Own
about: one item
items:
  - id: licensed
    level: 0
    ask: Is there a licence?
    why: Nobody may use it otherwise.
    wants: license_file
    if_not: {remedy: Add one., effort: minutes}
    refs: [ours]
"""
    declared = f"name: {name}\nchecklists: [own.yaml]\n"
    lay_out(folder, {"trl4ml.yaml": declared, "own.yaml": own, "LICENSE": "MIT", **more})
    return folder


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two projects, the reported pages of a third, the report of a fourth, and a stray file."""
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two", "three", "four"):
        project(Path("teams") / name, name)
    for name in ("three", "four"):
        reporting.write(reporting.of_project(f"teams/{name}"), Path("reports"))
        shutil.rmtree(f"teams/{name}")
    Path("reports/four/data/audit.json").replace("teams/four.json")
    shutil.rmtree("reports/four")
    Path("teams/README.md").write_text("hello", encoding="utf-8")
    return tmp_path


def test_projects_reports_and_reported_pages_become_one_folder(shelf: Path) -> None:
    found = sources([Path("reports")], ["teams/*"])
    assert [(one.kind, str(one.path)) for one in found.found] == [
        (Kind.PAGES, "reports/three"), (Kind.REPORT, "teams/four.json"),
        (Kind.PROJECT, "teams/one"), (Kind.PROJECT, "teams/two"),
    ]  # fmt: skip
    assert found.left_out == (Path("teams/README.md"),)
    told: list[str] = []
    laid = laid_out(found.found, shelf / "docs", told.append)
    assert [one.project for one in laid.rows] == ["three", "four", "one", "two"]
    assert told == [f"pages of {one.path}" for one in found.found]
    assert laid.nav[0] == "index.md"
    assert [[*one] for one in laid.nav[1:]] == [["four"], ["one"], ["three"], ["two"]]
    assert laid.nav[1]["four"][:2] == ["four/index.md", "four/items.md"]
    page = (shelf / "docs/index.md").read_text(encoding="utf-8")
    for one in laid.rows:
        assert f"[{one.project}]({one.project}/index.md)" in page
        assert (shelf / "docs" / one.project / "index.md").is_file()
        assert (shelf / "docs" / one.project / "data/audit.json").is_file()
    kept = {p.name: p.read_bytes() for p in (shelf / "reports/three").glob("*.md")}
    assert {p.name: p.read_bytes() for p in (shelf / "docs/three").glob("*.md")} == kept


def test_one_project_stands_at_the_top_and_needs_no_table(shelf: Path) -> None:
    laid = laid_out(sources([Path("teams/one")]).found, shelf / "docs")
    assert laid.nav[:3] == ["index.md", "items.md", "evidence.md"]
    assert (shelf / "docs/index.md").read_text(encoding="utf-8").startswith("# one")
    assert not (shelf / "docs/one").exists()


def test_what_is_named_twice_is_there_once_and_a_blank_is_quoted(shelf: Path) -> None:
    project(Path("my teams/five"), "five")
    found = sources([Path("teams/one")], ["teams/one 'my teams/*'", "teams/tw*"])
    assert [str(one.path) for one in found.found] == ["teams/one", "my teams/five", "teams/two"]


@pytest.mark.parametrize(
    ("named", "patterns", "says"),
    [
        (["nowhere"], [], f"nowhere: does not exist; {REMEDY}"),
        (["teams/README.md"], [], f"teams/README.md: is no project and no report; {REMEDY}"),
        (["x" * 300], [], f"{'x' * 200}: cannot be looked into (File name too long); leave it out, or let it be read"),
        ([], ["lost/*"], f"--projects lost/*: nothing matches; {REMEDY}"),
        ([], ["teams/*.md"], f"--projects teams/*.md: none of its 1 matches is one; {REMEDY}"),
        ([], ["'teams"], "--projects 'teams: No closing quotation; close it"),
    ],
)  # fmt: skip
def test_what_is_no_source_is_said_so(
    shelf: Path, named: list[str], patterns: list[str], says: str
) -> None:
    with pytest.raises(WrongInput, match=f"^{re.escape(says)}$"):
        sources([Path(one) for one in named], patterns)


def test_a_broken_project_is_told_beside_the_others(shelf: Path) -> None:
    lay_out(Path("teams/two"), {"trl4ml.yaml": "nam: two\n"})
    page = Path("reports/three/items.md")
    page.write_text(page.read_text("utf-8").replace("met", "MET"), encoding="utf-8")
    laid = laid_out(sources([Path("reports")], ["teams/*"]).found, shelf / "docs")
    assert [one.project for one in laid.rows] == ["four", "one"]
    assert [one.path for one in laid.unreadable] == ["reports/three", "teams/two"]
    edited, broken = (one.says for one in laid.unreadable)
    assert edited == "items.md: was edited since trl4ml made it; make it anew with: trl4ml report"
    assert broken == f"trl4ml.yaml:1:1: name: is missing; {MISSPELT}"
    told = (shelf / "docs/index.md").read_text(encoding="utf-8")
    assert "**2 could not be read** and are not counted" in told
    assert "## Could not be read" in told
    assert not (shelf / "docs/two").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data/own.js", "alert(1)"),
        ("index.html", "<p>"),
        ("own.md", "---\nportfolio: true\n---\n"),
        ("own.md", "\ufeff---\nportfolio: true\n---\n"),
        ("own.md", "portfolio: true\n\n# Own\n"),
    ],
)
def test_a_forged_list_of_files_brings_no_script_into_the_site(
    shelf: Path, name: str, content: str
) -> None:
    folder = Path("reports/three")
    listed = json.loads((folder / MANIFEST).read_text("utf-8"))
    listed["files"][name] = [sha256(content.encode()).hexdigest()]
    lay_out(folder, {MANIFEST: json.dumps(listed), name: content})
    says = f"{folder / name}: is nothing that `trl4ml report` writes; remove it, and make the pages anew"
    with pytest.raises(WrongInput, match=f"^{re.escape(says)}$"):
        laid_out(sources([folder]).found, shelf / "docs")


def test_a_report_that_was_tampered_with_is_not_in_the_table(shelf: Path) -> None:
    path = Path("teams/four.json")
    path.write_text(path.read_text("utf-8").replace('"four"', '"fore"'), encoding="utf-8")
    with pytest.raises(
        WrongInput, match=r"^teams/four\.json: its digest does not match its content"
    ):
        laid_out(sources([path]).found, shelf / "docs")


def test_a_single_project_that_is_broken_is_told_as_the_audit_tells_it(shelf: Path) -> None:
    lay_out(Path("teams/one"), {"trl4ml.yaml": "name: one\nnam: x\n"})
    with pytest.raises(WrongInput, match=f"^{re.escape(MISSPELT.replace(':1:1:', ':2:1:'))}$"):
        laid_out(sources([Path("teams/one")]).found, shelf / "docs")


def test_where_nothing_can_be_read_nothing_is_made(shelf: Path) -> None:
    for name in ("one", "two"):
        lay_out(Path("teams") / name, {"trl4ml.yaml": "nam: x\n"})
    with pytest.raises(WrongInput) as caught:
        laid_out(sources([Path("teams/one"), Path("teams/two")]).found, shelf / "docs")
    says = f"trl4ml.yaml:1:1: name: is missing; {MISSPELT}"
    assert str(caught.value) == f"teams/one: {says}\nteams/two: {says}"
    assert not (shelf / "docs").exists()


def test_two_projects_of_one_name_are_refused(shelf: Path) -> None:
    project(Path("other/one"), "one")
    with pytest.raises(WrongInput) as caught:
        laid_out(sources([], ["teams/one other/*"]).found, shelf / "docs")
    assert str(caught.value) == (
        "teams/one and other/one are both named one; rename one in its trl4ml.yaml, or leave one out"
    )


def test_a_folder_that_cannot_be_written_is_said_so(shelf: Path) -> None:
    (shelf / "docs").write_text("a file", encoding="utf-8")
    with pytest.raises(WrongInput, match=r"docs: cannot be written \(.+\)$"):
        laid_out(sources([Path("teams/one")]).found, shelf / "docs")


def waiver(until: str) -> Waiver:
    day = date.fromisoformat(until)
    return Waiver(item="b", owner="Ana", reason="agreed in the review", until=day)


GATE = [item("a", 0), item("b", 1, "probe_b")]
ANSWERS = Told(answers=[answer("c", days=-3), answer("d", days=2)])
ASKED = [item("a", 0), item("c", 0, "answer"), item("d", 0, "answer")]
ROWS = [
    ("met as far as it is asked", report(GATE[:1], [YES]), {"level": 0, "required": None, "met": True, "verdict": "LEVEL 0"}),
    ("below its entry", report(GATE, [NO], level=1),
     {"level": None, "required": 1, "short_by": 2, "unknown": 1, "verdict": "NOT READY"}),
    ("what the criticality requires", report(GATE, [YES], criticality=Criticality.HIGH),
     {"level": 0, "required": 7, "short_by": 7}),
    ("a waiver that holds", report(GATE, [YES], waivers=[waiver("2027-01-31")], level=1),
     {"waived": 1, "waived_until": "2027-01-31", "lapsed": 0, "met": True}),
    ("a waiver that has ended", report(GATE, [YES], waivers=[waiver("2026-01-31")], level=1),
     {"waived": 0, "waived_until": None, "lapsed": 1, "met": False}),
    ("the oldest answer", report(ASKED, [YES], told=ANSWERS), {"oldest": "2026-10-29"}),
    ("no answer at all", report(ASKED, [YES]), {"oldest": None, "unknown": 2}),
    ("the highest claim", report(GATE, [YES], components=[Component(name="a", claims=2), Component(name="b", claims=4)]),
     {"required": 4, "weakest": "a", "unknown": 2}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "wanted"), [one[1:] for one in ROWS], ids=[one[0] for one in ROWS]
)
def test_a_row_says_how_a_project_stands(made: Report, wanted: dict[str, object]) -> None:
    one = row(made)
    assert {name: getattr(one, name) for name in wanted} == wanted


def a_row(project: str = "p", **more: object) -> Row:
    given = {
        "project": project, "verdict": "NOT READY", "met": False, "computed": True, "level": 3, "required": 4,
        "weakest": "model",  "unknown": 0, "oldest": None, "waived": 0,
        "waived_until": None, "lapsed": 0, **more,
    }  # fmt: skip
    return Row(**given)  # type: ignore[arg-type]


def cells(page: str) -> list[list[str]]:
    lines = [line for line in page.splitlines() if line.startswith("| [")]
    return [
        [re.sub("<[^>]+>", "", cell).strip() for cell in line.split("|")[1:-1]] for line in lines
    ]


def test_the_table_says_what_is_absent_in_words() -> None:
    rows = [
        a_row("full", met=True, verdict="READY", level=4, oldest="2026-01-02", waived=2,
              waived_until="2027-01-31", lapsed=1),
        a_row("bare", level=None, required=None),
        a_row("part", level=None, computed=False, verdict="NOT MET"),
    ]  # fmt: skip
    found = {
        line[0].split("]")[0].lstrip("["): line[1:] for line in cells(table(rows, (), TEMPLATES))
    }
    assert found["full"] == ["ready", "4", "4", "model", "0", "2026-01-02", "2, the first until 2027-01-31, 1 lapsed"]  # fmt: skip
    assert found["bare"] == [
        "not ready",
        "below entry",
        "–",
        "model",
        "0",
        "no day known",
        "0",
    ]
    assert found["part"][:2] == ["not met", "not computed"]


@given(
    st.lists(
        st.tuples(st.booleans(), st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)),
        max_size=8,
    )
)
def test_those_that_fall_the_furthest_short_come_first(
    drawn: list[tuple[bool, int | None, int | None]],
) -> None:
    rows = [a_row(f"p{n}", met=m, level=lv, required=w) for n, (m, lv, w) in enumerate(drawn)]
    page = table(rows, (), TEMPLATES)
    shown = [line[0].split("]")[0].lstrip("[") for line in cells(page)]
    by_name = {one.project: one for one in rows}
    keys = [(by_name[name].met, -by_name[name].short_by, name) for name in shown]
    assert keys == sorted(keys)
    assert sorted(shown) == sorted(by_name)
    assert page == table(rows[::-1], (), TEMPLATES)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "| a | b |", "\n# H", "[x](javascript:1)", "\u202e\x1b[2J"],
)
def test_hostile_names_of_files_stay_text(text: str) -> None:
    page = table([a_row()], [Unreadable(text, text)], TEMPLATES)
    last = page.split("## Could not be read")[1].split("\n## ")[0]
    assert not re.search(r"<script|\]\(|\n# |[\x1b\u202e]", last)
    assert sum(line.startswith("| ") for line in last.splitlines()) == 2


def test_the_numbers_of_the_picture_are_the_rows() -> None:
    from trl4ml.render.portfolio import by_level

    figure = by_level([a_row(level=n) for n in (None, 2, 2, 4)] + [a_row(computed=False)])
    assert figure is not None
    assert [(bar.label, bar.value) for bar in figure.rows] == [  # type: ignore[union-attr]
        ("below its entry", 1), ("level 0", 0), ("level 1", 0), ("level 2", 2), ("level 3", 0), ("level 4", 1),
    ]  # fmt: skip
    assert by_level([a_row(computed=False)]) is None


def test_a_report_of_the_json_alone_has_its_pages(shelf: Path) -> None:
    laid = laid_out(sources([Path("teams/four.json")]).found, shelf / "docs")
    assert laid.rows[0].project == "four"
    assert (
        json.loads((shelf / "docs/data/audit.json").read_text("utf-8"))["report"]["project"]
        == "four"
    )


def test_the_module_says_what_can_be_given() -> None:
    assert portfolio.REMEDY == REMEDY


@pytest.mark.slow
def test_the_command_makes_one_site_and_says_what_is_not_in_it(shelf: Path, trl4ml: Run) -> None:
    lay_out(Path("teams/two"), {"trl4ml.yaml": "nam: two\n"})
    done = trl4ml("site", "build", "reports", "--projects", "teams/*", "--output", "site")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert lines[0].endswith("pages on 3 projects: site/index.html")
    assert lines[1:] == [
        "teams/README.md: is no project and no report; left out",
        f"teams/two: trl4ml.yaml:1:1: name: is missing; {MISSPELT}",
    ]
    page = Path("site/index.html").read_text(encoding="utf-8")
    assert re.findall(r'<a href="([a-z]+)/index.html">\1</a></td>', page) == [
        "four",
        "one",
        "three",
    ]
    assert "teams/two" in page.replace("&#47;", "/")


@pytest.mark.slow
def test_the_same_projects_make_the_same_site(shelf: Path, trl4ml: Run) -> None:
    for output, patterns in (("once", "teams/one teams/two"), ("again", "teams/two teams/one")):
        assert trl4ml("site", "build", "--projects", patterns, "--output", output).returncode == 0
    once, again = ({p.relative_to(site): p.read_bytes() for p in sorted(Path(site).rglob("*.*")) if p.is_file()}
                   for site in ("once", "again"))  # fmt: skip
    assert once == again
    assert len(once) > 10
