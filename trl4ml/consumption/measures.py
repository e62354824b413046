"""Energy and carbon of a record as measures and as words: value, band and class together."""

from trl4ml.core.evidence import Kind, Measure, undefined
from trl4ml.energy.record import Band, EnergyRecord, weakest

KINDS = {
    "metered": Kind.COUNTED,
    "counter": Kind.COUNTED,
    "modelled": Kind.MODELLED,
    "declared": Kind.DECLARED,
}
NOT_STATED = "not stated"
NO_PLACE = "no location was given, so there is energy alone; give one with: trl4ml track --location"


def kind(*records: EnergyRecord) -> Kind:
    """Of the weakest class among them."""
    return KINDS[weakest(one.class_ for one in records)]


def band(one: Band, unit: str, record: EnergyRecord) -> Measure:
    return Measure(value=one.value, lower=one.lower, upper=one.upper, unit=unit, kind=kind(record))


def lacking(record: EnergyRecord) -> str:
    """Why the energy of the record is not that of the whole run; empty where it is."""
    missing = [
        f"{part.name} is not in it: {part.undefined}" for part in record.parts if part.kwh is None
    ]
    if record.energy is None:
        reasons = "; ".join(part.undefined for part in record.parts if part.undefined)
        return f"the energy is not known{reasons and f': {reasons}'}"
    if missing:
        return f"the energy is not the whole: {'; '.join(missing)}"
    return "" if record.energy.value else "an energy of 0 kWh is no measurement"


def unplaced(record: EnergyRecord) -> str:
    """Why the carbon of the record does not count; empty where it follows from a factor of its place."""
    if record.carbon is None or record.factor is None:
        return NO_PLACE
    if record.factor.fallback:
        return f"the intensity is {record.factor.fallback}"
    if record.factor.zone == NOT_STATED:
        return "the intensity is of a place that the record does not name"
    return ""


def carbon(record: EnergyRecord) -> Measure:
    if record.carbon is None or (why := unplaced(record)):
        return undefined(NO_PLACE if record.carbon is None else why, "g")
    return band(record.carbon, "g", record)


def told(record: EnergyRecord) -> str:
    """`2.1 Wh [1.05, 6.93], modelled, and 0.12 g CO2e [0.06, 0.4] by FRA@2023`."""
    known = record.energy
    says = f"{spread(known, 'kWh')}, {record.class_}" if known else "an unknown energy"
    if record.carbon is None:
        return f"{says}; its carbon is unknown without a location"
    by = f" by {record.factor.id}" if record.factor else ""
    return f"{says}, and {spread(record.carbon, 'g CO2e')}{by}"


def spread(one: Band, unit: str) -> str:
    """The value with its ends to three digits: `2.1 Wh [1.05, 6.93]` for so much of a kWh."""
    small = unit == "kWh" and abs(one.value) < 0.1
    by, name = (1000.0, "Wh") if small else (1.0, unit)
    ends = ""
    if one.lower is not None and one.upper is not None:
        ends = f" [{one.lower * by:.3g}, {one.upper * by:.3g}]"
    return f"{one.value * by:.3g} {name}{ends}"
