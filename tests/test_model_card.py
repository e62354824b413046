"""Model cards: results straight from evidence, in forms that other tools read back; nothing invented."""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.making import evidence, item, report
from tests.test_trl_card import REGISTERS, spoken
from trl4ml import describing, resources
from trl4ml.asking import parse_yaml
from trl4ml.core.canonical import digest
from trl4ml.core.evidence import Evidence, Outcome
from trl4ml.core.judging import Told
from trl4ml.core.modelcard import declared, model_card
from trl4ml.core.modelcard.known import ModelCard, Written
from trl4ml.core.project import Component, ComponentKind
from trl4ml.core.report import Report
from trl4ml.energy.importing import huggingface as reading
from trl4ml.energy.record import read, to_json
from trl4ml.render.modelcard import datasheet_page, markdown, model_card_page
from trl4ml.render.modelcard_bom import bom
from trl4ml.render.modelcard_front import front_matter, huggingface, yaml

TEMPLATES = resources.folder("templates")
NINE = ["Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data",
        "Quantitative analyses", "Ethical considerations", "Caveats and recommendations"]  # fmt: skip


def value(metric: str, number: float | None, slice: str = "", **more: Any) -> dict[str, Any]:
    ends = {"lower": None, "upper": None} if number is None else {"lower": number - 0.1, "upper": number + 0.1}  # fmt: skip
    by = [part.partition("=")[0] for part in slice.split(" & ")] if slice else []
    return {"metric": metric, "slice": slice, "by": by, "value": number, **ends, "n": 40,
            "reason": "", **more}  # fmt: skip


TABLES = {
    "rows": 80,
    "settings": {"level": 0.95, "min_n": 30},
    "axes": [{"name": "sex", "levels": ["f", "m"]}],
    "overall": [value("accuracy", 0.75), value("true_positive_rate", 0.5), value("auc", None, reason="no score")],
    "values": [
        value("accuracy", 0.625, "sex=f"), value("accuracy", 0.875, "sex=m"),
        value("true_positive_rate", None, "sex=f", reason="no positives"),
        value("true_positive_rate", 0.5, "sex=m"), value("accuracy", 0.5, "sex=f & age=old"),
    ],
    "comparisons": [
        {"metric": "accuracy", "by": ["sex"], "kind": "difference_between_groups", "value": 0.25,
         "lower": 0.05, "upper": 0.45, "reason": ""},
        {"metric": "accuracy", "by": ["sex"], "kind": "ratio_to_overall", "value": 0.83,
         "lower": None, "upper": None, "reason": ""},
    ],
}  # fmt: skip
FACTOR = {
    "id": "FRA@2023", "value_g_per_kwh": 56.0, "lower_g_per_kwh": 50.0, "upper_g_per_kwh": 60.0,
    "zone": "FRA", "kind": "average", "basis": "location", "scope": "production", "gases": "CO2e",
    "period": "2023", "source": "codecarbon", "version": "3.3.2", "licence": "MIT",
}  # fmt: skip
TRAINING = {
    "schema": 1, "tool": "trl4ml 0.1", "activity": "training", "class": "modelled",
    "energy_kwh": {"value": 2.0, "lower": 1.0, "upper": 6.6},
    "carbon_g": {"value": 112.0, "lower": 50.0, "upper": 396.0}, "factor": FACTOR,
    "end": "2026-11-01T01:00:00Z", "hardware": {"cpu_model": "AMD EPYC"},
}  # fmt: skip
RECORD = json.loads(to_json(read(json.dumps(TRAINING), "training.json")))
WRITTEN = Written(
    path="MODEL_CARD.md",
    front={"license": "apache-2.0", "language": "en", "pipeline_tag": "tabular-classification",
           "tags": ["loans", "on"], "datasets": ["a/b"], "library_name": 3},
    sections={"factors": ("Age matters most.",)},
)  # fmt: skip
MODEL = Component(name="model")
ASKED = {"slice-performance": {"tables.json": json.dumps(TABLES)},
         "energy-recorded": {"records.json": json.dumps([RECORD])}}  # fmt: skip


def held(probe: str, texts: dict[str, str], message: str) -> Evidence:
    digests = {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}
    return evidence(probe, message=message).model_copy(update={"attached": digests})


def made(
    message: str = "said", registers: dict[str, Any] = REGISTERS,
    texts: dict[str, dict[str, str]] = ASKED,
) -> tuple[Report, Callable[[str, str], str | None]]:  # fmt: skip
    found = [held(probe, one, message) for probe, one in texts.items()]
    found.append(evidence("model-card", license="apache-2.0"))
    items = [item(one.probe, 0, one.probe.replace("-", "_")) for one in found]
    whole = report(items, found, told=Told(registers=registers), owners=("Ada",))
    by_digest = {digest(one): texts.get(one.probe, {}) for one in found}
    return whole, lambda name, file: by_digest[name].get(file)


def card(written: Written | None = WRITTEN, **more: Any) -> ModelCard:
    whole, attachment = made(**more)
    return model_card(whole, MODEL, attachment, written)


