"""Croissant metadata (JSON-LD of MLCommons, with its vocabulary for responsible AI) as a datasheet."""

from collections.abc import Iterator
from typing import Any

from trl4ml.cards.gebru import DATASHEET
from trl4ml.cards.sections import Card, Section
from trl4ml.cards.words import said

PROPERTIES = {
    "motivation": ("description",),
    "composition": ("recordSet", "personalSensitiveInformation"),
    "collection process": ("dataCollection",),
    "preprocessing": ("dataPreprocessing", "dataManipulation", "dataImputation", "dataAnnotation"),
    "uses": ("dataUseCases", "dataLimitations", "dataBiases", "dataSocialImpact"),
    "distribution": ("distribution",),
    "maintenance": ("dataReleaseMaintenancePlan",),
}
DEEPEST = 20


def croissant(top: object) -> Card:
    """The card that the data of a JSON file are, a section for each property that says something.

    Raises ValueError.
    """
    if not isinstance(top, dict):
        raise ValueError("it is not Croissant metadata: no mapping")
    texts = {key.rpartition(":")[2]: "\n".join(texts_in(value)) for key, value in top.items()}
    found = (
        Section(frozenset({name}), key, "\n".join(said(line) for line in text.splitlines()))
        for key, text in texts.items()
        for name, starts in PROPERTIES.items()
        if key.startswith(starts)
    )
    band = next((text for key, text in texts.items() if "readiness" in key.lower()), "")
    front = {"license": ", ".join(texts.get("license", "").split("\n")), "readiness": band}
    said_in_front = {key: text for key, text in front.items() if text}
    return Card(DATASHEET, said_in_front, texts.get("description", ""), tuple(found))


def texts_in(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text within lists and mappings, keys that begin with @ aside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict) and depth < DEEPEST:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            if key == "@id" or not str(key).startswith("@"):
                yield from texts_in(inner, depth + 1)
