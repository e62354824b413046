"""Energy as figures: bands of runs and of their parts, the budget, what was predicted."""

from collections.abc import Iterator, Sequence
from typing import Any

from trl4ml.core.evidence import Measure
from trl4ml.render import energy
from trl4ml.render.figures import Bar, Figure, Interval, Mark
from trl4ml.render.slice_rows import Line, Section

Row = dict[str, Any]
MOST = 40


def figures(rows: Sequence[Row]) -> Iterator[Figure]:
    """Of records, the one that counts first: each run, the parts of that one, its prediction."""
    known = [row for row in rows if row["energy_kwh"]]
    if not known:
        return
    scale, unit = _scale(max(row["energy_kwh"]["value"] for row in known))
    in_order = sorted(known, key=lambda row: (row["end"] or "", row["file"]))
    runs = tuple(_bar(_name(row), row["energy_kwh"], scale) for row in in_order[-MOST:])
    says = "The energy of each recorded run, with the band within which it lies."
    yield Figure("bars", "Energy of each run", says, unit, runs)
    yield from _chosen(known[0], scale, unit)


def _chosen(row: Row, scale: float, unit: str) -> Iterator[Figure]:
    if len(row["parts"]) > 1:
        parts = tuple(
            _bar(part["name"], part["energy_kwh"], scale, part["source"] or part["undefined"])
            for part in row["parts"]
        )
        yield Figure("bars", "Parts of the run that counts", "What each part of the machine drew, and "
                     "how that is known.", unit, parts)  # fmt: skip
    if foretold := row["predicted"]:
        rows = (
            _interval(f"predicted after {foretold['seen']} of {foretold['epochs']} epochs",
                      foretold["energy_kwh"], scale),
            _interval("measured in the end", row["energy_kwh"], scale),
        )  # fmt: skip
        yield Figure("intervals", "Prediction against actual", "The energy that was predicted early "
                     "in the run, with its interval, and the energy that it took.", unit, rows)  # fmt: skip


def _scale(most: float, unit: str = "kWh") -> tuple[float, str]:
    """By what kilowatt-hours or grams are divided, and the unit that this gives."""
    scales = energy.SCALES[unit]
    name, by = next(((name, by) for name, by in scales if most >= by), scales[-1])
    return by, name


def _name(row: Row) -> str:
    return f"{row['activity']}, {row['end'] or 'never closed'}"


def _bar(label: str, band: Row | None, scale: float, note: str = "") -> Bar:
    value, lower, upper = _scaled(band, scale)
    return Bar(label, value, lower, upper, note if band else note or "not known")


def _interval(label: str, band: Row, scale: float) -> Interval:
    value, lower, upper = _scaled(band, scale)
    return Interval(label, value, lower, upper)


def _scaled(band: Row | None, scale: float) -> list[float | None]:
    """Value, lower and upper end in the unit of the picture; None where it is not known."""
    ends = [(band or {}).get(end) for end in ("value", "lower", "upper")]
    return [None if one is None else one / scale for one in ends]


def table(rows: Sequence[Row]) -> Section:
    """Every record: energy with band and class, carbon or why it is unknown, time, boundary."""
    head: Line = ("record", "activity", "energy", "carbon", "boundary", "time", "notes")
    lines = [head, *(_line(row) for row in rows)]
    return Section("Records", lines, [])


def _line(row: Row) -> Line:
    time = "–" if row["duration_s"] is None else f"{row['duration_s']:.4g} s"
    return (
        row["file"], f"{row['activity']}{', ' + row['end'] if row['end'] else ''}", energy.energy(row),
        energy.carbon(row), energy.boundary(row), time, "; ".join(energy.notes(row)) or "–",
    )  # fmt: skip


def budget(measures: dict[str, Measure]) -> Iterator[Figure]:
    """What was used against the budget; nothing where one of the two is not known."""
    used, limit = measures.get("used"), measures.get("budget")
    if not used or not isinstance(used.value, int | float):
        return
    if not limit or not isinstance(limit.value, int | float):
        return
    by, unit = _scale(max(used.value, limit.value), "kWh" if used.unit == "kWh" else "g CO2e")
    band = {"value": used.value, "lower": used.lower, "upper": used.upper}
    says = f"What one run used with its band, and the budget of {limit.value / by:g} {unit}."
    yield Figure("intervals", "Used against the budget", says, unit, (_interval("used", band, by),),
                 (Mark("budget", limit.value / by),))  # fmt: skip
