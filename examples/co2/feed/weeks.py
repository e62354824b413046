"""The weeks as they were published: read, and refused when they are not what the schema says."""

import csv
import json
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

WEEK = timedelta(weeks=1)


class Week(NamedTuple):
    """One week, named by its last day, a Saturday; `ppm` is None where nothing was measured."""

    day: date
    ppm: float | None


def load(csv_path: Path, schema_path: Path) -> list[Week]:
    """The published weeks. Raises ValueError when a byte, a day or a value is not as agreed."""
    pinned = csv_path.with_name("SHA256SUMS").read_text().split()[0]
    found = sha256(csv_path.read_bytes()).hexdigest()
    if found != pinned:
        raise ValueError(f"{csv_path.name}: sha256 is {found}, wanted {pinned}")
    return read(csv_path.read_text().splitlines(), json.loads(schema_path.read_text()))


def read(lines: list[str], schema: dict[str, dict[str, dict[str, float]]]) -> list[Week]:
    """The weeks in CSV lines. Raises ValueError with the line that is wrong."""
    bounds = schema["properties"]["co2"]
    weeks: list[Week] = []
    for number, row in enumerate(csv.DictReader(lines), 2):
        week = Week(_day(row["date"], number), float(row["co2"]) if row["co2"] else None)
        if weeks and week.day - weeks[-1].day != WEEK:
            raise ValueError(f"line {number}: {week.day} does not follow {weeks[-1].day} by a week")
        if week.ppm is not None and not bounds["minimum"] <= week.ppm <= bounds["maximum"]:
            raise ValueError(f"line {number}: {week.ppm} ppm is outside the schema")
        weeks.append(week)
    return weeks


def _day(text: str, number: int) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"line {number}: {text!r} is no day") from None
