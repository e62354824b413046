"""A model card as a CycloneDX 1.7 ML-BOM, in JSON: no clock and no serial number in it.

Fields are those of the official schema (bom-1.7.schema.json, `modelCard`); carbon is in tonnes there.
"""

import json
from typing import Any

from trl4ml.core.modelcard.known import ModelCard, Result
from trl4ml.render.energy_formats import cyclonedx
from trl4ml.render.plain import json_text

SCHEMA = "http://cyclonedx.org/schema/bom-1.7.schema.json"
SPDX = {
    one.lower(): one
    for one in (
        "Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0", "CC0-1.0",
        "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-3.0", "EPL-2.0", "Unlicense", "Zlib",
    )
}  # fmt: skip
"""Licences that Hugging Face and SPDX name alike, but for capital letters."""
Row = dict[str, Any]


def bom(card: ModelCard) -> str:
    """The model with its card as the one component of a bill of materials."""
    name, _, version = card.made_from[0].partition(" ")
    tool: Row = {"type": "application", "name": name, "version": version}
    model: Row = {
        "type": "machine-learning-model", "bom-ref": card.component, "name": card.component,
        "group": card.project,
    }  # fmt: skip
    if licence := card.front.get("license"):
        known = SPDX.get(licence.lower())
        model["licenses"] = [{"license": {"id": known} if known else {"name": licence}}]
    model["modelCard"] = _card(card)
    return json_text({
        "$schema": SCHEMA, "bomFormat": "CycloneDX", "specVersion": "1.7", "version": 1,
        "metadata": {"tools": {"components": [tool]}}, "components": [model],
    })  # fmt: skip


def _card(card: ModelCard) -> Row:
    parameters: Row = {"datasets": [{"type": "dataset", "name": name} for name in card.data]}
    if task := card.front.get("pipeline_tag"):
        parameters["task"] = task
    if how := _says(card, "How it works"):
        parameters["modelArchitecture"] = " ".join(how)
    metrics = [_metric(one) for one in card.results if one.value is not None]
    return {
        "modelParameters": parameters,
        "quantitativeAnalysis": {"performanceMetrics": metrics},
        "considerations": _considerations(card),
    }


def _considerations(card: ModelCard) -> Row:
    found: Row = {
        "useCases": _says(card, "Intended"),
        "technicalLimitations": [*_says(card, "Caveats"), *_says(card, "Unacceptable")],
        "ethicalConsiderations": [{"name": text} for text in _says(card, "Ethics")],
        "fairnessAssessments": [_fairness(one) for one in _worst(card)],
    }
    if card.energy:
        found |= json.loads(cyclonedx(card.energy))
    return {name: given for name, given in found.items() if given}


def _says(card: ModelCard, name: str) -> list[str]:
    fields = (field for section in card.sections for field in section.fields)
    return [text.strip() for field in fields if field.name == name for text in field.says]


def _metric(one: Result) -> Row:
    found: Row = {"type": one.metric, "value": _number(one.value)}
    if one.slice:
        found["slice"] = one.slice
    if one.lower is not None and one.upper is not None:
        ends = {"lowerBound": _number(one.lower), "upperBound": _number(one.upper)}
        found["confidenceInterval"] = ends
    return found


def _number(value: float | None) -> str:
    return json.dumps(value)


def _worst(card: ModelCard) -> list[Result]:
    """Of each metric the slice furthest from the value over all rows."""
    overall = {one.metric: one.value for one in card.results if not one.slice}
    furthest: dict[str, tuple[float, Result]] = {}
    for one in card.results:
        all_rows = overall.get(one.metric)
        if not one.slice or one.value is None or all_rows is None:
            continue
        by = abs(one.value - all_rows)
        if one.metric not in furthest or by > furthest[one.metric][0]:
            furthest[one.metric] = (by, one)
    return [one for _, one in furthest.values()]


def _fairness(one: Result) -> Row:
    return {"groupAtRisk": one.slice, "harms": f"{one.metric} is {one.value:.4g} here, furthest from that over all rows"}  # fmt: skip
