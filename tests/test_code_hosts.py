"""What code hosts are told: SARIF, JUnit, annotations, code quality, a comment's summary."""

import json
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import junitparser
import pytest

from tests.conftest import Run
from tests.making import TODAY, evidence, item, report
from tests.test_render import HOSTILE, Tags, hostile, whole
from trl4ml import run
from trl4ml.anchoring import anchors
from trl4ml.core.evidence import Outcome
from trl4ml.core.project import Component, Waiver
from trl4ml.core.report import Report
from trl4ml.core.verdict import Status
from trl4ml.render.alerts import Anchor, Anchors, alerts
from trl4ml.run import render
from trl4ml.testing import lay_out

SARIF = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))
FORMATS = ("summary", "sarif", "sarif-github", "junit", "github", "gitlab")
ENDINGS = {"summary": "md", "junit": "xml", "github": "txt"}


def results(report: Report, format: str = "sarif", **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render(report, format, **more))["runs"][0]["results"]
    return found


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_looks_as_it_did(golden: Callable[[str, str], None], format: str) -> None:
    golden(f"host-{format}.{ENDINGS.get(format, 'json')}", render(whole(), format))


@pytest.mark.parametrize("format", ["sarif", "sarif-github"])
@pytest.mark.parametrize("text", ["calm", *HOSTILE], ids=range(len(HOSTILE) + 1))
def test_sarif_is_valid_by_its_schema(format: str, text: str) -> None:
    log = json.loads(render(hostile(text), format))
    jsonschema.validate(log, SARIF, jsonschema.Draft4Validator)
    for one in log["runs"][0]["results"]:
        rule = log["runs"][0]["tool"]["driver"]["rules"][one["ruleIndex"]]
        assert rule["id"] == one["ruleId"]
        assert all(rule[name]["text"] for name in ("shortDescription", "fullDescription", "help"))
        assert len(one["locations"]) == 1
        assert (one["level"] == "none") is (one["kind"] != "fail"), "as §3.27.10 wants"


def test_code_scanning_gets_nothing_that_is_not_open() -> None:
    assert {one["kind"] for one in results(whole(), "sarif-github")} == {"fail"}
    levels = {one["ruleId"]: one["level"] for one in results(whole(), "sarif-github")}
    assert levels == {"rate": "error", "quick": "error", "told": "warning", "later": "warning"}
    unknown = next(one for one in results(whole(), "sarif-github") if one["ruleId"] == "told")
    assert unknown["message"]["text"].startswith("unknown: ")


def test_a_waiver_is_a_suppression_with_reason_owner_and_end() -> None:
    (waived,) = [one for one in results(whole()) if one["kind"] == "review"]
    (suppression,) = waived["suppressions"]
    assert suppression["justification"] == "waived by Ada until 2026-11-21: agreed with legal"
    assert suppression["status"] == "accepted"


def test_a_fingerprint_outlives_a_new_number_and_a_new_line() -> None:
    def prints(rate: float, line: int) -> list[str]:
        items = [item("a", 0, "probe_a.rate >= 0.8")]
        done = report(items, [evidence("probe-a", rate=rate)])
        at = Anchors("", {"model": Anchor("trl4ml.yaml", line)})
        found = results(done, "sarif-github", anchors=at)
        return [one["partialFingerprints"]["primaryLocationLineHash"] for one in found]

    assert prints(0.1, 1) == prints(0.2, 9)
    assert len(prints(0.1, 1)) == 1


def test_equal_findings_of_two_components_have_two_fingerprints() -> None:
    parts = (Component(name="a"), Component(name="b"))
    done = report([item("x", 0)], [evidence("probe-a", Outcome.NO)], components=parts)
    found = json.loads(render(done, "gitlab"))
    assert len({one["fingerprint"] for one in found}) == len(found) == 2


