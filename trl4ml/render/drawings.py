"""Where things lie on a ladder, a forest plot, bars and a heat map."""

from itertools import groupby
from typing import NamedTuple

from trl4ml.render.figures import Bar, Cell, Figure, Interval, Rung
from trl4ml.render.scales import Scale, anchor, scale

FLAG, HEADING, ROW, AXIS = 20, 32, 42, 24
FOOT, RISE, BELOW = 44, 7, 24
TILE, GAP, SHADES = 56, 4, 5
PITCH, LOW = 42, 22
FIELD = 0.58
"""The share of a telephone's width that is left for strips, beside their numbers."""
WIDEST, MARKED, WORD = 44, 25, 16
"""How many characters of a label fit on a picture; the table has it whole."""
BESIDE, ROOM = 20, 46
"""How many characters of numbers fit beside strips, and of a label with its numbers above one."""


class Line(NamedTuple):
    """A line down the picture with its words: a threshold, or what a level is to somebody."""

    at: float
    y: int
    end: int
    anchor: str
    label: str


class Step(NamedTuple):
    """One level of the ladder."""

    rung: Rung
    x: float
    width: float
    y: int
    height: int


class Ladder(NamedTuple):
    height: int
    foot: int
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]


class Strip(NamedTuple):
    """One row: places of the value, of its interval, and of where its bar begins."""

    y: int
    heading: str
    label: str
    text: str
    text_y: int
    """Where its numbers stand: beside it, or above where they are too long for that."""
    at: float | None
    low: float | None
    high: float | None
    begin: float | None


class Strips(NamedTuple):
    height: int
    top: int
    scale: Scale
    strips: tuple[Strip, ...]
    lines: tuple[Line, ...]


class Tile(NamedTuple):
    """A field of a heat map; `shade` counts from 0 to 4."""

    x: float
    y: int
    width: float
    height: int
    words: tuple[str, ...]
    text: str
    shade: int | None


class Heat(NamedTuple):
    """Names of rows by their place; those of columns too, where every row has the same ones."""

    height: int
    rows: tuple[tuple[int, str], ...]
    columns: tuple[tuple[float, str], ...]
    tiles: tuple[Tile, ...]


