"""`trl4ml report`: what each page says, and that nothing but its own files is ever overwritten."""

import csv
import io
import json
import math
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT, Run
from tests.making import TODAY, evidence, item, report, switchback
from tests.test_render import HOSTILE, hostile, whole
from trl4ml import reporting, run
from trl4ml.asking import parse_yaml
from trl4ml.core.canonical import digest
from trl4ml.core.evidence import Evidence, Kind, Measure, Outcome
from trl4ml.core.judging import Told
from trl4ml.core.project import Component, Criticality
from trl4ml.core.report import Report
from trl4ml.errors import WrongInput
from trl4ml.presenting import Earlier, Found, made
from trl4ml.readers.generated import generated
from trl4ml.render.figures import Bar, Cell, Figure, Interval, Point, Rung
from trl4ml.render.jsonfile import jsonfile
from trl4ml.render.pages import energy, slices, watermark
from trl4ml.render.pages.levels import Past, heat, ladder, way
from trl4ml.render.pages.numbers import Line, line, number
from trl4ml.render.pages.probes import Attachment
from trl4ml.render.pages.tables import items_csv
from trl4ml.reporting import of_file, of_project, write
from trl4ml.store.made import MANIFEST, Made
from trl4ml.store.records import write_whole
from trl4ml.testing import find, lay_out

RowT = TypeVar("RowT")
LINK = re.compile(r"\]\(([^)#]+)(?:#([^)]+))?\)")
HEADING = re.compile(r"^#+ ([a-z0-9-]+)$", re.MULTILINE)


def found(one: Report, attachment: Attachment = lambda of, name: None) -> Found:
    parts = tuple(Component(name=c.name, kind=c.kind, coupled=c.coupled) for c in one.components)
    return Found(one, attachment, parts, TODAY)


def pages(one: Report, **more: Any) -> dict[str, str]:
    return made(found(one), Earlier(**more))


def rows(fig: Figure, kind: type[RowT]) -> list[RowT]:
    assert all(isinstance(row, kind) for row in fig.rows)
    return [row for row in fig.rows if isinstance(row, kind)]


def without_figures(page: str) -> str:
    return re.sub(r"<figure.*?</figure>", "(figure)", page, flags=re.DOTALL)


CHECKLIST = """\
checklist: own
version: "1"
title: t
about: a
items:
  - {id: licence, level: 0, ask: Is there one?, why: Because., wants: license_file,
     if_not: {remedy: Write one., effort: minutes}}
  - {id: clean, level: 1, ask: Is it clean?, why: Because., wants: not secrets_in_repository,
     if_not: {remedy: Look., effort: hours}}
"""
PROJECT = {"trl4ml.yaml": "name: p\nchecklists: [own.yaml]\nowners: [Ola]\n", "own.yaml": CHECKLIST}


# --- what the pages say


def test_the_first_screen_has_verdict_reason_ladder_and_what_is_unknown() -> None:
    page = without_figures(pages(whole())["index.md"])
    title, _, why, _, figure, _, counted = page.splitlines()[:7]
    assert title == "# p: NOT READY"
    assert why.startswith(
        "p supports level 0, First Principles (its weakest component, model); 4 is"
    )
    assert figure == "(figure)"
    assert re.sub("<.*?>", "", counted).startswith("1 unknown · 2 not applicable · ")


@pytest.mark.parametrize("name", ["index", "items", "evidence"])
def test_a_page_looks_as_it_did(golden: Callable[[str, str], None], name: str) -> None:
    golden(f"pages-{name}.md", without_figures(pages(whole())[f"{name}.md"]))


