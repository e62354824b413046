"""What a row of emissions.csv must fulfil before its numbers are believed.

Each check gives the sentence of its fault, or an empty one. Units: kWh, kg, W, s.
"""

from trl4ml.energy.errors import Refused
from trl4ml.energy.importing.table import Row
from trl4ml.energy.plausible import capacity, of_kwh

PARTS = ("cpu_energy", "gpu_energy", "ram_energy")
AMOUNTS = ("energy_consumed", *PARTS, "emissions", "cpu_power", "gpu_power", "ram_power")
MOST_INTENSE = 1500.0
"""g/kWh; the highest country of codecarbon's table has 1,306."""
QUEBEC = (46.8, -71.2)
THREAD_W, BOARD_W, GB_W = 20.0, 1400.0, 1.0
"""Generous watts of a CPU thread, a GPU and a GB of memory: a ceiling, not an estimate."""


def fault(row: Row, declared: str | None) -> str:
    """The first thing that is wrong with the row, or an empty text; `declared` is the country."""
    try:
        checks = (_negative, _zero, _sum, _intensity, _rate, _power, _hardware)
        says = next((says for check in checks if (says := check(row))), "") or _place(row, declared)
    except Refused as no:
        return str(no)
    return f"{row.place}: {says}" if says else ""


def _negative(row: Row) -> str:
    if row.number("duration") < 0:
        return "the duration is negative: the clock went backwards; measure this run again"
    below = next((one for one in AMOUNTS if row.number(one) < 0), "")
    if below:
        return (
            f"{below} is negative ({row.number(below):g}): a counter was reset; "
            "measure this run again"
        )
    pue = row.number("pue", 1.0)
    return "" if pue >= 1 else f"pue is {pue:g}, and 1 is the least by definition; put it right"


def _zero(row: Row) -> str:
    if row.number("energy_consumed"):
        return ""
    return "0 kWh is no measurement: the run was shorter than the sampling period; sample faster"


def _sum(row: Row) -> str:
    total, parts = row.number("energy_consumed"), sum(row.number(one) for one in PARTS)
    if abs(total - parts) <= 1e-3 * total:
        return ""
    slip = any(abs(total * by - parts) <= 1e-3 * parts for by in (1e3, 1e-3))
    return f"cpu, gpu and ram have {parts:g} kWh, energy_consumed has {total:g}: " + (
        "watt-hours among kilowatt-hours? Give all of them in kWh"
        if slip
        else "they do not add up; take the row as codecarbon wrote it"
    )


def _intensity(row: Row) -> str:
    grams = row.number("emissions") * 1000 / row.number("energy_consumed")
    if grams <= MOST_INTENSE:
        return ""
    return f"emissions/energy_consumed is {grams:g} g/kWh, more than any electricity has: " + (
        "grams among kilograms? Divide the emissions by 1000"
        if grams <= MOST_INTENSE * 1000
        else "take the row as codecarbon wrote it"
    )


def _rate(row: Row) -> str:
    """Kilograms a second since 2.3, grams a second before."""
    seconds, kg = row.number("duration"), row.number("emissions")
    told = row.number("emissions_rate") * seconds
    if not (seconds and told) or any(abs(told * by - kg) <= 0.01 * kg for by in (1, 1e-3)):
        return ""
    return (
        f"emissions_rate times duration is {told:g} kg, and emissions are {kg:g} kg: one of the "
        "three was changed; take the row as codecarbon wrote it"
    )


def _power(row: Row) -> str:
    seconds = row.number("duration")
    told = sum(row.number(one) for one in ("cpu_power", "gpu_power", "ram_power"))
    if not (seconds and told):
        return ""
    mean = row.number("energy_consumed") * 3.6e6 / seconds
    if told / 50 <= mean <= told * 50:
        return ""
    slip = any(told / 30 <= mean * by <= told * 30 for by in (1e3, 1e-3))
    return (
        f"{mean:g} W on average by energy and duration, and {told:g} W by the columns of power"
        + (
            ": a factor 1000 between them; watt-hours among kilowatt-hours, or milliseconds?"
            if slip
            else "; take the row as codecarbon wrote it"
        )
    )


def _hardware(row: Row) -> str:
    """No more than all threads, boards and memory at a generous ceiling for the whole time."""
    seconds = row.number("duration")
    boards = [
        (row.number("cpu_count"), THREAD_W),
        (row.number("gpu_count"), BOARD_W),
        (row.number("ram_total_size"), GB_W),
    ]
    there = [(n, watts) for n, watts in boards if n > 0]
    if not (seconds and there) or not row.number("cpu_count"):
        return ""
    most = capacity([*there, (1, 100.0)], seconds / 3600, row.number("pue", 1.0))
    told = of_kwh(row.number("energy_consumed"), most)
    return "" if told.plausible or told.use[1] < 1 else told.says


def _place(row: Row, declared: str | None) -> str:
    zone = row.text("country_iso_code").upper()
    if declared is not None:
        known = zone and declared.upper() != zone
        return f"it has the country {zone}, and {declared.upper()} was declared" if known else ""
    where = (row.number("latitude"), row.number("longitude"))
    default = all(abs(a - b) < 0.05 for a, b in zip(where, QUEBEC, strict=True))
    if zone == "CAN" and row.text("region").lower() == "quebec" and default:
        return (
            "Canada, Quebec at 46.8, -71.2 is what codecarbon books when it finds no place: about "
            "3.9 g/kWh, 120 times below the world; declare CAN if it ran there"
        )
    return ""
