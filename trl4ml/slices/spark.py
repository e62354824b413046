"""Tables read by Spark, on this machine or on a cluster: the same scan, the same cube."""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trl4ml.slices.commas import spark_frame
from trl4ml.slices.errors import Refused

LOCAL = "local[*]"
MASTERS = ("local", "spark://", "k8s://", "yarn")
LOOPBACK = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "8",
}


def opened(paths: Sequence[Path], kind: str, master: str | None = None) -> Any:
    """The files as one PySpark DataFrame; every machine of the cluster must see the paths.

    kind: "parquet", "csv" or "json". master: `spark://host:port`, or `local[*]` when None.
    Raises Refused where Spark is not installed, does not start, or cannot read the files.
    """
    session = _session(master or LOCAL)
    names = [_literal(path) for path in paths]
    reader = session.read
    try:
        if kind == "parquet":
            return reader.parquet(*names)
        if kind == "csv":
            return spark_frame(session, paths, names)
        whole = paths[0].suffix.lower() == ".json" and _is_array(paths[0])
        return reader.json(names, multiLine=whole)
    except _errors() as error:
        raise Refused(f"{paths[0]} cannot be read by Spark: {_told(error)}") from None


def _session(master: str) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise Refused("Spark is not installed; add it with: pip install 'trl4ml[spark]'") from None
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    running = SparkSession.getActiveSession()
    if running is not None:
        if running.sparkContext.master == master:
            return running
        raise Refused(
            f"Spark already runs on {running.sparkContext.master} and not on {master}; "
            "stop that session or name its master"
        )
    if not master.startswith(MASTERS):
        raise Refused(f"Spark knows no master '{master}'; give {LOCAL} or spark://host:port")
    if master.startswith("spark://") and not _answering(master):
        raise Refused(f"no Spark master answers at {master}; start it, or check host and port")
    builder = SparkSession.builder.master(master).appName("trl4ml slices")
    near = master.startswith(("local", "spark://127.0.0.1:", "spark://localhost:"))
    for name, value in (SETTINGS | (LOOPBACK if near else {})).items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except _errors() as error:
        raise Refused(
            f"Spark did not start on {master}: {_told(error)}; it needs Java 17 or later"
        ) from None


def _answering(master: str) -> bool:
    """Whether any of the named standalone masters can be reached; others are Spark's to find."""
    import socket

    for place in master.removeprefix("spark://").split(","):
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except (OSError, ValueError, OverflowError):
            continue
        return True
    return False


def _errors() -> tuple[type[Exception], ...]:
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]
    from pyspark.errors import PySparkException

    return (PySparkException, Py4JError)


def _literal(path: Path) -> str:
    """A path that Spark reads as it stands: it would expand `*`, `?`, `[` and `{`."""
    return re.sub(r"([\\*?\[\]{}])", r"\\\1", str(path.absolute()))


def _is_array(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def _told(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
