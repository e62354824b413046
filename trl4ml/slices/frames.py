"""Any table as one lazy narwhals frame: in memory, on disk, in a database or on a cluster."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from trl4ml.slices import files
from trl4ml.slices.database import database, first_line
from trl4ml.slices.errors import Refused
from trl4ml.slices.levels import listed, quoted, written

MATCHED = "(matched)"
"""The column that a join adds: null in rows without a match."""
ENGINES = ("duckdb", "polars", "spark")
HEAD = 2_500
"""Rows looked at before the scan, so that a mistake costs a moment and not an hour."""


def opened(
    data: Any, columns: Sequence[str] | None, engine: str = "duckdb", master: str | None = None
) -> Any:
    """`data` as a narwhals LazyFrame of the named columns; None: of all.

    Frames in memory are read by polars; relations, lazy frames and Spark frames stay where they
    are. `engine` says who reads files.
    """
    if _paths(data):
        frame = _from_files(data, columns, engine, master)
    else:
        frame = _from_memory(data, columns)
    return _exact(frame.lazy() if columns is None else select(frame.lazy(), columns))


def _exact(lazy: Any) -> Any:
    """With integers of more than 64 bits, which pyarrow has not, as text."""
    import narwhals as nw

    schema = lazy.collect_schema()
    long = [name for name, kind in schema.items() if kind in (nw.Int128, nw.UInt128)]
    return lazy.with_columns(nw.col(*long).cast(nw.String)) if long else lazy


def select(lazy: Any, columns: Sequence[str]) -> Any:
    """The named columns of a lazy frame; Refused names the one it has not."""
    _check_columns(lazy.collect_schema().names(), columns)
    return lazy.select(*columns)


def _paths(data: Any) -> bool:
    several = isinstance(data, list | tuple) and bool(data)
    return isinstance(data, str | Path) or (
        several and all(isinstance(x, str | Path) for x in data)
    )


def held(data: Any) -> bool:
    """Whether the rows are in memory already, so that the scan itself takes a moment."""
    return not _paths(data) and not hasattr(data, "collect") and not hasattr(data, "fetchall")


def declared(data: Any, name: str) -> tuple[str, ...]:
    """The order that an ordered categorical column declares; empty for any other."""
    import narwhals as nw

    if not held(data) or isinstance(data, Mapping):
        return ()
    frame = nw.from_native(data, pass_through=True)
    dtype = frame.schema.get(name) if isinstance(frame, nw.DataFrame) else None
    named = map(written, dtype.categories) if isinstance(dtype, nw.Enum) else ()
    return tuple(dict.fromkeys(quoted(one) for one in named if one is not None))


def _from_files(path: Any, columns: Sequence[str] | None, engine: str, master: str | None) -> Any:
    import narwhals as nw

    if engine not in ENGINES:
        raise Refused(f"engine '{engine}' is not known; take duckdb, polars or spark")
    paths, kind = files.found(path)
    files.agreeing(paths, kind, columns)
    if engine == "duckdb":
        return nw.from_native(files.relation(paths, kind))
    if engine == "polars":
        return nw.from_native(files.polars_frame(paths, kind))
    from trl4ml.slices.spark import opened as on_spark

    return nw.from_native(on_spark(paths, kind, master))


def _from_memory(data: Any, wanted: Sequence[str] | None) -> Any:
    import narwhals as nw

    if isinstance(data, Mapping):
        columns = list(data) if wanted is None else wanted
        _check_columns(list(data), columns)
        return _from_arrow(_arrow({name: data[name] for name in columns}))
    try:
        frame = nw.from_native(data)
    except TypeError:
        what = type(data).__name__
        raise Refused(f"a table cannot be read from {what}; give a data frame or a path") from None
    except nw.exceptions.DuplicateError:
        raise Refused("the table has two columns of one name; rename one") from None
    if isinstance(frame, nw.LazyFrame) or frame.implementation.is_polars():
        return frame
    columns = list(frame.columns) if wanted is None else wanted
    _check_columns(list(frame.columns), columns)
    chosen = frame.select(*columns)
    if frame.implementation.is_pandas():
        return nw.from_native(_from_pandas(chosen.to_native()))
    return _from_arrow(chosen.to_arrow())


def _from_arrow(table: Any) -> Any:
    """A pyarrow table as a polars frame; a column of nothing is one of missing numbers."""
    import narwhals as nw
    import polars as pl
    import pyarrow as pa

    for i, field in enumerate(table.schema):
        if pa.types.is_null(field.type):
            table = table.set_column(i, field.name, table[field.name].cast(pa.float64()))
    return nw.from_native(pl.from_arrow(table))


def _arrow(columns: Mapping[str, Any]) -> Any:
    import pyarrow as pa

    arrays = {}
    for name, values in columns.items():
        try:
            arrays[name] = pa.array(values, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError):
            raise Refused(f"column '{name}' mixes types; make it one type") from None
    try:
        return pa.table(arrays)
    except pa.ArrowException:
        raise Refused("the columns differ in length; give one value per row") from None


def _from_pandas(frame: Any) -> Any:
    """A pandas frame as a polars one: whole numbers in their smallest type, categories as codes."""
    import polars as pl
    from pandas.api.types import infer_dtype

    for name in frame.columns:
        if frame[name].dtype == object and infer_dtype(frame[name]) in ("mixed", "mixed-integer"):
            raise Refused(f"column '{name}' mixes types; make it one type")
    found = pl.from_pandas(frame)
    return found.with_columns(one.shrink_dtype() for one in found if one.dtype.is_integer())


def _check_columns(there: Sequence[str], wanted: Sequence[str]) -> None:
    for name in wanted:
        if name not in there:
            folded = {one.casefold(): one for one in there}
            near = get_close_matches(name.casefold(), folded, 1)
            hint = f"did you mean '{folded[near[0]]}'?" if near else f"it has {listed(there)}"
            raise Refused(f"the table has no column '{name}'; {hint}")


@contextmanager
def reading(what: str = "the table") -> Iterator[None]:
    """What an engine says while it runs a query becomes one sentence."""
    try:
        yield
    except Refused:
        raise
    except Exception as error:
        if not type(error).__module__.startswith(
            ("duckdb", "_duckdb", "polars", "pyspark", "py4j", "narwhals", "pyarrow")
        ):
            raise
        raise Refused(f"{what} cannot be read: {first_line(error)}") from error


def collected(lazy: Any) -> Any:
    """The rows of a lazy frame as a pyarrow table."""
    with reading():
        return lazy.collect("pyarrow").to_native()


def joined(left: Any, right: Any, key: Sequence[str]) -> Any:
    """`left` with the columns of `right`, by `key`, whose values are unique on the right."""
    import narwhals as nw

    for name in key:
        kinds = [frame.collect_schema()[name] for frame in (left, right)]
        if kinds[0] != kinds[1] and not all(one.is_numeric() for one in kinds):
            told = " and ".join(str(one).lower() for one in kinds)
            raise Refused(f"key '{name}' is of two types, {told}; make it one type")
    present = right.drop_nulls(list(key))
    if MATCHED in left.collect_schema().names():
        raise Refused("a column named (matched) stands in the way of the join; rename it")
    repeated = present.group_by(*key).agg(nw.len().alias("rows")).filter(nw.col("rows") > 1)
    if twice := len(collected(repeated.head(1_000_000))):
        told = ", ".join(f"'{name}'" for name in key)
        raise Refused(
            f"the table of sensitive columns repeats {twice} keys of {told}; keep one row per key"
        )
    with reading():
        marked = _beside(left, right.with_columns(nw.lit(True).alias(MATCHED)))
        return left.join(marked, on=list(key), how="left")


def _beside(left: Any, right: Any) -> Any:
    """`right` in the engine of `left`."""
    import narwhals as nw

    if left.implementation == right.implementation:
        return right
    rows = collected(right)
    if left.implementation.is_polars():
        return _from_arrow(rows).lazy()
    if left.implementation.is_duckdb():
        return nw.from_native(database().from_arrow(rows))
    raise Refused("the table of sensitive columns is in another engine; give both as files")
