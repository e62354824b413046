"""`trl4ml card model` and `card import`: forms for others, answers that a card supports, nothing lost."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Run
from trl4ml.cards.claims import Claim, Unclear, of_front, of_tables, off_by
from trl4ml.cards.topics import of_google, of_markdown
from trl4ml.core.modelcard.names import ALIASES, ours
from trl4ml.describing import front_matter
from trl4ml.testing import find, lay_out

ITEM = "{{id: {0}, level: 0, ask: Is it?, why: Because., wants: answer, if_not: {{remedy: Do it., effort: hours}}}}"
CHECKLIST = "\n".join(
    ["checklist: own", 'version: "1"', "title: t", "about: a", "items:",
     *(f"  - {ITEM.format(id)}" for id in ("ethics-misuse-foreseen", "literature-cited", "tuning-record")),
     "  - {id: slices, level: 0, ask: Is it?, why: Because., wants: slice_performance, if_not: {remedy: Do it., effort: hours}}",
     "  - {id: card, level: 0, ask: Is it?, why: Because., wants: model_card, if_not: {remedy: Do it., effort: hours}}"],
)  # fmt: skip
CONFIG = """\
name: p
owners: [Ola]
checklists: [own.yaml]
components:
  - name: m
probes:
  slice-performance: {predictions: [test.csv], label: y, prediction: p, by: [group], min_n: 1}
