"""Energy records for a terminal, and the words that every rendering of them shares.

Each record is its own JSON as plain data, with the file that it is from under `file`. Every number
stands with its unit, band and class; what is not known says so.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from trl4ml.render.plain import printable

Row = dict[str, Any]
NOT_KNOWN = "not known"
SCALES = {
    "kWh": (("MWh", 1e3), ("kWh", 1.0), ("Wh", 1e-3), ("mWh", 1e-6)),
    "g CO2e": (("t CO2e", 1e6), ("kg CO2e", 1e3), ("g CO2e", 1.0), ("mg CO2e", 1e-3)),
}


def text(rows: Sequence[Row]) -> str:
    """Each record as a few lines, and the total of several."""
    lines = [line for row in rows for line in (*_told(row), "")]
    lines += [f"all {len(rows)}: {_total(rows)}"] if len(rows) > 1 else []
    return "\n".join(printable(line) for line in lines).rstrip() + "\n"


def _told(row: Row) -> Iterator[str]:
    yield f"{row['file']}: {row['activity']}" + (f", {row['end']}" if row["end"] else "")
    yield f"  energy    {energy(row)}"
    for part in row["parts"]:
        yield f"    {part['name']:<7} {_part(part)}"
    if row["units"] and row["energy_kwh"]:
        yield f"  each      {each(row)}"
    yield f"  boundary  {boundary(row)}"
    yield f"  carbon    {carbon(row)}"
    if row["factor"]:
        yield f"  factor    {factor(row['factor'])}"
    if row["duration_s"] is not None:
        yield f"  time      {_time(row)}"
    if row["predicted"]:
        yield f"  foretold  {predicted(row['predicted'])}"
    for path, digest in row["outputs"].items():
        yield f"  made      {path} (sha256 {digest[:16]}…)"
    yield from (f"  note      {note}" for note in notes(row))


def energy(row: Row) -> str:
    """`0.0021 kWh [0.00105, 0.00693], modelled`."""
    if row["energy_kwh"] is None:
        return f"{NOT_KNOWN}, {row['class']}"
    return f"{band(row['energy_kwh'], 'kWh')}, {row['class']}"


def each(row: Row) -> str:
    """`0.5 mWh [0.25, 1.65] for one request of 1000`."""
    ends = row["energy_kwh"].items()
    one = {end: None if kwh is None else kwh / row["units"] for end, kwh in ends}
    return f"{band(one, 'kWh')} for one {row['unit'] or 'unit'} of {row['units']:g}"


def carbon(row: Row) -> str:
    """The grams with their band; without a place the range over all zones."""
    if row["carbon_g"]:
        return band(row["carbon_g"], "g CO2e")
    says, zones = f"{NOT_KNOWN}: no location was given", row["range_over_zones"]
    return f"{says}; {between(zones)} over {zones['count']} zones" if zones else says


def between(zones: Row) -> str:
    """`0.2 mg CO2e (SWE) to 321 mg CO2e (TKM)`."""
    low, high = (amount(zones[f"{end}_g"], "g CO2e") for end in ("lowest", "highest"))
    return f"{low} ({zones['lowest_zone']}) to {high} ({zones['highest_zone']})"


def band(one: Row, unit: str) -> str:
    """`12 mWh [6, 40]`, to three digits, in a unit that keeps them short; from kWh or g CO2e."""
    scales = SCALES[unit]
    size = abs(one["value"])
    name, by = next(((name, by) for name, by in scales if size >= by), scales[-1])
    ends = "" if one["lower"] is None else f" [{one['lower'] / by:.3g}, {one['upper'] / by:.3g}]"
    return f"{one['value'] / by:.3g} {name}{ends}"


def amount(value: float, unit: str) -> str:
    """`12 mWh`, without a band."""
    return band({"value": value, "lower": None}, unit)


def factor(one: Row) -> str:
    """`56 g/kWh in FRA, 2023, average, location-based (source version)`."""
    said = f"{one['value_g_per_kwh']:.4g} g/kWh in {one['zone']}, {one['period']}, {one['kind']}"
    fallback = f"; {one['fallback']}" if one["fallback"] else ""
    return f"{said}, {one['basis']}-based ({one['source']} {one['version']}{fallback})"


def boundary(row: Row) -> str:
    pue = row["pue"]
    by = f"PUE {pue['value']:g} included ({pue['source']})" if pue["included"] else "no PUE in it"
    return f"{row['boundary']['level']}, whole {row['boundary']['scope']}; {by}"


def predicted(one: Row) -> str:
    """What was foretold, and how good that was."""
    said = f"{band(one['energy_kwh'], 'kWh')} after {one['seen']} of {one['epochs']} epochs"
    if one["error"] is None:
        return said
    where = {True: ", inside its interval", False: ", outside its interval", None: ""}
    return f"{said}; off by {one['error']:+.1%}{where[one['inside']]}"


def notes(row: Row) -> list[str]:
    """What a reader must know: a run that was never closed, and the record's own notes."""
    open_ = (
        [] if row["finished"] else ["the run was never closed: this is what was measured so far"]
    )
    return [*open_, *row["notes"]]


def _part(part: Row) -> str:
    if part["energy_kwh"] is None:
        return f"{NOT_KNOWN}: {part['undefined']}"
    return f"{amount(part['energy_kwh']['value'], 'kWh')}, {part['class']} ({part['source']})"


def _time(row: Row) -> str:
    seen = "" if row["observed"] is None else f", {row['observed']:.1%} of it observed"
    every = f", a sample every {row['sampling_s']:g} s" if row["sampling_s"] else ""
    return f"{row['duration_s']:.4g} s{seen}{every}"


def _total(rows: Sequence[Row]) -> str:
    if missing := [row["file"] for row in rows if row["energy_kwh"] is None]:
        return f"{NOT_KNOWN}, as the energy of {missing[0]} is"
    bands = [row["energy_kwh"] for row in rows]
    ends = {} if None in [one["lower"] for one in bands] else {"lower": 0.0, "upper": 0.0}
    whole = {k: sum(one[k] for one in bands) for k in ("value", *ends)}
    return band({"lower": None, "upper": None, **whole}, "kWh")