def test_junit_is_read_back_and_adds_up() -> None:
    text = render(whole(), "junit")
    read = junitparser.JUnitXml.fromstring(text.encode())
    suites = list(read)
    assert [suite.name for suite in suites] == ["model", "data"]
    for suite in suites:
        kinds = [type(r) for case in suite for r in case.result]
        assert suite.tests == len(list(suite))
        assert suite.failures == kinds.count(junitparser.Failure)
        assert suite.errors == kinds.count(junitparser.Error)
        assert suite.skipped == kinds.count(junitparser.Skipped)
    assert (read.tests, read.failures, read.errors, read.skipped) == (14, 4, 1, 3)


def test_unknown_is_an_error_in_junit_and_never_a_skip() -> None:
    done = report([item("a", 0, "probe_nobody_ran")], [])
    (case,) = ET.fromstring(render(done, "junit")).iter("testcase")
    assert [child.tag for child in case] == ["error"]


def test_github_shows_ten_of_a_kind_and_says_how_many_are_left() -> None:
    items = [item(f"i{n:02}", 0) for n in range(14)]
    items += [item(f"j{n:02}", 0, gate=False) for n in range(11)]
    lines = render(report(items, [evidence("probe-a", Outcome.NO)]), "github").splitlines()
    kinds = [line.split(" ")[0] for line in lines]
    assert kinds == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"]
    assert lines[-1].endswith("5 more in the summary.")


@pytest.mark.parametrize(("days", "told"), [(0, True), (14, True), (15, False)])
def test_github_gives_notice_of_a_waiver_that_ends_within_two_weeks(days: int, told: bool) -> None:
    until = TODAY + timedelta(days=days)
    waiver = Waiver(item="a", owner="Ada", reason="agreed with legal", until=until)
    done = report([item("a", 0)], [evidence("probe-a", Outcome.NO, "unseeded")], waivers=[waiver])
    lines = render(done, "github", anchors=Anchors(today=TODAY)).splitlines()
    says = (
        "::notice file=trl4ml.yaml,line=1,col=1,title=a%3A waived%2C level 0::waived by Ada until "
        f"{until}: agreed with legal (unseeded). Do it. (hours)"
    )
    assert (lines[:-1] == [says]) is told, lines
    assert render(done, "github").splitlines() == lines[-1:]


def test_of_many_waivers_that_end_soon_the_first_to_end_are_told() -> None:
    items = [item(f"i{n:02}", 0) for n in range(12)]
    waivers = [
        Waiver(
            item=one.id, owner="Ada", reason="agreed with legal", until=TODAY + timedelta(days=n)
        )
        for n, one in enumerate(reversed(items))
    ]
    done = report(items, [evidence("probe-a", Outcome.NO)], waivers=waivers)
    lines = render(done, "github", anchors=Anchors(today=TODAY)).splitlines()
    assert [line.split("title=")[1][:3] for line in lines[:2]] == ["i11", "i10"]
    assert len(lines) == 10
    assert lines[-1].endswith("3 more in the summary.")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_forges_no_command_and_no_tag(text: str) -> None:
    lines = render(hostile(text), "github").splitlines()
    calm = render(hostile("calm"), "github").splitlines()
    assert [one.split(" ")[0] for one in lines] == [one.split(" ")[0] for one in calm]
    shape = [
        [child.tag for child in case]
        for case in ET.fromstring(render(hostile(text), "junit")).iter()
    ]
    assert shape == [[c.tag for c in case] for case in ET.fromstring(render(hostile("calm"), "junit")).iter()]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text_in_a_comment(text: str) -> None:
    import markdown

    def tags(of: str) -> list[str]:
        seen = Tags()
        page = render(hostile(of), "summary").replace("<details>", "<details markdown='1'>")
        seen.feed(markdown.markdown(page, extensions=["tables", "md_in_html"]))
        return seen.seen

    assert tags(text) == tags("calm")


@pytest.mark.slow
@pytest.mark.parametrize("word", ["word ", "*|<`", "\u202e", "é\U0001f600"])
def test_a_comment_is_small_enough_for_github(word: str) -> None:
    long = word * 2000
    items = [item(f"i{n}", 0, if_not={"remedy": long, "effort": "days"}) for n in range(2000)]
    text = render(report(items, [evidence("probe-a", Outcome.NO, long)]), "summary")
    assert len(text.encode()) <= 29_000
    assert "more" in text


