"""Figures as data: what a page shows as a picture, and below it as a table of the same numbers.

A figure has a kind, and rows of the type that belongs to it:

    ladder       Rung       the ten levels of one component: met, not met, unknown, not asked
    intervals    Interval   estimates with their intervals (a forest plot); undefined ones say why
    bars         Bar        amounts from zero
    calibration  Point      predicted chance (x) against what happened (y), from 0 to 1
    series       Point      values over time or over a number, one line per series
    steps        Point      the same where a value holds until the next one, as a level does
    spread       Point      how often (y) each value (x) occurs; a mark says where this one lies
    heat         Cell       shares from 0 to 1 by row and column; None is drawn as unknown

`trl4ml.render.charts.figure` draws them.
"""

import math
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

Kind = Literal["ladder", "intervals", "bars", "calibration", "series", "steps", "spread", "heat"]
State = Literal["met", "not_met", "unknown", "not_asked"]


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval; without a value the note says why it is undefined."""

    label: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    n: int | None = None
    note: str = ""
    group: str = ""


@dataclass(frozen=True)
class Bar:
    """An amount; without a value the note says why it is unknown."""

    label: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Point:
    """A value at a number or a day; the interval is that of `y`."""

    x: float | date
    y: float
    lower: float | None = None
    upper: float | None = None
    series: str = ""


@dataclass(frozen=True)
class Cell:
    """A share from 0 to 1 in a row and a column, with what is written in it, such as `3 of 5`."""

    row: str
    column: str
    value: float | None
    text: str = ""


@dataclass(frozen=True)
class Rung:
    """One level, and whether it is the one claimed, required, supported by evidence."""

    level: int
    name: str
    state: State
    claimed: bool = False
    required: bool = False
    supported: bool = False


@dataclass(frozen=True)
class Mark:
    """A line across the picture: a threshold, the whole population, the model in question."""

    label: str
    at: float


Row = Interval | Bar | Point | Cell | Rung
ROWS: dict[Kind, type[Row]] = {
    "ladder": Rung, "intervals": Interval, "bars": Bar, "calibration": Point, "series": Point,
    "steps": Point, "spread": Point, "heat": Cell,
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A picture of these rows; the description says in a sentence what one sees in it.

    The unit is that of the values, empty where they have none. Raises ValueError for rows of
    another kind, and for a number that is not finite: what is undefined is None with a note.
    """

    kind: Kind
    title: str
    description: str
    unit: str
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if not isinstance(row, ROWS[self.kind]):
                raise ValueError(f"{self.title}: a figure of {self.kind} has no row {row}")
        if len({isinstance(row.x, date) for row in self.rows if isinstance(row, Point)}) > 1:
            raise ValueError(f"{self.title}: x is a day in some points and a number in others")
        for one in (*self.rows, *self.marks):
            for field in fields(one):
                number = getattr(one, field.name)
                if isinstance(number, float) and not math.isfinite(number):
                    raise ValueError(f"{self.title}: {field.name} of {one} is not a finite number")
