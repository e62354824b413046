"""`Documents` for one probe: files parsed as data, bounded, nothing in them obeyed."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from trl4ml.core.unreadable import Unreadable
from trl4ml.dense import loads, loads_toml

if TYPE_CHECKING:
    from trl4ml.core.views import Files, Tag

LARGEST = 64_000_000
LARGEST_YAML = 4_000_000
Parse = Callable[[str], list[Any]]


class DocumentsView:
    """Over the files of the same probe, so that what it reads is remembered there.

    `parse_yaml` gives the documents of a YAML text, or raises ValueError with `line` where known.
    """

    def __init__(self, files: "Files", parse_yaml: Parse) -> None:
        self._files = files
        self._parse_yaml = parse_yaml

    def _whole(self, path: str, largest: int = LARGEST) -> str:
        if self._files.size(path) > largest:
            raise Unreadable(path, f"larger than {largest // 1_000_000} MB")
        return self._files.text(path, largest)

    def yaml(self, path: str) -> list[Any]:
        return self._yaml(path, self._whole(path, LARGEST_YAML))

    def _yaml(self, path: str, text: str) -> list[Any]:
        try:
            return self._parse_yaml(text)
        except ValueError as error:
            raise Unreadable(path, f"not YAML: {error}", getattr(error, "line", None)) from None

    def json(self, path: str) -> Any:
        try:
            return loads(self._whole(path), self._files.size(path))
        except json.JSONDecodeError as error:
            raise Unreadable(path, f"not JSON: {error.msg}", error.lineno) from None
        except (ValueError, RecursionError) as error:
            raise Unreadable(path, f"not JSON: {error}") from None

    def toml(self, path: str) -> dict[str, Any]:
        try:
            return loads_toml(self._whole(path), self._files.size(path))
        except (ValueError, RecursionError) as error:
            raise Unreadable(path, f"not TOML: {error}") from None

    def xml(self, path: str) -> "Iterator[Tag]":
        from xml.parsers.expat import ExpatError

        from trl4ml.readers.markup import tags

        if self._files.size(path) > LARGEST:
            raise Unreadable(path, f"larger than {LARGEST // 1_000_000} MB")
        with self._files.open(path) as file:
            try:
                yield from tags(file, LARGEST)
            except (ExpatError, ValueError, LookupError) as error:
                line = getattr(error, "lineno", None)
                raise Unreadable(path, f"not XML: {error}", line) from None

    def front_matter(self, path: str) -> tuple[dict[str, Any], str]:
        text = self._files.text(path)
        lines = text.splitlines()
        if not lines or lines[0].strip() != "---":
            return {}, text
        end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() in ("---", "...")), 0)
        if not end:
            raise Unreadable(path, "the front matter that begins on line 1 never ends with ---", 1)
        data = self._yaml(path, "\n".join(lines[1:end]))
        if data and not isinstance(data[0], dict):
            raise Unreadable(path, "the front matter is not a mapping of keys to values", 2)
        return (data[0] if data else {}), "\n".join(lines[end + 1 :])