def test_a_comment_on_many_components_names_the_worst_and_says_how_many_are_left() -> None:
    parts = tuple(Component(name=f"component-{n:04}-{'x' * 60}") for n in range(3000))
    text = render(
        report([item("a", 0)], [evidence("probe-a", Outcome.NO)], components=parts), "summary"
    )
    assert len(text.encode()) <= 29_000
    assert "component-0000-" in text
    assert text.count("… and 2900 more") == 2


def test_the_waivers_of_a_baseline_are_folded_in_a_comment_and_counted() -> None:
    items = [item(f"i-{n:04}", 0) for n in range(2000)]
    waivers = [Waiver(item=one.id, owner="Ada", reason="agreed with legal", until=TODAY) for one in items]  # fmt: skip
    found = [evidence("probe-a", Outcome.NO)]
    text = render(report(items, found, waivers=waivers), "summary")
    assert len(text.encode()) <= 29_000
    assert "<details><summary>2000 waived</summary>\n\n- <code>i-0000</code>: waived by Ada" in text
    listed = text.count("waived by Ada until")
    assert f"- … and {2000 - listed} more\n\n</details>" in text
    few = render(report(items[:5], found, waivers=waivers[:5]), "summary")
    assert "**Waived**\n\n- <code>" in few
    assert "<details><summary>5 waived" not in few


def test_only_what_is_wanted_is_shown_to_a_code_host() -> None:
    items = [item("low", 1), item("high", 5)]
    done = report(items, [evidence("probe-a", Outcome.NO)], level=1)
    for format in FORMATS:
        assert "high" not in render(done, format).replace("higher", "")


def test_an_alert_lies_where_the_evidence_says_or_at_the_component() -> None:
    (one,) = alerts(report([item("a", 0)], [found_at("src/model.py", 3)]), Anchors("sub"))
    assert one.anchor == Anchor("sub/src/model.py", 3)
    (one,) = alerts(report([item("a", 0, "probe_b")], []), Anchors("sub"))
    assert one.anchor == Anchor("sub/trl4ml.yaml")


def found_at(path: str, line: int) -> Any:
    one = evidence("probe-a", Outcome.NO, "unseeded").model_dump()
    return type(evidence("probe-a")).model_validate(
        {**one, "places": [{"path": path, "line": line}]}, strict=False
    )


def test_a_waived_and_a_met_item_are_no_alert() -> None:
    waiver = Waiver(item="a", owner="Ada", reason="agreed with legal", until=TODAY)
    done = report([item("a", 0), item("b", 0, "probe_b")],
                  [evidence("probe-a", Outcome.NO), evidence("probe-b")], waivers=[waiver])  # fmt: skip
    assert {v.status for v in done.components[0].verdicts} == {Status.WAIVED, Status.MET}
    assert alerts(done) == []
    assert json.loads(render(done, "gitlab")) == []


@pytest.mark.parametrize(
    ("outcome", "until", "gate", "says"),
    [
        (Outcome.YES, TODAY, True, "the waiver by Ada is no longer needed: remove it"),
        (Outcome.YES, TODAY, False, "the waiver by Ada is no longer needed: remove it"),
        (Outcome.NO, TODAY - timedelta(days=1), False, "the waiver by Ada ended on 2026-11-20"),
    ],
)
def test_a_waiver_that_holds_the_gate_back_is_told_in_every_format(
    outcome: Outcome, until: date, gate: bool, says: str
) -> None:
    waiver = Waiver(item="a", owner="Ada", reason="agreed with legal", until=until)
    done = report([item("a", 5, gate=gate), item("b", 0, "probe_b")],
                  [evidence("probe-a", outcome), evidence("probe-b")], waivers=[waiver], level=0)  # fmt: skip
    assert not done.met
    (failure,) = ET.fromstring(render(done, "junit")).iter("failure")
    assert says in failure.attrib["message"]
    assert render(done, "github").startswith("::error ")
    (one,) = json.loads(render(done, "gitlab"))
    assert (one["severity"], says in one["description"]) == ("critical", True)
    (one,) = results(done, "sarif-github")
    assert (one["level"], says in one["message"]["text"]) == ("error", True)
    (one,) = [one for one in results(done) if one["kind"] == "fail"]
    assert (one["level"], says in one["message"]["text"]) == ("error", True)
    if outcome is Outcome.YES:
        assert "Remove the waiver. (minutes)" in render(done, "github")