def test_a_report_of_an_older_schema_still_has_its_pages(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests/golden/report-schema-1.json", tmp_path / "old.json")
    all_of_them = made(of_file(tmp_path / "old.json", TODAY))
    assert all_of_them["index.md"].splitlines()[0].endswith(": NOT READY")
    assert json.loads(all_of_them["data/audit.json"])["digest"]


def test_every_link_between_pages_leads_to_a_page_and_a_heading() -> None:
    every = pages(whole())
    for name, text in every.items():
        for to, anchor in LINK.findall(text) if name.endswith(".md") else ():
            assert to in every, f"{name} links to {to}"
            assert not anchor or anchor in HEADING.findall(every[to]), f"{name} links to #{anchor}"


def test_pages_lead_to_the_reference_only_where_there_is_one() -> None:
    one = report([item("licence", 0, "license_file")], [evidence("license-file")])
    plain = made(found(one))
    linked = made(found(one), reference="../../reference")
    assert "reference" not in plain["items.md"] + plain["evidence.md"]
    assert "[About license-file](../../reference/probes.md#license-file)" in linked["evidence.md"]
    assert "[All levels](../../reference/levels.md)" in linked["items.md"]
    assert "items/licence.md" not in linked["items.md"], "it is an item of no bundled checklist"


def test_components_with_the_same_verdict_are_told_once() -> None:
    parts = (Component(name="a"), Component(name="b"))
    page = pages(report([item("x")], [evidence("probe-a")], components=parts))["items.md"]
    assert page.count("### x") == 1
    assert page.count("said") == 1
    assert "</span> a, b: said" in page


def test_what_changed_since_the_last_report_is_told_and_both_are_kept() -> None:
    before = report([item("x")], [])
    after = report([item("x")], [evidence("probe-a")])
    every = pages(after, report=before)
    assert (
        "## What changed since the last report\n\nlevel rose from below entry to 0"
        in every["index.md"]
    )
    assert every["data/previous.json"] == jsonfile(before)
    assert "What changed" not in pages(after)["index.md"]


def test_a_requirement_of_unknown_risk_says_so() -> None:
    assert "| answers within a second | unknown |" in pages(whole())["index.md"]


def test_of_a_partial_report_no_level_is_drawn() -> None:
    one = report([item("x")], [evidence("probe-a")]).model_copy(update={"partial": True})
    every = pages(one)
    assert "no level is computed" in every["index.md"]
    assert "<figure" not in every["index.md"]
    assert json.loads(every["data/history.json"]) == []


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (Measure(value=0.5), Line("m", "0.5", "–", "–", "counted")),
        (Measure(value=0.1234567, lower=0.1, upper=0.2, n=1200, unit="g", kind=Kind.ESTIMATED),
         Line("m", "0.123457 g", "0.1 to 0.2", "1,200", "estimated")),
        (Measure(value=2, upper=3.0), Line("m", "2", "– to 3", "–", "counted")),
        (Measure(undefined="no rows"), Line("m", "undefined: no rows", "–", "–", "counted")),
        (Measure(value=True), Line("m", "true", "–", "–", "counted")),
        (Measure(value="B2"), Line("m", "B2", "–", "–", "counted")),
    ],
)  # fmt: skip
def test_a_measure_is_a_row_and_what_is_undefined_says_why(one: Measure, wanted: Line) -> None:
    assert line("m", one) == wanted


def test_an_item_shows_the_interval_n_and_kind_of_what_it_was_judged_by() -> None:
    rate = Measure(value=0.79, lower=0.7, upper=0.9, n=148, kind=Kind.ESTIMATED)
    one = report([item("x", wants="probe_a.rate >= 0.8")], [evidence("probe-a", rate=rate)])
    row = "| probe&#95;a&#46;rate | 0.79 | 0.7 to 0.9 | 148 | estimated | &#62;&#61; 0.8, short by 0.01 |"
    assert row in pages(one)["items.md"]


def test_an_item_judged_by_an_end_of_the_interval_shows_that_end() -> None:
    rate = Measure(value=0.9, lower=0.7, upper=0.95)
    one = report([item("x", wants="probe_a.rate.lower >= 0.8")], [evidence("probe-a", rate=rate)])
    assert "rate&#46;lower | 0.7 | 0.7 to 0.95 |" in pages(one)["items.md"]


def test_who_answered_and_until_when_it_counts() -> None:
    from tests.making import answer

    items = [item("x", wants="answer", stale_after=90)]
    page = pages(report(items, [], told=Told(answers=[answer("x", by="Cleo")])))["items.md"]
    assert "Answered by Cleo on 2026-11-01; to be renewed by 2027-01-30." in page


def test_numbers_read_as_people_write_them() -> None:
    assert [number(n) for n in (None, 12345, 0.1, 1e-9, False, "x")] == [
        "–", "12,345", "0.1", "1e-09", "false", "x",
    ]  # fmt: skip


def test_what_stands_between_backticks_is_code_and_what_is_in_it_is_text() -> None:
    remedy = "Set `band` in <b>`x<i>`</b>, or one ` more."
    page = pages(report([item("x", if_not={"remedy": remedy, "effort": "hours"})], []))["items.md"]
    says = "Set <code>band</code> in &#60;b&#62;<code>x&#60;i&#62;</code>&#60;&#47;b&#62;, or one &#96; more."
    assert says in page


# --- hostile text


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(f"{tag} {[name for name, _ in attrs]}")
        assert not any(name.startswith("on") or "script:" in (value or "") for name, value in attrs)


def rich(text: str) -> Found:
    """A report with the text in every field, and in everything that is attached to evidence."""
    value = {"metric": text, "by": [text], "levels": [text], "slice": text, "status": "ok", "value": 0.5,
             "lower": 0.4, "upper": 0.6, "interval": text, "k": 1, "n": 2, "rows": 2, "weight": None,
             "effective_n": None, "dropped": 0, "reason": text}  # fmt: skip
    gone = {**value, "status": "undefined", "value": None, "lower": None, "upper": None}
    between = {**value, "kind": "ratio_between_groups", "of": [value], "against": [value],
               "adjusted_p": 0.1, "family": 1, "reference": text}  # fmt: skip
    tables = {"metrics": [{"metric": text, "worse": "low"}], "overall": [value], "values": [value, gone],
              "comparisons": [between], "notices": [text]}  # fmt: skip
    records = [energy_row(file=text, activity=text, notes=[text])]
    verdict = {"status": text, "null_law": "Bin(8, 0.5)", "hits": 7, "n": 8, "scheme": text,
               "controls": [{"name": text, "passed": text, "detail": text}]}  # fmt: skip
    verdicts = [{"file": text, "model": text, "verdict": verdict}]
    texts = {"tables.json": tables, "records.json": records, "verdicts.json": verdicts}
    base = hostile(text)
    proofs = {name: Evidence(probe=name.split(".")[0], version=1, distribution=text, attached={name: "0"},
                             outcome=base.evidence[next(iter(base.evidence))].outcome, message=text)
              for name in texts}  # fmt: skip
    more = {digest(one): one for one in proofs.values()}
    return found(
        base.model_copy(update={"evidence": {**base.evidence, **more}}),
        lambda of, name: json.dumps(texts[name]),
    )


