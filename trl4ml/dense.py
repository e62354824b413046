"""JSON and TOML that take no more memory than a multiple of their size, or of which nothing is made.

What a value takes follows from the characters that make it: `[]` takes 64 bytes in CPython, of 2
characters. So they are counted first. The weights are upper bounds, measured for CPython 3.11.
"""

import json
import re
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

TIMES, SPARE = 9, 4_000_000
STRING = re.compile(r'"((?:[^"\\]|\\.)*+)"?(\s*+:)?', re.DOTALL)
LONG = 16
DEEP = "[" * 1000
"""What json.loads raises RecursionError for."""
HEADER = re.compile(r"^[ \t]*+\[[^\]\n]*+", re.MULTILINE)
DOTTED = re.compile(r"(?<![\w\"'.-])[\w\"'-]++(?:\.[\w\"'-]++)++\s*+=")
MANY_PARTS = re.compile(r"(?<![\w\"'.-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){100}")
DENSE = (
    "it holds so many small values that they would take ten times its size in memory; "
    "keep what counts in a smaller file"
)


class Parts(NamedTuple):
    """What a JSON text is made of, at most."""

    lists: int
    objects: int
    empty: int
    """Of the objects those without a key."""
    commas: int
    keys: int
    own: int
    """Keys that differ from each other."""
    texts: int
    """Values that are text."""
    characters: int
    """Bytes that hold the characters of keys and texts."""

    @property
    def bytes(self) -> int:
        """What the values take: a list has room for four, an object for five, a number takes 32."""
        wide = self.keys - 5 * (self.objects - self.empty)
        return (
            96 * self.lists + 192 * self.objects + 41 * (self.commas + 1) + 32 * self.texts
            + 180 * self.own + 90 * max(0, wide) + self.characters
        )  # fmt: skip


class Dense(ValueError):
    """Too many values for its size; says what to do."""

    def __init__(self) -> None:
        super().__init__(DENSE)


def loads(
    text: str | bytes, size: int | None = None, constant: Callable[[str], Any] | None = None,
    pairs: Callable[[list[tuple[str, Any]]], Any] | None = None,
) -> Any:  # fmt: skip
    """The data of a JSON text that lay in `size` bytes, in at most 9 times these and 4 MB more.

    Without `size` it is that of the text. `constant` and `pairs` are json.loads's hooks. Raises
    Dense, a ValueError, where the data would take more, and what json.loads raises.
    """
    if isinstance(text, bytes):
        size = len(text)
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    most = TIMES * (len(text) if size is None else size) + SPARE - sys.getsizeof(text)
    if pairs:  # each key lies in a tuple first
        most -= 72 * text.count(":")
    if _roughly(text).bytes > most and too_dense(text, most):
        if DEEP in text:
            raise RecursionError("it is nested too deeply")
        raise Dense
    return json.loads(text, parse_constant=constant, object_pairs_hook=pairs)


def told(error: Exception, otherwise: str) -> str:
    """What a complaint says: of data that are too dense just that."""
    return str(error) if isinstance(error, Dense) else otherwise


def loads_toml(text: str, size: int) -> dict[str, Any]:
    """The data of a TOML text that lay in `size` bytes, bounded as JSON is.

    Raises Dense where it would take more, and what tomllib.loads raises.
    """
    import tomllib

    if MANY_PARTS.search(text):  # tomllib would take the square of their number in time
        raise ValueError("a key in it has more than 100 parts")
    headers = HEADER.findall(text)
    dots = sum(one.group().count(".") for one in DOTTED.finditer(text))
    need = (
        900 * len(headers) + 1000 * sum(one.count(".") for one in headers) + 400 * dots
        + 200 * text.count("{") + 96 * text.count("[") + 41 * text.count(",")
        + 90 * text.count("=") + 2 * sys.getsizeof(text)
    )  # fmt: skip
    if need > TIMES * size + SPARE:
        raise Dense
    return tomllib.loads(text)


def _roughly(text: str) -> Parts:
    """As if every quote and every comma were one of JSON's own."""
    colons, quotes = text.count(":"), text.count('"')
    return Parts(
        text.count("["), text.count("{"), 0, text.count(","),
        colons, colons, quotes // 2 + 1, sys.getsizeof(text) + (0 if text.isascii() else 8 * quotes),
    )  # fmt: skip


def too_dense(text: str, most: int) -> bool:
    """Whether the values of a JSON text may take more bytes than that."""
    lists, objects, _, commas, *_ = _roughly(text)
    own: set[int] = set()
    keys = texts = characters = 0
    for one in STRING.finditer(text):
        said, colon = one.groups()
        characters += len(said) if said.isascii() else 4 * len(said) + 16
        if colon:
            keys += 1
            own.add(hash(said))
            if 180 * len(own) > most:
                return True
        else:
            texts += 1
        if len(said) >= LONG:
            lists -= said.count("[")
            objects -= said.count("{")
            commas -= said.count(",")
    empty = text.count("{}")
    return Parts(lists, objects, empty, commas, keys, len(own), texts, characters).bytes > most
