"""What an import gives: records, and one sentence for each row that was not taken."""

from collections.abc import Sequence
from dataclasses import dataclass

from trl4ml.energy.record import EnergyRecord


@dataclass(frozen=True)
class Imported:
    """`refused` names file, line, fault and remedy of what is not among the records."""

    records: tuple[EnergyRecord, ...]
    refused: tuple[str, ...] = ()


def duplicates(records: Sequence[EnergyRecord]) -> tuple[str, ...]:
    """One sentence for each record that repeats an earlier one: they would be counted twice."""
    first: dict[tuple[object, ...], int] = {}
    found = []
    for number, one in enumerate(records, 1):
        key = (one.tool, one.project, one.end, one.duration_s, one.energy, one.carbon)
        if key in first:
            found.append(
                f"record {number} repeats record {first[key]} ({one.tool}, "
                f"{one.end or 'without a time'}): leave one of the two out of any sum"
            )
        first.setdefault(key, number)
    return tuple(found)
