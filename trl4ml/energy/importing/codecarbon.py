"""Records from codecarbon's emissions.csv, versions 2.0 to 3.3.

The file does not say whether the processor was read or modelled, so its part and the whole are
modelled. Energy and power have codecarbon's PUE in them already; the parts are given without it.
Rows of one run are states of one growing sum: the last one counts. Coordinates are left out.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from trl4ml.energy.band import carbon, of_class, of_device
from trl4ml.energy.errors import Refused
from trl4ml.energy.importing.checks import PARTS, fault
from trl4ml.energy.importing.found import Imported
from trl4ml.energy.importing.table import Row, rows
from trl4ml.energy.record import (
    Band,
    Boundary,
    Class,
    EnergyRecord,
    Factor,
    Part,
    PartName,
    Pue,
    factor_set,
)

WORLD = 475.0


def read(text: str, name: str, declared: str | None = None, activity: str = "other") -> Imported:
    """The runs of a file, each with its checks; `declared` is the country it really ran in.

    Raises Refused where the file is of another kind, or no row of it can be believed.
    """
    refused: list[str] = []
    runs: dict[str, list[Row]] = {}
    for row in rows(text, name):
        says = row if isinstance(row, str) else fault(row, declared)
        if isinstance(row, Row) and not says:
            runs.setdefault(row.text("run_id") or row.place, []).append(row)
        else:
            refused.append(says)
    records = []
    for several in runs.values():
        try:
            records.append(_record(several, activity))
        except Refused as no:
            told = str(no)
            refused.append(told if told.startswith(name) else f"{several[-1].place}: {told}")
    if not records:
        raise Refused("\n".join(refused) or f"{name}: no run is in it; track one first")
    return Imported(tuple(records), tuple(refused))


def _record(states: Sequence[Row], activity: str) -> EnergyRecord:
    row = _last(states)
    pue = row.number("pue", 1.0)
    kwh = row.number("energy_consumed")
    grams, factor = _carbon(row)
    start, end = _times(row)
    version = row.text("codecarbon_version") or "2"
    return EnergyRecord(
        tool=f"codecarbon {version}",
        activity=activity,
        project=row.text("project_name") or None,
        energy=of_class(kwh, "modelled"),
        class_="modelled",
        parts=_parts(row, pue),
        boundary=Boundary(
            "facility" if pue > 1 else "node",
            "process" if row.text("tracking_mode") == "process" else "machine",
        ),
        pue=Pue(pue, "codecarbon's setting, in its numbers already", True) if pue > 1 else Pue(),
        factor=factor,
        factor_set=factor_set([factor] if factor else []),
        carbon=grams,
        start=start,
        end=end,
        duration_s=row.number("duration"),
        hardware=_hardware(row),
        notes=tuple(_notes(row, len(states), factor)),
    )


def _last(states: Sequence[Row]) -> Row:
    """The state of a run that has all its energy. Raises Refused where they contradict."""
    ranked = sorted(states, key=lambda row: row.number("energy_consumed"))
    last = ranked[-1]
    for before, after in pairwise(ranked):
        if before.number("duration") > after.number("duration"):
            raise Refused(
                f"{before.place}: a longer duration than {after.place} of the same run, and less "
                "energy: the clock went backwards; measure this run again"
            )
    for row in ranked:
        one, end = (x.number("emissions") / x.number("energy_consumed") for x in (row, last))
        if abs(one - end) > 0.01 * end:
            raise Refused(
                f"{row.place}: {one * 1000:g} g/kWh, and {end * 1000:g} in {last.place} of the "
                "same run: two intensities in one run; measure it again at one place"
            )
    return last


def _carbon(row: Row) -> tuple[Band | None, Factor | None]:
    """Grams and the factor in them; neither where no place or no intensity was applied."""
    kwh, kg, zone = (row.number("energy_consumed"), row.number("emissions"), _zone(row))
    if not (kg and zone):
        return None, None
    value = kg * 1000 / kwh
    world = abs(value - WORLD) < 0.01
    factor = Factor(
        id=f"codecarbon:{zone}",
        value=value,
        lower=value,
        upper=value,
        zone=zone,
        kind="average",
        basis="location",
        scope="production",
        gases="CO2e",
        period="not stated",
        source="emissions / energy_consumed of the file",
        version=row.text("codecarbon_version") or "2",
        licence="not stated",
        fallback=f"the world's value, where {zone} was asked for" if world else "",
    )
    return carbon(of_class(kwh, "modelled"), factor), factor


def _zone(row: Row) -> str:
    parts = (row.text("country_iso_code").upper(), row.text("region"))
    return ", ".join(one for one in parts if one) if parts[0] else ""


def _parts(row: Row, pue: float) -> tuple[Part, ...]:
    """What drew energy, without PUE; a machine without a GPU has no such part."""
    found = []
    sources: tuple[tuple[str, PartName, Class, str], ...] = (
        ("cpu_energy", "cpu", "modelled", "codecarbon: RAPL or TDP, the file does not say"),
        ("gpu_energy", "gpu", "counter", "codecarbon: NVML, whole boards"),
        ("ram_energy", "ram", "modelled", "codecarbon: a guess from the size of the memory"),
    )
    for column, name, class_, source in sources:
        kwh = row.number(column) / pue
        if kwh:
            found.append(Part(name, of_device(kwh, class_), class_, source))
        elif row.number("gpu_count") or name != "gpu":
            found.append(Part(name, None, class_, source, "0 kWh in the file"))
    return tuple(found)


def _times(row: Row) -> tuple[str, str]:
    told = row.text("timestamp")
    try:
        end = datetime.fromisoformat(told)
        start = end - timedelta(seconds=row.number("duration"))
    except (ValueError, OverflowError):
        raise Refused(
            f"{row.place}: timestamp is '{told}', not a time like 2026-05-01T12:00:00; put it right"
        ) from None
    return start.isoformat(timespec="seconds"), end.isoformat(timespec="seconds")


def _hardware(row: Row) -> dict[str, str | int | float]:
    found: dict[str, str | int | float] = {
        name: row.text(name) for name in ("cpu_model", "gpu_model") if row.text(name)
    }
    for name in ("cpu_count", "gpu_count"):
        if row.number(name):
            found[name] = int(row.number(name))
    if row.number("ram_total_size"):
        found["ram_gb"] = row.number("ram_total_size")
    return found


def _notes(row: Row, states: int, factor: Factor | None) -> list[str]:
    kwh = row.number("energy_consumed")
    ram = row.number(PARTS[2]) / kwh
    told = {
        f"earlier states of the same run, not added: {states - 1}": states > 1,
        "times are those of the machine; the file does not name their zone": True,
        "coordinates were in the file, and are left out": bool(row.text("latitude")),
        f"{ram:.0%} of the energy is the memory, guessed from its size": ram > 0.3,
        "no carbon: the file has no country, or emissions of 0": factor is None,
        "the intensity is the world's: the place was not known": bool(factor and factor.fallback),
    }
    return [says for says, holds in told.items() if holds]
