"""Where each value of a YAML text stands in it: twelve bytes a node, where a parser's tree takes hundreds."""

import re
from array import array
from bisect import bisect_right
from functools import cached_property
from typing import Any, NamedTuple

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

SHORT = 50
OPENING = re.compile(r"(?:[&!]\S*\s+)*[\[{]")
"""The bracket of a list or mapping, behind its anchor and tag."""


class Spot(NamedTuple):
    line: int
    column: int
    says: str


class Places:
    """The nodes of a text in the order in which they begin: a mapping, its first key, its first value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = array("I")
        """Characters of the text before each node."""
        self.ends = array("I")
        self.sizes = array("I")
        """How many nodes each is, with all that lie in it."""
        self._inside: dict[int, array[int]] = {}
        self._orders: dict[int, dict[str, int]] = {}

    def begin(self, start: int, end: int) -> int:
        """The number of a new node."""
        self.starts.append(start)
        self.ends.append(end)
        self.sizes.append(1)
        return len(self.sizes) - 1

    def finish(self, at: int, end: int) -> None:
        self.ends[at] = end
        self.sizes[at] = len(self.sizes) - at

    def inside(self, at: int) -> "array[int]":
        """The nodes right below: the entries of a list, or key, value, key, value of a mapping."""
        if at not in self._inside:
            self._inside[at] = below = array("I")
            one = at + 1
            while one < at + self.sizes[at]:
                below.append(one)
                one += self.sizes[one]
        return self._inside[at]

    def order(self, at: int, data: dict[str, Any]) -> dict[str, int]:
        """Which key of the mapping each is, from 0; of a long one that is found once."""
        if at in self._orders:
            return self._orders[at]
        order = {key: number for number, key in enumerate(data)}
        if len(order) > SHORT:
            self._orders[at] = order
        return order

    @cached_property
    def lines(self) -> "array[int]":
        """The characters before each line."""
        starts = array("I", [0])
        starts.extend(found.end() for found in BREAK.finditer(self.text))
        return starts


class Node(NamedTuple):
    """A value and its place; of a key the value is its text."""

    data: Any
    places: Places
    at: int

    @property
    def start(self) -> int:
        """Characters of the text before it."""
        return self.places.starts[self.at]

    @property
    def end(self) -> int:
        return self.places.ends[self.at]

    @property
    def line(self) -> int:
        """From 1."""
        return bisect_right(self.places.lines, self.start)

    @property
    def column(self) -> int:
        """From 1."""
        return self.start - self.places.lines[self.line - 1] + 1

    @property
    def word(self) -> str:
        """The characters of a number or another single word, without its anchor or tag."""
        return self.places.text[self.start : self.end].split()[-1]

    @property
    def opened(self) -> int | None:
        """Characters of the text before what its brackets hold; None where it has no brackets."""
        found = OPENING.match(self.places.text, self.start)
        return found.end() if found and isinstance(self.data, dict | list) else None

    def below(self, part: int | str, key: bool = False) -> "Node | None":
        """The entry of that number or key, or that key itself; None where there is none."""
        if isinstance(self.data, dict) and str(part) in self.data:
            at = 2 * self.places.order(self.at, self.data)[str(part)] + (not key)
            data = str(part) if key else self.data[str(part)]
        elif isinstance(self.data, list) and isinstance(part, int) and part < len(self.data):
            at, data = part, self.data[part]
        else:
            return None
        return Node(data, self.places, self.places.inside(self.at)[at])

    def under(self, key: str) -> "Node":
        """A mapping of the key, which the text does not hold, to this."""
        whole = slice(self.at, self.at + self.places.sizes[self.at])
        places = Places(self.places.text)
        places.begin(self.start, self.end)
        places.begin(self.start, self.start)
        places.starts += self.places.starts[whole]
        places.ends += self.places.ends[whole]
        places.sizes += self.places.sizes[whole]
        places.finish(0, self.end)
        return Node({key: self.data}, places, 0)

    def spot(self, says: str) -> Spot:
        return Spot(self.line, self.column, says)


def locate(node: Node, path: tuple[int | str, ...], key: bool = False) -> Node:
    """The node at the path, or the nearest one above that exists; with `key`, the last key."""
    for depth, part in enumerate(path):
        found = node.below(part, key and depth == len(path) - 1)
        if found is None:
            break
        node = found
    return node
