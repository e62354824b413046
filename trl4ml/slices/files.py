"""Tables on disk: a file, a folder or a glob of Parquet, CSV or JSON, checked before it is read."""

import glob
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from trl4ml.slices.errors import Refused

KINDS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}
TOLD = "Parquet (.parquet), CSV (.csv, .tsv) or JSON (.json, .jsonl, .ndjson)"
CSV_TYPES = ["BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "VARCHAR"]
"""What text may be read as: yes and no stay text."""
MAGIC = {b"PAR1": "Parquet", b"PK\x03\x04": "a zip archive or spreadsheet", b"\x1f\x8b": "gzip"}


def found(path: str | Path | Sequence[str | Path]) -> tuple[list[Path], str]:
    """The files behind a path, a folder or a glob, in order, and their one kind.

    A list of paths, and a path that exists, are taken literally; else a path is a glob.

    Raises Refused where nothing is there, kinds are mixed, or a file is not what its suffix says.
    """
    files = _listed(path)
    kinds = {KINDS.get(one.suffix.lower(), one.suffix) for one in files}
    if len(kinds) > 1:
        told = ", ".join(sorted(kinds))
        raise Refused(f"{files[0]} and others are of several kinds ({told}); give one kind")
    kind = kinds.pop()
    if kind not in KINDS.values():
        raise Refused(f"{files[0]} is not a table that can be read; give {TOLD}")
    for one in files:
        _check(one, kind)
    return files, kind


def _listed(path: str | Path | Sequence[str | Path]) -> list[Path]:
    if not isinstance(path, str | Path):
        files = [Path(one) for one in path]
        for one in files:
            if not one.is_file():
                raise Refused(f"{one} does not exist; give files that do")
        if not files:
            raise Refused("the list of files is empty; give at least one")
        return files
    base = Path(path)
    if base.is_dir():
        files = sorted(one for one in base.rglob("*") if one.suffix.lower() in KINDS)
        if not files:
            raise Refused(f"folder {base} holds no table; put {TOLD} files there")
        return files
    if base.is_file():
        return [base]
    files = sorted(Path(one) for one in glob.glob(str(path), recursive=True))  # noqa: PTH207
    files = [one for one in files if one.is_file()]
    if not files:
        raise Refused(f"{path} does not exist; give a file, a folder or a glob")
    return files


def _check(path: Path, kind: str) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
            file.seek(max(0, size - 4))
            tail = file.read(4)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from None
    says = f"{path} is not what its suffix says"
    if not head:
        raise Refused(f"{path} is empty; give a table with a header and rows")
    held = next((name for magic, name in MAGIC.items() if head.startswith(magic)), "")
    if kind == "parquet":
        if held != "Parquet" or tail != b"PAR1":
            raise Refused(f"{says}: it is not a whole Parquet file; write it again or rename it")
    elif held or b"\x00" in head:
        raise Refused(f"{says}: it holds {held or 'binary data'}; rename or convert it")
    elif kind == "json" and head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in b"[{":
        raise Refused(f"{says}: JSON begins with [ or {{; rename or convert it")


@cache
def database() -> Any:
    """One DuckDB in memory per process; extensions are never fetched."""
    import duckdb

    return duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )


def relation(files: Sequence[Path], kind: str) -> Any:
    """The files as one DuckDB relation; columns are matched by name."""
    import duckdb

    names = [glob.escape(str(one)) for one in files]
    connection = database()
    try:
        if kind == "parquet":
            return connection.read_parquet(names, union_by_name=len(names) > 1)
        if kind == "json":
            return connection.read_json(names)
        return connection.read_csv(
            names, header=True, union_by_name=len(names) > 1, auto_type_candidates=CSV_TYPES
        )
    except duckdb.Error as error:
        raise Refused(f"{files[0]} cannot be read as {kind}: {first_line(error)}") from None


def polars_frame(files: Sequence[Path], kind: str) -> Any:
    """The files as one polars lazy frame."""
    try:
        import polars as pl
    except ImportError:
        raise Refused("polars is not installed; add it with: pip install polars") from None
    names = [str(one) for one in files]
    try:
        if kind == "parquet":
            return pl.scan_parquet(names, glob=False)
        if kind == "csv":
            tab = files[0].suffix.lower() == ".tsv"
            text = dict.fromkeys(_texts(files), pl.String)
            separator = "\t" if tab else ","
            return pl.scan_csv(names, glob=False, separator=separator, schema_overrides=text)
        if files[0].suffix.lower() == ".json":
            return pl.concat([pl.read_json(name) for name in names]).lazy()
        return pl.scan_ndjson([glob.escape(name) for name in names])
    except (pl.exceptions.PolarsError, OSError) as error:
        raise Refused(f"{files[0]} cannot be read as {kind}: {first_line(error)}") from None


def _texts(files: Sequence[Path]) -> list[str]:
    """The columns that DuckDB reads as text, such as 01234: both engines then see the same levels."""
    found = relation(files, "csv")
    return [
        name
        for name, kind in zip(found.columns, found.types, strict=True)
        if str(kind) == "VARCHAR"
    ]


def first_line(error: BaseException) -> str:
    """The first line of what another library says, without its full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
