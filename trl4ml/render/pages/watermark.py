"""A watermark's matches against what chance would give, and all that the verdict rests on."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from trl4ml.render.figures import Figure, Mark, Point
from trl4ml.render.slice_rows import Line, Section

Row = dict[str, Any]
LAW = re.compile(r"(Bin|Gamma)\((\d{1,7}), ([0-9.e+-]{1,20})\)")
SPREADS = 4.5
"""Standard deviations of the null law to either side that are drawn."""
MOST = 120
PASSED = {True: "passed", False: "FAILED", None: "not run"}


def figures(rows: Sequence[Row]) -> Iterator[Figure]:
    """For each record the law of chance, the threshold, and this model's matches."""
    for row in rows:
        said = row["verdict"]
        if points := null(str(said.get("null_law"))):
            marks = [Mark("this model", said["hits"])]
            if isinstance(said.get("threshold"), int | float):
                marks.append(Mark("threshold", said["threshold"]))
            says = (f"How often a model that does not carry the mark gives so many matches, by "
                    f"{said['null_law']}; this model gives {said['hits']:g} of {said['n']}.")  # fmt: skip
            title = f"Matches by chance, and in {row['model']}"
            yield Figure("spread", title, says, "", points, tuple(marks))


def null(law: str) -> tuple[Point, ...]:
    """The law under which nothing is marked: Bin(n, p) or Gamma(n, 1), where most of it lies.

    Empty for a law that is not one of these.
    """
    found = LAW.fullmatch(law)
    if not found:
        return ()
    n = int(found[2])
    try:
        rate = float(found[3])
    except ValueError:
        return ()
    if n < 1 or (found[1] == "Bin" and not 0 < rate < 1):
        return ()
    mean, spread = (
        (n * rate, math.sqrt(n * rate * (1 - rate))) if found[1] == "Bin" else (n, math.sqrt(n))
    )
    first, last = math.floor(mean - SPREADS * spread), math.ceil(mean + SPREADS * spread)
    last = min(last, n) if found[1] == "Bin" else last
    first = max(first, 0)
    step = max(1, (last - first) // MOST)
    chance = _binomial if found[1] == "Bin" else _gamma
    return tuple(Point(k, chance(n, k, rate)) for k in range(first, last + 1, step))


def _binomial(n: int, k: int, rate: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(rate) + (n - k) * math.log1p(-rate))


def _gamma(n: int, x: int, _: float) -> float:
    """The density of a sum of n exponentials of mean 1."""
    if x == 0:
        return 1.0 if n == 1 else 0.0
    return math.exp((n - 1) * math.log(x) - x - math.lgamma(n))


def tables(rows: Sequence[Row]) -> Iterator[Section]:
    """The figures of each record, and its controls."""
    for row in rows:
        said = row["verdict"]
        lines: list[Line] = [
            ("what", "value"),
            *((name, _words(said.get(field))) for name, field in NAMES),
        ]
        yield Section(f"{row['file']}: {_words(said.get('status'))}", lines, [])
        controls = [one for one in said.get("controls") or () if isinstance(one, dict)]
        if controls:
            head: Line = ("control", "outcome", "statistic", "expected", "bound", "detail")
            yield Section(f"Controls of {row['file']}", [head, *map(_control, controls)], [])


NAMES = (
    ("scheme", "scheme"), ("matches", "hits"), ("of", "n"), ("threshold", "threshold"),
    ("law of chance", "null_law"), ("log2 of p", "log2_p"), ("significance level", "alpha"),
    ("power", "power"), ("tests made", "tests_made"), ("keys registered", "registered"),
    ("null hypothesis", "null_hypothesis"), ("reason", "reason"),
)  # fmt: skip


def _control(one: Row) -> Line:
    told = PASSED.get(one.get("passed"), "not told")
    return (
        _words(one.get("name")),
        told,
        *(_words(one.get(f)) for f in ("statistic", "expected", "bound", "detail")),
    )


def _words(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "–" if value in (None, "") else str(value)[:300].replace("_", " ")
