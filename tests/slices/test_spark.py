"""A real standalone cluster on loopback, a master and two workers, gives DuckDB's cube."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pyspark
import pytest

from trl4ml.slices import Attribute, Refused, measure, scan
from trl4ml.slices.search import search

pytestmark = pytest.mark.slow
DEPLOY = "org.apache.spark.deploy"
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def process(log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A process of one of Spark's own classes."""
    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK,
    }
    with log.open("wb") as out:
        return subprocess.Popen(
            [str(home / "bin" / "spark-class"), *arguments],
            stdout=out, stderr=subprocess.STDOUT, env=environment, start_new_session=True,
        )  # fmt: skip


def until(one: subprocess.Popen[bytes], log: Path, says: str) -> None:
    for _ in range(600):
        if says in log.read_text(errors="replace"):
            return
        assert one.poll() is None, log.read_text(errors="replace")
        time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace"))


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """`spark://127.0.0.1:port` of a master with two workers of one core each."""
    (tmp_path / "spark-defaults.conf").write_text(
        f"spark.driver.extraJavaOptions {QUICK}\nspark.executor.extraJavaOptions {QUICK}\n"
        "spark.executor.memory 512m\n"
    )
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    port, listen = free_port(), ("--host", "127.0.0.1", "--webui-port", "0")
    url = f"spark://127.0.0.1:{port}"
    logs = [tmp_path / f"{name}.log" for name in ("master", "worker1", "worker2")]
    running = [process(logs[0], f"{DEPLOY}.master.Master", *listen, "--port", str(port))]
    try:
        until(running[0], logs[0], "New state: ALIVE")
        for log in logs[1:]:
            folder = ("--work-dir", str(log.with_suffix("")))
            small = ("--cores", "1", "--memory", "512m")
            running.append(process(log, f"{DEPLOY}.worker.Worker", *listen, *small, *folder, url))
        for one, log in zip(running[1:], logs[1:], strict=True):
            until(one, log, "Successfully registered with master")
        yield url
    finally:
        stop()
        for one in reversed(running):
            one.terminate()
        for one in running:
            one.wait(timeout=30)


def stop() -> None:
    from pyspark.sql import SparkSession

    if (running := SparkSession.getActiveSession()) is not None:
        running.stop()


def rows(n: int, seed: int) -> pa.Table:
    """Predictions with missing levels, labels, predictions and scores, and whole weights."""
    rng = np.random.default_rng(seed)

    def gaps(values: list[object]) -> list[object]:
        return [None if gap else v for v, gap in zip(values, rng.random(n) < 0.03, strict=True)]

    return pa.table(
        {
            "sex": pa.array(gaps(rng.choice(["Female", "Male", " Male"], n).tolist()), pa.string()),
            "race": gaps(rng.integers(1, 6, n).tolist()),
            "age": gaps((rng.integers(36, 180, n) / 2).tolist()),
            "y": gaps(rng.integers(0, 2, n).tolist()),
            "p": gaps(rng.integers(0, 2, n).tolist()),
            "score": gaps((rng.integers(0, 65, n) / 64).tolist()),
            "weight": rng.integers(0, 9, n) / 4,
        }
    )


def folder_of(place: Path) -> Path:
    """Seven Parquet files, so that both workers have some, under a name that Spark would expand."""
    folder = place / "part [1] {a}"
    folder.mkdir()
    for i in range(7):
        pa.parquet.write_table(rows(3_000, i), folder / f"part-{i}.parquet")
    return folder


BY: list[str | Attribute] = ["sex", "race", Attribute.cut("age", 25, 45)]
BINARY: dict[str, Any] = {"label": "y", "prediction": "p"}
WAYS: tuple[dict[str, Any], ...] = (
    BINARY,
    {"label": "y", "score": "score", "threshold": 0.5},
    BINARY | {"weight": "weight"},
)