"""
ROWS = "y,p,group\n1,1,a\n1,0,a\n0,0,b\n0,0,b\n"
CARD = """\
---
license: mit
pipeline_tag: tabular-classification
---
# Model card for m
## Uses
It ranks letters for a clerk who sees them all.
### Out-of-Scope Use
Nobody is refused a loan because of this rank.
## Citation
Ada Lovelace, Notes on the Engine, 1843.
## Training data
A thousand letters of the year before, sorted by two people.
"""


def project(folder: Path, config: str = CONFIG, **files: Any) -> None:
    lay_out(folder, {"trl4ml.yaml": config, "own.yaml": CHECKLIST, "test.csv": ROWS,
                     "MODEL_CARD.md": CARD, **files})  # fmt: skip


# ── card model ──────────────────────────────────────────────────────────────────────────────────


def test_the_card_goes_to_the_screen_with_measured_results(tmp_path: Path, trl4ml: Run) -> None:
    project(tmp_path)
    done = trl4ml("card", "model")
    assert (done.returncode, done.stderr) == (0, "")
    assert "# Model card: m\n" in done.stdout
    assert "| accuracy | 0.750 &#91;" in done.stdout
    assert "It ranks letters for a clerk" in done.stdout


def test_every_form_has_the_same_accuracy(tmp_path: Path, trl4ml: Run) -> None:
    project(tmp_path)
    hub = trl4ml("card", "model", "--format", "huggingface").stdout
    assert 'license: "mit"' in hub
    assert '- type: "accuracy"\n            value: 0.75\n' in hub
    (model,) = json.loads(trl4ml("card", "model", "--format", "cyclonedx").stdout)["components"]
    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert {(m["type"], m.get("slice")): m["value"] for m in metrics}["accuracy", None] == "0.75"
    plain = json.loads(trl4ml("card", "model", "--format", "json").stdout)
    assert [
        r["value"] for r in plain["results"] if (r["metric"], r["slice"]) == ("accuracy", "")
    ] == [0.75]


def test_a_file_that_is_there_is_never_overwritten_unasked(tmp_path: Path, trl4ml: Run) -> None:
    project(tmp_path)
    refused = trl4ml("card", "model", "--output", "MODEL_CARD.md")
    assert refused.returncode == 2
    assert refused.stderr.endswith("MODEL_CARD.md: is there already and stays as it is; give another name, "
                                   "or overwrite it with --force\n")  # fmt: skip
    assert (tmp_path / "MODEL_CARD.md").read_text() == CARD
    written = trl4ml("card", "model", "--output", "out/card.md")
    assert (written.returncode, written.stdout) == (0, "")
    assert "out/card.md written; " in written.stderr
    assert (tmp_path / "out/card.md").read_text().startswith("# Model card: m\n")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["markdown", "huggingface"])
def test_a_card_that_was_written_from_evidence_agrees_with_it(
    form: str, tmp_path: Path, trl4ml: Run
) -> None:
    project(tmp_path)
    done = trl4ml("card", "model", "--format", form, "--output", "MODEL_CARD.md", "--force")
    assert done.returncode == 0
    options = {"predictions": ["test.csv"], "label": "y", "prediction": "p", "by": ["group"]}
    finding = find("card-matches-evidence", tmp_path, options)
    held = {name: one.value for name, one in finding.measures.items()}
    assert (finding.outcome, held["contradictions"], held["unmeasured"]) == ("yes", 0, 0)
    assert held["compared"] == (7 if form == "huggingface" else 5)


def test_a_card_of_more_numbers_than_are_looked_at_is_not_half_looked_at(tmp_path: Path) -> None:
    rows = "".join(f"| g{n} | 0.7 |\n" for n in range(501))
    card = f"## Results\n| Group | Accuracy |\n| --- | --- |\n| all | 0.7 |\n{rows}"
    lay_out(tmp_path, {"MODEL_CARD.md": card, "r.json": '{"a": 0.7}'})
    finding = find("card-matches-evidence", tmp_path, {"results": {"r.json": {"accuracy": "a"}}})
    assert finding.outcome == "unknown"
    assert finding.message == (
        "MODEL_CARD.md: claims more than 500 numbers; name the card that counts as card"
    )


@pytest.mark.parametrize(
    ("components", "more", "says"),
    [
        ("[{name: a}, {name: b}]", (), "2 components are models; choose one with --component (a, b)"),
        ("[{name: a, kind: data}]", (), "no component is a model; choose one with --component, or say "
                                        "`kind: model` in trl4ml.yaml"),
        ("[{name: alpha}]", ("--component", "alhpa"), "did you mean 'alpha'?"),
    ],
)  # fmt: skip
def test_which_component_must_be_clear(
    components: str, more: tuple[str, ...], says: str, tmp_path: Path, trl4ml: Run
) -> None:
    project(tmp_path, f"name: p\nchecklists: [own.yaml]\ncomponents: {components}\n")
    done = trl4ml("card", "model", *more)
    assert done.returncode == 2
    assert says in done.stderr


# ── card import ─────────────────────────────────────────────────────────────────────────────────


def test_a_card_of_hugging_face_is_shown_and_nothing_is_written(
    tmp_path: Path, trl4ml: Run
) -> None:
    project(tmp_path)
    done = trl4ml("card", "import", "MODEL_CARD.md")
    assert done.returncode == 0
    assert done.stdout == (
        "MODEL_CARD.md supports 2 answers about m:\n"
        "  ethics-misuse-foreseen  (out of scope; open)\n"
        "    Is it?\n"
        "    Nobody is refused a loan because of this rank.\n"
        "  literature-cited  (references; open)\n"
        "    Is it?\n"
        "    Ada Lovelace, Notes on the Engine, 1843.\n"
        "Nothing is written. Accept what is true with: trl4ml card import MODEL_CARD.md --accept ITEM\n"
        "Texts for registers.cards, to copy where you agree:\n"
        "- component: m\n"
        '  intended_use: "It ranks letters for a clerk who sees them all."\n'
        '  unacceptable_use: "Nobody is refused a loan because of this rank."\n'
        '  data: "A thousand letters of the year before, sorted by two people."\n'
    )
    assert not (tmp_path / ".trl4ml/answers").exists()


def test_what_is_accepted_is_an_answer_with_the_words_and_the_place(
    tmp_path: Path, trl4ml: Run
) -> None:
    project(tmp_path)
    done = trl4ml(
        "card",
        "import",
        "MODEL_CARD.md",
        "--accept",
        "literature-cited",
        "--by",
        "Bo",
        "--format",
        "json",
    )
    assert done.returncode == 0
    told = json.loads(done.stdout)
    (path,) = told["written"]
    kept = (tmp_path / path).read_text()
    assert "as the card says: Ada Lovelace, Notes on the Engine, 1843." in kept
    assert '"link": "MODEL_CARD.md"' in kept
    assert '"by": "Bo"' in kept
    asked = trl4ml("audit", "--all").stdout
    assert "met             literature-cited" in asked


def test_an_answer_that_was_given_stays(tmp_path: Path, trl4ml: Run) -> None:
    project(tmp_path)
    assert (
        trl4ml("answer", "literature-cited", "no", "--by", "Eva", "--note", "none is").returncode
        == 0
    )
    shown = trl4ml("card", "import", "MODEL_CARD.md").stdout
    assert "literature-cited  (references; answered already by Eva (" in shown
    refused = trl4ml(
        "card", "import", "MODEL_CARD.md", "--accept", "literature-cited", "--by", "Bo"
    )
    assert refused.returncode == 2
    assert "--accept literature-cited: is answered already, by Eva (" in refused.stderr
    assert "change it with: trl4ml answer literature-cited" in refused.stderr
    assert len(list((tmp_path / ".trl4ml/answers").rglob("*.json"))) == 1


GOOGLE = {
    "model_details": {"name": "m", "overview": "It ranks letters for a clerk.",
                      "references": [{"reference": "Ada Lovelace, Notes on the Engine"}]},
    "considerations": {
        "use_cases": [{"description": "A clerk sees all letters, ranked."}],
        "limitations": [{"description": "Letters by hand are ranked last."}],
        "ethical_considerations": [{"name": "Old people write by hand.",
                                    "mitigation_strategy": "A clerk reads all."}],
    },
}  # fmt: skip


def test_a_google_model_card_is_read_too(tmp_path: Path, trl4ml: Run) -> None:
    project(tmp_path, **{"card.json": json.dumps(GOOGLE)})
    done = trl4ml("card", "import", "card.json", "--format", "json")
    told = json.loads(done.stdout)
    assert [one["item"] for one in told["answers"]] == ["literature-cited"]
    assert told["fields"]["caveats"] == "Letters by hand are ranked last."
    assert told["fields"]["ethics"] == "Old people write by hand.: A clerk reads all."
    assert told["written"] == []


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("c.json", "{", "c.json:1: not JSON"),
        ("c.json", "[]", "c.json: is no Google model card: it has neither `model_details` nor `considerations`"),
        ("c.json", '{"model_details": 3}', "c.json: says nothing that answers an item; the fields are those of the Model Card Toolkit"),
        ("c.json", "[" * 100_000, "c.json: is nested too deeply; give a Model Card Toolkit JSON"),
        ("c.md", "---\na: [\n---\n", "c.md:"),
        ("c.md", "---\na: 1\n", "c.md:1: the front matter never ends; close it with a line of ---"),
        ("c.md", "---\n- a\n---\n", "c.md:2: the front matter is not a mapping; write `key: value`"),
        ("c.md", "hello", "c.md: says nothing that answers an item; the headings are those of Hugging Face's template"),
        ("c.md", {"hex": "ff"}, "c.md:1:1: not UTF-8; save the file as UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_card_is_refused_in_a_sentence(
    name: str, text: Any, says: str, tmp_path: Path, trl4ml: Run
) -> None:
    project(tmp_path, **{name: text})
    done = trl4ml("card", "import", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_an_item_that_the_card_does_not_support_is_not_accepted(
    tmp_path: Path, trl4ml: Run
) -> None:
    project(tmp_path)
    done = trl4ml("card", "import", "MODEL_CARD.md", "--accept", "literature-citd", "--by", "Bo")
    assert done.returncode == 2
    assert (
        "--accept literature-citd: the card supports no answer to it; did you mean 'literature-cited'?"
        in done.stderr
    )
    assert not (tmp_path / ".trl4ml/answers").exists()


def test_a_card_that_is_not_there_is_named(tmp_path: Path, trl4ml: Run) -> None:
    project(tmp_path)
    done = trl4ml("card", "import", "none.md")
    assert (done.returncode, "none.md: No such file" in done.stderr) == (2, True)


def test_what_a_card_says_comes_by_topic() -> None:
    said = of_markdown({"co2_eq_emissions": {"emissions": 12.5}}, CARD.split("---\n")[2])
    assert said["energy"] == "the front matter states co2_eq_emissions of 12.5 g CO2e"
    assert of_markdown({"co2_eq_emissions": True}, "") == {}
    inline = "## Intended use\nFor trying things out on paper.\n**Not for:** any decision about a person.\n"
    assert of_markdown({}, inline)["out of scope"] == "**Not for:** any decision about a person."
    assert of_google({"considerations": {"use_cases": "A clerk sees all letters\x1b."}}) == {
        "intended use": "A clerk sees all letters ."
    }


def test_the_template_that_nobody_filled_in_supports_nothing() -> None:
    from huggingface_hub import ModelCard, ModelCardData

    card = str(ModelCard.from_template(ModelCardData(license="mit"), model_id="m"))
    assert of_markdown(*front_matter(card, "c.md")) == {}


@pytest.mark.parametrize(
    "says",
    [
        "## Environmental impact\nThe energy used for training has not been measured so far.\n",
        "## Bias\nNobody has looked for bias in how the data was collected.\n",
        "## Hyperparameters\nThese will be published in a later version of the card.\n",
        "## Limitations\nNone that we know of at the moment, really.\n",
        "## Trade-offs\nNo trade-offs between quality and cost were considered.\n",
        "## Citation\nIf you use this model in your work, cite it.\n",
    ],
)
def test_what_was_not_done_supports_nothing(says: str) -> None:
    assert of_markdown({}, says) == {}
    more = "It was later done, in ten trials on 3 machines."
    whole = f"{says.splitlines()[1]} {more}"
    assert list(of_markdown({}, says + more).values()) == [whole], "quoted as it stands"


@pytest.mark.parametrize("grams", [float("nan"), float("inf"), -5, 0, 10**400, "12", True, None])
def test_grams_that_are_no_quantity_support_nothing(grams: Any) -> None:
    assert of_markdown({"co2_eq_emissions": {"emissions": grams}}, "") == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("says", "supported"),
    [
        ("The model was trained in half precision with a batch of 32.", False),
        ("The learning rate was searched over 40 trials, see tuning.csv.", True),
    ],
)
def test_hyperparameters_are_a_record_of_tuning_only_where_they_tell_of_the_search(
    says: str, supported: bool, tmp_path: Path, trl4ml: Run
) -> None:
    project(tmp_path, **{"c.md": f"# Card\n## Training hyperparameters\n{says}\n"})
    told = json.loads(trl4ml("card", "import", "c.md", "--format", "json").stdout)
    assert [one["item"] for one in told["answers"]] == (["tuning-record"] if supported else [])
    refused = trl4ml("card", "import", "c.md", "--accept", "tuning-record", "--by", "Bo")
    assert refused.returncode == (0 if supported else 2)


# ── Numbers claimed ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "percent", "metric", "measured", "agrees"),
    [
        ("0.86", False, "auc", 0.8649, True), ("0.86", False, "auc", 0.8551, True),
        ("0.86", False, "auc", 0.8651, False), ("0.860", False, "auc", 0.8649, False),
        ("0.865", False, "auc", 0.8645, True), ("86", True, "auc", 0.8649, True),
        ("86", False, "auc", 0.8649, True), ("86.0", True, "auc", 0.8649, False),
        ("1", False, "auc", 1.0, True), ("1", False, "auc", 0.6, False), ("0", False, "brier", 0.3, False), ("1", False, "auc", 0.4, False),
        ("12.5", False, "mae", 0.125, False), ("12.5", False, "mae", 12.54, True),
        ("1e-3", False, "brier", 0.0012, True), ("−0.10", False, "matthews", -0.1, True),
        ("0.10", False, "matthews", -0.1, False),
    ],
)  # fmt: skip
def test_a_claim_agrees_within_the_digits_that_were_written(
    text: str, percent: bool, metric: str, measured: float, agrees: bool
) -> None:
    assert (off_by(Claim(metric, "", text, percent, 1), measured) == 0) is agrees


@given(st.floats(0, 1), st.integers(1, 9))
def test_whatever_is_rounded_agrees_and_two_units_further_does_not(
    value: float, digits: int
) -> None:
    unit = 10**-digits
    assert off_by(Claim("auc", "", f"{value:.{digits}f}", False, 1), value) == 0
    assert off_by(Claim("auc", "", f"{100 * value:.{digits}f}", True, 1), value) == 0
    if digits < 8 and value + 2 * unit <= 1:
        far = off_by(Claim("auc", "", f"{value + 2 * unit:.{digits}f}", False, 1), value)
        assert unit * 0.9 < far < unit * 2.1


def test_each_name_of_a_metric_is_one_metric() -> None:
    every = [alias for names in ALIASES.values() for alias in names]
    assert len(every) == len(set(every))
    assert [ours(one) for one in ("ROC-AUC", "F1_score", "**Recall**", "True positive rate", "Nice")] == [
        "auc", "f1", "true_positive_rate", "true_positive_rate", "",
    ]  # fmt: skip


def test_a_table_ends_where_the_next_begins_and_other_sections_claim_nothing() -> None:
    text = ("## Training data\n| | Accuracy |\n|---|---|\n| all | 0.1 |\n## Results\n| Metric | Value |\n"
            "|:--|--:|\n| AUC | ~0.9 (0.8 to 1) |\n\n| Group | Accuracy |\n|---|---|\n| x | about 0.5 |\n"
            "| y | 0.5† |\n| z |\n")  # fmt: skip
    assert of_tables(text, text, ours) == [
        Claim("auc", "", "0.9", False, 8),
        Claim("accuracy", "y", "0.5", False, 13),
    ]


@pytest.mark.parametrize(
    "cell", ["1,234", "0.8–0.9", "0.8 - 0.9", "3/5", "62 of 78", "0.8x", "n = 3", "> 0.9"]
)
def test_a_cell_that_holds_no_single_number_claims_nothing(cell: str) -> None:
    text = f"## Results\n| Group | AUC |\n|---|---|\n| all | {cell} |\n"
    assert of_tables(text, text, ours) == []


def test_a_model_index_that_is_no_model_index_claims_nothing() -> None:
    odd_values: tuple[Any, ...] = (None, True, "good", [])
    odd_ones = [[{"results": [{"metrics": [{"type": "auc", "value": v}]}]}] for v in odd_values]
    for odd in (None, 3, [3], [{"results": 3}], *odd_ones):
        assert of_front({"model-index": odd}, "", ours) == []
    several = [{"results": [{"dataset": {"type": t}} for t in "ab"]}]
    with pytest.raises(Unclear, match=r"several data sets \(a, b\)"):
        of_front({"model-index": several}, "", ours)


ROWS_OF_A_TABLE = st.lists(st.text("|-: 0.%eE1−*\n#ab~", max_size=30), max_size=12)


@given(ROWS_OF_A_TABLE, st.text(max_size=200))
def test_whatever_stands_in_a_card_is_read_or_passed_over(rows: list[str], more: str) -> None:
    text = "\n".join(
        ["## Results", "| Group | AUC |", "|--|--|", *(f"|{row}|" for row in rows), more]
    )
    for claim in of_tables(text, text, ours):
        assert off_by(claim, 0.5) >= 0
    index = [{"results": [{"metrics": [{"type": "auc", "value": one} for one in rows]}]}]
    for claim in of_front({"model-index": index}, text, ours):
        assert off_by(claim, 0.5) >= 0
    assert all(one.isprintable() for one in of_markdown({}, text).values())
