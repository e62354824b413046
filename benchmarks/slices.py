"""Slices beside fairlearn and beside a plain DuckDB aggregate: ratios in one run.

    python benchmarks/slices.py [--full] [--rows MILLIONS]

1. 1 M rows, 7 metrics, 3 columns, 30 groups: fairlearn's MetricFrame with its differences and ratios
   (between groups, to overall) against `scan` and `measure` of the same pandas frame, with Wilson
   intervals and tests; wanted: 500 times.
2. 100 k rows with 100 bootstrap replicates; wanted: 5,000 times. fairlearn runs 4 replicates and 0,
   and the rest is counted from them, unless --full asks for all 100.
3. A 10 M-row Parquet file: `scan` against a plain aggregate over the same columns by the same DuckDB;
   wanted: at most 1.5 times.
4. 1 M rows to MILLIONS (default 100) M rows, generated in chunks: linear growth, and the peak memory
   of the process that scans; wanted: under 1.5 GB.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

BY = ["sex", "race", "region"]
METRICS = (
    "selection_rate", "true_positive_rate", "false_positive_rate", "true_negative_rate",
    "false_negative_rate", "accuracy", "precision",
)  # fmt: skip
PLAIN = f"SELECT {', '.join(BY)}, count(*), sum(y), sum(p), sum(y * p) FROM t GROUP BY ALL"
ROWS = """
    SELECT ['Female', 'Male'][1 + (hash(i) % 2)::INT] AS sex,
           ['A', 'B', 'C', 'D', 'E'][1 + (hash(i * 7) % 5)::INT] AS race,
           ['north', 'south', 'west'][1 + (hash(i * 13) % 3)::INT] AS region,
           (hash(i * 17) % 2)::INT AS y, (hash(i * 19) % 10 < 4 + hash(i * 17) % 2)::INT AS p
    FROM range({first}, {last}) t(i)
"""
CHUNK = 10_000_000


def best(call: Callable[[], Any], rounds: int) -> float:
    """The shortest of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def table(folder: Path, millions: int) -> Path:
    """A folder of Parquet files of at most ten million rows each."""
    import duckdb

    found = folder / f"{millions}M"
    found.mkdir(exist_ok=True)
    rows = millions * 1_000_000
    connection = duckdb.connect()
    for first in range(0, rows, CHUNK):
        query = ROWS.format(first=first, last=min(first + CHUNK, rows))
        connection.execute(f"COPY ({query}) TO '{found}/{first:012}.parquet'")
    return found


def ours(frame: Any, replicates: int = 0) -> Any:
    from trl4ml.slices import measure, scan

    cube = scan(frame, BY, label="y", prediction="p")
    return measure(cube, METRICS, [BY], replicates=replicates, yardsticks=["overall"])


def fairlearns(frame: Any, replicates: int = 0) -> Any:
    from fairlearn import metrics as fm
    from sklearn.metrics import accuracy_score, precision_score

    functions = {
        "selection_rate": fm.selection_rate,
        "true_positive_rate": fm.true_positive_rate,
        "false_positive_rate": fm.false_positive_rate,
        "true_negative_rate": fm.true_negative_rate,
        "false_negative_rate": fm.false_negative_rate,
        "accuracy": accuracy_score,
        "precision": precision_score,
    }
    more = {"n_boot": replicates, "ci_quantiles": [0.025, 0.975]} if replicates else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = fm.MetricFrame(
            metrics=functions, y_true=frame["y"], y_pred=frame["p"],
            sensitive_features=frame[BY], random_state=0 if replicates else None, **more,
        )  # fmt: skip
        for method in ("between_groups", "to_overall"):
            found.difference(method=method)
            found.ratio(method=method)
        return found


def said(what: str, ratio: float, aim: float, at_least: bool) -> bool:
    kept = ratio >= aim if at_least else ratio <= aim
    word = "at least" if at_least else "at most"
    print(
        f"{what}: {ratio:,.2f} (wanted: {word} {aim:,g}) {'kept' if kept else 'MISSED'}", flush=True
    )
    return kept


def beside_fairlearn(folder: Path, full: bool) -> list[bool]:
    import duckdb

    frame = duckdb.sql(f"SELECT * FROM '{table(folder, 1)}/*.parquet'").df()
    ours(frame.head(1000))
    taken, peer = best(lambda: ours(frame), 30), best(lambda: fairlearns(frame), 1)
    print(f"1 M rows of text: {taken * 1000:.1f} ms, fairlearn {peer:.1f} s")
    kept = [said("1 M rows, times faster than fairlearn", peer / taken, 500, True)]
    coded = frame.astype(dict.fromkeys(BY, "category"))
    taken, peer = best(lambda: ours(coded), 30), best(lambda: fairlearns(coded), 1)
    print(f"1 M rows of categories: {taken * 1000:.1f} ms, fairlearn {peer:.1f} s")
    kept.append(said("1 M rows of categories, times faster", peer / taken, 500, True))
    frame = frame.head(100_000)
    taken = best(lambda: ours(frame, 100), 50)
    if full:
        peer = best(lambda: fairlearns(frame, 100), 1)
    else:
        none, four = best(lambda: fairlearns(frame), 1), best(lambda: fairlearns(frame, 4), 1)
        peer = none + (four - none) * 100 / 4
    how = "all replicates run" if full else "counted from 4 replicates"
    print(f"100 k rows, 100 replicates: {taken * 1000:.1f} ms, fairlearn {peer:.1f} s ({how})")
    return [*kept, said("with a bootstrap, times faster than fairlearn", peer / taken, 5000, True)]


def beside_duckdb(folder: Path) -> list[bool]:
    import duckdb

    from trl4ml.slices import scan

    path = table(folder, 10)
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW t AS SELECT * FROM '{path}/*.parquet'")
    pairs = [
        (
            best(lambda: scan(path, BY, label="y", prediction="p"), 1),
            best(lambda: connection.execute(PLAIN).fetchall(), 1),
        )
        for _ in range(25)
    ]
    taken, peer = (min(times) for times in zip(*pairs, strict=True))
    print(f"10 M rows of Parquet: {taken * 1000:.0f} ms, a plain aggregate {peer * 1000:.0f} ms")
    return [said("10 M rows, time of a plain aggregate", taken / peer, 1.5, False)]


def growth(folder: Path, most: int) -> list[bool]:
    taken = {}
    for millions in (1, 10, most):
        path = table(folder, millions)
        command = [sys.executable, __file__, "--scan", str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds, mega = (float(x) for x in done.stdout.split())
        taken[millions] = seconds
        print(f"{millions:>4} M rows: {seconds:.3f} s, peak {mega:,.0f} MB", flush=True)
    steady = (taken[most] / (most / 10)) / taken[10]
    kept = said(f"time per row at {most} M over that at 10 M", steady, 1.2, False)
    return [kept, said(f"peak memory at {most} M rows, GB", mega / 1000, 1.5, False)]


def one_scan(path: str) -> None:
    """In a process of its own: seconds of the second of two scans, and the peak in MB."""
    from trl4ml.slices import measure, scan

    def whole() -> None:
        measure(scan(path, BY, label="y", prediction="p"), METRICS, [BY])

    whole()
    taken = best(whole, 4)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(taken, int(peak) / 1000)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--scan")
    told = parser.parse_args()
    if told.scan:
        one_scan(told.scan)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = [*beside_fairlearn(folder, told.full), *beside_duckdb(folder)]
        kept += growth(folder, told.rows)
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
