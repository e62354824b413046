"""YAML text → plain data, guessing nothing, with the place of every node.

Every scalar stays what the author wrote: `no` and `2026-01-01` are text, `1.10` is a number only
where a number is wanted. Duplicate keys, tags, aliases and deep nesting are refused, each with its
line and column.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import yaml

Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # resolves nothing, obeys no tag
DEEPEST = 40
MOST_NODES = 200_000
VALUE, TIMES, SPARE = 500, 9, 32_000_000
"""Bytes that a value takes, with its place and what it becomes; how many all may: as many times the
size of the text, and some more."""
PLAIN_TAGS = {None, *("tag:yaml.org,2002:" + tag for tag in ("str", "seq", "map"))}
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?$")
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class Spot(NamedTuple):
    line: int
    column: int
    says: str


class Refused(Exception):
    """The text is not acceptable YAML; `spots` says where and why, all at once."""

    def __init__(self, spots: list[Spot]) -> None:
        super().__init__(str(spots[0]))
        self.spots = sorted(spots)


class Document(NamedTuple):
    """One YAML document: its data, and the node tree that remembers the places."""

    data: Any
    node: yaml.Node


def parse(text: str) -> Document:
    """The single document in the text. Raises Refused."""
    documents = parse_all(text)
    if len(documents) != 1:
        line = documents[1].node.start_mark.line + 1 if documents else 1
        says = "a second document begins" if documents else "the file is empty"
        raise Refused([Spot(line, 1, says)])
    return documents[0]


def parse_all(text: str) -> list[Document]:
    """Every document in the text. Raises Refused."""
    nodes = _composed(text)
    spots: list[Spot] = []
    documents = [Document(_build(node, spots), node) for node in nodes]
    if spots:
        raise Refused(spots)
    return documents


def _composed(text: str) -> list[yaml.Node]:
    with readable(text):
        _refuse_bombs(text)
        return list(yaml.compose_all(text, Loader))


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


def most_values(text: str) -> int:
    """How many values a text of that size may hold."""
    return (TIMES * len(text) + SPARE) // VALUE


def _refuse_bombs(text: str) -> None:
    """Too deep, too many or aliased, found on the events: the C composer recurses and would be killed."""
    depth = nodes = 0
    most = most_values(text)
    for event in yaml.parse(text, Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.AliasEvent):
            raise Refused([_at(event.start_mark, "aliases (*name) are not accepted")])
        if depth > DEEPEST:
            raise Refused([_at(event.start_mark, f"nested deeper than {DEEPEST}")])
        nodes += isinstance(event, yaml.NodeEvent)
        if nodes > most:
            says = f"it holds more than {most} values; keep them in several files"
            raise Refused([_at(event.start_mark, says)])


def _build(node: yaml.Node, spots: list[Spot]) -> Any:
    if node.tag not in PLAIN_TAGS:
        spots.append(spot(node, f"the tag {node.tag!r} is not accepted"))
        return None
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.style else plain(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, spots) for child in node.value]
    data: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            spots.append(spot(key, "a key must be a plain word"))
        elif key.value in data:
            spots.append(spot(key, f"the key '{key.value}' appears twice"))
        else:
            data[key.value] = _build(value, spots)
    return data


def plain(text: str) -> Any:
    """An unquoted scalar by the core rules of YAML 1.2; `yes`, `no`, dates and `1.2.3` are text."""
    if text in WORDS:
        return WORDS[text]
    if INTEGER.match(text):
        return int(text) if len(text) < 400 else text
    return float(text) if FLOAT.match(text) else text


def spot(node: yaml.Node, says: str) -> Spot:
    return _at(node.start_mark, says)


def _at(mark: Any, says: str) -> Spot:
    return Spot(mark.line + 1, mark.column + 1, says)


def locate(node: yaml.Node, path: tuple[int | str, ...], key: bool = False) -> yaml.Node:
    """The node at the path, or the nearest one above that exists; with `key`, the last key."""
    for depth, part in enumerate(path):
        last = depth == len(path) - 1
        pair = next(_children(node, part), None)
        if pair is None:
            return node
        node = pair[0] if key and last else pair[1]
    return node


def _children(node: yaml.Node, part: int | str) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((k, v) for k, v in node.value if k.value == str(part))
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        yield node.value[part], node.value[part]