def tags(text: str) -> dict[str, list[str]]:
    import markdown

    seen = {}
    for name, page in made(rich(text)).items():
        if name.endswith(".md"):
            parser = Tags()
            parser.feed(markdown.markdown(page, extensions=["tables", "toc", "fenced_code"]))
            seen[name] = parser.seen
    return seen


@pytest.mark.parametrize("text", [*HOSTILE, "|", "]({{", "a" * 190], ids=range(len(HOSTILE) + 3))
def test_hostile_text_adds_no_tag_to_any_page(text: str) -> None:
    text = text.encode("utf-8", "backslashreplace").decode()
    calm, seen = tags("calm"), tags(text)
    assert calm.keys() == seen.keys()
    for name in calm:
        assert outside_figures(seen[name]) == outside_figures(calm[name]), name
        assert not [
            one for one in seen[name] if one.startswith(("script", "iframe", "img", "style"))
        ]


def test_a_text_without_end_is_one_cell() -> None:
    found_ = evidence("probe-a", message="long " * 200_000)
    assert pages(report([item("x")], [found_]))["items.md"].count("###") == 1


def outside_figures(seen: list[str]) -> list[str]:
    """Without what the picture itself is made of, which grows with its labels, and without `code`."""
    drawn = (
        "code",
        "svg",
        "g",
        "text",
        "tspan",
        "line",
        "rect",
        "path",
        "circle",
        "polygon",
        "polyline",
    )
    return [one for one in seen if one.split()[0] not in drawn]


# --- figures


def energy_row(**more: Any) -> dict[str, Any]:
    band = {"value": 0.002, "lower": 0.001, "upper": 0.004}
    return {
        "file": "energy/a.json", "activity": "training", "end": "2026-11-01T10:00:00Z", "energy_kwh": band,
        "class": "modelled", "parts": [
            {"name": "cpu", "energy_kwh": band, "class": "modelled", "source": "TDP", "undefined": ""},
            {"name": "gpu", "energy_kwh": None, "class": "declared", "source": "", "undefined": "no counter"},
        ],
        "predicted": {"energy_kwh": band, "seen": 3, "epochs": 10, "error": 0.1, "inside": True},
        "carbon_g": None, "range_over_zones": None, "boundary": {"level": "node", "scope": "machine"},
        "pue": {"value": 1.0, "source": "", "included": False}, "duration_s": 31.4, "finished": True,
        "notes": [], **more,
    }  # fmt: skip


def test_the_ladder_marks_what_is_claimed_required_and_supported() -> None:
    items = [item("a", 0), item("b", 1, "probe_b"), item("c", 2, "probe_a.rate >= 1")]
    parts = (Component(name="m", claims=2),)
    one = report(
        items, [evidence("probe-a", rate=0.5)], components=parts, criticality=Criticality.LOW
    )
    rungs = rows(ladder(one.components[0], one), Rung)
    assert [rung.state for rung in rungs] == ["met", "unknown", "not_met"] + ["not_asked"] * 7
    marked = {
        f: [r.level for r in rungs if getattr(r, f)] for f in ("claimed", "required", "supported")
    }
    assert marked == {"claimed": [2], "required": [4], "supported": [0]}


def test_levels_over_time_show_each_way_back_and_end_with_the_last_report() -> None:
    told = Told(switchbacks=[switchback("model", 6, 5)])
    one = report([item("a")], [evidence("probe-a")], told=told)
    history = [Past(day=date(2026, 10, 1), digest="1", levels={"model": 6}),
               Past(day=date(2026, 11, 1), digest="2", levels={"model": 5}),
               Past(day=date(2026, 11, 2), digest="3", levels={"model": None})]  # fmt: skip
    fig = way(one, history)
    assert fig
    assert [(str(row.x), row.y) for row in rows(fig, Point)] == [
        ("2026-10-01", 6), ("2026-11-01", 6), ("2026-11-01", 5), ("2026-11-01", 5),
    ]  # fmt: skip
    assert way(report([item("a")], []), history[:1]) is None, "one day is no way"


def test_the_heat_map_counts_what_applies_by_step_and_phase() -> None:
    items = [item("a", 0, tags=["cleaning"]), item("b", 4, "probe_b", tags=["cleaning"])]
    fig = heat(report(items, [evidence("probe-a")]))
    assert fig
    cells = {(c.row, c.column): (c.value, c.text) for c in rows(fig, Cell)}
    step = "data management, preprocessing"
    assert cells[step, "research"] == (1.0, "1 of 1")
    assert cells[step, "prototyping"] == (0.0, "0 of 1")
    assert cells[step, "deployment"] == (None, "not asked")
    assert heat(report([item("a")], [])) is None, "no item says where it belongs"


