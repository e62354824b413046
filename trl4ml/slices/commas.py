"""CSV files: DuckDB tells the separator, the header and the types, once for every engine.

Whole numbers of more than 18 digits stay text: a float would make two of them one.
"""

import csv
import glob
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from trl4ml.slices.database import database, first_line
from trl4ml.slices.errors import Refused

TYPES = ["BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "VARCHAR"]
"""What text may be read as: yes and no stay text."""
SAMPLE = 20_480
"""The rows from which DuckDB takes types."""


class Dialect(NamedTuple):
    """How one file is written, and its columns, which DuckDB counts where they have no name."""

    separator: str
    quote: str
    names: tuple[str, ...]


def dialect(path: Path) -> Dialect:
    """How the file is written. Raises Refused where its first line is no header of its rows."""
    import duckdb

    asked = "SELECT Delimiter, Quote, SkipRows FROM sniff_csv(?, header=true)"
    try:
        separator, quote, skip = database().execute(asked, [glob.escape(str(path))]).fetchall()[0]
    except duckdb.Error as error:
        raise Refused(f"{path} cannot be read as csv: {first_line(error)}") from None
    if skip:
        raise Refused(
            f"{path} does not begin with a header of as many columns as its rows have; "
            "remove what stands above it, or repair the rows"
        )
    quote = quote if len(quote) == 1 else '"'
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        header = next(csv.reader(file, delimiter=separator, quotechar=quote), [])
    names = (name.strip() or f"column{i}" for i, name in enumerate(header))
    return Dialect(separator, quote, tuple(names))


def relation(files: Sequence[Path]) -> Any:
    """The files as one DuckDB relation; columns are matched by name."""
    names = [glob.escape(str(one)) for one in files]

    def read(**more: Any) -> Any:
        return database().read_csv(names, header=True, union_by_name=len(names) > 1, **more)

    found = read(auto_type_candidates=TYPES)
    long = long_numbers(types(found), lambda _: read(all_varchar=True))
    return read(auto_type_candidates=TYPES, dtype=dict.fromkeys(long, "VARCHAR")) if long else found


def types(relation: Any) -> dict[str, str]:
    """The DuckDB type of each column."""
    return dict(zip(relation.columns, map(str, relation.types), strict=True))


def long_numbers(kinds: dict[str, str], as_text: Callable[[list[str]], Any]) -> list[str]:
    """The columns of floats in which the sample holds whole numbers alone, some of them long.

    as_text: the relation with these columns as text.
    """
    floats = [name for name, kind in kinds.items() if kind == "DOUBLE"]
    if not floats:
        return []
    columns = [f"""trim("{name.replace('"', '""')}")""" for name in floats]
    asked = [
        f"bool_and(regexp_full_match({x}, '[+-]?[0-9]+')) AND max(length({x})) > 18"
        for x in columns
    ]
    seen = as_text(floats).limit(SAMPLE).aggregate(", ".join(asked)).fetchall()[0]
    return [name for name, long in zip(floats, seen, strict=True) if long]


def polars_frame(files: Sequence[Path]) -> Any:
    """The columns that all files have as one polars lazy frame, of the types that DuckDB sees."""
    import polars as pl

    kinds = types(relation(files))
    casts = {"BIGINT": pl.Int64, "DOUBLE": pl.Float64, "DATE": pl.Date, "TIMESTAMP": pl.Datetime}

    def typed(name: str) -> Any:
        text = pl.col(name).str.strip_chars()
        cast = casts.get(kinds.get(name, "VARCHAR"))
        return pl.when(text != "").then(text).cast(cast).alias(name) if cast else pl.col(name)

    told = [dialect(path) for path in files]
    shared = [name for name in told[0].names if all(name in one.names for one in told)]
    frames = []
    for path, one in zip(files, told, strict=True):
        rows = pl.scan_csv(
            path, glob=False, separator=one.separator, quote_char=one.quote,
            infer_schema=False, new_columns=one.names,
        )  # fmt: skip
        if _blank_lines(path):
            rows = rows.filter(~pl.all_horizontal(pl.all().is_null()))
        frames.append(rows.select(map(typed, shared)))
    return pl.concat(frames)


def _blank_lines(path: Path) -> bool:
    """Whether there are any: polars takes them for rows, DuckDB and Spark do not."""
    with path.open("rb") as file:
        before = b""
        while part := file.read(1 << 20):
            if any(blank in before + part for blank in (b"\n\n", b"\n\r\n")):
                return True
            before = part[-2:]
    return False


def spark_frame(session: Any, files: Sequence[Path], places: Sequence[str]) -> Any:
    """The files as one PySpark frame, of the types that DuckDB sees; `places` as Spark takes them.

    Raises Refused where headers differ: Spark knows the columns of further files by their place.
    """
    from pyspark.sql import functions as f

    told = dialect(files[0])
    for other in files[1:]:
        if dialect(other) != told:
            raise Refused(
                f"{other} has other columns than {files[0]}, or another order or separator, and "
                "Spark goes by place; write them alike, or leave the engine to DuckDB"
            )
    kinds = types(relation(files))
    casts = {"BIGINT": "bigint", "DOUBLE": "double", "DATE": "date", "TIMESTAMP": "timestamp"}
    read = session.read.csv(
        list(places), header=True, sep=told.separator, quote=told.quote, escape=told.quote
    ).toDF(*told.names)
    columns = ((name, f.col(f"`{name}`"), casts.get(kinds.get(name, ""))) for name in told.names)
    return read.select(
        *((one.cast(cast) if cast else one).alias(name) for name, one, cast in columns)
    )
