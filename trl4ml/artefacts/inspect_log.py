"""Logs of the Inspect framework, schema version 2: JSON, or a zip of JSON called `.eval`.

Raises ValueError for what is not read here. Of a zip only its `header.json` is read.
"""

import json
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from trl4ml.artefacts.numbers import Number, listed, mapping, moment, text, whole, written

VERSION = 2
HEADER = "header.json"
LARGEST_HEADER = 16_000_000
MOST_MEMBERS = 100_000
LARGEST_TAIL = 65_557
END, LARGE = b"PK\x05\x06", b"PK\x06\x07"
READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Ways of compression that give no more than is asked for."""
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
    """The header in an `.eval` file."""
    _bounded(file)
    try:
        with zipfile.ZipFile(file) as archive:
            if HEADER not in archive.namelist():
                raise ValueError("it has no header.json: its run has not ended")
            if archive.getinfo(HEADER).compress_type not in READ:
                raise NotImplementedError
            with archive.open(HEADER) as member:
                content = member.read(LARGEST_HEADER + 1)
    except NotImplementedError:
        raise ValueError(f"it is compressed in a way that is not read here; {TO_JSON}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, LookupError):
        raise ValueError("it is no whole zip file") from None
    if len(content) > LARGEST_HEADER:
        raise ValueError(f"its header is larger than {LARGEST_HEADER // 1_000_000} MB")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError("its header.json is not JSON") from None


def _bounded(file: BinaryIO) -> None:
    """Refuse a directory that is larger than it may be, before it is read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - LARGEST_TAIL))
    tail = file.read(LARGEST_TAIL)
    at = tail.rfind(END)
    if at < 0 or len(tail) < at + 22:
        raise ValueError("it is no whole zip file")
    members = int.from_bytes(tail[at + 10 : at + 12], "little")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    large = LARGE in tail[max(0, at - 20) : at]
    if large or members > MOST_MEMBERS or directory > 100 * MOST_MEMBERS:
        raise ValueError(f"it has more than {MOST_MEMBERS} members; {TO_JSON}")
    file.seek(0)


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