def test_slices_are_drawn_worst_first_and_what_is_undefined_says_why() -> None:
    cell = {"metric": "recall", "by": ["sex"], "status": "ok", "lower": None, "upper": None, "n": 9,
            "rows": 9, "interval": "", "reason": ""}  # fmt: skip
    cells = [{**cell, "levels": [name], "slice": name, "value": value} for name, value in
             (("f", 0.9), ("m", 0.4), ("x", None))]  # fmt: skip
    cells[2] |= {"status": "undefined", "reason": "no rows with label 1"}
    fig = slices.forest({"metric": "recall", "worse": "low"}, {"value": 0.7}, cells)
    assert [row.label for row in rows(fig, Interval)] == ["m", "f", "x"]
    assert rows(fig, Interval)[2].note == "undefined: no rows with label 1"
    assert fig.marks[0].at == 0.7
    error = slices.forest({"metric": "error_rate", "worse": "high"}, {"value": None}, cells)
    assert [row.label for row in rows(error, Interval)] == ["f", "m", "x"]
    assert error.marks == ()
    assert slices.undefined({"values": cells})[1] == (
        "recall",
        "x",
        "undefined",
        "no rows with label 1",
        "9",
    )


def test_energy_is_drawn_in_the_unit_that_keeps_it_short_and_a_prediction_beside_what_came() -> (
    None
):
    runs, parts, prediction = energy.figures([energy_row()])
    assert runs.unit == "Wh"
    assert rows(runs, Bar) == [Bar("training, 2026-11-01T10:00:00Z", 2.0, 1.0, 4.0)]
    assert rows(parts, Bar)[1] == Bar("gpu", None, note="no counter")
    assert [row.label for row in rows(prediction, Interval)] == [
        "predicted after 3 of 10 epochs", "measured in the end",
    ]  # fmt: skip
    assert not [*energy.figures([energy_row(energy_kwh=None)])]


def test_the_budget_is_drawn_only_where_both_numbers_are_known() -> None:
    used = Measure(value=0.2, lower=0.1, upper=0.4, unit="kWh")
    (fig,) = energy.budget({"used": used, "budget": Measure(value=1.0, unit="kWh")})
    assert fig.marks[0].at == 1
    assert not [*energy.budget({"used": Measure(undefined="x"), "budget": Measure(value=1)})]
    assert not [*energy.budget({})]


def test_chance_matches_by_the_binomial_law() -> None:
    assert [round(p.y * 16, 9) for p in watermark.null("Bin(4, 0.5)")] == [1, 4, 6, 4, 1]


@given(st.integers(1, 3000), st.floats(0.01, 0.99))
def test_nearly_all_of_the_null_law_is_drawn(n: int, rate: float) -> None:
    points = watermark.null(f"Bin({n}, {rate:.6g})")
    step = points[1].x - points[0].x if len(points) > 1 else 1  # type: ignore[operator]
    assert len(points) <= 2 * watermark.MOST + 2
    if step == 1:
        assert math.isclose(math.fsum(p.y for p in points), 1, abs_tol=0.01)


@pytest.mark.parametrize("law", ["", "Bin(0, 0.5)", "Bin(8, 1.5)", "Bin(8, ..)", "exec(1, 2)"])
def test_of_what_is_no_law_nothing_is_drawn(law: str) -> None:
    assert watermark.null(law) == ()


def test_of_a_score_the_density_is_drawn() -> None:
    points = watermark.null("Gamma(100, 1)")
    peak = max(points, key=lambda p: p.y)
    assert peak.x == 99
    assert math.isclose(peak.y, 1 / math.sqrt(2 * math.pi * 99), rel_tol=1e-3), "by Stirling"


def test_the_tables_of_local_law_144_stand_on_the_page_of_fairness(tmp_path: Path) -> None:
    rows = ["f,a,1"] * 3 + ["f,a,0"] * 7 + ["m,a,1"] * 6 + ["m,a,0"] * 4
    options = "{predictions: [p.csv], prediction: p, metrics: [selection_rate], by: ['sex,race'], min_n: 1," \
              " ll144: {four_fifths: true, date: '2026-11-01'}}"  # fmt: skip
    config = f"{PROJECT['trl4ml.yaml']}probes:\n  fairness: {options}\n"
    lay_out(tmp_path, {
        "trl4ml.yaml": config, "own.yaml": CHECKLIST.replace("license_file", "fairness"),
        "p.csv": "\n".join(["sex,race,p", *rows]) + "\n",
    })  # fmt: skip
    page = made(of_project(tmp_path, today=TODAY))["probe-fairness.md"]
    assert "## Local Law 144, selection by sex: reported, not judged" in page
    assert "| f | 0.3000 | 3&#47;10 | 0.5000 | 0.5000 |" in page
    assert "| 1&#46; date of the audit | 2026-11-01 |" in page
    assert "a rule of thumb, no finding" in page


