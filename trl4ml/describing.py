"""Model cards of a project: read what lies there, put evidence beside it, write it in a form."""

from pathlib import Path
from typing import Any

from trl4ml import resources
from trl4ml.asking import NotYaml, parse_yaml
from trl4ml.cards.mitchell import MODEL_CARD
from trl4ml.cards.sections import sections
from trl4ml.core.evidence import Outcome
from trl4ml.core.modelcard import model_card
from trl4ml.core.modelcard.known import ModelCard, Row, Written
from trl4ml.core.project import Component, ComponentKind
from trl4ml.errors import WrongInput
from trl4ml.load import disk
from trl4ml.run import Gathered, judged
from trl4ml.store.records import write_whole
from trl4ml.switching import find_component

LONGEST = 1200
"""Characters of a paragraph that are carried over."""


def chosen(done: Gathered, name: str | None) -> Component:
    """The component, or the only one that is a model. Raises WrongInput."""
    if name is not None:
        return find_component(done, name)
    models = [c for c in done.loaded.project.components if c.kind is ComponentKind.MODEL]
    if len(models) == 1:
        return models[0]
    if not models:
        raise WrongInput("no component is a model; choose one with --component, or say "
                         "`kind: model` in trl4ml.yaml")  # fmt: skip
    names = ", ".join(one.name for one in models)
    raise WrongInput(f"{len(models)} components are models; choose one with --component ({names})")


def card(done: Gathered, component: Component) -> ModelCard:
    """The card from the report and what is attached to its evidence."""
    report = judged(done)

    def attachment(digest: str, name: str) -> str | None:
        held = done.store.attachment(digest, name)
        return None if held is None else held.decode("utf-8", errors="replace")

    return model_card(report, component, attachment, _written(done, component))


def rendered(made: ModelCard, format: str) -> str:
    """The card as markdown, json, huggingface or cyclonedx."""
    templates = resources.folder("templates")
    if format == "huggingface":
        from trl4ml.render.modelcard_front import huggingface

        return huggingface(made, emissions(made.energy), templates)
    if format == "cyclonedx":
        from trl4ml.render.modelcard_bom import bom

        return bom(made)
    from trl4ml.render.modelcard import jsonfile, markdown

    return jsonfile(made) if format == "json" else markdown(made, templates)


def emissions(rows: tuple[Row, ...]) -> dict[str, Any]:
    """`co2_eq_emissions` in grams, of the record of the present model; nothing where none is known."""
    from trl4ml.energy import huggingface, record
    from trl4ml.energy.errors import Refused
    from trl4ml.render.plain import json_text

    if not rows:
        return {}
    own = {key: value for key, value in rows[0].items() if key != "file"}
    try:
        return dict(huggingface.front_matter(record.read(json_text(own), "records.json")))
    except Refused:
        return {}


def save(path: str, text: str, force: bool) -> None:
    """The card into the file. Raises WrongInput for a file that holds something else."""
    target = Path(path)
    if target.exists() and not force and disk.read(target, path) != text:
        raise WrongInput(f"{path}: is there already and stays as it is; give another name, or "
                         "overwrite it with --force")  # fmt: skip
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, text.encode())
    except OSError as error:
        raise WrongInput(f"{path}: cannot be written ({error.strerror})") from None


def front_matter(text: str, shown: str) -> tuple[dict[str, Any], str]:
    """The front matter of a card, empty without one, and the text below. Raises WrongInput."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        return {}, text
    end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() in ("---", "...")), 0)
    if not end:
        raise WrongInput(f"{shown}:1: the front matter never ends; close it with a line of ---")
    try:
        data = parse_yaml("\n".join(lines[1:end]))
    except NotYaml as error:
        raise WrongInput(f"{shown}:{error.line + 1}: not YAML: {error}") from None
    if data and not isinstance(data[0], dict):
        raise WrongInput(f"{shown}:2: the front matter is not a mapping; write `key: value`")
    return (data[0] if data else {}), "\n".join(lines[end + 1 :])  # type: ignore[return-value]


def _written(done: Gathered, component: Component) -> Written | None:
    """What the hand-written card says, where the probe `model-card` found one."""
    held = done.evidence[component.name].get("model-card")
    if held is None or held.evidence.outcome is not Outcome.YES or not held.evidence.places:
        return None
    path = held.evidence.places[0].path
    front, text = front_matter(disk.read_inside(done.root, path), path)
    found: dict[str, tuple[str, ...]] = {}
    for section in sections(MODEL_CARD, text):
        says = prose(section.text)
        for name in section.names if says else ():
            found[name] = (*found.get(name, ()), says)
    return Written(path=path, front=front, sections=found)


def prose(text: str) -> str:
    """The sentences without tables and figures, cut at 1,200 characters."""
    lines = [line.strip() for line in text.splitlines()]
    whole = " ".join(line for line in lines if not line.startswith(("|", "<", "![")))
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST].rsplit(' ', 1)[0]} …"
