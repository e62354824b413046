"""Other people's YAML → plain data: anchors, merges and tags are common there, and harmless here.

An alias stands for what its anchor holds, `<<` merges, a tag is passed over; of keys that appear
twice the last one counts, as it does for the tool that the file was written for. The data are built
while the text is read, and refused as soon as they would take more than ten times its size.
"""

import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from trl4ml.load.text import DEEPEST, Loader, Refused, Scales, at, plain, readable

MOST_NODES, SPARE = 200_000, 4_000_000
LARGE = "aliases make it too large or too deep"
VALUE, LIST, MAPPING, ROOM, ENTRY, ANCHOR = 24, 96, 192, 5, 90, 360
"""Bytes at most of the place of a value, of a list, of a mapping, which has room for five keys, of each
key beyond them, and of an anchor."""


class Built(NamedTuple):
    """What a node became: its text as it stands there, how many nodes it is, and how deep."""

    data: Any
    text: str | None
    nodes: int = 1
    height: int = 0


def parse_foreign(text: str) -> list[Any]:
    """The data of every document in the text. Raises Refused, for alias bombs too."""
    with readable(text):
        return list(Builder(text).documents())


class Builder:
    """Builds data from the events of a parser until it is too much: aliases multiply without end."""

    def __init__(self, text: str) -> None:
        self._events = yaml.parse(text, Loader)
        self._nodes = MOST_NODES
        self._scales = Scales(text, SPARE)
        self._anchors: dict[str, Built] = {}

    def documents(self) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                yield self._built(next(self._events), 1).data

    def _built(self, event: Any, depth: int) -> Built:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        self._spend(event, 1)
        if isinstance(event, yaml.ScalarEvent):
            data = event.value if event.style else plain(event.value)
            self._scales.add(event.start_mark, VALUE + sys.getsizeof(data))
            built = Built(data, event.value)
        elif depth > DEEPEST:
            raise Refused([at(event.start_mark, f"nested deeper than {DEEPEST}")])
        elif isinstance(event, yaml.SequenceStartEvent):
            built = self._sequence(event, depth)
        else:
            built = self._mapping(event, depth)
        if event.anchor:
            self._scales.add(event.start_mark, ANCHOR)
            self._anchors[event.anchor] = built
        return built

    def _alias(self, event: Any, depth: int) -> Built:
        built = self._anchors.get(event.anchor)
        if built is None:
            raise Refused([at(event.start_mark, f"found undefined alias '{event.anchor[:80]}'")])
        if depth + built.height > DEEPEST + 1:
            raise Refused([at(event.start_mark, LARGE)])
        self._spend(event, built.nodes)
        return built

    def _sequence(self, start: Any, depth: int) -> Built:
        self._scales.add(start.start_mark, LIST)
        data: list[Any] = []
        nodes, height = 1, 0
        for event in iter(self._events.__next__, None):
            if isinstance(event, yaml.SequenceEndEvent):
                break
            one = self._built(event, depth + 1)
            data.append(one.data)
            nodes, height = nodes + one.nodes, max(height, one.height + 1)
        return Built(data, None, nodes, height)

    def _mapping(self, start: Any, depth: int) -> Built:
        self._scales.add(start.start_mark, MAPPING)
        data: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        nodes, height = 1, 0
        for event in iter(self._events.__next__, None):
            if isinstance(event, yaml.MappingEndEvent):
                break
            key, value = self._built(event, depth + 1), self._built(next(self._events), depth + 1)
            if key.text == "<<":
                merged |= self._merged(event, value.data, merged)
            else:
                data[str(key.data) if key.text is None else key.text] = value.data
            nodes += key.nodes + value.nodes
            self._scales.add(event.start_mark, ENTRY if len(data) > ROOM else 0)
            height = max(height, key.height + 1, value.height + 1)
        return Built({**merged, **data} if merged else data, None, nodes, height)

    def _merged(self, event: Any, given: Any, known: dict[str, Any]) -> dict[str, Any]:
        """What is merged: of several mappings the first that has a key counts."""
        found: dict[str, Any] = {}
        for one in given if isinstance(given, list) else [given]:
            if isinstance(one, dict):
                self._scales.add(event.start_mark, ENTRY * len(one))
                found |= {key: one[key] for key in one if key not in known and key not in found}
        return found

    def _spend(self, event: Any, nodes: int) -> None:
        self._nodes -= nodes
        if self._nodes < 0:
            many = f"it holds more than {MOST_NODES} values"
            raise Refused([at(event.start_mark, LARGE if nodes > 1 else many)])