@pytest.mark.parametrize(
    ("law", "says"),
    [
        ({"race": "sex"}, "ll144 names one column for sex and race; give two"),
        ({"race": "origin"}, "ll144: 'origin' is not among the columns of `by`; add it"),
    ],
)
def test_a_law_that_cannot_be_followed_is_unknown(
    tmp_path: Path, law: dict[str, str], says: str
) -> None:
    lay_out(tmp_path, {"p.csv": "sex,race,p\nf,a,1\nm,a,0\n"})
    given = {"predictions": ["p.csv"], "prediction": "p", "metrics": ["selection_rate"], "by": ["sex,race"],
             "ll144": law}  # fmt: skip
    finding = find("fairness", tmp_path, given, {}, TODAY, False)
    assert (finding.outcome, finding.message) == (Outcome.UNKNOWN, says)


def test_a_long_table_is_cut_and_says_so() -> None:
    cell = {"metric": "recall", "by": ["zip"], "status": "ok", "lower": None, "upper": None, "n": 9, "k": 3,
            "rows": 9, "interval": "", "reason": "", "value": 0.5, "weight": None}  # fmt: skip
    cells = [{**cell, "levels": [str(n)], "slice": str(n)} for n in range(1234)]
    tables = {"metrics": [{"metric": "recall", "worse": "low"}], "overall": [cell], "values": cells,
              "comparisons": [], "notices": []}  # fmt: skip
    proof = evidence("fairness").model_copy(update={"attached": {"tables.json": "0"}})
    one = found(report([item("x", wants="fairness")], [proof]), lambda of, name: json.dumps(tables))
    page = made(one)["probe-fairness.md"]
    assert "1,034 more rows lie in the data of this page" in page
    assert "1194 more are in the table" in page


def test_what_is_attached_under_the_name_of_a_page_is_no_page() -> None:
    proof = evidence("probe-a").model_copy(update={"attached": {"x.html": "0", "x.csv": "0"}})
    one = found(report([item("x")], [proof]), lambda of, name: "<script>")
    data = [name for name in made(one) if name.startswith("data/probe")]
    assert data == ["data/probe-a-x.csv"]


def test_only_plain_figures_of_a_watermark_record_are_attached(tmp_path: Path) -> None:
    cases = parse_yaml((ROOT / "tests/cases/watermark-verified.yaml").read_text(encoding="utf-8"))[
        0
    ]
    files = next(one["files"] for one in cases if one["name"] == "the mark is in the model")  # type: ignore[attr-defined]
    record = json.loads(files["m.watermark.json"])
    odd = {
        "power": [1e308],
        "reason": "\ud800" + "x" * 999,
        "registered": 1,
        "null_hypothesis": {"a": 1},
    }
    controls = [
        {"name": "random keys", "passed": True, "bound": 1e99, "detail": None},
        *[{"passed": True}] * 50,
    ]
    record["verdict"] |= odd | {"controls": controls}
    lay_out(tmp_path, {**files, "m.watermark.json": json.dumps(record)})
    finding = find("watermark-verified", tmp_path, {}, {}, TODAY, False)
    assert finding.outcome is Outcome.YES
    (row,) = json.loads(finding.attachments["verdicts.json"])
    assert row["verdict"]["power"] is None
    assert row["verdict"]["null_hypothesis"] is None
    assert len(row["verdict"]["reason"]) == 300
    assert len(row["verdict"]["controls"]) == 20
    assert row["verdict"]["controls"][0] == {
        "name": "random keys", "passed": True, "statistic": None, "expected": None, "bound": None,
        "detail": None,
    }  # fmt: skip
    titles = [section.title for section in watermark.tables([row])]
    assert titles == ["m.watermark.json: detected", "Controls of m.watermark.json"]


# --- CSV


def test_the_items_as_csv_hold_every_number_and_no_formula() -> None:
    one = report(
        [item("x", wants="probe_a.rate >= 0.8")], [evidence("probe-a", message="=1+1", rate=0.9)]
    )
    (row,) = csv.DictReader(io.StringIO(items_csv(one)))
    assert (row["item"], row["status"], row["value"], row["wanted"]) == (
        "x",
        "met",
        "0.9",
        ">= 0.8",
    )
    assert row["message"] == "'=1+1"


# --- files on the disk


def test_the_same_project_gives_the_same_bytes_twice(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, {**PROJECT, "LICENSE": "MIT License"}, git=True)
    first = trl4ml("report")
    assert first.returncode == 0, first.stderr
    assert re.fullmatch(r"reports/p/index\.md: (\d+) of \1 files written\n", first.stdout)
    before = {p: p.read_bytes() for p in (tmp_path / "reports").rglob("*") if p.is_file()}
    again = trl4ml("report")
    assert again.stdout == "reports/p/index.md: up to date\n"
    assert {p: p.read_bytes() for p in (tmp_path / "reports").rglob("*") if p.is_file()} == before
    assert "What changed" not in before[tmp_path / "reports/p/index.md"].decode()


