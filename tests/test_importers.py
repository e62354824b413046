"""Results of other tools: numbers and names, bars, and the formats that a table of cases cannot hold."""

import io
import json
import math
import sqlite3
import struct
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.artefacts.inspect_log import header
from trl4ml.artefacts.mlflow import last
from trl4ml.artefacts.numbers import LONGEST_NAME, Number, fault, moment, slug, whole
from trl4ml.artefacts.sarif import scans
from trl4ml.core.evidence import Kind, Outcome
from trl4ml.results.bars import Bars, judged
from trl4ml.results.measures import MOST_NUMBERS, measure, measures
from trl4ml.testing import find

GOLDEN = Path(__file__).parent / "golden"


# ── Numbers and names ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("value", "why"),
    [
        (0, ""),
        (-1.5, ""),
        (2**53 - 1, ""),
        (2**53, "it is larger than evidence holds exactly"),
        (-(10**400), "it is larger than evidence holds exactly"),
        (1e300, "it is larger than evidence holds exactly"),
        (math.nan, "it is NaN"),
        (-math.inf, "it is infinite"),
        (True, "it is true, not a number"),
        (None, "it is empty"),
        ("0.9", "it is text, not a number"),
        ([1], "it is not one number"),
        ({}, "it is not one number"),
    ],
)
def test_only_a_number_that_evidence_can_hold_is_one(value: Any, why: str) -> None:
    assert fault(value) == why
    assert measure(Number("a", value)).undefined == why


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("val/auc", "val_auc"),
        ("by.sex.gap", "by_sex_gap"),
        ("Pinned-Dependencies", "pinned_dependencies"),
        ("__a  b__", "a_b"),
        ("größe", "gr_e"),
        ("٣", ""),
        ("", ""),
        ("a" * 1000, "a" * LONGEST_NAME),
    ],
)
def test_a_name_becomes_one_that_expressions_can_say(name: str, wanted: str) -> None:
    assert slug(name) == wanted


@given(st.text(max_size=600))
def test_a_slug_is_its_own_slug_and_never_too_long(name: str) -> None:
    once = slug(name)
    assert slug(once) == once
    assert len(once) <= LONGEST_NAME
    assert set(once) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")


@pytest.mark.parametrize(
    ("value", "count"),
    [(3, 3), (3.0, 3), (3.5, None), (-1, None), (True, None), ("3", None), (1e14, None)],
)
def test_a_count_is_a_whole_number_from_nought(value: Any, count: int | None) -> None:
    assert whole(value) == count


def test_two_names_that_become_one_are_told_and_so_is_what_was_left_out() -> None:
    found = measures([Number("a b", 1), Number("A-B", 2), Number("ü", 3), Number("c", 4)])
    assert found["a_b"].undefined == "'a b' and 'A-B' would both be called a_b"
    assert found["c"].value == 4
    assert found["left_out"].value == 1
    many = measures(Number(f"m{n}", n) for n in range(MOST_NUMBERS + 7))
    assert (len(many), many["left_out"].value) == (MOST_NUMBERS + 1, 7)


def test_a_standard_error_gives_the_interval_of_95_percent() -> None:
    """arc_easy of the harness: 0.3161 ± 1.96 · 0.00954 = 0.2974 … 0.3348, by hand."""
    one = measure(Number("acc", 0.3161, 0.00954, 2376))
    assert one.lower is not None
    assert one.upper is not None
    assert (round(one.lower, 4), round(one.upper, 4)) == (0.2974, 0.3348)
    assert (one.n, one.kind) == (2376, Kind.ESTIMATED)


@pytest.mark.parametrize("error", [None, "N/A", math.nan, math.inf, -0.1, True, [1]])
def test_without_a_standard_error_there_is_no_interval(error: Any) -> None:
    one = measure(Number("acc", 0.5, error, 10))
    assert (one.value, one.lower, one.upper, one.kind) == (0.5, None, None, Kind.COUNTED)


