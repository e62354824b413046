"""Energy records as the energy section of a model card, in Markdown.

Each record is its own JSON as plain data, with the file that it is from under `file`.
"""

from collections.abc import Iterator, Sequence

from trl4ml.render.energy import NOT_KNOWN, Row, band, between, boundary, factor, notes
from trl4ml.render.markdown import escaped

CLASSES = {
    "metered": "metered: read off a meter at the wall",
    "counter": "counter: from the counters of the processors, scaled to the wall",
    "modelled": "modelled: power × load × time, not measured",
    "declared": "declared: stated without a method",
}
HEAD = ("Activity", "Ended (UTC)", "Energy", "Class", "Carbon", "Factor", "Record")
DAY = len("2026-11-21")


def markdown(rows: Sequence[Row]) -> str:
    """The energy section of a model card: one line for each record, and what the numbers mean."""
    lines = ["## Energy", "", _row(HEAD), "|---" * len(HEAD) + "|"]
    lines += [_row(_cells(row)) for row in rows]
    lines += ["", *(f"* {escaped(one)}" for one in dict.fromkeys(_below(rows)))]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    known = row["energy_kwh"]
    return (
        row["activity"], (row["end"] or NOT_KNOWN)[:DAY],
        band(known, "kWh") if known else NOT_KNOWN, row["class"], _carbon(row),
        row["factor"]["id"] if row["factor"] else "no location", row["file"],
    )  # fmt: skip


def _carbon(row: Row) -> str:
    if row["carbon_g"]:
        return band(row["carbon_g"], "g CO2e")
    return between(row["range_over_zones"]) if row["range_over_zones"] else NOT_KNOWN


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(str(escaped(cell)) for cell in cells)} |"


def _below(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        of = f"{row['file']}: " if len(rows) > 1 else ""
        yield CLASSES[row["class"]]
        yield f"boundary: {boundary(row)}"
        if row["factor"]:
            yield f"{row['factor']['id']}: {factor(row['factor'])}"
        elif row["range_over_zones"]:
            count = row["range_over_zones"]["count"]
            yield f"where no location is known, carbon is a range over {count} zones"
        if row["factor_set_sha256"]:
            yield f"factor set: sha256 {row['factor_set_sha256']}"
        yield from (f"{of}{note}" for note in notes(row))
