"""The power usage effectiveness (PUE) of a data centre on a record that has none: once."""

from dataclasses import replace

from trl4ml.energy.band import product
from trl4ml.energy.errors import Refused
from trl4ml.energy.record import Band, EnergyRecord, Pue


def at_facility(record: EnergyRecord, pue: float, source: str) -> EnergyRecord:
    """Energy and carbon of the facility: those of the node times the PUE.

    `source` says where the PUE is from. Raises Refused where one is in the energy already.
    """
    if record.pue.included:
        raise Refused(
            f"a PUE of {record.pue.value:g} is in the energy already ({record.pue.source}); it is "
            "applied once: leave this one out"
        )
    if not 1 <= pue < float("inf"):
        raise Refused(f"a PUE is 1 or more, not {pue:g}")
    if not source.strip():
        raise Refused("a PUE needs its source: who measured it, and over which year")
    zones = record.range_over_zones
    return replace(
        record,
        energy=_times(record.energy, pue),
        carbon=_times(record.carbon, pue),
        range_over_zones=None
        if zones is None
        else replace(zones, lowest_g=zones.lowest_g * pue, highest_g=zones.highest_g * pue),
        pue=Pue(pue, source, True),
        boundary=replace(record.boundary, level="facility"),
    )


def _times(band: Band | None, pue: float) -> Band | None:
    return None if band is None else product(band, pue, pue, pue)