NUMBERS = st.floats() | st.integers() | st.booleans() | st.none() | st.text()


@given(NUMBERS, NUMBERS, NUMBERS)
def test_any_value_is_a_measure_with_a_value_or_a_reason(value: Any, error: Any, n: Any) -> None:
    one = measure(Number("a", value, error, n))
    assert bool(one.undefined) is bool(fault(value))
    if one.lower is not None and one.upper is not None:
        assert one.lower <= float(str(one.value)) <= one.upper


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1970-01-01T00:01:00+00:00", 60), ("1970-01-01T02:00:00+02:00", 0), ("1970-01-01", 0),
        ("19700101T000100.5Z", 60.5), ("1970-01-01 00:01:00", 60), (12.5, 12.5), (7, 7),
        ("", None), ("yesterday", None), (None, None), (True, None), (math.nan, None),
        ("0001-01-01T00:00:00+14:00", -62135647200), ([], None),
    ],
)  # fmt: skip
def test_a_time_is_read_in_every_way_that_tools_write_it(value: Any, seconds: float | None) -> None:
    assert moment(value) == seconds


# ── Bars ────────────────────────────────────────────────────────────────────────────────────────
@given(st.integers(-100, 100), st.integers(-100, 100))
def test_a_bar_is_met_exactly_when_the_value_is_on_its_side(value: int, bar: int) -> None:
    below = judged("s", ["p"], {"a": value}, Bars(at_least={"a": float(bar)}))
    above = judged("s", ["p"], {"a": value}, Bars(at_most={"a": float(bar)}))
    assert below.outcome is (Outcome.YES if value >= bar else Outcome.NO)
    assert above.outcome is (Outcome.YES if value <= bar else Outcome.NO)


def test_a_missed_bar_counts_before_one_that_cannot_be_compared() -> None:
    bars = Bars(at_least={"a": 2.0, "b": 1.0, "c": 1.0, "d": 1.0, "e": 1.0})
    missed = judged("s", [], {"a": 1}, bars)
    assert (missed.outcome, missed.message) == (Outcome.NO, "a is 1, wanted at least 2; s")
    unknown = judged("s", [], {"a": 2, "b": True}, bars)
    assert unknown.outcome is Outcome.UNKNOWN
    assert unknown.message == (
        "a bar is set for b, which is undefined: it is not a number, a bar is set for c, which was "
        "not measured, a bar is set for d, which was not measured and 1 more; s"
    )


# ── SARIF of our own ────────────────────────────────────────────────────────────────────────────
def test_our_own_log_is_read_as_it_was_written() -> None:
    written = sorted(GOLDEN.glob("*sarif*.json"))
    assert written
    for path in written:
        data = json.loads(path.read_text(encoding="utf-8"))
        (scan,) = scans(data)
        results = data["runs"][0]["results"]
        failed = [one for one in results if one.get("kind", "fail") in ("fail", "open", "review")]
        suppressed = [one for one in failed if one.get("suppressions")]
        assert scan.tool.startswith("trl4ml")
        assert (scan.broken, scan.counts["results"]) == ("", len(results))
        assert scan.counts["suppressed"] == len(suppressed)
        assert scan.counts["error"] == sum(
            one["level"] == "error" for one in failed if one not in suppressed
        )


# ── Inspect's zip ───────────────────────────────────────────────────────────────────────────────
LOG = {
    "version": 2, "status": "success", "eval": {"task": "sums", "model": "mockllm/model"},
    "results": {"total_samples": 3, "completed_samples": 3, "scores": [{"name": "match",
        "scored_samples": 3, "metrics": {"accuracy": {"name": "accuracy", "value": 2 / 3},
                                         "stderr": {"name": "stderr", "value": 1 / 3}}}]},
}  # fmt: skip


