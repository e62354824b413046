"""The rows of a codecarbon emissions.csv, by the column sets of versions 2.0 to 3.3."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trl4ml.energy.errors import Refused

FIRST = (
    "timestamp", "project_name", "run_id", "duration", "emissions", "emissions_rate", "cpu_power",
    "gpu_power", "ram_power", "cpu_energy", "gpu_energy", "ram_energy", "energy_consumed",
    "country_name", "country_iso_code", "region", "cloud_provider", "cloud_region", "os",
    "python_version", "cpu_count", "cpu_model", "gpu_count", "gpu_model", "longitude", "latitude",
    "ram_total_size", "tracking_mode", "on_cloud",
)  # fmt: skip
LATER = (
    "codecarbon_version", "pue", "experiment_id", "water_consumed", "cpu_utilization_percent",
    "gpu_utilization_percent", "ram_utilization_percent", "ram_used_gb", "wue",
)  # fmt: skip
"""The 29 columns of 2.0; those of 2.3, 2.8 and 3.3 besides."""


@dataclass(frozen=True)
class Row:
    """One line of the file; `place` is file:line."""

    place: str
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        cell = self.cells.get(column, "")
        return "" if cell.lower() in ("nan", "none") else cell

    def number(self, column: str, empty: float = 0.0) -> float:
        """A finite number, or `empty` of an empty cell. Raises Refused."""
        cell = self.text(column)
        try:
            value = float(cell) if cell else empty
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise Refused(f"{self.place}: {column} is '{cell}', which is no number; leave it out")
        return value


def rows(text: str, name: str) -> Iterator[Row | str]:
    """The rows, and a sentence in the place of each that is cut off. Raises Refused.

    codecarbon ends each line; a last line without its end was cut off while it was written.
    """
    ended = text.count("\n")
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        header = [one.strip() for one in next(reader, [])]
        _refuse(header, name)
        for cells in reader:
            place = f"{name}:{reader.line_num}"
            if len(cells) != len(header):
                yield f"{place}: {len(cells)} of {len(header)} fields: {CUT}"
            elif reader.line_num > ended:
                yield f"{place}: the last line has no end: {CUT}"
            else:
                yield Row(place, dict(zip(header, map(str.strip, cells), strict=True)))
    except csv.Error as error:
        raise Refused(f"{name}:{reader.line_num}: not a CSV file: {error}") from None


CUT = "the row was cut off while it was written; delete it, or measure that run again"


def _refuse(header: list[str], name: str) -> None:
    if "task_name" in header:
        raise Refused(f"{name}:1: these are tasks, parts of a run; import its emissions.csv")
    if missing := [one for one in FIRST if one not in header]:
        raise Refused(
            f"{name}:1: the column '{missing[0]}' of codecarbon 2 and 3 is missing; "
            "a file of codecarbon 1 has no energy of the parts: measure again"
        )
    unknown = [one for one in header if one not in FIRST + LATER]
    if unknown or len(set(header)) < len(header):
        what = f"unknown column '{unknown[0]}'" if unknown else "a column stands twice"
        raise Refused(f"{name}:1: {what}; the columns of codecarbon 2.0 to 3.3 are known")
