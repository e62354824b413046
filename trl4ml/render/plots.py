"""Where things lie on a picture with two axes: lines, steps, a calibration, a distribution."""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from trl4ml.render.drawings import FLAG, Line, line, short
from trl4ml.render.figures import Figure, Point
from trl4ml.render.scales import Scale, anchor, days, scale

LEFT, RIGHT = 9, 97
HEIGHT, AXIS, DOTTED, LOOKS = 240, 26, 60, 4
Pairs = list[tuple[float, float]]


class Dot(NamedTuple):
    """A measured point with the ends of its interval."""

    x: float
    y: float
    low: float | None
    high: float | None


class Drawn(NamedTuple):
    """One series: `look` tells it from the others by shape and dashes, and not by colour alone."""

    name: str
    look: int
    line: str
    band: str
    dots: tuple[Dot, ...]


class Plot(NamedTuple):
    """Places are per cent of the field, which begins at `top`; the legend begins at `legend`."""

    height: int
    legend: int
    top: int
    field: int
    across: tuple[tuple[float, str, str], ...]
    up: tuple[tuple[float, str], ...]
    series: tuple[Drawn, ...]
    lines: tuple[Line, ...]
    diagonal: tuple[float, float, float, float] | None


def plot(fig: Figure) -> Plot:
    """The points of each series in the order of `x`, on scales with round ends."""
    points = [row for row in fig.rows if isinstance(row, Point)]
    marks = [mark.at for mark in fig.marks]
    spread = fig.kind == "spread"
    whole = [0.0, 1.0] if fig.kind == "calibration" else []
    across = _across([*(point.x for point in points), *(marks if spread else []), *whole])
    tall = [n for point in points for n in (point.y, point.lower, point.upper) if n is not None]
    bottom = [0.0] if spread or fig.kind == "steps" else []
    up = scale([*tall, *([] if spread else marks), *whole, *bottom], 100, 0)
    names = list(dict.fromkeys(point.series for point in points))
    legend = FLAG * len(marks) if spread else 0
    top = legend + (FLAG * ((len(names) + 1) // 2) if len(names) > 1 else 0) + FLAG
    axis = across if spread else up
    lines = [
        line(axis.at(mark.at), FLAG * n + 14, top + HEIGHT, f"{mark.label} {axis.shown(mark.at)}")
        for n, mark in enumerate(fig.marks)
    ]
    series = [
        _series(name, n, [p for p in points if p.series == name], across, up, fig.kind)
        for n, name in enumerate(names)
    ]
    dated = any(isinstance(point.x, date) for point in points)
    words = [(across.at(tick), _tick(tick, across, dated)) for tick in across.ticks]
    ticks = tuple((at, anchor(at, text), text) for at, text in words)
    return Plot(
        top + HEIGHT + AXIS, legend, top, HEIGHT, ticks, tuple((up.at(t), up.tick(t)) for t in up.ticks),
        tuple(series), tuple(lines),
        (across.at(0), up.at(0), across.at(1), up.at(1)) if whole else None,
    )  # fmt: skip


def _across(values: list[float | date]) -> Scale:
    dates = [value for value in values if isinstance(value, date)]
    if dates:
        return days(dates, LEFT, RIGHT)
    return scale([value for value in values if not isinstance(value, date)], LEFT, RIGHT)


def _place(value: float | date) -> float:
    return float(value.toordinal()) if isinstance(value, date) else value


def _tick(tick: float, axis: Scale, dated: bool) -> str:
    return date.fromordinal(int(tick)).isoformat() if dated else axis.tick(tick)


def _series(name: str, n: int, points: list[Point], across: Scale, up: Scale, kind: str) -> Drawn:
    points = sorted(points, key=lambda point: _place(point.x))
    places = [(across.at(_place(point.x)), up.at(point.y)) for point in points]
    if kind == "steps":
        places = [*_held(places), (float(RIGHT), places[-1][1])]
    bounds = [(p, p.lower, p.upper) for p in points]
    band: Pairs = []
    if kind == "spread":
        band = [(places[0][0], 100.0), *places, (places[-1][0], 100.0)]
    elif kind == "series":
        known = [
            (across.at(_place(p.x)), up.at(low), up.at(high))
            for p, low, high in bounds
            if low is not None and high is not None
        ]
        band = [(x, high) for x, _, high in known] + [(x, low) for x, low, _ in reversed(known)]
    shown = points if kind != "spread" and len(points) <= DOTTED else []
    dots = [
        Dot(across.at(_place(p.x)), up.at(p.y), *(None if end is None else up.at(end) for end in (p.lower, p.upper)))
        for p in shown
    ]  # fmt: skip
    return Drawn(short(name, 30), n % LOOKS, _path(places), _path(band), tuple(dots))


def _held(places: Pairs) -> Iterable[tuple[float, float]]:
    """Each value until the next one."""
    yield places[0]
    for (_, before), (x, after) in pairwise(places):
        yield from ((x, before), (x, after))


def _path(places: Pairs) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places)