def zipped(members: dict[str, str], way: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", way) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, way)
    return file.getvalue()


def eval_file(folder: Path, content: bytes) -> Path:
    (folder / "logs").mkdir()
    path = folder / "logs" / "2026-11-21_sums_x.eval"
    path.write_bytes(content)
    return path


def test_an_eval_file_is_read_by_its_header_alone(tmp_path: Path) -> None:
    members = {"samples/1_epoch_1.json": "[" * 9, "header.json": json.dumps(LOG)}
    eval_file(tmp_path, zipped(members))
    finding = find("inspect-log", tmp_path)
    accuracy = finding.measures["sums_match_accuracy"]
    assert finding.outcome is Outcome.YES
    assert (accuracy.value, accuracy.n, accuracy.kind) == (2 / 3, 3, Kind.ESTIMATED)
    assert accuracy.upper == pytest.approx(2 / 3 + 1.959963984540054 / 3)


ZSTD = 93
REAL = Path(__file__).parent / "cases" / "real" / "inspect-0.3.285.eval"
"""As inspect-ai 0.3.285 wrote it, whole: 3 samples, every member compressed with Zstandard."""


def test_an_eval_file_of_present_inspect_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(REAL) as archive:
        assert {one.compress_type for one in archive.infolist()} == {ZSTD}
    eval_file(tmp_path, REAL.read_bytes())
    finding = find("inspect-log", tmp_path, {"at_least": {"sums_match_accuracy": 0.6}})
    assert finding.outcome is Outcome.YES
    assert finding.message == (
        "mockllm/model was evaluated on 1 tasks (sums) by logs/2026-11-21_sums_x.eval"
    )
    accuracy = finding.measures["sums_match_accuracy"]
    assert (accuracy.value, accuracy.n) == (2 / 3, 3)
    assert (finding.measures["samples"].value, finding.measures["tasks"].value) == (3, 1)


def test_without_zstandard_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    eval_file(tmp_path, REAL.read_bytes())
    finding = find("inspect-log", tmp_path)
    assert (finding.outcome, finding.message) == (
        Outcome.ERROR,
        "inspect-log needs the extra 'inspect': pip install 'trl4ml[inspect]'",
    )


def packed(content: bytes, way: int, body: bytes, *, size: int | None = None) -> bytes:
    """A zip of one header.json, by hand (APPNOTE 4.3.7 to 4.3.16): its body as it lies there."""
    name, crc = b"header.json", zlib.crc32(content)
    told = len(content) if size is None else size
    common = struct.pack("<HHHHHIII", 20, 0, way, 0, 0, crc, len(body), told)
    local = b"PK\x03\x04" + common + struct.pack("<HH", len(name), 0) + name + body
    entry = struct.pack("<4sH", b"PK\x01\x02", 20) + common
    entry += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4s4HIIH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + end


def zstd(content: bytes, **more: Any) -> bytes:
    return zstandard.ZstdCompressor(**more).compress(content)


HEADER_JSON = json.dumps(LOG).encode()
WHOLE = zipped({"header.json": json.dumps(LOG)})
WIDE = zstandard.ZstdCompressionParameters(window_log=27)
BLANK = b" " * 3_000_000
IN_ZSTD = packed(HEADER_JSON, ZSTD, zstd(HEADER_JSON))
NOT_WHOLE = "it is no whole zip file"
TOO_LARGE = (
    "its header.json is larger than the whole file, or than 16 MB; convert it with: "
    "inspect log convert FILE --to json --output-dir logs-json, and name logs-json/*.json as paths"
)
REFUSED = {
    "not ended": (zipped({"_journal/start.json": "{}"}), "it has no header.json: its run has not ended"),
    "bzip2": (
        zipped({"header.json": json.dumps(LOG)}, zipfile.ZIP_BZIP2),
        "it is compressed in a way that is not read here; convert it with: inspect log convert",
    ),
    "of a directory behind the one that is told": (
        WHOLE[:-22] + b"PK\x06\x07" + bytes(16) + WHOLE[-22:],
        "it has too many members; convert it",
    ),
    "cut off": (WHOLE[:-30], NOT_WHOLE),
    "rotten": (WHOLE.replace(WHOLE[45:60], bytes(15)), NOT_WHOLE),
    "Zstandard that is none": (packed(HEADER_JSON, ZSTD, HEADER_JSON), NOT_WHOLE),
    "Zstandard that is cut off": (packed(HEADER_JSON, ZSTD, zstd(HEADER_JSON)[:-9]), NOT_WHOLE),
    "Zstandard of other bytes": (packed(HEADER_JSON, ZSTD, zstd(HEADER_JSON[::-1])), NOT_WHOLE),
    "Zstandard that wants 128 MB to look back": (
        packed(BLANK, ZSTD, zstd(BLANK, compression_params=WIDE), size=9), NOT_WHOLE,
    ),
    "a bomb that hides its size": (packed(BLANK, ZSTD, zstd(BLANK), size=900_000), NOT_WHOLE),
    "a bomb in Zstandard": (packed(BLANK, ZSTD, zstd(BLANK)), TOO_LARGE),
    "a bomb": (zipped({"header.json": " " * 17_000_000}), TOO_LARGE),
    "not JSON": (zipped({"header.json": "{"}), "its header.json is not JSON"),
    "not text": (packed(b"\xff", 0, b"\xff"), "its header.json is not JSON"),
    "too many values": (
        packed(b"[" + b"[]," * 330_000 + b"0]", ZSTD, zstd(b"[" + b"[]," * 330_000 + b"0]")),
        "it holds so many small values that they would take ten times its size in memory; "
        "keep what counts in a smaller file",
    ),
    "too many members": (
        WHOLE[:-12] + b"\xff\xff\xff\xff" * 2 + WHOLE[-4:], "it has too many members",
    ),
    "a directory that begins before the file": (
        WHOLE[:-10] + b"\xff\xff\x00\x00" + WHOLE[-6:], NOT_WHOLE,
    ),
    "of version 3": (
        zipped({"header.json": json.dumps({**LOG, "version": 3})}),
        "it is not a log of Inspect of version 2, the only one that is read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_an_eval_file_that_is_not_whole_is_refused_in_one_sentence(
    name: str, tmp_path: Path
) -> None:
    content, why = REFUSED[name]
    eval_file(tmp_path, content)
    finding = find("inspect-log", tmp_path)
    assert finding.outcome is Outcome.UNKNOWN
    assert finding.message.startswith(f"logs/2026-11-21_sums_x.eval: {why}")


def test_of_a_bomb_nothing_is_unpacked(tmp_path: Path) -> None:
    for number, name in enumerate(("a bomb", "a bomb in Zstandard", "a bomb that hides its size")):
        (tmp_path / str(number)).mkdir()
        path = eval_file(tmp_path / str(number), REFUSED[name][0])
        tracemalloc.start()
        try:
            find("inspect-log", tmp_path / str(number))
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak <= 10 * path.stat().st_size + 8_000_000


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader_of_eval_files(content: bytes) -> None:
    with pytest.raises(ValueError, match="it "):
        header(io.BytesIO(content))


# ── MLflow's database ───────────────────────────────────────────────────────────────────────────
SCHEMA = """
CREATE TABLE "experiments" (experiment_id INTEGER NOT NULL, name VARCHAR(256) NOT NULL,
 artifact_location VARCHAR(256), lifecycle_stage VARCHAR(32), creation_time BIGINT,
 CONSTRAINT experiment_pk PRIMARY KEY (experiment_id));
CREATE TABLE "runs" (run_uuid VARCHAR(32) NOT NULL, name VARCHAR(250), user_id VARCHAR(256),
 status VARCHAR(9), start_time BIGINT, end_time BIGINT, lifecycle_stage VARCHAR(20),
 experiment_id INTEGER, deleted_time BIGINT, CONSTRAINT run_pk PRIMARY KEY (run_uuid));
CREATE TABLE "latest_metrics" ("key" VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT,
 step BIGINT NOT NULL, is_nan BOOLEAN NOT NULL, run_uuid VARCHAR(32) NOT NULL,
 CONSTRAINT latest_metric_pk PRIMARY KEY ("key", run_uuid));
CREATE TABLE "params" ("key" VARCHAR(250) NOT NULL, value VARCHAR(8000) NOT NULL,
 run_uuid VARCHAR(32) NOT NULL, CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid));
INSERT INTO experiments VALUES (0, 'Default', '/r/0', 'active', 1), (1, 'triage', '/r/1', 'active', 1),
 (2, 'old', '/r/2', 'deleted', 1);
INSERT INTO runs VALUES
 ('cff2284b973c4ee58bf575d26a2fbf34', 'first', 'root', 'FINISHED', 1, 1795282307386, 'active', 1, NULL),
 ('e74c26cadddd4a96b50d1f9227f8d5b1', 'second', 'root', 'FINISHED', 1, 1795282307407, 'active', 1, NULL),
 ('f', 'gone', 'root', 'FINISHED', 1, 1795282309999, 'deleted', 1, 5),
 ('g', 'of old', 'root', 'FINISHED', 1, 1795282309999, 'active', 2, NULL),
 ('h', 'third', 'root', 'RUNNING', 1, NULL, 'active', 1, NULL);
INSERT INTO latest_metrics VALUES
 ('auc', 0.7, 1795282307381, 0, 0, 'cff2284b973c4ee58bf575d26a2fbf34'),
 ('val/auc', 0.8, 1795282307401, 2, 0, 'e74c26cadddd4a96b50d1f9227f8d5b1'),
 ('loss', 0.0, 1795282307403, 0, 1, 'e74c26cadddd4a96b50d1f9227f8d5b1'),
 ('worst', 1.7976931348623157e+308, 1795282307405, 0, 0, 'e74c26cadddd4a96b50d1f9227f8d5b1'),
 ('text', 'good', 1, 0, 0, 'e74c26cadddd4a96b50d1f9227f8d5b1');
INSERT INTO params VALUES ('lr', '0.1', 'e74c26cadddd4a96b50d1f9227f8d5b1');
"""


def database(folder: Path, more: str = "", schema: str = SCHEMA) -> Path:
    path = folder / "mlflow.db"
    with sqlite3.connect(path) as made:
        made.executescript(schema + more)
    made.close()
    return path


def test_the_newest_run_of_a_database_counts(tmp_path: Path) -> None:
    """The rows are those that MLflow 3.17 wrote for two runs, and some that do not count."""
    before = database(tmp_path).read_bytes()
    finding = find("mlflow-runs", tmp_path)
    assert finding.outcome is Outcome.YES
    assert finding.message == (
        "the run second of triage finished with 4 metrics and 1 parameters, by mlflow.db"
    )
    told = {name: one.undefined or one.value for name, one in finding.measures.items()}
    assert told == {
        "metric_val_auc": 0.8,
        "metric_loss": "it is NaN",
        "metric_worst": "it is infinite",
        "metric_text": "it is text, not a number",
        "runs": 3,
        "run": "e74c26cadddd4a96b50d1f9227f8d5b1",
        "status": "FINISHED",
        "params": 1,
        "bars": 0,
    }
    assert (tmp_path / "mlflow.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow.db"]


GROWING = """
UPDATE experiments SET name = hex(zeroblob(400000));
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
INSERT INTO runs SELECT i, 'r', 'u', 'FINISHED', 1, i, 'active', 1, NULL FROM n;
DROP TABLE latest_metrics;
CREATE TABLE latest_metrics (key, run_uuid, is_nan, value AS (hex(zeroblob(400000))));
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
INSERT INTO latest_metrics SELECT i, 'e74c26cadddd4a96b50d1f9227f8d5b1', 0 FROM n;
"""


def test_what_a_database_makes_of_little_is_never_held_whole(tmp_path: Path) -> None:
    """A long name that every run shares, and values that are computed: 480 MB from one."""
    database(tmp_path, GROWING)
    tracemalloc.start()
    try:
        finding = find("mlflow-runs", tmp_path)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert finding.measures["metric_1"].undefined == "it is text, not a number"
    assert peak < 10_000_000


def test_a_run_of_a_database_is_named_and_judged(tmp_path: Path) -> None:
    database(tmp_path)
    finding = find("mlflow-runs", tmp_path, {"run": "first", "at_least": {"metric_auc": 0.8}})
    assert finding.outcome is Outcome.NO
    assert finding.message.startswith("metric_auc is 0.7, wanted at least 0.8; the run first")
    running = find("mlflow-runs", tmp_path, {"run": "third"})
    assert running.message.startswith("mlflow.db: the run third of triage is RUNNING, not FINISHED")


TOO_LONG = """
DROP TABLE runs;
CREATE TABLE runs (run_uuid, name, status, end_time, experiment_id, lifecycle_stage AS (
 CASE WHEN length(replace(hex(zeroblob(400000)), '0', 'ab')) > 0 THEN 'active' END));
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO runs SELECT i, 'r', 'FINISHED', i, 1 FROM n;
"""


def spoilt(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(bytes(content))


def with_journal(path: Path) -> None:
    path.with_name("mlflow.db-wal").write_bytes(b"pages")


BROKEN: dict[str, tuple[str, str, Callable[[Path], None] | None, str]] = {
    "of another program": (
        "CREATE TABLE notes (a);", "", None,
        "it is not a database of MLflow: it has no table experiments",
    ),
    "with a view in place of a table": (
        SCHEMA, "DROP TABLE params; CREATE VIEW params AS SELECT 1;", None,
        "it is not a database of MLflow: it has no table params",
    ),
    "with other columns": (
        SCHEMA, "DROP TABLE params; CREATE TABLE params (a);", None,
        "it is no whole SQLite database of MLflow",
    ),
    "spoilt": (SCHEMA, "", spoilt, "it is no whole"),
    "still written to": (
        SCHEMA, "", with_journal,
        "changes wait in mlflow.db-wal; close what writes to it first",
    ),
    "with too many runs": (
        SCHEMA,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2001) "
        "INSERT INTO runs SELECT i, 'r', 'u', 'FINISHED', 1, i, 'active', 1, NULL FROM n;", None,
        "it holds more than 2000 runs; export the one that counts",
    ),
    "with too many metrics": (
        SCHEMA,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
        "INSERT INTO latest_metrics SELECT i, 1, 1, 0, 0, 'e74c26cadddd4a96b50d1f9227f8d5b1' FROM n;",
        None, "the run e74c26cadddd4a96b50d1f9227f8d5b1 has more than 2000 metrics",
    ),
    "with values that are too long": (SCHEMA, TOO_LONG, None, "it is no whole SQLite database of MLflow"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_database_that_cannot_be_read_is_refused_in_one_sentence(
    name: str, tmp_path: Path
) -> None:
    schema, more, after, why = BROKEN[name]
    path = database(tmp_path, more, schema)
    if after:
        after(path)
    finding = find("mlflow-runs", tmp_path)
    assert finding.outcome is Outcome.UNKNOWN
    assert finding.message.startswith(f"mlflow.db: {why}")


@pytest.mark.parametrize(
    ("lines", "value"),
    [("1 0.5 0\n2 0.7 1\n3 0.6 0\n", 0.7), ("1 0.5\n2 0.4", 0.4), ("1 0.5 0\n1 0.6 0\n", 0.6)],
)
def test_the_last_value_is_that_of_the_highest_step_then_time(lines: str, value: float) -> None:
    assert last(lines) == value