def test_the_whole_card_as_markdown(golden: Callable[[str, str], None]) -> None:
    golden("model-card.md", markdown(card(), TEMPLATES))


def test_a_card_of_which_nothing_is_known_says_what_to_do(
    golden: Callable[[str, str], None],
) -> None:
    golden("model-card-bare.md", markdown(card(None, registers={}, texts={}), TEMPLATES))


def test_the_card_has_the_nine_sections_in_their_order() -> None:
    assert [one.title for one in card().sections] == NINE


def test_the_page_of_a_report_has_the_card_with_figures() -> None:
    whole, attachment = made()
    page = model_card_page(whole, "model", TEMPLATES, attachment)
    assert page.count("<figure") == 2
    assert "Accuracy by slice" in page


def test_what_is_no_model_has_no_model_card() -> None:
    data = Component(name="data", kind=ComponentKind.DATA)
    whole = report([item("a")], [evidence("probe-a")], components=[data])
    assert model_card_page(whole, "data", TEMPLATES, lambda name, file: None) == ""


def test_an_attachment_that_was_changed_afterwards_is_not_shown() -> None:
    whole, _ = made()
    other = json.dumps({**TABLES, "rows": 1})
    assert model_card(whole, MODEL, lambda name, file: other).results == ()


def test_of_front_matter_only_texts_are_taken() -> None:
    assert declared(WRITTEN.front) == {
        "license": "apache-2.0", "pipeline_tag": "tabular-classification", "language": "en",
        "tags": ["loans", "on"], "datasets": ["a/b"],
    }  # fmt: skip
    assert declared({"tags": [], "language": ["en", 1], "license": " "}) == {}


# ── Hugging Face ────────────────────────────────────────────────────────────────────────────────


def exported(one: ModelCard) -> str:
    return huggingface(one, describing.emissions(one.energy), TEMPLATES)


def test_hugging_face_reads_back_the_very_results(tmp_path: Path) -> None:
    from huggingface_hub import ModelCard as Theirs

    path = tmp_path / "README.md"
    path.write_text(exported(card()), encoding="utf-8")
    data = Theirs.load(path).data
    assert [(r.metric_type, r.metric_value) for r in data.eval_results or ()] == [
        ("accuracy", 0.75), ("recall", 0.5),
    ]  # fmt: skip
    assert {r.task_type for r in data.eval_results or ()} == {"tabular-classification"}
    assert (data.license, data.language, data.metrics) == (
        "apache-2.0",
        "en",
        ["accuracy", "recall"],
    )
    assert (data.model_name, data.tags) == ("model", ["loans", "on"])


def test_hugging_face_gets_grams_and_they_are_read_back_as_grams(tmp_path: Path) -> None:
    from huggingface_hub import ModelCard as Theirs

    path = tmp_path / "README.md"
    path.write_text(exported(card()), encoding="utf-8")
    told = Theirs.load(path).data.to_dict()["co2_eq_emissions"]
    assert (told["emissions"], told["geographical_location"]) == (112.0, "FRA")
    (again,) = reading.read({"co2_eq_emissions": told}, "README.md").records
    assert again.carbon is not None
    assert again.carbon.value == 112.0


def test_without_a_place_the_card_states_no_grams() -> None:
    assert describing.emissions(({**RECORD, "carbon_g": None, "factor": None},)) == {}
    assert describing.emissions(()) == {}


def test_a_licence_that_hugging_face_does_not_know_is_other_with_its_name() -> None:
    own = card(Written(path="c.md", front={"license": "Our Licence"}))
    front = front_matter(own)
    assert (front["license"], front["license_name"]) == ("other", "Our Licence")


def test_without_results_there_is_no_model_index() -> None:
    assert "model-index" not in front_matter(card(texts={}))


def test_a_card_of_which_nothing_is_known_is_loaded_all_the_same(tmp_path: Path) -> None:
    from huggingface_hub import ModelCard as Theirs

    path = tmp_path / "README.md"
    path.write_text(exported(bare()), encoding="utf-8")
    loaded = Theirs.load(path)
    assert (loaded.data.model_name, loaded.data.eval_results) == ("model", None)
    assert loaded.text.startswith("\n# Model card: model\n")


def bare() -> ModelCard:
    """Of a project that declares nothing and measured nothing."""
    return model_card(report([item("a")], [evidence("probe-a")]), MODEL, lambda name, file: None)


@pytest.mark.parametrize(
    "data",
    [{"a": "no"}, {"a": ["1.10", "on", "null", "~"]}, {"a": {"b": [{"c": 1.5, "d": ["x: y", "# z"]}]}},
     {"a": [], "b": {}, "c": None, "d": True}, {"a": "quote \" and \\ and 'one'"}],
)  # fmt: skip
def test_front_matter_is_read_as_it_was_meant(data: dict[str, Any]) -> None:
    assert parse_yaml(yaml(data)) == [data]