CONFIG = """name: shop
components:
  - name: ranking
    paths: [ranking/]
  - name: prices
    paths: [prices/]
checklists: [own.yaml]
"""
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


def test_the_command_writes_several_formats_with_lines_of_the_project(
    tmp_path: Path, trl4ml: Run
) -> None:
    lay_out(tmp_path / "repo", {"README.md": ""}, git=True)
    shop = tmp_path / "repo" / "shop"
    lay_out(shop, {"trl4ml.yaml": CONFIG, "own.yaml": OWN, "ranking/a.py": "", "prices/a.py": ""})
    args = [f"--output-format={kind}={tmp_path / kind}" for kind in FORMATS]
    done = trl4ml("audit", "--level", "0", *args, cwd=shop)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    log = json.loads((tmp_path / "sarif-github").read_text())
    places = [one["locations"][0]["physicalLocation"] for one in log["runs"][0]["results"]]
    assert {p["artifactLocation"]["uri"] for p in places} == {"shop/own.yaml"}
    assert {p["region"]["startLine"] for p in places} == {6}
    done = trl4ml("gate", "--min-level", "0", "--output-format", "github", cwd=shop)
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=shop/own.yaml,line=6,col=9,title=owned%3A not met")


@pytest.mark.parametrize(
    "text",
    ["[]", "components: [1]", "components: {a: 1}", "components: [{nam: x}]", "checklists: 3",
     "checklists: [own.yaml]"],
)  # fmt: skip
def test_a_file_that_changed_since_the_audit_has_no_lines_to_point_at(
    tmp_path: Path, text: str
) -> None:
    lay_out(tmp_path, {"trl4ml.yaml": "name: shop\nchecklists: [own.yaml]\n", "own.yaml": OWN})
    done = run.audit(tmp_path)
    assert anchors(done).items == {"owned": Anchor("own.yaml", 6, 9)}
    (tmp_path / "trl4ml.yaml").write_text(text)
    (tmp_path / "own.yaml").write_text("items: [{a: 1}]")
    assert anchors(done, TODAY) == Anchors("", today=TODAY)


def test_an_output_to_a_pipe_or_device_goes_into_it_and_does_not_replace_it(
    tmp_path: Path, trl4ml: Run
) -> None:
    lay_out(tmp_path, {"trl4ml.yaml": "name: shop\nchecklists: [own.yaml]\n", "own.yaml": OWN})
    done = trl4ml("audit", "--output-format", "json=/dev/stdout")
    assert json.loads(done.stdout)["report"]["project"] == "shop"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with os.fdopen(os.open(pipe, os.O_RDWR), "rb", buffering=0) as reader:
        trl4ml("audit", "--output-format", f"github={pipe}")
        assert reader.read(8) == b"::error "
    assert pipe.is_fifo()


def test_two_outputs_to_one_file_are_refused(tmp_path: Path, trl4ml: Run) -> None:
    done = trl4ml("audit", "--output-format", "json=out", "--output-format", "sarif=./out")
    assert done.returncode == 2
    assert "--output-format: two formats want the file out; give each its own" in done.stderr


def test_an_unknown_format_is_refused_with_a_hint(tmp_path: Path, trl4ml: Run) -> None:
    done = trl4ml("audit", "--output-format", "sarf")
    assert done.returncode == 2
    assert "'sarf' is not one of text, json, markdown, summary, sarif" in done.stderr
    assert "did you mean 'sarif'?" in done.stderr
