"""Text tables too wide to be read: DuckDB takes the square of the number of columns in time."""

import re
from pathlib import Path

from trl4ml.slices.errors import Refused

MOST = 5_000
SAMPLE = 4_000_000
"""Bytes at the beginning of a file from which DuckDB takes separator, columns and types, or fewer."""
QUOTED = re.compile(rb'"[^"]*+"')
KEY = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"\s*+:')


def check(path: Path, kind: str) -> None:
    """Raises Refused where a line of CSV, or the records of JSON, have more than 5,000 columns."""
    if kind == "csv":
        _check_csv(path)
    elif kind == "json":
        _check_json(path)


def _check_csv(path: Path) -> None:
    for number, line in enumerate(_sample(path).splitlines(), 1):
        if (
            len(line) > MOST
            and _separators(line) > MOST
            and _separators(QUOTED.sub(b"", line)) > MOST
        ):
            raise Refused(
                f"{path}: line {number} has more than {MOST:,} columns; leave out what is not needed"
            )


def _separators(line: bytes) -> int:
    return max(map(line.count, (b",", b";", b"\t", b"|")))


def _check_json(path: Path) -> None:
    keys = set()
    for one in KEY.finditer(_sample(path)):
        keys.add(hash(one[1]))
        if len(keys) > MOST:
            raise Refused(
                f"{path} has more than {MOST:,} keys; leave out those that are not needed"
            )


def _sample(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(SAMPLE)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from None
