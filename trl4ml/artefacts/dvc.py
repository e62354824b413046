"""What dvc.yaml calls metrics, what dvc.lock remembers of files, and metrics as DVC flattens them."""

import hashlib
import posixpath
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from trl4ml.artefacts.numbers import Number, listed, mapping

TEMPLATE = "${"


class Metric(NamedTuple):
    path: str
    """From the project's root."""
    stage: str
    """The stage that writes it; empty when it is only listed."""


class Locked(NamedTuple):
    """A file as it was when the stage ran."""

    path: str
    stage: str
    md5: str
    plain: bool
    """Whether the digest is of the bytes; before DVC 3 line ends were made `\\n` first."""


def metrics(data: Any, folder: str) -> list[Metric]:
    """What a dvc.yaml in that folder declares. Raises ValueError for what is not dvc.yaml."""
    if not isinstance(data, dict) or not {"stages", "metrics"} & data.keys():
        raise ValueError("it is not a dvc.yaml: it has neither stages nor metrics")
    found = [Metric(_at(folder, one), "") for one in listed(data.get("metrics"))]
    for name, stage in mapping(data.get("stages")).items():
        body = mapping(mapping(stage).get("do")) or mapping(stage)
        where = posixpath.join(folder, _plain(body.get("wdir", ".")))
        found += [Metric(_at(where, one), str(name)) for one in listed(body.get("metrics"))]
    return list({metric.path: metric for metric in found}.values())


def locked(data: Any, folder: str, stages: Any) -> list[Locked]:
    """The files of known digest in a dvc.lock. Raises ValueError for another schema than 2.0."""
    if not isinstance(data, dict) or data.get("schema") != "2.0":
        raise ValueError("it is not a dvc.lock of schema 2.0, the only one that is read")
    return [
        Locked(_at(where, one), str(name), one["md5"], one.get("hash") == "md5")
        for name, stage in mapping(data.get("stages")).items()
        for where in [posixpath.join(folder, _wdir(stages, str(name)))]
        for one in [*listed(mapping(stage).get("deps")), *listed(mapping(stage).get("outs"))]
        if isinstance(one, dict) and isinstance(one.get("md5"), str)
        if not one["md5"].endswith(".dir")
    ]


def outdated(data: Any, lock: Any) -> str:
    """The stage whose command is another than the one that dvc.lock saw run; empty without one."""
    stages, ran = mapping(mapping(data).get("stages")), mapping(mapping(lock).get("stages"))
    for name, stage in stages.items():
        cmd, before = mapping(stage).get("cmd"), mapping(ran.get(name)).get("cmd")
        if cmd and before and TEMPLATE not in str(cmd) and _lines(cmd) != _lines(before):
            return str(name)
    return ""


def parameters(lock: Any, folder: str, stages: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each file of parameters that a stage saw: its name, the stage, and value by dotted key."""
    for name, stage in mapping(mapping(lock).get("stages")).items():
        where = posixpath.join(folder, _wdir(stages, str(name)))
        for file, values in mapping(mapping(stage).get("params")).items():
            yield _at(where, file), str(name), mapping(values)


def at_key(data: Any, key: str) -> Any:
    """What stands at a dotted key; None where nothing does."""
    for part in key.split("."):
        data = mapping(data).get(part)
    return data


def alike(now: Any, then: Any) -> bool:
    """Whether DVC reads the same: its YAML knows numbers as 1_000, 010 and 0o17, which are text here."""
    if isinstance(now, str) and isinstance(then, int | float) and not isinstance(then, bool):
        return _number(now) == then
    if isinstance(now, dict) and isinstance(then, dict):
        return now.keys() == then.keys() and all(alike(now[key], then[key]) for key in now)
    if isinstance(now, list) and isinstance(then, list):
        return len(now) == len(then) and all(map(alike, now, then))
    return bool(now == then) and isinstance(now, bool) is isinstance(then, bool)


def _number(text: str) -> float | None:
    for read in (int, float, lambda one: int(one, 0)):
        with suppress(ValueError):
            return read(text)
    return None


def _lines(command: Any) -> list[str]:
    every = command if isinstance(command, list) else [command]
    return [str(one).strip() for one in every]


def _wdir(stages: Any, name: str) -> str:
    stage = mapping(mapping(stages).get(name.partition("@")[0]))
    return _plain((mapping(stage.get("do")) or stage).get("wdir", "."))


def _at(folder: str, entry: Any) -> str:
    """The path of an entry: a name, a mapping with `path`, or a name with settings below it."""
    if isinstance(entry, dict):
        entry = entry.get("path") or next(iter(entry), None)
    path = posixpath.normpath(posixpath.join(folder, _plain(entry)))
    if path.startswith(("/", "..")):
        raise ValueError("it names a file outside the project")
    return path


def _plain(path: object) -> str:
    if not isinstance(path, str) or not path or "\0" in path:
        raise ValueError("a path in it is not text")
    if TEMPLATE in path:
        raise ValueError(f"the path {path[:80]} holds a template, which is not resolved here")
    return path


def same(content: bytes, one: Locked) -> bool:
    """Whether the file still is what the stage saw or wrote."""
    if not one.plain:
        content = content.replace(b"\r\n", b"\n")
    return hashlib.md5(content, usedforsecurity=False).hexdigest() == one.md5


def flat(data: Any, name: str) -> Iterator[Number]:
    """Each leaf of nested mappings, its keys joined with dots."""
    pending: list[tuple[str, Any]] = [(name, data)]
    while pending:
        key, value = pending.pop()
        if isinstance(value, dict):
            pending += [(f"{key}.{own}"[:400], value[own]) for own in reversed(value)]
        else:
            yield Number(key, value)
