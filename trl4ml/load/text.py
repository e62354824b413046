"""YAML text → plain data, guessing nothing, with the place of every node.

Every scalar stays what the author wrote: `no` and `2026-01-01` are text, `1.10` is a number only
where a number is wanted. Duplicate keys, tags, aliases and deep nesting are refused, each with its
line and column.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import yaml

from trl4ml.load.places import Node, Places, Spot

Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # resolves nothing, obeys no tag
DEEPEST = 40
TIMES, SPARE = 9, 8_000_000
"""How much memory all values may take: as many times the size of the text, and some bytes more."""
SCALAR, LIST, MAPPING, ROOM, ENTRY = 60, 240, 1300, 5, 180
"""Bytes at most that values take beside their characters, with their places and the nouns that they
become: a mapping has room for five keys, each further one takes an entry."""
MOST_TOLD = 1_000
MANY = "mistakes, too many to tell; is it the right file?"
LARGE = "its values would take ten times its size in memory; keep them in smaller files"
PLAIN_TAGS = {None, "!", *("tag:yaml.org,2002:" + tag for tag in ("str", "seq", "map"))}
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?$")
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class Refused(Exception):
    """The text is not acceptable YAML; `spots` says where and why, all at once."""

    def __init__(self, spots: list[Spot]) -> None:
        super().__init__(str(spots[0]))
        self.spots = sorted(spots)


def parse(text: str) -> Node:
    """The single document in the text. Raises Refused."""
    reading = Reading(text.removeprefix("\ufeff"))
    with readable(text):
        documents = list(islice(reading.documents(), 2))
    if reading.spots:
        raise Refused(reading.spots)
    if len(documents) != 1:
        line = documents[1].line if documents else 1
        says = "a second document begins" if documents else "the file is empty"
        raise Refused([Spot(line, 1, says)])
    return documents[0]


@contextmanager
def readable(text: str) -> Iterator[None]:
    """What the parser says against the text, as Refused with its place."""
    try:
        yield
    except yaml.YAMLError as error:  # a forbidden control character comes without a mark
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        says = getattr(error, "problem", None) or str(error).splitlines()[0]
        line, column = (mark.line + 1, mark.column + 1) if mark else _position(text, error)
        raise Refused([Spot(line, column, says)]) from None


def _position(text: str, error: yaml.YAMLError) -> tuple[int, int]:
    before = text[: getattr(error, "position", 0) or 0]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


class Reading:
    """Builds data from the events of a parser: its own composer recurses without end, and would be killed."""

    def __init__(self, text: str) -> None:
        self.spots: list[Spot] = []
        self._events: Iterator[Any] = yaml.parse(text, Loader)
        self._places = Places(text)
        self._scales = Scales(text)
        self._keys: dict[str, str] = {}

    def documents(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                at = len(self._places.sizes)
                yield Node(self._value(next(self._events), 1), self._places, at)

    def _value(self, event: Any, depth: int) -> Any:
        start, end = event.start_mark, event.end_mark
        if isinstance(event, yaml.AliasEvent):
            raise Refused([at(start, "aliases (*name) are not accepted")])
        number = self._places.begin(start.index, end.index)
        self._refuse_tag(event)
        if isinstance(event, yaml.ScalarEvent):
            copies = 2 if event.value.isascii() else 7
            self._scales.add(start, SCALAR + copies * sys.getsizeof(event.value))
            return event.value if event.style else plain(event.value)
        if depth > DEEPEST:
            raise Refused([at(start, f"nested deeper than {DEEPEST}")])
        if isinstance(event, yaml.SequenceStartEvent):
            self._scales.add(start, LIST)
            inside = self._inside(number, yaml.SequenceEndEvent)
            return [self._value(one, depth + 1) for one in inside]
        self._scales.add(start, MAPPING)
        return self._mapping(self._inside(number, yaml.MappingEndEvent), depth)

    def _inside(self, number: int, end: Any) -> Iterator[Any]:
        """The events of what lies in a list or mapping, until it ends."""
        for event in self._events:
            if isinstance(event, end):
                self._places.finish(number, event.end_mark.index)
                return
            yield event

    def _mapping(self, inside: Iterator[Any], depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for event in inside:
            key = self._key(event, depth + 1)
            if key in data:
                self._complain(event.start_mark, f"the key '{key}' appears twice")
            value = self._value(next(self._events), depth + 1)
            if key is not None:
                data[key] = value
            if len(data) > ROOM:
                self._scales.add(event.start_mark, ENTRY)
        return data

    def _key(self, event: Any, depth: int) -> str | None:
        """The same text for the same key; None, and a complaint, for what is none."""
        if known := self._keys.get(getattr(event, "value", "")):
            self._places.begin(event.start_mark.index, event.end_mark.index)
            self._refuse_tag(event)
            return known
        self._value(event, depth)
        if not isinstance(event, yaml.ScalarEvent):
            self._complain(event.start_mark, "a key must be a plain word")
            return None
        return self._keys.setdefault(event.value, event.value)

    def _refuse_tag(self, event: Any) -> None:
        if event.tag not in PLAIN_TAGS:
            self._complain(event.start_mark, f"the tag {event.tag!r} is not accepted")

    def _complain(self, mark: Any, says: str) -> None:
        self.spots.append(at(mark, says))
        if len(self.spots) > MOST_TOLD:
            raise Refused([Spot(1, 1, f"has more than {MOST_TOLD} {MANY}")])


class Scales:
    """Weighs what is built from a text, until it is too much."""

    def __init__(self, text: str, spare: int = SPARE) -> None:
        size = len(text.encode("utf-8", "replace"))
        self._left = TIMES * size + spare - sys.getsizeof(text)

    def add(self, mark: Any, bytes: int) -> None:
        """Raises Refused at the mark where there is no room for them."""
        self._left -= bytes
        if self._left < 0:
            raise Refused([at(mark, LARGE)])


def plain(text: str) -> Any:
    """An unquoted scalar by the core rules of YAML 1.2; `yes`, `no`, dates and `1.2.3` are text."""
    if text in WORDS:
        return WORDS[text]
    if INTEGER.match(text):
        return int(text) if len(text) < 400 else text
    return float(text) if FLOAT.match(text) else text


def at(mark: Any, says: str) -> Spot:
    """What the sentence says of the place that a mark of the parser marks."""
    return Spot(mark.line + 1, mark.column + 1, says)