def test_pages_are_no_input_of_the_next_audit(tmp_path: Path, trl4ml: Run) -> None:
    for folder, repository in ((tmp_path / "a", True), (tmp_path / "b", False)):
        lay_out(folder, PROJECT, git=repository)
        before = digest(run.audit(folder, cache=False).report)
        assert trl4ml("report", cwd=folder).returncode == 0
        assert digest(run.audit(folder, cache=False).report) == before


def hidden(
    files: dict[str, str], listed: object = None, made_by: str = "trl4ml report"
) -> set[str]:
    """Of files, what a list in r/data/manifest.json keeps from an audit; it tells them as they are."""
    told = {n.removeprefix("r/"): [sha256(files[n].encode()).hexdigest()] for n in files}
    plain = {"made_by": made_by, "files": told if listed is None else listed}
    every = {**files, "r/data/manifest.json": json.dumps(plain)}
    return generated(every, lambda name: every[name].encode())


def test_a_list_of_made_files_hides_no_other_file() -> None:
    texts = dict.fromkeys(
        ("r/index.md", "r/data/audit.json", "r/data/fairness-tables.json", "r/data/items.csv",
         "r/secret.env", "r/main.py", "r/data/people.csv", "r/data/keys.json", "index.md",
         "r/data/tables.json", "r/README.md"), "{}",
    )  # fmt: skip
    assert hidden(texts) == {
        "r/data/manifest.json", "r/index.md", "r/data/audit.json", "r/data/fairness-tables.json",
        "r/data/items.csv",
    }  # fmt: skip


@pytest.mark.parametrize("listed", [
    {}, [], ["index.md"], [1], {"index.md": 1}, {"index.md": [1]}, {"index.md": ["0" * 63]}, 7, None,
    {"../index.md": []}, {"/index.md": []},
])  # fmt: skip
def test_a_list_that_is_none_of_ours_hides_nothing(listed: object) -> None:
    files = {"r/data/manifest.json": json.dumps({"made_by": "trl4ml report", "files": listed}),
             "r/index.md": "# x", "index.md": "# x"}  # fmt: skip
    assert not generated(files, lambda name: files[name].encode()) - {"r/data/manifest.json"}
    for other in (b"", b"[]", b'{"files": {"index.md": []}}', b"[" * 99_999, b"7", b"\xff"):
        assert not generated(files, lambda _, text=other: text)  # type: ignore[misc]
    assert not hidden({"r/index.md": "# x"}, made_by="somebody")


def test_a_made_file_that_was_edited_is_an_input_again() -> None:
    assert hidden({"r/index.md": "# x"}, {"index.md": [sha256(b"# y").hexdigest()]}) == {
        "r/data/manifest.json"
    }


@pytest.mark.parametrize("secret", [
    "AKIA" + "ABCDEFGHIJ234567", "-----BEGIN RSA PRIVATE KEY-----", "ghp_" + "a1" * 18,
    '{"password": "Tr0ub4dor"}', r'{"x": "{\"api_key\": \"q\"}"}', "postgres://a:hunter22@db",
])  # fmt: skip
def test_no_list_keeps_what_may_be_a_secret_from_the_probe_of_secrets(secret: str) -> None:
    assert hidden({"r/index.md": secret}) == {"r/data/manifest.json"}


def test_a_secret_behind_a_forged_list_is_found(tmp_path: Path) -> None:
    key = '{"aws": "AKIA' + "ABCDEFGHIJ234567" + '"}'
    told = {"data/audit.json": [sha256(key.encode()).hexdigest()]}
    forged = json.dumps({"made_by": "trl4ml report", "files": told})
    lay_out(tmp_path, {**PROJECT, "src/data/audit.json": key, "src/data/manifest.json": forged})
    found = run.audit(tmp_path, cache=False).report.evidence.values()
    secrets = next(one for one in found if one.probe == "secrets-in-repository")
    assert secrets.outcome.value == "yes"  # there is one
    assert [place.path for place in secrets.places] == ["src/data/audit.json"]


