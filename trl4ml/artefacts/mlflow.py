"""Runs in a store of MLflow: the files of one run, or its SQLite database, both read without MLflow.

Raises ValueError for what is not such a store.
"""

import math
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

from trl4ml.artefacts.numbers import Number, text, whole

if TYPE_CHECKING:
    from sqlite3 import Connection

STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
TABLES = ("experiments", "runs", "latest_metrics", "params")
MOST_RUNS = 2_000
MOST_METRICS = 2_000
LONGEST = 1_000_000
STEPS, MOST_TURNS = 100_000, 2_000
SCHEMA = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name IN (?, ?, ?, ?)"
RUNS = """
SELECT substr(r.run_uuid, 1, 400), substr(r.name, 1, 400), substr(r.status, 1, 40),
 CASE typeof(r.end_time) WHEN 'integer' THEN r.end_time END, substr(e.name, 1, 400) FROM runs r
JOIN experiments e ON e.experiment_id = r.experiment_id
WHERE r.lifecycle_stage = 'active' AND e.lifecycle_stage = 'active' LIMIT ?
"""
METRICS = """
SELECT substr(key, 1, 400), CASE WHEN typeof(value) IN ('integer', 'real') THEN value
 ELSE substr(value, 1, 40) END, is_nan IS NOT 0 FROM latest_metrics WHERE run_uuid = ? ORDER BY 1 LIMIT ?
"""
PARAMS = "SELECT count(*) FROM params WHERE run_uuid = ?"


class Run(NamedTuple):
    store: str
    """The database, or the folder of the run."""
    experiment: str
    id: str
    name: str
    status: str
    end: int | None
    """In milliseconds; None while it runs."""


def of_files(store: str, meta: Any, experiment: Any) -> Run | None:
    """The run of a meta.yaml, and that of its experiment; None when either was deleted."""
    if not isinstance(meta, dict) or not isinstance(meta.get("run_id", meta.get("run_uuid")), str):
        raise ValueError("it is not the meta.yaml of a run of MLflow")
    if not isinstance(experiment, dict) or "experiment_id" not in experiment:
        raise ValueError("there is no meta.yaml of an experiment of MLflow above it")
    if "deleted" in (meta.get("lifecycle_stage"), experiment.get("lifecycle_stage")):
        return None
    status = whole(meta.get("status"))
    return Run(
        store, text(experiment.get("name")), text(meta.get("run_id", meta.get("run_uuid"))),
        text(meta.get("run_name")), STATUS.get(status or 0, "of unknown status"),
        whole(meta.get("end_time")),
    )  # fmt: skip


def last(content: str) -> float:
    """The value with the highest step, then time, then value, as MLflow takes it."""
    lines = enumerate(StringIO(content), 1)
    points = (_point(line, number) for number, line in lines if line != "\n")
    newest = max(points, key=_order, default=None)
    if newest is None:
        raise ValueError("it holds no value")
    return newest[2]


def _order(point: tuple[int, int, float]) -> tuple[int, int, float]:
    step, time, value = point
    return step, time, -math.inf if math.isnan(value) else value


def _point(line: str, number: int) -> tuple[int, int, float]:
    try:
        time, value, *more = line.split()
        return int(more[0]) if more else 0, int(time), float(value)
    except ValueError:
        raise ValueError(f"it is not a metric of MLflow in line {number}") from None


def of_database(store: str, place: str) -> list[Run]:
    """The runs of the database in that file that were not deleted."""
    with _database(place) as asked:
        rows = list(asked.execute(RUNS, (MOST_RUNS + 1,)))
    if len(rows) > MOST_RUNS:
        raise ValueError(f"it holds more than {MOST_RUNS} runs; export the one that counts")
    return [
        Run(store, text(in_), text(id), text(name), text(status), whole(end))
        for id, name, status, end, in_ in rows
    ]


def in_database(place: str, run: str) -> tuple[list[Number], int]:
    """The last value of each metric of the run, and how many parameters it has."""
    with _database(place) as asked:
        rows = list(asked.execute(METRICS, (run, MOST_METRICS + 1)))
        [(params,)] = asked.execute(PARAMS, (run,))
    if len(rows) > MOST_METRICS:
        raise ValueError(f"the run {text(run)} has more than {MOST_METRICS} metrics")
    return list(_stored(rows)), params


def _stored(rows: list[Any]) -> Iterator[Number]:
    """MLflow stores NaN as a mark, and what is infinite as the largest number."""
    for key, value, is_nan in rows:
        if is_nan:
            yield Number(text(key, 400), math.nan)
        elif isinstance(value, float) and abs(value) == sys.float_info.max:
            yield Number(text(key, 400), math.copysign(math.inf, value))
        else:
            yield Number(text(key, 400), value)


@contextmanager
def _database(place: str) -> Iterator["Connection"]:
    """Opened read-only, no journal looked at; nothing in its schema is run, and not for long."""
    import sqlite3
    from urllib.parse import quote

    try:
        uri = f"file:{quote(place)}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            _guarded(database)
            made = dict(database.execute(SCHEMA, TABLES))
            for table in TABLES:
                if not str(made.get(table, "")).upper().startswith("CREATE TABLE"):
                    raise ValueError(f"it is not a database of MLflow: it has no table {table}")
            yield database
    except sqlite3.Error:
        raise ValueError("it is no whole SQLite database of MLflow") from None


def _guarded(database: "Connection") -> None:
    import sqlite3

    turns = iter(range(MOST_TURNS))
    database.set_progress_handler(lambda: next(turns, None) is None, STEPS)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    database.text_factory = lambda content: content.decode("utf-8", "replace")
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON", "mmap_size = 0",
                   "cache_size = -2000"):  # fmt: skip
        database.execute(f"PRAGMA {pragma}")
