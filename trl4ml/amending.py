"""A line or an entry added to `trl4ml.yaml` without touching what else its author wrote there."""

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from trl4ml.errors import WrongInput
from trl4ml.load.files import document
from trl4ml.load.places import Node, locate
from trl4ml.loading import CONFIG


def entered(text: str, path: Sequence[str], value: Any) -> str:
    """The text with `value` put first into the list at the path, or set there if it is no list.

    Raises WrongInput with the lines to paste, where the text is written in a way that would have
    to be rewritten.
    """
    before = document(text, CONFIG)
    wanted = _put(before.data, path, value)
    for depth in range(len(path), -1, -1):
        node = locate(before, tuple(path[:depth]))
        if depth and not _has(before.data, path[:depth]):
            continue
        made = _beside(text, node, path[depth:], value)
        if made is not None and _reads(made) == wanted:
            return made
        break
    lines = _lines(path, value, 0)
    raise WrongInput(f"{CONFIG}: cannot be added to without rewriting it; put this there:\n{lines}")


def _beside(text: str, node: Node, rest: Sequence[str], value: Any) -> str | None:
    """The text with the lines put before the first child of the node; None if it cannot be."""
    if node.opened is not None:
        return _within(text, node.opened, bool(node.data), rest, value)
    if not node.data or not isinstance(node.data, dict | list):
        return None
    if node.column == 1 and rest and isinstance(node.data, dict):
        end = "" if text.endswith("\n") else "\n"
        return f"{text}{end}\n{_lines(rest, value, 0)}"
    lines = text.splitlines(keepends=True)
    new = _lines(rest, value, node.column - 1)
    return "".join([*lines[: node.line - 1], new, *lines[node.line - 1 :]])


def _within(text: str, at: int, more: bool, rest: Sequence[str], value: Any) -> str:
    """The text with the entry put first behind the bracket there; `more` entries may follow."""
    dumped = yaml.safe_dump(
        _nested(rest, value), sort_keys=False, allow_unicode=True, width=sys.maxsize,
        default_flow_style=True,
    )  # fmt: skip
    return f"{text[:at]}{dumped.strip()[1:-1]}{', ' if more else ''}{text[at:]}"


def _nested(rest: Sequence[str], value: Any) -> Any:
    data = [value] if isinstance(value, dict) else value
    for name in reversed(rest):
        data = {name: data}
    return data


def _lines(rest: Sequence[str], value: Any, column: int) -> str:
    data = _nested(rest, value)
    dumped = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=90)
    return "".join(f"{' ' * column}{line}\n" for line in dumped.splitlines())


def _put(data: Any, path: Sequence[str], value: Any) -> Any:
    """The data as it will be read; what is not a mapping on the way is left for the comparison."""
    if not path:
        return [value, *(data or [])] if isinstance(value, dict) else value
    below = data if isinstance(data, dict) else {}
    return {**below, path[0]: _put(below.get(path[0]), path[1:], value)}


def _has(data: Any, path: Sequence[str]) -> bool:
    for name in path:
        if not isinstance(data, dict) or data.get(name) is None:
            return False
        data = data[name]
    return True


def _reads(text: str) -> Any:
    try:
        return document(text, CONFIG).data
    except WrongInput:
        return None


def replaced(path: Path, text: str) -> None:
    """The file with this text: whole, or as it was. Raises WrongInput."""
    if path.is_symlink():
        says = "is a link, which would be lost; put the file itself there; nothing changed"
        raise WrongInput(f"{path}: {says}")
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
            Path(beside).chmod(mode)
            Path(beside).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(beside).unlink()
            raise
    except OSError as error:
        raise WrongInput(f"{path}: cannot be written ({error.strerror}); nothing changed") from None