@pytest.mark.parametrize("change", [
    {"weakest": "nobody"}, {"items": ()}, {"evidence": {}}, {"registers": {"assumptions": 7}},
    {"registers": {"assumptions": {"entries": [7]}}}, {"registers": {"assumptions": {"entries": 7}}},
])  # fmt: skip
def test_a_forged_report_whose_parts_do_not_meet_is_refused(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    (tmp_path / "r.json").write_text(jsonfile(whole().model_copy(update=change)), encoding="utf-8")
    with pytest.raises(WrongInput, match="what it names is not in it"):
        of_file(tmp_path / "r.json")


def test_a_reason_that_is_a_sentence_ends_with_one_full_stop() -> None:
    told = Told(switchbacks=[switchback("model", 2, 1, reason="The labels were wrong.", by="Ana")])
    page = pages(report([item("a", 0)], [evidence("probe-a")], told=told))["index.md"]
    assert "The labels were wrong.\n" in page
    assert ".." not in page


@pytest.mark.parametrize(
    "name", ["../../x.json", "/x.json", "a/b.json", "..json", "x\n.json", "x.md"]
)
def test_an_attachment_lies_nowhere_but_in_the_data(name: str, tmp_path: Path) -> None:
    held = evidence("probe-a").model_copy(
        update={"attached": {name: "0" * 64, "ok.json": "1" * 64}}
    )
    files = made(found(report([item("a", 0)], [held]), lambda of, what: "{}"))
    assert [path for path in files if path.startswith("data/probe-a")] == ["data/probe-a-ok.json"]
    if "/" in name:
        with pytest.raises(WrongInput, match="is no name of a file in it"):
            Made(tmp_path / "p").write({"index.md": "#", f"data/{name}": "{}"})
        assert not list(tmp_path.iterdir())


def test_a_waiver_of_what_was_not_asked_leads_nowhere() -> None:
    asked = whole()
    other = asked.model_copy(
        update={"waivers": tuple(w.model_copy(update={"item": "other"}) for w in asked.waivers)}
    )
    assert "[told](items.md#told) | data | Ada" in pages(asked)["index.md"]
    assert "| other | data | Ada" in pages(other)["index.md"]


@pytest.mark.parametrize("text", ["[]", "{}", "7", "null", "{", '[{"energy_kwh": 1}]', "[" * 9999])
@pytest.mark.parametrize("name", ["tables.json", "records.json", "verdicts.json"])
def test_an_attachment_of_another_shape_is_told_and_not_drawn(name: str, text: str) -> None:
    held = evidence("probe-a").model_copy(update={"attached": {name: "0" * 64}})
    page = made(found(report([item("a", 0)], [held]), lambda of, what: text)).get(
        "probe-probe-a.md"
    )
    assert page is None or "or holds something else" in page or "Records" in page


def test_a_change_is_told_in_the_next_report_and_kept_until_another(tmp_path: Path) -> None:
    lay_out(tmp_path, PROJECT)
    out = tmp_path / "out"
    write(of_project(tmp_path, today=date(2026, 11, 1)), out)
    lay_out(tmp_path, {"LICENSE": "MIT License"})
    done = write(of_project(tmp_path, today=date(2026, 11, 5)), out)
    assert "data/previous.json" in done.changed
    page = (out / "p/index.md").read_text(encoding="utf-8")
    assert "level rose from below entry to 1 (component p)" in page
    assert "| <time>2026-11-01</time> |" in page
    assert "| <time>2026-11-05</time> |" in page
    later = write(of_project(tmp_path, today=date(2026, 11, 9)), out)
    assert later.changed == ()


@pytest.mark.parametrize("name", ["items.md", "data/audit.json"])
def test_what_somebody_edited_is_never_overwritten(tmp_path: Path, trl4ml: Run, name: str) -> None:
    lay_out(tmp_path, PROJECT)
    assert trl4ml("report").returncode == 0
    (tmp_path / "reports/p" / name).write_text("mine", encoding="utf-8")
    done = trl4ml("report")
    assert done.returncode == 2
    says = f"reports/p/{name}: was not made by trl4ml, or was edited since, and stays as it is; move it " \
           "away, or write elsewhere with --output"  # fmt: skip
    assert says in done.stderr
    assert (tmp_path / "reports/p" / name).read_text(encoding="utf-8") == "mine"


def test_a_file_that_was_there_before_stays(tmp_path: Path) -> None:
    lay_out(tmp_path, {"index.md": "mine", "notes.md": "mine too"})
    with pytest.raises(WrongInput, match=r"index\.md: was not made by trl4ml"):
        Made(tmp_path).write({"index.md": "ours"})
    Made(tmp_path).write({"items.md": "ours"})
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "data",
        "index.md",
        "items.md",
        "notes.md",
    ]


def test_what_is_no_longer_made_is_removed_unless_it_was_edited(tmp_path: Path) -> None:
    Made(tmp_path).write({"a.md": "1", "b.md": "2", "c.md": "3"})
    (tmp_path / "b.md").write_text("edited", encoding="utf-8")
    Made(tmp_path).write({"c.md": "3"})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.md", "c.md", "data"]


@pytest.mark.parametrize("after", range(5))
def test_a_writer_killed_at_any_moment_leaves_what_the_next_one_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    old, new = {"a.md": "1", "b.md": "2"}, {"a.md": "3", "b.md": "4"}
    Made(tmp_path).write(old)
    left = [after]

    def dies(path: Path, content: bytes) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        whole_file(path, content)

    whole_file = write_whole
    with monkeypatch.context() as patch:
        patch.setattr("trl4ml.store.made.write_whole", dies)
        with suppress(KeyboardInterrupt):
            Made(tmp_path).write(new)
    assert set(Made(tmp_path).whole()) == set(old), "each file is the old or the new one, whole"
    Made(tmp_path).write(new)
    assert Made(tmp_path).whole() == {name: text.encode() for name, text in new.items()}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"files": 1}', '{"files": {"a": 1}}', "[" * 99_999]
)
def test_a_broken_list_of_made_files_is_told(tmp_path: Path, text: str) -> None:
    lay_out(tmp_path, {MANIFEST: text})
    with pytest.raises(
        WrongInput, match="is not the list of made files that trl4ml wrote; restore it"
    ):
        Made(tmp_path).write({"a.md": "1"})


