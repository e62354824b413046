"""What front matter says, in the keys of Hugging Face."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from trl4ml.cards.markdown import LONGEST
from trl4ml.cards.words import without_placeholders

MODEL = {"model-index", "pipeline_tag", "library_name", "base_model", "model_name", "datasets",
         "co2_eq_emissions", "metrics", "inference", "widget"}  # fmt: skip
DATA = {"dataset_info", "task_categories", "size_categories", "annotations_creators", "configs",
        "language_creators", "source_datasets", "pretty_name", "task_ids", "multilinguality"}  # fmt: skip
LICENSE = re.compile(
    r"^[ \t>*|-]*licen[sc]e[*_ \t]*[:|][*_ \t]*([^\n|*]{2,80})|"
    r"^#+[ \t]*licen[sc]e[ \t]*\n{1,3}([^\n#]{2,80})",
    re.MULTILINE | re.IGNORECASE,
)


def about(front: Mapping[str, Any]) -> Literal["model", "data", ""]:
    """What the keys are those of; neither, where they are those of an app (`sdk`) or of anything."""
    if DATA & front.keys():
        return "data"
    return "model" if MODEL & front.keys() and "sdk" not in front else ""


def license(front: Mapping[str, Any], text: str) -> str:
    """The licence as the front matter names it, or a line of the text; else empty."""
    held = front.get("license")
    if held == "other":
        held = front.get("license_name") or held
    if isinstance(held, list):
        held = ", ".join(str(one) for one in held)
    line = LICENSE.search(without_placeholders(text[:LONGEST]))
    named = held if isinstance(held, str) else (line[1] or line[2]) if line else ""
    return "".join(char for char in named if char.isprintable()).strip()[:80]


def metrics(front: Mapping[str, Any]) -> Iterator[Any]:
    """The values in the model-index that are more than a placeholder."""
    for model in mappings(front.get("model-index")):
        for result in mappings(model.get("results")):
            for metric in mappings(result.get("metrics")):
                value = metric.get("value")
                if value is not None and without_placeholders(str(value)).strip():
                    yield value


def mappings(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
