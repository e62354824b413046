"""The DuckDB of this process, which reads files unless another engine is asked for."""

from functools import cache
from typing import Any


@cache
def database() -> Any:
    """One DuckDB in memory per process; extensions are never fetched."""
    import duckdb

    return duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )


def first_line(error: BaseException) -> str:
    """The first line of what another library says, without its full stop; of CSV, line and fault."""
    lines = [line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()]
    if len(lines) > 2 and "CSV Error on Line: " in lines[0]:
        return f"line {lines[0].rpartition(' ')[2]}: {lines[2]}"
    return lines[0] if lines else type(error).__name__