def test_a_cluster_gives_what_duckdb_gives(cluster: str, tmp_path: Path) -> None:
    """One test, so that one cluster is started: cubes cell for cell, tables, searches, refusals."""
    folder = folder_of(tmp_path)
    on_spark: dict[str, Any] = {"engine": "spark", "master": cluster}
    for way in WAYS:
        cubes = [scan(folder, BY, **way), scan(folder, BY, **on_spark, **way)]
        assert cubes[1].rows == 21_000
        assert [axis.levels for axis in cubes[1].axes] == [axis.levels for axis in cubes[0].axes]
        np.testing.assert_equal(cubes[1].table(), cubes[0].table())
        assert measure(cubes[1]).rows() == measure(cubes[0]).rows()
        if way is BINARY:
            found = [search(cube, support=100, replicates=99) for cube in cubes]
            assert found[0] == found[1]
    both_workers_took_part(cluster)
    text_files_are_read_alike(tmp_path, on_spark)
    levels_of_text_files_are_the_same(tmp_path, on_spark)
    a_frame_of_the_caller_stays_on_its_cluster()
    with pytest.raises(Refused) as refused:
        scan(folder, BY, label="y", engine="spark", master="local[1]")
    assert str(refused.value) == (
        f"Spark already runs on {cluster} and not on local[1]; stop that session or name its master"
    )
    with pytest.raises(Refused) as refused:
        scan(folder, ["sexe"], label="y", **on_spark)
    assert str(refused.value) == "the table has no column 'sexe'; did you mean 'sex'?"


def session() -> Any:
    from pyspark.sql import SparkSession

    return SparkSession.getActiveSession()


def both_workers_took_part(master: str) -> None:
    assert session().sparkContext.master == master
    status = session().sparkContext._jsc.sc().getExecutorMemoryStatus()
    assert status.size() == 3, "the driver and an executor on each worker"


def text_files_are_read_alike(place: Path, on_spark: dict[str, Any]) -> None:
    table = rows(500, 11).drop_columns(["weight"])
    pa.csv.write_csv(table, place / "table.csv")
    (place / "table.json").write_text(json.dumps(table.to_pylist()))
    cubes = [scan(place / f"table.{suffix}", BY, **BINARY) for suffix in ("csv", "json")]
    for cube, suffix in zip(cubes, ("csv", "json"), strict=True):
        spark = scan(place / f"table.{suffix}", BY, **on_spark, **BINARY)
        np.testing.assert_equal(spark.table(), cube.table())


def levels_of_text_files_are_the_same(place: Path, on_spark: dict[str, Any]) -> None:
    """Leading zeros, long integers, any separator, names that are reserved; and columns by place."""
    folder = place / "ids"
    folder.mkdir()
    (folder / "1.csv").write_text(
        f"zip;id;g; p \n01234;{10**30};(missing);1\n1234;{10**30 + 1};;0\n"
    )
    (folder / "2.csv").write_text(f'zip;id;g;p\n00501;{10**19};"(other)";1\n')
    by: list[str | Attribute] = ["zip", "id", "g"]
    one, other = (scan(folder, by, prediction="p", **way) for way in (on_spark, {}))
    np.testing.assert_equal(one.table(), other.table())
    assert [len(axis.levels) for axis in one.axes] == [3, 3, 3]
    (folder / "2.csv").write_text("id;zip;g;p\n1;2;a;1\n")
    assert scan(folder, ["zip"], prediction="p").rows == 3
    with pytest.raises(Refused) as refused:
        scan(folder, ["zip"], prediction="p", **on_spark)
    assert str(refused.value) == (
        f"{folder}/2.csv has other columns than {folder}/1.csv, or another order or separator, and "
        "Spark goes by place; write them alike, or leave the engine to DuckDB"
    )


def a_frame_of_the_caller_stays_on_its_cluster() -> None:
    here = {"g": ["a", "a", "b", None], "y": [1, 1, 0, 1], "p": [0, 1, 1, 1]}
    frame = session().createDataFrame(list(zip(*here.values(), strict=True)), list(here))
    there = scan(frame, ["g"], label="y", prediction="p")
    assert there.table() == scan(here, ["g"], label="y", prediction="p").table()


def test_without_pyspark_the_sentence_says_what_to_type(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(Refused) as refused:
        scan(folder_of(tmp_path), BY, label="y", engine="spark")
    assert str(refused.value) == (
        "Spark is not installed; add it with: pip install 'trl4ml[spark]'"
    )


@pytest.mark.parametrize(
    ("master", "says"),
    [
        ("nowhere", "Spark knows no master 'nowhere'; give local[*] or spark://host:port"),
        ("spark://127.0.0.1:1", "no Spark master answers at spark://127.0.0.1:1; "
                                "start it, or check host and port"),
        ("spark://x:y", "no Spark master answers at spark://x:y; start it, or check host and port"),
    ],
)  # fmt: skip
def test_a_master_that_is_not_there_is_one_sentence(tmp_path: Path, master: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        scan(folder_of(tmp_path), BY, label="y", engine="spark", master=master)
    assert str(refused.value) == says
