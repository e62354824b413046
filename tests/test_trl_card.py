"""`trl4ml card trl`: the card says what is known, what is absent says what to do, nobody's edit is lost."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Run
from tests.making import answer, evidence, item, report, switchback
from trl4ml import carding, resources, run
from trl4ml.asking import parse_yaml
from trl4ml.cards.trl import FIELDS, marked, trl, untouched
from trl4ml.core.evidence import Outcome
from trl4ml.core.judging import Told
from trl4ml.core.project import Component
from trl4ml.core.trlcard import trl_card
from trl4ml.core.trlcard.known import TrlCard
from trl4ml.errors import Complaints, WrongInput
from trl4ml.loading import load_all
from trl4ml.readers.files import Part
from trl4ml.readers.tree import Tree
from trl4ml.readers.views import Views, changed
from trl4ml.render.trlcard import markdown
from trl4ml.testing import find, lay_out

VARIANT_A = ("Tech name (project ID)", "Current level", "R&D owner(s)", "R&D reviewer(s)",
             "Production owner(s)", "Production reviewer(s)", "Component", "Coupled components",
             "Ethics checks")  # fmt: skip
VARIANT_B = ("Main project page", "Requirements and V&V", "Code and docs")
SECTIONS = ("TL;DR", "Top-level requirements", "Model and algorithm info", "Intended use",
            "Metrics and results", "Testing status", "Data considerations",
            "Caveats, known edge cases, recommendations", "Key assumptions", "Stage debrief")  # fmt: skip
WORDS = {
    "technology": "Loan scoring", "project_id": "R02.1", "tldr": "It ranks loans for a clerk.",
    "algorithm": "A boosted tree.", "intended_use": "A clerk sees the rank.",
    "unacceptable_use": "Never decides alone.", "testing": "Units; not yet in the branch.",
    "data": "Few under 25.", "results": "AUC 0.91 on n = 1200.", "caveats": "Rates moved in 2022.",
    "ethics": "Done, docs/ethics.md", "reviewers": ["Bo Ek"], "production_owners": ["Cy Dahl"],
    "production_reviewers": ["Di Eng"], "main_page": "https://wiki.example.org/loans",
    "requirements_page": "docs/requirements.md", "code_page": "https://git.example.org/loans",
    "debriefs": [{"level": 1, "done": "Three models were tried by Ada.", "dropped": "The neural one.",
                  "learned": "Income is enough.", "debt": "The notebook is still untested."}],
}  # fmt: skip
REGISTERS: dict[str, Any] = {
    "cards": {"entries": [WORDS]},
    "requirements": {"entries": [
        {"id": "10", "statement": "It answers in 1 s.", "kind": "product"},
        {"id": "2", "statement": "It is calibrated.", "kind": "technical", "p": 0.3, "value": 8,
         "result": "passed"},
        {"id": "2.1", "statement": "Each group is.", "kind": "technical"},
        {"id": "3", "statement": "Of another.", "kind": "product", "component": "pipeline"},
    ]},
    "datasets": {"entries": [
        {"id": "loans", "kind": "real", "version": "3", "band": "B2", "used_for": ["training"]},
        {"id": "made-up", "kind": "synthetic"},
    ]},
    "assumptions": {"entries": [
        {"id": "same-form", "statement": "The form stays.", "kind": "data", "level": 2,
         "status": "holds", "last_verified": "2026-10-01"},
        {"id": "rates", "statement": "Rates stay.", "kind": "world", "level": 2},
    ]},
    "incidents": {"entries": [{"id": "i1", "date": "2026-05-01", "what": "All were refused."},
                              {"id": "i2", "date": "2026-05-02", "what": "Mended.",
                               "status": "closed"}]},
    "second-order-effects": {"entries": [], "refused_uses": ["Pricing of insurance"]},
}  # fmt: skip
MODEL = Component(name="model", claims=4, coupled=("pipeline",), owners=("Ada Lovelace",))
BARE = Component(name="bare")


def card(
    component: Component = MODEL, registers: dict[str, Any] = REGISTERS, **more: Any
) -> TrlCard:
    items = [item("a", 0), item("reviewed", 0, "answer and answer.independent >= 1"),
             item("ethics-harm", 0, "answer"), item("b", 1, "probe_b"), item("c", 1, "probe_a"),
             item("t", 1, "test_results", gate=False)]  # fmt: skip
    found = [evidence("probe-a"), evidence("probe-b", Outcome.NO),
             evidence("test-results", message="12 tests passed")]  # fmt: skip
    told = Told(
        answers=[answer("reviewed", by="Eva", days=2), answer("ethics-harm", by="Eva", days=2)],
        switchbacks=[switchback(component.name, 1, 0)], registers=registers,
    )  # fmt: skip
    parts = (component, Component(name="pipeline"))
    made = report(items, found, components=parts, told=told, owners=("Ola",), **more)
    return trl_card(made, component)


def page(one: TrlCard, cards: tuple[tuple[int, str], ...] = ()) -> str:
    return markdown(one, cards, resources.folder("templates"))


def says(one: TrlCard, name: str) -> str:
    every = [*one.summary, *(field for part in one.sections for field in part.fields)]
    return " · ".join(next(field.says for field in every if field.name == name))


def test_the_card_has_the_fields_of_both_published_variants() -> None:
    names = [field.name for field in card().summary]
    assert {*VARIANT_A, *VARIANT_B} < {*names}
    assert tuple(part.title for part in card().sections) == SECTIONS
    assert len(card().sections[-1].fields) == 4


def test_the_whole_card_as_markdown(golden: Callable[[str, str], None]) -> None:
    golden("card-trl.md", page(card(), ((0, "level-0.md"), (2, "level-2.md"))))


def test_a_card_of_which_nothing_is_known_says_what_to_do(
    golden: Callable[[str, str], None],
) -> None:
    golden("card-trl-bare.md", page(card(BARE, {})))


def test_only_what_is_declared_of_this_component_is_on_its_card() -> None:
    whole = page(card())
    assert "Of another" not in whole
    assert whole.index("**2**: It is calibrated") < whole.index("**10**: It answers")
    assert "Each group is" not in whole
    assert "Mended" not in whole


@pytest.mark.parametrize(
    ("component", "registers", "name", "expected"),
    [
        (MODEL, REGISTERS, "Current level", "1: achieved 0, working on 1, Goal-Oriented Research"),
        (MODEL, REGISTERS, "R&D owner(s)", "Ada Lovelace"),
        (BARE, {}, "R&D owner(s)", "Ola"),
        (MODEL, REGISTERS, "Coupled components", "pipeline (level 0)"),
        (BARE, {}, "Coupled components", "none declared"),
        (BARE, {}, "Ethics checks", "1 of 1 ethics items met up to this level"),
        (MODEL, REGISTERS, "test-results", "yes: 12 tests passed"),
        (MODEL, REGISTERS, "What was dropped or put off?",
         "The neural one. · back from 1 to 0 on 2026-11-01: the labels were wrong"),
        (BARE, {"cards": {"entries": [{"tldr": "all"}, {"component": "bare", "tldr": "mine"}]}},
         "In short", "mine"),
        (BARE, {"cards": {"entries": [{"component": "other", "tldr": "theirs"}]}}, "In short", ""),
    ],
)  # fmt: skip
def test_a_field_says_what_is_known(
    component: Component, registers: dict[str, Any], name: str, expected: str
) -> None:
    assert says(card(component, registers), name) == expected


def test_who_reviewed_without_being_an_owner_is_the_reviewer_where_none_is_written() -> None:
    answered = [item("reviewed", 0, "answer and answer.independent >= 1"), item("b", 0, "probe_b")]
    told = Told(answers=[answer("reviewed", by="Eva")])
    made = report(answered, [], components=[BARE], owners=("Ola",), told=told)
    assert says(trl_card(made, BARE), "R&D reviewer(s)") == "Eva"


def test_an_owner_who_reviews_is_told_so() -> None:
    one = card(BARE, {"cards": {"entries": [{"reviewers": ["ola <ola@example.org>"]}]}})
    assert "an owner reviews their own work; name somebody else" in page(one)


def test_who_owns_production_does_not_review_it() -> None:
    words = {"production_owners": ["Cy"], "production_reviewers": ["cy"]}
    field = next(f for f in card(BARE, {"cards": {"entries": [words]}}).summary
                 if f.name == "Production reviewer(s)")  # fmt: skip
    assert (field.says, field.todo) == (
        ("cy",),
        "an owner reviews their own work; name somebody else",
    )


def test_what_passed_every_gate_is_watched_in_use() -> None:
    made = report([item(f"i{n}", n) for n in range(10)], [evidence("probe-a")], components=[BARE])
    one = trl_card(made, BARE)
    assert (one.level, says(one, "Current level")) == (9, "9: achieved 9, watched in use")


def test_what_is_due_later_says_when() -> None:
    todo = next(f.todo for f in card(BARE, {}).summary if f.name == "Production owner(s)")
    assert todo == (
        "due from level 5; add `production_owners` under registers.cards in trl4ml.yaml"
    )


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(f"{tag} {attrs}")


FREE = {
    *WORDS,
    "statement",
    "what",
    "refused_uses",
    "done",
    "dropped",
    "learned",
    "debt",
    "version",
}


def spoken(data: Any, text: str, key: str = "") -> Any:
    """The registers with the text wherever people write what they like."""
    if isinstance(data, dict):
        return {name: spoken(one, text, name) for name, one in data.items()}
    if isinstance(data, list):
        return [spoken(one, text, key) for one in data]
    return text if key in FREE else data


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "| a | b |", "\n# Heading", "`code`",
     "*bold* _it_", "![i](http://x/y.png)", "\x1b[2J", "-->", "1. one"],
)  # fmt: skip
def test_hostile_text_is_neither_markdown_nor_html_on_a_card(text: str) -> None:
    import markdown as engine

    def shown(words: str) -> str:
        return page(card(registers=spoken(REGISTERS, f"a {words}")))

    tags = [Tags(engine.markdown(shown(one), extensions=["tables"])).seen for one in (text, "calm")]
    assert tags[0] == tags[1]
    assert all(c.isprintable() or c == "\n" for c in shown(text))


CONFIG = """\
name: p
checklists: [own.yaml]
owners: [Ola]
"""
CHECKLIST = """\
checklist: own
version: "1"
title: t
about: a
items:
  - {id: card, level: 0, ask: Is it?, why: Because., wants: trl_card.cards >= 1,
     if_not: {remedy: Do it., effort: hours}}
  - {id: full, level: 1, ask: Is it?, why: Because., wants: trl_card,
     if_not: {remedy: Do it., effort: hours}}
