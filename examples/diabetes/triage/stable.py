"""Writing the same bytes for the same content: no clock, no host, no path, no noise digits."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

DIGITS = 4


def rounded(value: Any, digits: int) -> Any:
    """The value with every float in it rounded."""
    if isinstance(value, dict):
        return {key: rounded(inner, digits) for key, inner in value.items()}
    return round(value, digits) if isinstance(value, float) else value


def write_json(value: Any, path: Path, digits: int = DIGITS) -> None:
    """Readable JSON; a NaN is an error, never a number."""
    text = json.dumps(rounded(value, digits), indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """The bare columns, without pandas' own notes in the footer."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, compression="none")


def clean_junit(text: str) -> str:
    """A JUnit report without durations, times of day and the name of the machine."""
    return re.sub(r' (?:time|timestamp|hostname)="[^"]*"', "", text)


def clean_coverage(text: str, root: Path) -> str:
    """A Cobertura report with relative paths; its mandatory time stamp becomes 0."""
    return re.sub(r'timestamp="\d+"', 'timestamp="0"', text).replace(f"{root}/", "")
