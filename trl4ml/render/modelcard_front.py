"""A model card for Hugging Face: YAML front matter that its loader reads, and the page below it."""

import json
import re
from pathlib import Path
from typing import Any

from trl4ml.core.modelcard.known import ModelCard
from trl4ml.core.modelcard.names import HUGGINGFACE
from trl4ml.render.modelcard import markdown
from trl4ml.render.plain import printable

NOT_STATED = "not stated"
TASK = "other"
ID = re.compile(r"[a-z0-9][a-z0-9.+-]*")
Front = dict[str, Any]


def huggingface(card: ModelCard, emissions: Front, templates: Path) -> str:
    """The card as one Markdown file; `emissions` is co2_eq_emissions in grams, or nothing."""
    front = front_matter(card) | emissions
    return f"---\n{yaml(front)}---\n\n{markdown(card, templates)}"


def front_matter(card: ModelCard) -> Front:
    """What is declared, and `metrics` and `model-index` from evidence: over all rows alone.

    A reader of `model-index` takes each number as one of the whole, so slices stay in the text.
    """
    overall = [one for one in card.results if not one.slice and one.value is not None]
    front = _licensed(card.front)
    if not overall:
        return {"model_name": card.component, **front}
    names = [HUGGINGFACE.get(one.metric, one.metric) for one in overall]
    data = " and ".join(card.data) or NOT_STATED
    result = {
        "task": {"type": card.front.get("pipeline_tag", TASK)},
        "dataset": {"type": data, "name": data},
        "metrics": [
            {"type": name, "value": one.value}
            for name, one in zip(names, overall, strict=True)
        ],
    }  # fmt: skip
    return front | {
        "metrics": names,
        "model-index": [{"name": card.component, "results": [result]}],
    }


def _licensed(front: Front) -> Front:
    """A licence that Hugging Face has no id for is `other`, with its name beside it."""
    held = front.get("license", "unknown")
    if ID.fullmatch(held):
        return dict(front)
    return {**front, "license": "other", "license_name": front.get("license_name", held)}


def yaml(data: Front) -> str:
    """Plain data as block YAML; every text is quoted, so that each reader takes it as it is."""
    return "".join(f"{line}\n" for line in _mapping(data))


def _mapping(data: Front) -> list[str]:
    found = []
    for key, value in data.items():
        if isinstance(value, dict | list) and value:
            found += [f"{key}:", *(f"  {line}" for line in _lines(value))]
        else:
            found.append(f"{key}: {_scalar(value)}")
    return found


def _lines(value: Front | list[Any]) -> list[str]:
    if isinstance(value, dict):
        return _mapping(value)
    found: list[str] = []
    for one in value:
        first, *rest = _lines(one) if isinstance(one, dict | list) else [_scalar(one)]
        found += [f"- {first}", *(f"  {line}" for line in rest)]
    return found


def _scalar(value: object) -> str:
    text = printable(value) if isinstance(value, str) else value
    return json.dumps(text, ensure_ascii=False, allow_nan=False)
