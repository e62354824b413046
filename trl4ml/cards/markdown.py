"""Markdown as headings with the lines below each."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
FENCE = re.compile(r"\s{0,3}(```|~~~)(?!.*`)")
HTML = re.compile(r"<h([1-6])\b[^>]{0,200}>(.{1,200})</h[1-6]>", re.IGNORECASE)
LONGEST = 400_000


class Block(NamedTuple):
    """A heading and what is below it; level 0 is what stands before the first."""

    level: int
    title: str
    lines: list[str]


def blocks(text: str) -> Iterator[Block]:
    """The first 400,000 characters in order, less comments and fenced code."""
    block = Block(0, "", [])
    for line, below in pairwise([*shown(text), ""]):
        level, title = heading(line.strip(), below)
        if level:
            yield block
            block = Block(level, title.strip("#*: \t"), [])
        else:
            block.lines.append(line)
    yield block


def shown(text: str) -> Iterator[str]:
    """The lines, those in fences empty."""
    fence = ""
    for line in COMMENT.sub("", text[:LONGEST]).splitlines():
        mark = FENCE.match(line)
        yield "" if mark or fence else line
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]


def heading(line: str, below: str) -> tuple[int, str]:
    """The level and the title; 0 for a line that is no heading."""
    if mark := re.match(r"#{1,6}(?=\s|$)", line):
        return len(mark[0]), line
    if re.fullmatch(r"={3,}\s*|-{3,}\s*", below) and re.match(r"\w", line) and "|" not in line:
        return (1 if below[0] == "=" else 2), line
    if mark := HTML.fullmatch(line):
        return int(mark[1]), mark[2]
    return (7 if re.fullmatch(r"\*\*[^*]{1,80}\*\*:?", line) else 0), line


def plain(title: str) -> str:
    """A title in lower-case words, without its number."""
    text = re.sub(r"\[optional\]|<[^<>]{0,200}>", "", title[:200].lower())
    return re.sub(r"^\s*(\d+\s+)*", "", re.sub(r"[\W_]+", " ", text)).strip()
