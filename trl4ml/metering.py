"""`trl4ml energy show`, `report` and `import`: energy records on disk, in the forms people ask for."""

import json
from collections.abc import Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from trl4ml.energy import importing, record
from trl4ml.energy.booking import known_activity
from trl4ml.energy.errors import Refused
from trl4ml.energy.importing import Imported, duplicates
from trl4ml.energy.record import EnergyRecord
from trl4ml.errors import WrongInput
from trl4ml.load import disk
from trl4ml.store.records import write_whole

FOLDER = Path("energy")
Row = dict[str, Any]


def rows(paths: Sequence[str]) -> list[Row]:
    """The records as plain data, each with its `file`; without paths all in energy/.

    Raises WrongInput, which names the file and the place in it.
    """
    found = list(paths) or sorted(map(str, FOLDER.glob("*.json")))
    if not found:
        raise WrongInput(
            f"there is no record in {FOLDER}/; write one with: trl4ml track -- COMMAND"
        )
    return [row(read(path), path) for path in dict.fromkeys(found)]


def read(path: str) -> EnergyRecord:
    try:
        return record.read(disk.read(Path(path), path), path)
    except Refused as refused:
        raise WrongInput(str(refused)) from None


def row(one: EnergyRecord, file: str) -> Row:
    return {"file": file, **json.loads(record.to_json(one))}


def rendered(found: Sequence[Row], format: str) -> str:
    """The records as text, json, markdown, huggingface, ai-act or cyclonedx."""
    from trl4ml.render import energy, energy_card, energy_formats
    from trl4ml.render.plain import json_text

    if format == "json":
        return json_text(list(found))
    if format == "huggingface":
        return front_matter(found)
    made = {
        "text": energy.text, "markdown": energy_card.markdown,
        "ai-act": energy_formats.ai_act, "cyclonedx": energy_formats.cyclonedx,
    }  # fmt: skip
    return made[format](found)


def front_matter(found: Sequence[Row]) -> str:
    """`co2_eq_emissions`, in grams, for the front matter of a Hugging Face card: of one record."""
    from trl4ml.energy import huggingface

    if len(found) > 1:
        files = ", ".join(one["file"] for one in found[:3])
        raise WrongInput(f"a card has one co2_eq_emissions, and these are {len(found)} records "
                         f"({files} …); name the one that made the model")  # fmt: skip
    try:
        made = huggingface.front_matter(read(found[0]["file"]))
    except Refused as refused:
        raise WrongInput(f"{found[0]['file']}: {refused}") from None
    lines = [f"  {key}: {_yaml(value)}" for key, value in made["co2_eq_emissions"].items()]
    return "\n".join(["co2_eq_emissions:  # grams of CO2e", *lines]) + "\n"


def _yaml(value: str | float) -> str:
    """As JSON, but a number with its point: YAML 1.1 takes 1e-05 for a text."""
    text = json.dumps(value)
    return text.replace("e", ".0e") if isinstance(value, float) and "." not in text else text


def imported(
    paths: Sequence[str], location: str | None, activity: str, models: Sequence[str],
    pue: float | None = None,
) -> tuple[list[Path], list[str]]:  # fmt: skip
    """Records of other tools, written as ours; where they lie, and what was not taken or repeats.

    `models` are the files that the run made: their digests are taken now. A `pue` is applied, once.
    Raises WrongInput.
    """
    try:
        known_activity(activity)
    except Refused as refused:
        raise WrongInput(f"--activity: {refused}") from None
    outputs = {Path(path).as_posix(): _digest(path) for path in models}
    made, told = [], []
    for path in paths:
        found = _foreign(path, location, activity)
        if location and not found.records[0].tool.startswith("codecarbon"):
            told.append(f"{path}: --location {location} was not used: its grams are as they stand")
        told += [*found.refused, *(f"{path}: {says}" for says in duplicates(found.records))]
        made += [_named(_facility(one, pue, path), outputs) for one in found.records]
    return [_written(one, FOLDER) for one in dict.fromkeys(map(record.to_json, made))], told


def _foreign(path: str, location: str | None, activity: str) -> Imported:
    text = disk.read(Path(path), path)
    try:
        if path.lower().endswith((".md", ".markdown")):
            from trl4ml.energy.importing import huggingface

            return huggingface.read(_front(text, path), path)
        return importing.read(text, path, location, activity)
    except Refused as refused:
        raise WrongInput(str(refused)) from None


def _facility(one: EnergyRecord, pue: float | None, path: str) -> EnergyRecord:
    from trl4ml.energy.facility import at_facility

    try:
        return one if pue is None else at_facility(one, pue, "declared at the import")
    except Refused as refused:
        raise WrongInput(f"{path}: {refused}") from None


def _front(text: str, path: str) -> dict[str, object]:
    """The front matter of a card, as its YAML says."""
    from trl4ml.asking import NotYaml, parse_yaml

    lines = text.splitlines()
    end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() in ("---", "...")), 0)
    if not lines or lines[0].strip() != "---" or not end:
        raise WrongInput(f"{path}: has no front matter; it lies between two lines of ---")
    try:
        data = parse_yaml("\n".join(lines[1:end]))
    except NotYaml as error:
        raise WrongInput(f"{path}:{error.line + 1}: not YAML: {error}") from None
    if not data or not isinstance(data[0], dict):
        raise WrongInput(f"{path}: the front matter is not a mapping of keys to values")
    return data[0]


def _named(one: EnergyRecord, outputs: dict[str, str]) -> EnergyRecord:
    from dataclasses import replace

    if not outputs:
        return one
    note = "the model files were named at the import, and digested then"
    return replace(one, outputs=outputs, notes=(*one.notes, note))


def _written(text: str, into: Path) -> Path:
    """Under a name of its own: the activity, the start if known, and a digest of the content."""
    one = record.read(text, "the record")
    when = "".join(c for c in one.start or "" if c.isalnum())
    digest = sha256(text.encode()).hexdigest()[:12]
    activity = "".join(c if c.isalnum() or c == "-" else "-" for c in one.activity)[:40]
    path = into / f"{'-'.join(filter(None, (activity, when, digest)))}.json"
    try:
        into.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise WrongInput(f"{path}: cannot be written ({error.strerror})") from None
    return path


def _digest(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WrongInput(f"--model {path}: cannot be read ({error.strerror})") from None
