"""`trl4ml energy sci`: the Software Carbon Intensity (ISO/IEC 21031) of an energy record."""

from typing import Any, NamedTuple

from trl4ml.energy import sci
from trl4ml.energy.errors import Refused
from trl4ml.energy.factors import located
from trl4ml.energy.record import Band, EnergyRecord, Factor, factor_set
from trl4ml.errors import WrongInput
from trl4ml.metering import read

Row = dict[str, Any]


class Wanted(NamedTuple):
    """The options of the command line as they were given."""

    file: str
    embodied_g: float | None = None
    lifespan_h: float = 35040
    reserved_h: float | None = None
    reserved: float = 1
    resources: float = 1
    unit: str | None = None
    units: float | None = None
    location: str | None = None
    region: str | None = None


def scored(wanted: Wanted) -> Row:
    """The score with its two parts and all that has to be disclosed, as plain data.

    Raises WrongInput, which names the file.
    """
    one = read(wanted.file)
    try:
        energy, factor = _whole(one), _factor(one, wanted)
        unit = wanted.unit or one.unit or ""
        units = one.units if wanted.units is None else wanted.units
        if not unit or units is None:
            raise Refused("it does not say of how many of what it is; give --unit and --units")
        found = sci.score(
            energy, factor, _embodied(one, wanted), unit=unit, units=units,
            boundary=_boundary(one), factor_set=factor_set([factor]),
        )  # fmt: skip
    except Refused as refused:
        raise WrongInput(f"{wanted.file}: {refused}") from None
    return {
        "file": wanted.file, "method": found.method, "class": one.class_,
        "score_g_per_unit": _band(found.score), "unit": found.unit, "units": found.units,
        "operational_g": _band(found.operational), "embodied_g": found.embodied,
        "boundary": found.boundary, "factor": factor.id,
        "value_g_per_kwh": factor.value, "factor_set_sha256": found.factor_set,
    }  # fmt: skip


def _whole(one: EnergyRecord) -> Band:
    """The energy of everything reserved. Raises Refused for a record that holds less."""
    if one.energy is None:
        raise Refused("the energy is not known")
    if not one.finished:
        raise Refused("the run was never closed, and only a part of its energy is known")
    if missing := [part for part in one.parts if part.kwh is None]:
        raise Refused(f"{missing[0].name} is not in the energy: {missing[0].undefined}")
    if one.boundary.level == "device" or one.boundary.scope == "process":
        raise Refused(
            "an SCI counts everything that was reserved, and this is the energy of a "
            f"{'device' if one.boundary.level == 'device' else 'process'}; measure the machine"
        )
    return one.energy


def _factor(one: EnergyRecord, wanted: Wanted) -> Factor:
    if wanted.location is not None:
        return located(wanted.location, wanted.region)
    if wanted.region is not None:
        raise Refused(f"--region {wanted.region}: lies in a country; name it with --location")
    if one.factor is None:
        raise Refused("an SCI needs the intensity of a place; say where with --location")
    if one.factor.fallback:
        raise Refused(f"the intensity is {one.factor.fallback}; say where with --location")
    return one.factor


def _embodied(one: EnergyRecord, wanted: Wanted) -> float | None:
    hours = wanted.reserved_h
    if hours is None and one.duration_s:
        hours = one.duration_s / 3600
    if wanted.embodied_g is None:
        return None
    if hours is None:
        raise Refused("the record holds no duration; give --reserved-h")
    return sci.embodied(
        wanted.embodied_g, hours, wanted.lifespan_h, wanted.reserved, wanted.resources
    )


def _boundary(one: EnergyRecord) -> str:
    pue = f"PUE {one.pue.value:g}" if one.pue.included else "no PUE"
    return f"{one.boundary.level}, whole {one.boundary.scope}, {pue}"


def _band(one: Band) -> Row:
    return {"value": one.value, "lower": one.lower, "upper": one.upper}


def text(found: Row) -> str:
    """The score in a few lines."""
    from trl4ml.render.energy import amount, band
    from trl4ml.render.plain import printable

    lines = [
        f"SCI: {band(found['score_g_per_unit'], 'g CO2e')} for one {found['unit']} of "
        f"{found['units']:g}, {found['class']}",
        f"operational: {band(found['operational_g'], 'g CO2e')} by {found['factor']} "
        f"({found['value_g_per_kwh']:.4g} g/kWh)",
        f"embodied: {amount(found['embodied_g'], 'g CO2e')}, its share of the hardware",
        f"boundary: {found['boundary']}",
        f"method: {found['method']}; factor set sha256 {found['factor_set_sha256']}",
    ]
    return "".join(f"{printable(line)}\n" for line in lines)
