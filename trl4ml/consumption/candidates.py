"""The candidates a model was chosen from: a table of quality and of what it costs.

One row a candidate, as CSV with a head or as a JSON list: `name`, `quality`, and of `energy_kwh`,
`latency_ms`, `size_bytes` those that were measured. Other columns are left alone.
"""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from trl4ml.dense import loads, told
from trl4ml.energy.errors import Refused

COSTS = ("energy_kwh", "latency_ms", "size_bytes")
AXES = ("quality", *COSTS)
MOST = 200
"""Candidates in one table."""


class Candidate(NamedTuple):
    name: str
    values: dict[str, float]
    """By axis; what was not measured is not there."""


def read(text: str, path: str) -> list[Candidate]:
    """The candidates in the order of the file. Raises Refused, which names the line or the row."""
    rows = _json_rows(text, path) if path.lower().endswith(".json") else _csv_rows(text, path)
    if len(rows) > MOST:
        raise Refused(f"{path}: holds more than {MOST} candidates; leave out the worst")
    found = [_candidate(row, where) for where, row in rows]
    if not found:
        raise Refused(f"{path}: holds no candidate; write one row for each, with name and quality")
    names = [one.name for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Refused(f"{path}: the candidate '{twice[0]}' is there twice; give each its own name")
    return found


def _csv_rows(text: str, path: str) -> list[tuple[str, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        head = reader.fieldnames or ()
        if missing := [name for name in ("name", "quality") if name not in head]:
            raise Refused(f"{path}:1: has no column '{missing[0]}'; the columns are name, "
                          f"{', '.join(AXES)}")  # fmt: skip
        if twice := sorted({name for name in head if name and head.count(name) > 1}):
            raise Refused(f"{path}:1: the column '{twice[0]}' stands twice; leave one out")
        return [
            (f"{path}:{reader.line_num}", _full(row, f"{path}:{reader.line_num}"))
            for row in islice(reader, MOST + 1)
        ]
    except csv.Error as error:
        raise Refused(f"{path}:{reader.line_num}: is not CSV ({error})") from None


def _full(row: Mapping[Any, Any], where: str) -> Mapping[str, Any]:
    if None in row or None in row.values():
        raise Refused(f"{where}: has more or fewer fields than the head; decimals have a point, and "
                      "a field with a comma stands in quotes")  # fmt: skip
    return row


def _json_rows(text: str, path: str) -> list[tuple[str, Mapping[str, Any]]]:
    try:
        data = loads(text)
    except (ValueError, RecursionError) as error:
        says = told(error, "is not JSON; write a list of candidates")
        raise Refused(f"{path}: {says}") from None
    rows = data.get("candidates") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refused(f"{path}: is no list of candidates, each with name and quality")
    return [(f"{path}: candidate {n}", row) for n, row in enumerate(rows, 1)]


def _candidate(row: Mapping[str, Any], where: str) -> Candidate:
    name = row.get("name")
    if not isinstance(name, str) or not name.strip():
        raise Refused(f"{where}: has no name; give each candidate one")
    given = {axis: row[axis] for axis in AXES if row.get(axis) not in (None, "")}
    values = {axis: _number(value, axis, where) for axis, value in given.items()}
    return Candidate(name.strip(), values)


def _number(value: Any, axis: str, where: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Refused(f"{where}: {axis} is '{str(value)[:40]}', which is no finite number")
    if axis in COSTS and number < 0:
        raise Refused(f"{where}: {axis} is {number:g}; nothing costs less than 0")
    return number


def measured(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """The axes on which at least one candidate was measured, quality first."""
    return tuple(axis for axis in AXES if any(axis in one.values for one in candidates))