"""
TWO = "components: [{name: a}, {name: b}]\n"


def project(folder: Path, config: str = "", **files: Any) -> None:
    lay_out(folder, {"trl4ml.yaml": CONFIG + config, "own.yaml": CHECKLIST, **files})


def test_a_card_is_written_once_and_then_up_to_date(tmp_path: Path, trl4ml: Run) -> None:
    project(tmp_path)
    first = trl4ml("card", "trl")
    assert (first.returncode, first.stderr) == (0, "")
    assert re.fullmatch(r"cards/p/level-0\.md written, \d+ fields to be stated\n", first.stdout)
    second = trl4ml("card", "trl")
    assert second.stdout.startswith("cards/p/level-1.md written")
    written = (tmp_path / "cards/p/level-1.md").read_bytes()
    assert b"[level 0](level-0.md)" in written
    third = trl4ml("card", "trl")
    assert third.stdout.startswith("cards/p/level-1.md is up to date")
    assert (tmp_path / "cards/p/level-1.md").read_bytes() == written
    assert untouched(written.decode())


def test_a_card_that_somebody_edited_stays_until_forced(tmp_path: Path, trl4ml: Run) -> None:
    project(tmp_path, TWO)
    lay_out(tmp_path, {"cards/b/level-0.md": "mine"})
    done = trl4ml("card", "trl")
    assert (done.returncode, done.stderr) == (2, (
        "trl4ml: cards/b/level-0.md: was not written by trl4ml, or was edited since, and stays as it "
        "is; print the new card with --out -, or overwrite it with --force\n"))  # fmt: skip
    assert not (tmp_path / "cards/a").exists()
    assert trl4ml("card", "trl", "--component", "a").returncode == 0
    assert trl4ml("card", "trl", "--component", "b", "--force").returncode == 0
    path = tmp_path / "cards/b/level-0.md"
    assert "# TRL card: b, level 0" in path.read_text()


def test_a_card_goes_to_the_screen_or_a_file_with_links_that_lead_there(
    tmp_path: Path, trl4ml: Run
) -> None:
    project(tmp_path, **{"cards/p/level-4.md": "old", "docs/x.md": ""})
    shown = trl4ml("card", "trl", "--out", "-").stdout
    assert "[level 4](level-4.md)" in shown
    assert trl4ml("card", "trl", "--out", "docs/card.md").stdout == ""
    assert "[level 4](../cards/p/level-4.md)" in (tmp_path / "docs/card.md").read_text()
    assert not (tmp_path / "cards/p/level-0.md").exists()


def test_the_card_as_json(tmp_path: Path, trl4ml: Run) -> None:
    project(tmp_path, TWO)
    told = json.loads(trl4ml("card", "trl", "--format", "json").stdout)
    assert [one["component"] for one in told["cards"]] == ["a", "b"]
    assert TrlCard.model_validate_json(json.dumps(told["cards"][0])).level == 0
    assert not (tmp_path / "cards").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--component", "c"), "--component c: no component is called so; there is a, b"),
        (("--out", "-"), "--out: there are 2 cards; choose one with --component (a, b), or leave "
         "--out away"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence(
    tmp_path: Path, trl4ml: Run, arguments: tuple[str, ...], says: str
) -> None:
    project(tmp_path, TWO)
    done = trl4ml("card", "trl", *arguments)
    assert (done.returncode, done.stderr) == (2, f"trl4ml: {says}\n")


def test_no_card_leaves_the_project_through_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    project(tmp_path / "p", cards={"link": str(outside)})
    done = run.gather(tmp_path / "p")
    with pytest.raises(WrongInput, match="leaves the project; remove the link that leads there"):
        carding.write(done, carding.cards(done, None), force=True)
    assert not any(outside.iterdir())


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ("[{tldr: a}, {tldr: b}]", "trl4ml.yaml:5:22: entries.1: every component has two entries"),
        ("[{component: p}, {component: p}]", "trl4ml.yaml:5:27: entries.1: p has two entries"),
        ("[{debriefs: [{level: 1}, {level: 1}]}]",
         "trl4ml.yaml:5:43: entries.0.debriefs.1.level: level 1 has two debriefs"),
        ("[{component: q}]", "trl4ml.yaml:5:23: no component is called 'q'"),
    ],
)  # fmt: skip
def test_a_wrong_entry_under_cards_is_told_with_its_line(
    tmp_path: Path, entries: str, says: str
) -> None:
    project(tmp_path, f"registers:\n  cards: {entries}\n")
    with pytest.raises(Complaints) as caught:
        load_all(tmp_path, {})
    assert str(caught.value) == says


def test_a_card_with_everything_stated_leaves_nothing_out_for_the_probe(tmp_path: Path) -> None:
    lay_out(tmp_path, {"cards/model/level-1.md": page(card(registers={
        **REGISTERS, "requirements": {"entries": [{"id": "1", "statement": "It works.",
                                                   "kind": "technical"}]}}))})  # fmt: skip
    finding = find("trl-card", tmp_path)
    assert (finding.outcome, finding.message) == (
        Outcome.YES,
        "cards/model/level-1.md leaves nothing out",
    )
    assert finding.measures["fields"].value == len(FIELDS)


def test_a_bare_card_is_told_what_it_leaves_out(tmp_path: Path) -> None:
    lay_out(tmp_path, {"cards/bare/level-1.md": page(card(BARE, {}))})
    finding = find("trl-card", tmp_path)
    assert finding.message == "cards/bare/level-1.md: no reviewer; no requirements"


def test_a_card_of_another_component_is_not_judged(tmp_path: Path) -> None:
    lay_out(tmp_path, {"cards/a/level-3.md": "| Owner | Ada |", "cards/b/level-5.md": "x"})
    views = Views(Part(Tree(tmp_path), "a"), parse_yaml)
    from trl4ml.asking import ask
    from trl4ml.loading import all_probes

    finding = ask(all_probes()["trl-card"], views, {})
    assert finding.measures["level"].value == 3


def test_evidence_on_age_stands_while_commits_leave_card_and_code_alone(tmp_path: Path) -> None:
    lay_out(tmp_path, {"TRL_CARD.md": "x", "a.py": "1", "sub/b.py": ""}, git=True)
    views = Views(Part(Tree(tmp_path)), parse_yaml)
    assert views.git.newer("TRL_CARD.md", "**/*.py") is False
    for text, is_newer, says in (("README.md", False, ""), ("sub/b.py", True, "newer")):
        lay_out(tmp_path, {}, git=[{"write": {text: "2"}, "commit": "Bo"}])
        assert says in changed(Part(Tree(tmp_path)), views.trace(), parse_yaml)
        again = Views(Part(Tree(tmp_path)), parse_yaml)
        assert again.git.newer("TRL_CARD.md", "**/*.py") is is_newer
    assert changed(Part(Tree(tmp_path)), again.trace(), parse_yaml) == ""


def test_a_project_below_the_top_of_its_repository_knows_which_is_newer(tmp_path: Path) -> None:
    lay_out(tmp_path, {"p/TRL_CARD.md": "x", "p/a b.py": "1", "other.py": ""}, git=True)
    lay_out(tmp_path, {}, git=[{"write": {"other.py": "2"}, "commit": "Bo"}])
    git = Views(Part(Tree(tmp_path / "p")), parse_yaml).git
    assert git.newer("TRL_CARD.md", "**/*.py") is False
    lay_out(tmp_path, {}, git=[{"write": {"p/a b.py": "2"}, "commit": "Bo"},
                               {"write": {"p/c.md": "2"}, "commit": "Bo"}])  # fmt: skip
    git = Views(Part(Tree(tmp_path / "p")), parse_yaml).git
    assert git.newer("TRL_CARD.md", "**/*.py") is True
    assert git.newer("missing.md", "**/*.py") is None


MARKUP = st.text(st.sampled_from("#*`~<!->[]{}()=|?: \n/&Ownerlv12"), max_size=200)


@given(text=st.one_of(st.text(), MARKUP))
def test_any_text_is_a_card_with_some_of_the_fields(text: str) -> None:
    one = trl(text)
    assert {*one.filled} <= {*FIELDS}
    assert one.level is None or 0 <= one.level <= 9
    assert all(row.line <= len(text.splitlines()) for row in one.rows.values())


@pytest.mark.parametrize("line", ["| a |" + " " * 300_000 + "x", " " * 300_000, "(*" * 150_000,
                                  "[" * 300_000, "*" * 300_000, "1." * 150_000])  # fmt: skip
def test_no_line_keeps_the_reader_busy(line: str) -> None:
    assert trl(f"## Requirements\n{line}").level is None


@given(st.text())
def test_a_marked_card_is_untouched_and_an_edited_one_is_not(text: str) -> None:
    text = text.replace("\r", "").encode("utf-8", "ignore").decode()
    assert untouched(marked(text, "x"))
    assert untouched(marked(text, "x").replace("\n", "\r\n"))
    assert not untouched(marked(text, "x") + "y")
    assert not untouched(text)