# ── CycloneDX ───────────────────────────────────────────────────────────────────────────────────


def official() -> Any:
    from jsonschema import Draft7Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    spec = find_spec("cyclonedx")
    assert spec
    assert spec.origin
    folder = Path(spec.origin).parent / "schema" / "_res"
    registry: Any = Registry()
    for path in folder.glob("*.schema.json"):
        whole = json.loads(path.read_text(encoding="utf-8"))
        one = Resource.from_contents(whole, default_specification=DRAFT7)
        registry = registry.with_resource(f"http://cyclonedx.org/schema/{path.name}", one)
    schema = json.loads((folder / "bom-1.7.SNAPSHOT.schema.json").read_text(encoding="utf-8"))
    return Draft7Validator(schema, registry=registry)


@pytest.mark.parametrize(
    "one", [card(), card(None), card(None, registers={}, texts={}),
            card(Written(path="c", front={"license": "Our own"}))], ids=["full", "unwritten", "bare", "own licence"],
)  # fmt: skip
def test_the_bill_of_materials_is_one_by_the_official_schema(one: ModelCard) -> None:
    assert [str(error.message) for error in official().iter_errors(json.loads(bom(one)))] == []


def test_the_bill_of_materials_has_every_metric_by_slice_and_tonnes() -> None:
    (model,) = json.loads(bom(card()))["components"]
    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert {"type": "accuracy", "value": "0.625", "slice": "sex=f",
            "confidenceInterval": {"lowerBound": "0.525", "upperBound": "0.725"}} in metrics  # fmt: skip
    assert len(metrics) == 6
    told = model["modelCard"]["considerations"]["environmentalConsiderations"]
    (used,) = told["energyConsumptions"]
    assert used["activityEnergyCost"] == {"value": 2.0, "unit": "kWh"}
    assert used["co2CostEquivalent"]["unit"] == "tCO2eq"
    assert used["co2CostEquivalent"]["value"] * 1e6 == pytest.approx(112.0)
    assert model["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_two_runs_make_the_same_bytes() -> None:
    assert (bom(card()), exported(card())) == (bom(card()), exported(card()))


# ── Hostile text ────────────────────────────────────────────────────────────────────────────────


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(f"{tag} {re.sub('figure-[0-9a-f]+', 'figure', str(attrs))}")


def hostile(text: str) -> tuple[str, str]:
    """The page with figures and the datasheet, of a report that holds the text everywhere."""
    words = f"a {text}"
    rows = json.loads(json.dumps(TABLES))
    rows["overall"][2]["reason"] = words
    rows["axes"] = [{"name": words, "levels": [words]}]
    for one in rows["values"]:
        one["slice"], one["by"] = f"{one['slice']} {words}", [words]
    texts = {"slice-performance": {"tables.json": json.dumps(rows)}}
    whole, attachment = made(words, spoken(REGISTERS, words), texts)
    return model_card_page(whole, "model", TEMPLATES, attachment), datasheet_page(whole, TEMPLATES)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "| a | b |", "\n# Heading", "`code`",
     "*bold* _it_", "![i](http://x/y.png)", "\x1b[2J", "-->", "\u202egnp.exe", "x" * 3000],
)  # fmt: skip
def test_hostile_text_is_neither_markdown_nor_html_on_a_card(text: str) -> None:
    import markdown as engine

    for page, calm in zip(hostile(text), hostile("calm"), strict=True):
        seen = [
            Tags(engine.markdown(one, extensions=["tables", "md_in_html"])).seen
            for one in (page, calm)
        ]
        assert [s.partition(" ")[0] for s in seen[0]] == [s.partition(" ")[0] for s in seen[1]]
        assert all(c.isprintable() or c == "\n" for c in page)


@pytest.mark.parametrize(
    "text", ["---\nlicense: x", "a\n---\nb", '"', "\x1b[2J", "\u202e", "\U000e0001"]
)
def test_hostile_text_does_not_leave_its_field_in_front_matter(text: str) -> None:
    one = card(Written(path="c.md", front={"license": "mit", "tags": [text]}))
    front = exported(one).split("\n---\n")[0].removeprefix("---\n")
    (data,) = parse_yaml(front)
    assert data["license"] == "mit"  # type: ignore[index]
    assert len(data["tags"]) == 1  # type: ignore[index]


# ── The datasheet ───────────────────────────────────────────────────────────────────────────────


def test_the_datasheet_has_what_is_declared_and_what_was_answered(
    golden: Callable[[str, str], None],
) -> None:
    items = [item("datasheet-uses", 0, "answer"), item("data", 0, "data_card")]
    found = [evidence("data-card", Outcome.YES, "DATASHEET.md is a data card")]
    whole = report(items, found, told=Told(registers=REGISTERS))
    golden("datasheet.md", datasheet_page(whole, TEMPLATES))


def test_a_project_without_data_has_no_datasheet() -> None:
    assert datasheet_page(report([item("a")], [evidence("probe-a")]), TEMPLATES) == ""
