"""XML read as a stream: each element as it begins and as it ends, and nothing kept of it.

A tag has to be whole before it can be told, and the names in it are kept by the parser: both are
bounded, as is the depth.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

from trl4ml.core.views import Tag

CHUNK = 16_384
DEEPEST, MOST_NAMES, MOST_ATTRIBUTES = 200, 1_000, 5_000
LONGEST_TAG, LONGEST = 1_000_000, 10_000
ATTRIBUTE = re.compile(rb"=\s*[\"']")
OF_ITS_OWN = "XML with entities of its own, or in UTF-16, is not accepted"


def tags(file: BinaryIO, largest: int) -> Iterator[Tag]:
    """Where each element begins and ends. Raises ValueError, LookupError or expat.ExpatError."""
    reading = _Reading()
    for _ in range(0, largest + 2 * CHUNK, CHUNK):
        content = file.read(CHUNK)
        yield from reading.fed(content)
        if not content:
            return
    raise ValueError(f"it is larger than {largest // 1_000_000} MB")


class _Reading:
    def __init__(self) -> None:
        self._found: list[Tag] = []
        self._depth = self._fed = self._pending = self._attributes = self._room = 0
        self._text: list[str] = []
        self._leaf = False
        self._parser = parser = expat.ParserCreate(None, "}")
        parser.buffer_text = True
        parser.StartElementHandler = self._begins
        parser.EndElementHandler = self._ends
        parser.CharacterDataHandler = self._says
        parser.StartDoctypeDeclHandler = self._doctype
        parser.SkippedEntityHandler = self._skipped
        parser.StartNamespaceDeclHandler = self._namespace

    def fed(self, content: bytes) -> list[Tag]:
        """What the next part of the file tells; an empty one ends it."""
        if not self._fed and (content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:4]):
            raise ValueError(OF_ITS_OWN)
        self._found = []
        self._parser.Parse(content, not content)
        self._fed += len(content)
        self._refuse_large(content)
        return self._found

    def _refuse_large(self, content: bytes) -> None:
        before, self._pending = self._pending, self._fed - self._parser.CurrentByteIndex
        if self._pending < before + len(content):
            self._attributes = 0
        if self._pending:
            self._attributes += len(ATTRIBUTE.findall(content[-self._pending :]))
        if self._pending > LONGEST_TAG:
            raise ValueError(f"a tag in it is longer than {LONGEST_TAG // 1_000_000} MB")
        if self._attributes > MOST_ATTRIBUTES:
            raise ValueError(f"a tag in it has more than {MOST_ATTRIBUTES} attributes")
        if len(self._parser.intern) > MOST_NAMES:
            raise ValueError(f"its tags and attributes have more than {MOST_NAMES} names")

    def _begins(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError(f"nested deeper than {DEEPEST}")
        for key, value in attributes.items():
            if len(value) > LONGEST:
                attributes[key] = value[:LONGEST]
        self._found.append(Tag(name, attributes))
        self._text, self._leaf, self._room = [], True, LONGEST

    def _ends(self, name: str) -> None:
        self._depth -= 1
        self._found.append(Tag(name, None, "".join(self._text) if self._leaf else ""))
        self._text, self._leaf, self._room = [], False, 0

    def _says(self, text: str) -> None:
        if self._room:
            self._text.append(text[: self._room])
            self._room -= len(self._text[-1])

    def _doctype(self, name: str, system: Any, public: Any, has_own: bool) -> None:
        if has_own:
            raise ValueError(OF_ITS_OWN)

    def _skipped(self, name: str, parameter: bool) -> None:
        raise ValueError(f"undefined entity &{name};")

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        """The parser keeps each name that is told, so that they are counted with the others."""
