"""The room of cards: which headings open which section, what counts as said, and no surprises."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.cards.croissant import croissant
from trl4ml.cards.front import about, license, metrics
from trl4ml.cards.gebru import DATASHEET
from trl4ml.cards.markdown import Block, blocks, plain
from trl4ml.cards.mitchell import MODEL_CARD
from trl4ml.cards.names import foreign
from trl4ml.cards.readiness import readiness
from trl4ml.cards.sections import Form, least_complete, read
from trl4ml.cards.words import count, said

TEN = "one two three four five six seven eight nine ten"
FORMS = pytest.mark.parametrize("form", [MODEL_CARD, DATASHEET], ids=["mitchell", "gebru"])


def test_markdown_is_headings_with_lines_and_neither_comments_nor_code() -> None:
    text = "a\n# B #\nc <!-- d\n# e -->\n```py\n# f\n```\nG\n---\n<h3>H <i>i</i></h3>\n**J:**\nk"
    assert [*blocks(text)] == [
        Block(0, "", ["a"]),
        Block(1, "B", ["c ", "", "", ""]),
        Block(2, "G", ["---"]),
        Block(3, "H <i>i</i>", []),
        Block(7, "J", ["k"]),
    ]


@pytest.mark.parametrize(
    ("title", "words"),
    [("1.2 Out-of-Scope **Use**", "out of scope use"), ("Shared by [optional]", "shared by"), ("", ""),
     ("Training <b>data</b> 📚", "training data")],
)  # fmt: skip
def test_a_title_in_plain_words(title: str, words: str) -> None:
    assert plain(title) == words


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("It sorts letters.", "It sorts letters."),
        ("[More Information Needed]", ""),
        ("- **Developed by:** [More Information Needed]", ""),
        ("- **Developed by:** Ada", "- **Developed by:** Ada"),
        ("Todo lists are sorted", "Todo lists are sorted"),
        ("TODO: say it", ""),
        ("{{ model_summary }}", ""),
        ("[Your name](https://example.org)", "[Your name](https://example.org)"),
        ("**Who made it?** Ada did.", "Ada did."),
        ("Who made it? Please provide a name.", ""),
    ],
)
def test_a_placeholder_a_label_and_a_question_say_nothing(line: str, kept: str) -> None:
    assert said(line) == kept


def test_signs_of_a_script_without_blanks_are_words() -> None:
    assert count("二つ and two") == 4


@pytest.mark.parametrize(
    ("form", "text", "filled"),
    [
        (MODEL_CARD, f"# Model Card for bias\n## Uses\n{TEN}", ["intended use"]),
        (MODEL_CARD, f"# Uses\n{TEN}", ["intended use"]),
        (MODEL_CARD, f"## Evaluation data\n### Data sets\n{TEN}", ["evaluation data"]),
        (MODEL_CARD, f"## Metrics\n### Citation\n{TEN}", []),
        (MODEL_CARD, f"## Bias, Risks, and Limitations\n{TEN}",
         ["ethical considerations", "caveats and recommendations"]),
        (DATASHEET, f"## Composition\n### How was the data collected?\n{TEN}", ["composition"]),
        (DATASHEET, f"## How was the data collected?\n{TEN}", ["collection process"]),
        (DATASHEET, f"## Data\n### Licensing\n{TEN}", ["distribution"]),
    ],
)  # fmt: skip
def test_a_heading_opens_the_sections_it_names(form: Form, text: str, filled: list[str]) -> None:
    assert [*read(form, text).filled] == filled


def test_a_card_keeps_each_section_with_what_it_says() -> None:
    card = read(MODEL_CARD, f"Hello.\n# Uses\nTODO\n{TEN}\n## Install\npip", {"license": "mit"})
    assert [(one.title, one.text) for one in card.sections] == [
        ("", "Hello."), ("Uses", TEN), ("Install", "pip"),
    ]  # fmt: skip
    assert (card.words, card.license, card.counts, card.empty) == (
        12,
        "mit",
        {"intended use": 11},
        0,
    )
    assert read(MODEL_CARD, "# Uses").empty


def test_the_least_complete_of_several() -> None:
    cards = {name: read(DATASHEET, text) for name, text in (("a", f"# Uses\n{TEN}"), ("c", ""), ("b", ""))}  # fmt: skip
    assert least_complete(cards) == "b"


@pytest.mark.parametrize(
    ("front", "text", "name"),
    [
        ({"license": "other", "license_name": "openrail-m"}, "", "openrail-m"),
        ({"license": ["mit", 3]}, "", "mit, 3"),
        ({"license": {}}, "- **License:** MIT\n", "MIT"),
        ({}, "| Licence | BSD |", "BSD"),
        ({}, "## License\n\nUse \x1b[31mit", "Use [31mit"),
        ({}, "License: TODO", ""),
    ],
)
def test_the_licence_in_the_front_or_in_a_line(front: Any, text: str, name: str) -> None:
    assert license(front, text) == name


@pytest.mark.parametrize(
    ("front", "subject"),
    [
        ({"pipeline_tag": "x", "datasets": []}, "model"),
        ({"task_categories": [], "metrics": []}, "data"),
        ({"sdk": "gradio", "datasets": []}, ""),
        ({"title": "x", 3: 4}, ""),
    ],
)
def test_what_front_matter_is_about(front: Any, subject: str) -> None:
    assert about(front) == subject


def test_metrics_are_values_and_not_placeholders() -> None:
    results = [{"metrics": [{"value": 0}, {"value": "TBD"}, {}, 7]}, {"metrics": 1}, None]
    assert [*metrics({"model-index": [{"results": results}, "odd"]})] == [0]


@pytest.mark.parametrize(
    ("front", "text", "expected"),
    [
        ({}, "Readiness band: A2 for churn\n**Data readiness level:** B1", ("B1", True)),
        ({"readiness_band": "a1"}, "Task: churn", ("A1", True)),
        ({"readiness": ["A1"]}, "Readiness: E9", ("", False)),
        ({}, "| Readiness band | C4 |", ("C4", False)),
    ],
)
def test_the_lowest_band_that_is_declared(front: Any, text: str, expected: Any) -> None:
    assert readiness(front, text) == expected


def test_croissant_is_a_datasheet_by_its_properties() -> None:
    card = croissant({
        "description": f"{TEN}\nReadiness band: B2", "license": {"@id": "L", "@type": "T"},
        "rai:dataBiases": "one two three four five", "rai:dataLimitations": ["six seven", "eight nine ten"],
        "recordSet": [{"name": "TODO " * 10}], "name": TEN,
    })  # fmt: skip
    assert card.filled == ("motivation", "uses")
    assert (card.license, readiness(card.front, card.text).band) == ("L", "B2")
    assert croissant({}).empty
    with pytest.raises(ValueError, match="no mapping"):
        croissant([])


@pytest.mark.parametrize(
    ("path", "other"),
    [("MODEL_CARD.md", False), ("vendor/x/MODEL_CARD.md", True), ("docs/card_template.md", True)],
)
def test_whose_card_it_is(path: str, other: bool) -> None:
    assert foreign(path) is other


MARKUP = st.text(st.sampled_from("#*`~<!->[]{}()=|?: \nUses12Data"), max_size=200)


@FORMS
@given(text=st.one_of(st.text(), MARKUP))
def test_any_text_is_a_card_whose_sections_are_filled_or_missing(form: Form, text: str) -> None:
    card = read(form, text)
    assert sorted(card.filled + card.missing) == sorted(form.headings)
    assert card.words <= count(text)
    assert all(card.counts[name] >= 10 for name in card.filled)


@FORMS
def test_the_name_of_a_section_as_a_heading_opens_it(form: Form) -> None:
    text = "".join(f"## {name.title()}\n{TEN}\n" for name in form.headings)
    assert read(form, text).missing == ()


@given(st.recursive(st.none() | st.text(), lambda some: st.lists(some) | st.dictionaries(st.text(), some)))  # fmt: skip
def test_any_json_is_croissant_or_a_value_error(top: object) -> None:
    try:
        assert croissant(json.loads(json.dumps(top))).words >= 0
    except ValueError:
        assert not isinstance(top, dict)
