"""Every rendering: hostile text stays text, the verdict is the same everywhere, goldens hold."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.making import TODAY, answer, evidence, item, report, switchback
from trl4ml import resources
from trl4ml.core.evidence import Outcome
from trl4ml.core.judging import Told
from trl4ml.core.project import Component, Criticality, Waiver
from trl4ml.core.report import Report
from trl4ml.render.plain import printable
from trl4ml.run import FORMATS, render

HOSTILE = (
    "<script>alert(1)</script>", "[x](javascript:alert(1))", "\x1b]0;owned\x07", "\x1b[2J", "a\rb",
    "%0A::error::forged", "]]>", "| a | b |", "\n# Heading", "`code`", "\u202egnp.exe", "{{ 7*7 }}",
    "{% include 'x' %}", "&lt;b&gt;", "\x00", "*bold* _it_", "![i](http://x/y.png)", "\ud800",
)  # fmt: skip


def hostile(text: str) -> Report:
    text = text.encode("utf-8", "backslashreplace").decode()
    items = [item("a", 0, ask=text, why=text, if_not={"remedy": text, "effort": "hours"}),
             item("b", 0, "probe_b", if_not={"remedy": text, "effort": "days"}),
             item("c", 0, "answer", tags=["stealing"])]  # fmt: skip
    found = [evidence("probe-a", message=text), evidence("probe-b", Outcome.NO, text)]
    waiver = Waiver(item="b", owner=text, reason=f"agreed because {text}", until=TODAY)
    told = Told(
        answers=[answer("c", by=f"A {text}", note=text, link=text)],
        switchbacks=[switchback("model", 2, 1, reason=f"because of {text}", by=f"A {text}")],
        registers={name: {"entries": [dict.fromkeys(FIELDS, text)]} for name in REGISTERS},
    )
    return report(items, found, waivers=[waiver], owners=(text,), told=told)


FIELDS = ("id", "kind", "component", "statement", "owner", "mitigation", "result", "status",
          "level", "last_verified", "expires")  # fmt: skip


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(f"{tag} {attrs}")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_never_controls_a_terminal(text: str) -> None:
    for every in (True, False):
        shown = render(hostile(text), "text", every=every)
        assert all(c.isprintable() or c == "\n" for c in shown)
    assert all(c.isprintable() or c == "\n" for c in render(hostile(text), "brief"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_neither_markdown_nor_html_in_a_report(text: str) -> None:
    import markdown

    page = markdown.markdown(render(hostile(text), "markdown"), extensions=["tables"])
    tags = Tags()
    tags.feed(page)
    calm = Tags()
    calm.feed(markdown.markdown(render(hostile("calm"), "markdown"), extensions=["tables"]))
    assert tags.seen == calm.seen


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text_again_after_json(text: str) -> None:
    whole = json.loads(render(hostile(text), "json"))
    assert Report.model_validate_json(json.dumps(whole["report"])) == hostile(text)


@given(st.text())
def test_printable_text_has_nothing_unprintable(text: str) -> None:
    assert printable(text).isprintable()


def test_templates_let_nothing_past_the_escaping() -> None:
    for path in resources.folder("templates").rglob("*.j2"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape\s+false|Markup", text), path
        own = re.findall(r"\bown\(([^()]*(?:\([^()]*\))?[^()]*)\)", text)
        assert set(own) <= {
            "why",
            "level_of(c)",
            "levels[gate.level].name",
            "levels[gate.level].question",
        }, f"{path}: {own} is not our own text"
    assert not list(resources.folder("templates").rglob("*.py"))


def whole() -> Report:
    """A report with everything in it that a page shows."""
    items = [
        item("seeds", 0, "probe_a", ask="Are the seeds set?"),
        item("rate", 1, "probe_a.rate >= 0.8", if_not={"remedy": "Test more.", "effort": "days"}),
        item("quick", 1, "probe_b", if_not={"remedy": "Write it down.", "effort": "minutes"}),
        item("told", 1, "probe_c", if_not={"remedy": "Say it.", "effort": "hours"}),
        item("away", 1, "probe_d", tags=["cleaning"]),
        item("later", 1, "probe_b", gate=False, tags=["poisoning"]),
        item("said", 0, "answer", tags=["data-discovery"]),
    ]
    found = [
        evidence("probe-a", message="it is there", rate=0.79),
        evidence("probe-b", Outcome.NO, "there is none"),
        evidence("probe-d", Outcome.NOT_APPLICABLE, "there is no container"),
    ]
    waiver = Waiver(item="told", component="data", owner="Ada", reason="agreed with legal",
                    until=TODAY)  # fmt: skip
    parts = (Component(name="model", claims=1, coupled=("data",)), Component(name="data"))
    told = Told(
        answers=[answer("said", by="Cleo", note="after the workshop", link="minutes.md")],
        switchbacks=[switchback("data", 2, 1, days=-3)],
        registers=REGISTERS,
    )
    return report(items, found, components=parts, waivers=[waiver], criticality=Criticality.LOW,
                  owners=("Ada", "Bo"), told=told)  # fmt: skip


REGISTERS = {
    "requirements": {"entries": [
        {"id": "1", "kind": "product", "statement": "answers within a second"},
        {"id": "2", "kind": "technical", "statement": "is calibrated", "p": 0.1, "value": 5},
        {"id": "3", "kind": "technical", "statement": "never invents", "p": 0.3, "value": 8,
         "mitigation": "a person decides", "result": "passed", "component": "model"},
    ]},
    "assumptions": {"entries": [
        {"id": "same-sensors", "level": 4, "statement": "the sensors stay the same", "kind": "data",
         "owner": "Bo", "last_verified": "2026-10-01", "expires": "2027-01-01", "status": "holds"},
    ]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "format", "more"),
    [
        ("report.txt", "text", {}),
        ("report-all.txt", "text", {"every": True}),
        ("report-narrow.txt", "text", {"width": 50}),
        ("report-colour.txt", "text", {"colour": True}),
        ("report-brief.txt", "brief", {}),
        ("report.md", "markdown", {}),
        ("report.json", "json", {}),
    ],
)
def test_a_report_looks_as_it_did(
    golden: Callable[[str, str], None], name: str, format: str, more: dict[str, object]
) -> None:
    golden(name, render(whole(), format, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    longest = max(
        len(line) for line in render(whole(), "text", every=True, width=width).splitlines()
    )
    assert longest <= max(width, 72)


def test_every_format_says_the_same_verdict() -> None:
    done = whole()
    assert "NOT READY" in render(done, "text")
    assert "NOT READY" in render(done, "markdown")
    assert "NOT READY" in render(done, "brief")
    assert json.loads(render(done, "json"))["report"]["supported"] == done.supported
    assert {"text", "markdown", "json"} < set(FORMATS)


def test_a_report_made_by_the_first_schema_is_still_read() -> None:
    kept = (Path(__file__).parent / "golden" / "report-schema-1.json").read_text(encoding="utf-8")
    old = Report.model_validate_json(json.dumps(json.loads(kept)["report"]))
    assert render(old, "text").startswith("NOT READY")


@pytest.mark.parametrize(("number", "days"), [(5, 1), (6, 1), (6, -1), (6, 400)])
def test_the_many_waivers_of_a_baseline_are_told_in_one_sentence_and_listed_on_request(
    number: int, days: int
) -> None:
    """Else what to do next would stand below them all."""
    items = [item(f"i-{n}", 0) for n in range(number)]
    until = TODAY + timedelta(days=days)
    waivers = [
        Waiver(item=one.id, owner="Ada", reason="agreed\nwith legal", until=until) for one in items
    ]
    one = report(items, [evidence("probe-a", Outcome.NO)], waivers=waivers, level=0)
    told, listed = (render(one, "text", every=every, width=100) for every in (False, True))
    word = "waived" if days == 1 else "lapsed"
    assert listed.count(f"  {word}  i-") == number
    if number == 5:
        assert told.count(f"  {word}  i-") == 5
        return
    says = {
        1: f"6 items, by Ada until {until}: agreed with legal\n",
        -1: f"6 items: the waivers by Ada until {until} do not hold: agreed with legal\n",
        400: f"6 items: the waivers by Ada until {until} do not hold: agreed with legal\n",
    }
    assert f"  {word}  {says[days]}" in told
    assert f"  {word}  i-" not in told
