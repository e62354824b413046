"""Tables on disk: a file, a folder or a glob of Parquet, CSV or JSON, checked before it is read."""

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trl4ml.slices import commas, width
from trl4ml.slices.database import database, first_line
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
    if not str(path):
        raise Refused("the path is empty; give a file, a folder or a glob")
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
            file.seek(max(0, size - 4096))
            tail = file.read(4096)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from None
    says = f"{path} is not what its suffix says"
    if not head.strip() and size <= len(head):
        raise Refused(f"{path} is empty; give a table with a header and rows")
    held = next((name for magic, name in MAGIC.items() if head.startswith(magic)), "")
    if kind == "parquet":
        if held != "Parquet" or not tail.endswith(b"PAR1"):
            raise Refused(f"{says}: it is not a whole Parquet file; write it again or rename it")
    elif held or b"\x00" in head:
        raise Refused(f"{says}: it holds {held or 'binary data'}; rename or convert it")
    elif kind == "json":
        _check_json(path, head.removeprefix(b"\xef\xbb\xbf").lstrip(), tail.rstrip())
    width.check(path, kind)


def _check_json(path: Path, head: bytes, tail: bytes) -> None:
    """Records, or an array of them that is closed."""
    if head[:1] not in (b"[", b"{"):
        raise Refused(
            f"{path} is not what its suffix says: JSON begins with [ or {{; rename or convert it"
        )
    inside = head[1:].lstrip()
    if head[:1] == b"{" or not inside:
        return
    if inside[:1] == b"]":
        raise Refused(f"{path} has no rows; give one that has some")
    if inside[:1] != b"{":
        raise Refused(f'{path} holds no records; write rows as in [{{"sex": "f", "label": 1}}]')
    if not tail.endswith(b"]"):
        raise Refused(f"{path} ends within its rows; write it again")


def relation(files: Sequence[Path], kind: str) -> Any:
    """The files as one DuckDB relation; columns are matched by name."""
    import duckdb

    names = [glob.escape(str(one)) for one in files]
    try:
        if kind == "parquet":
            return database().read_parquet(names, union_by_name=len(names) > 1)
        return _json(names) if kind == "json" else commas.relation(files)
    except duckdb.Error as error:
        raise Refused(f"{files[0]} cannot be read as {kind}: {first_line(error)}") from None


def _json(names: Sequence[str]) -> Any:
    """JSON files as one relation, in which long whole numbers stay text."""
    found = database().read_json(names)
    kinds = commas.types(found)

    def read(some: Sequence[str]) -> Any:
        return database().read_json(names, columns=kinds | dict.fromkeys(some, "VARCHAR"))

    long = commas.long_numbers(kinds, read)
    return read(long) if long else found


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
            return commas.polars_frame(files)
        if files[0].suffix.lower() == ".json":
            return pl.concat([pl.read_json(name) for name in names]).lazy()
        return pl.scan_ndjson([glob.escape(name) for name in names])
    except (pl.exceptions.PolarsError, OSError) as error:
        raise Refused(f"{files[0]} cannot be read as {kind}: {first_line(error)}") from None


def agreeing(files: Sequence[Path], kind: str, columns: Sequence[str] | None) -> None:
    """Every file has each of the columns that one of them has, once; None: each of all columns.

    Raises Refused: a column that one file lacks would count as missing there.
    """
    held = {one: _names(one, kind) for one in files}
    for one, names in held.items():
        _once(one, names, columns)
    asked = [name for names in held.values() for name in names] if columns is None else columns
    for name in dict.fromkeys(asked):
        having = [one for one, names in held.items() if name in names]
        without = next((one for one in files if one not in having), None)
        if having and without:
            raise Refused(
                f"{without} has no column '{name}', which {having[0]} has; "
                "give it one, or read the files apart"
            )
    kinds = commas.types(relation(files, kind)) if kind == "json" else {}
    mixed = next((name for name in asked if kinds.get(name) == "JSON"), None)
    if mixed is not None:
        raise Refused(f"column '{mixed}' mixes types; make it one type")


def _names(path: Path, kind: str) -> Sequence[str]:
    """The columns that one file names; of JSON those that DuckDB finds."""
    if kind == "csv":
        return commas.dialect(path).names
    if kind == "json":
        return list(relation([path], kind).columns)
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        raise Refused(f"{path} cannot be read as parquet: {first_line(error)}") from None


def _once(path: Path, names: Sequence[str], columns: Sequence[str] | None) -> None:
    """No two columns of one name, nor asked for columns that differ in case alone."""
    for name in names:
        if names.count(name) > 1:
            raise Refused(f"{path} has two columns '{name}'; rename one")
    for name in columns or ():
        alike = [one for one in names if one.casefold() == name.casefold()]
        if len(alike) > 1:
            told = " and ".join(f"'{one}'" for one in alike)
            raise Refused(f"{path} has columns {told}, which differ in case alone; rename one")