def short(text: str, most: int = WIDEST) -> str:
    """The text, cut where a picture has no more room."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def line(at: float, y: int, end: int, label: str, field: float = 1) -> Line:
    """From its words at `y` down to `end`; the field is that share of the picture, at its left."""
    label = short(label, MARKED)
    return Line(round(at, 2), y, end, anchor(at * field, label), label)


def ladder(fig: Figure) -> Ladder:
    """Levels from left to right, each a step higher; what they are to somebody stands above."""
    rungs = sorted((row for row in fig.rows if isinstance(row, Rung)), key=lambda rung: rung.level)
    wide = 100 / len(rungs)
    said = [(_said(rung), n) for n, rung in enumerate(rungs) if _said(rung)][::-1]
    top = FLAG * len(said) + 8
    foot = top + FOOT + RISE * len(rungs)
    steps = [
        Step(rung, round(wide * n + 0.4, 2), round(wide - 0.8, 2), foot - FOOT - RISE * n, FOOT + RISE * n)
        for n, rung in enumerate(rungs)
    ]  # fmt: skip
    lines = [
        line(wide * (n + 0.5), FLAG * row + 14, steps[n].y, label)
        for row, (label, n) in enumerate(said)
    ]
    return Ladder(foot + BELOW, foot, tuple(steps), tuple(lines))


def _said(rung: Rung) -> str:
    """What a level is to somebody, such as `claimed, required: 6`."""
    words = [word for word in ("supported", "claimed", "required") if getattr(rung, word)]
    return f"{', '.join(words)}: {rung.level}" if words else ""


def strips(fig: Figure) -> Strips:
    """One row below the other on one scale; bars begin at zero, and intervals wherever they lie."""
    rows = [row for row in fig.rows if isinstance(row, (Interval, Bar))]
    bars = fig.kind == "bars"
    ends = [n for row in rows for n in (row.value, row.lower, row.upper) if n is not None]
    axis = scale([*ends, *(mark.at for mark in fig.marks), *([0.0] if bars else [])], ticks=3)
    top = y = FLAG * len(fig.marks) + 6
    made, group = [], ""
    for row in rows:
        heading = row.group if isinstance(row, Interval) and row.group != group else ""
        group = row.group if isinstance(row, Interval) else ""
        y += HEADING if heading else 0
        made.append(_strip(row, y, heading, axis, axis.at(0) if bars else None))
        y += ROW
    lines = [
        line(axis.at(mark.at), FLAG * n + 14, y, f"{mark.label} {axis.shown(mark.at)}", FIELD)
        for n, mark in enumerate(fig.marks)
    ]
    return Strips(y + AXIS, top, axis, tuple(made), tuple(lines))


def _strip(row: Interval | Bar, y: int, heading: str, axis: Scale, begin: float | None) -> Strip:
    if row.value is None:
        says = f"undefined: {row.note}" if row.note else "undefined"
        return Strip(y, heading, short(row.label), short(says), y + 32, None, None, None, begin)
    low, high = (None if end is None else axis.at(end) for end in (row.lower, row.upper))
    text = axis.shown(row.value)
    if row.lower is not None or row.upper is not None:
        ends = ("…" if end is None else axis.shown(end) for end in (row.lower, row.upper))
        text += f" [{', '.join(ends)}]"
    at = axis.at(row.value)
    bounded = low is not None or high is not None
    low, high = (
        (0.0 if low is None else low, 100.0 if high is None else high) if bounded else (None, None)
    )
    above = len(text) > BESIDE
    label = short(row.label, max(ROOM - len(text), 8) if above else WIDEST)
    return Strip(y, heading, label, text, y + (14 if above else 32), at, low, high, begin)


def heat(fig: Figure) -> Heat:
    """Rows below each other, dark where the share is high.

    Rows of the same columns make a table, below the names of these; others are broken into lines,
    and each field has its name in it.
    """
    cells = [row for row in fig.rows if isinstance(row, Cell)]
    rows = [(row, list(group)) for row, group in groupby(cells, key=lambda cell: cell.row)]
    columns = [[cell.column for cell in group] for _, group in rows]
    if len(rows) > 1 and all(names == columns[0] for names in columns):
        return _matrix(rows, columns[0])
    headings, tiles, y = [], [], 0
    for row, group in rows:
        headings.append((y + 20, short(row)))
        y += HEADING
        for beside in _broken(group):
            wide = 100 / len(beside)
            tiles += [_tile(cell, wide, n, y, TILE) for n, cell in enumerate(beside)]
            y += TILE + GAP
    return Heat(y, tuple(headings), (), tuple(tiles))


def _matrix(rows: list[tuple[str, list[Cell]]], columns: list[str]) -> Heat:
    wide = 100 / len(columns)
    heads = [(round(wide * (n + 0.5), 2), short(name, WORD)) for n, name in enumerate(columns)]
    headings = [(FLAG + PITCH * k + 13, short(row)) for k, (row, _) in enumerate(rows)]
    tiles = [
        _tile(cell, wide, n, FLAG + PITCH * k + PITCH - LOW - GAP, LOW)._replace(words=())
        for k, (_, group) in enumerate(rows)
        for n, cell in enumerate(group)
    ]
    return Heat(FLAG + PITCH * len(rows), tuple(headings), tuple(heads), tuple(tiles))


def _broken(cells: list[Cell]) -> list[list[Cell]]:
    """The cells of a row in lines so short that a telephone shows the names of their columns."""
    longest = max(len(word) for cell in cells for word in _words(cell.column) or ("",))
    lines = -(-len(cells) // (3 if longest > 10 else 6))
    each = -(-len(cells) // lines)
    return [cells[n : n + each] for n in range(0, len(cells), each)]


def _tile(cell: Cell, wide: float, n: int, y: int, height: int) -> Tile:
    left, width = round(wide * n, 2), round(wide - 0.8, 2)
    text = short(cell.text, 11) or ("unknown" if cell.value is None else "")
    return Tile(left, y, width, height, _words(cell.column), text, _shade(cell.value))


def _shade(value: float | None) -> int | None:
    """0 for nothing, 4 for all, else the third in which it lies."""
    if value is None:
        return None
    return 0 if value <= 0 else SHADES - 1 if value >= 1 else min(int(value * 3) + 1, 3)


def _words(text: str) -> tuple[str, ...]:
    """The name of a column in at most two lines."""
    first, *rest = short(text).split(" ") or [""]
    return tuple(short(line, WORD) for line in (first, " ".join(rest)) if line)
