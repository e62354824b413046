"""YAML that cannot or need not be parsed, line by line."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from trl4ml.deployment.data import Pair

LONGEST = 500
KEY = re.compile(r"""[ ]*(?:- +)*["']?([\w./-]+)["']?[ ]*:(?:[ ]+(.*)|$)""")
BLOCK = re.compile(r"(?:[:\-]|^) +[|>][-+\d]*$")
FLOW = re.compile(r"""[{,] *["']?image["']? *: *(["']?[^\s"',}]+)""")


class Row(NamedTuple):
    """A line: its number, how far its first word stands in, its key and value ("" when it has none)."""

    line: int
    indent: int
    key: str
    value: str


def rows(text: str) -> Iterator[Row]:
    """The lines outside blocks of text; of a flow mapping only its `image`."""
    block: int | None = None
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw[:LONGEST].rstrip()
        bare = line.lstrip(" -")
        indent, dash = len(line) - len(bare), len(line) - len(line.lstrip())
        if not bare or bare.startswith("#") or (block is not None and dash > block):
            continue
        block = (dash if bare[0] in "|>" else indent) if BLOCK.search(line) else None
        found, flow = KEY.match(line), FLOW.search(line)
        key, value = (found[1], found[2] or "") if found else ("", "")
        yield Row(number, indent, *(("image", flow[1]) if flow else (key, plain(value))))


def plain(value: str) -> str:
    """Without quotes, comment and anchor."""
    return re.sub(r"^&[\w-]+ *|(?:^|\s)#.*$", "", value).strip("\"' ")


def outline(text: str) -> Iterator[Pair]:
    """Every pair as well as it can be told; True stands for what is below a key."""
    above: list[Row] = []
    for row in rows(text):
        if row.key:
            while above and above[-1].indent >= row.indent:
                above.pop()
            yield Pair(above[-1].key if above else "", row.key, row.value or True)
            above.append(row)
