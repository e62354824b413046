"""Logs of the Inspect framework, schema version 2: JSON, or a zip of JSON called `.eval`.

Raises ValueError for what is not read here. Of a zip only its `header.json` is read.
"""

from collections.abc import Iterator
from json import JSONDecodeError
from typing import Any, BinaryIO, NamedTuple

from trl4ml.artefacts.archive import NotRead, read
from trl4ml.artefacts.numbers import Number, listed, mapping, moment, text, whole, written
from trl4ml.dense import loads

VERSION = 2
HEADER = "header.json"
ERROR = "stderr"
TO_JSON = (
    "convert it with: inspect log convert FILE --to json --output-dir logs-json, "
    "and name logs-json/*.json as paths"
)


class Log(NamedTuple):
    task: str
    model: str
    """As they are written, of any length."""
    created: float | None
    """In seconds since 1970; None where it is not told."""
    status: str
    """`success`, or `started`, `cancelled`, `error`; `invalidated` when somebody withdrew it later."""
    why: str
    samples: int | None
    completed: int | None
    limited: bool
    """Whether only a part of the task's samples was asked for."""
    numbers: tuple[Number, ...]


def header(file: BinaryIO) -> Any:
    """The header in an `.eval` file. Raises ModuleNotFoundError where zstandard is missing."""
    try:
        content = read(file, HEADER)
    except NotRead as error:
        raise ValueError(f"{error}; {TO_JSON}") from None
    if content is None:
        raise ValueError("it has no header.json: its run has not ended")
    try:
        return loads(content.decode(), file.seek(0, 2))
    except (UnicodeDecodeError, JSONDecodeError, RecursionError):
        raise ValueError("its header.json is not JSON") from None


def log(data: Any) -> Log:
    """What a log says, in JSON or as its header."""
    if not isinstance(data, dict) or not {"version", "status", "eval"} <= data.keys():
        raise ValueError("it is not a log of Inspect: it has no version, status or eval")
    if data["version"] != VERSION:
        raise ValueError(
            f"it is not a log of Inspect of version {VERSION}, the only one that is read"
        )
    spec, results = mapping(data["eval"]), mapping(data.get("results"))
    config = mapping(spec.get("config"))
    withdrawn = data.get("invalidated") not in (None, False)
    return Log(
        written(spec.get("task")) or "a task without a name",
        written(spec.get("model")) or "a model without a name",
        moment(spec.get("created")),
        "invalidated" if withdrawn else text(data["status"]),
        text(mapping(data.get("error")).get("message")),
        whole(results.get("total_samples")),
        whole(results.get("completed_samples")),
        config.get("limit") is not None or bool(config.get("sample_id")),
        tuple(_numbers(text(spec.get("task"), 400), results)),
    )


def _numbers(task: str, results: dict[str, Any]) -> Iterator[Number]:
    """Each metric of each score: `<task> <scorer> <metric>`; the reducer's name where there are two."""
    scores = [mapping(one) for one in listed(results.get("scores"))]
    names = [score.get("name") for score in scores]
    for score in scores:
        name = text(score.get("name"))
        if names.count(score.get("name")) > 1 and score.get("reducer"):
            name = f"{name} {text(score['reducer'])}"
        metrics = {key: mapping(one) for key, one in mapping(score.get("metrics")).items()}
        error = metrics.get(ERROR, {}).get("value")
        n = score.get("scored_samples", results.get("completed_samples"))
        for key, one in metrics.items():
            if key != ERROR:
                own = error if key in ("accuracy", "mean") else None
                yield Number(f"{task} {name} {key}", one.get("value"), own, n)