def test_a_list_that_names_files_elsewhere_removes_none(tmp_path: Path) -> None:
    lay_out(tmp_path, {"mine.md": "1"})
    sums = [sha256(b"1").hexdigest()]
    named = ("../mine.md", str(tmp_path / "mine.md"), "data/../../mine.md")
    listed = {"made_by": "trl4ml report", "files": dict.fromkeys(named, sums)}
    lay_out(tmp_path / "pages", {MANIFEST: json.dumps(listed)})
    Made(tmp_path / "pages").write({"a.md": "1"})
    assert (tmp_path / "mine.md").read_text(encoding="utf-8") == "1"
    assert set(Made(tmp_path / "pages").whole()) == {"a.md"}


@pytest.mark.parametrize("linked", ["p", "p/data"])
def test_nothing_is_written_through_a_link(tmp_path: Path, linked: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out/p").mkdir(parents=True)
    if linked == "p":
        (tmp_path / "out/p").rmdir()
    (tmp_path / "out" / linked).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WrongInput, match="is a link; remove it, or write elsewhere with --output"):
        write(found(whole()), tmp_path / "out")
    assert not [*(tmp_path / "elsewhere").iterdir()]


def test_a_project_cannot_send_its_pages_elsewhere(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path / "p", PROJECT)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "p/reports").symlink_to(tmp_path / "elsewhere")
    done = trl4ml("report", "p")
    assert done.returncode == 2
    assert "reports: is a link; remove it, or write elsewhere with --output" in done.stderr
    assert not [*(tmp_path / "elsewhere").iterdir()]
    assert trl4ml("report", "p", "--output", "elsewhere").returncode == 0


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, {**PROJECT, "out": "a file"})
    done = trl4ml("report", "--output", "out")
    assert done.returncode == 2
    assert "out/p: cannot be written (Not a directory)" in done.stderr


def test_a_report_that_was_tampered_with_says_so(tmp_path: Path, trl4ml: Run) -> None:
    text = jsonfile(whole()).replace('"status": "not_met"', '"status": "met"', 1)
    (tmp_path / "audit.json").write_text(text, encoding="utf-8")
    done = trl4ml("report", "audit.json")
    assert done.returncode == 2
    assert "audit.json: its digest does not match its content: it was changed after" in done.stderr
    assert not (tmp_path / "reports").exists()


def test_a_report_in_a_file_has_pages_too_and_says_what_is_not_in_it(
    tmp_path: Path, trl4ml: Run
) -> None:
    proof = evidence("fairness").model_copy(update={"attached": {"tables.json": "0" * 64}})
    (tmp_path / "audit.json").write_text(
        jsonfile(report([item("x", wants="fairness")], [proof])), encoding="utf-8"
    )
    done = trl4ml("report", "audit.json", "--output", "out")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out/p/probe-fairness.md").read_text(encoding="utf-8")
    assert "kept with the project's evidence and not in the report" in page


def test_an_earlier_report_that_cannot_be_read_is_not_compared_and_that_is_said(
    tmp_path: Path,
) -> None:
    out = tmp_path / "p"
    lay_out(out, {"data/audit.json": '{"schema_version": "0", "digest": "", "report": {}}'})
    told = reporting.earlier(out, whole())
    assert told.report is None
    assert "a report of schema version 0" in told.notices[0]
    assert told.notices[0].endswith("; nothing is compared with it")


@pytest.mark.parametrize(
    "text", ["", "1", "[1]", '[{"day": "2026-13-01", "digest": "x", "levels": {}}]']
)
def test_a_broken_history_is_told(tmp_path: Path, text: str) -> None:
    lay_out(tmp_path, {"p/data/history.json": text})
    with pytest.raises(
        WrongInput, match=r"history\.json: not a history that trl4ml wrote; restore it, or"
    ):
        write(found(whole()), tmp_path)


@pytest.mark.parametrize("given", ["nowhere", "missing.json"])
def test_what_is_no_project_is_said_in_one_sentence(trl4ml: Run, given: str) -> None:
    done = trl4ml("report", given)
    assert done.returncode == 2
    assert done.stderr.startswith(f"trl4ml: {given}: ")
    assert "Traceback" not in done.stderr


def test_what_was_attached_is_shown_only_while_it_is_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "diabetes"
    ignored = shutil.ignore_patterns(".git", "store", "__pycache__", ".*_cache")
    shutil.copytree(ROOT / "examples/diabetes", folder, ignore=ignored)
    every = made(of_project(folder, today=TODAY))
    for name in (
        "fairness",
        "slice-performance",
        "energy-recorded",
        "energy-budget",
        "watermark-verified",
    ):
        assert "<figure" in every[f"probe-{name}.md"], name
    assert "selection&#95;rate by sex" in every["probe-fairness.md"]
    assert json.loads(every["data/fairness-tables.json"])["rows"] == 148
    for path in (folder / ".trl4ml/store/evidence").glob("*.tables.json"):
        path.write_text("{}", encoding="utf-8")
    stale = made(of_project(folder, today=TODAY))
    assert "<figure" not in stale["probe-fairness.md"]
    assert "it is not there now" in stale["probe-fairness.md"]
