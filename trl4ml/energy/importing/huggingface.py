"""A record from the `co2_eq_emissions` of a Hugging Face model card: grams, and only declared.

A number, or a mapping with emissions, source, training_type, geographical_location and
hardware_used. The energy is not in it. Kilograms pasted into the grams field are the commonest
error: with hardware and hours the number is held against what that hardware can use.
"""

from collections.abc import Mapping

from trl4ml.energy.errors import Refused
from trl4ml.energy.importing.found import Imported
from trl4ml.energy.plausible import of_grams
from trl4ml.energy.record import Band, Boundary, EnergyRecord

FIELDS = ("emissions", "source", "training_type", "geographical_location", "hardware_used")
ACTIVITIES = {"pre-training": "training", "fine-tuning": "fine-tuning"}


def read(
    front: Mapping[str, object],
    name: str,
    capacity_kwh: float | None = None,
    intensity: float | None = None,
) -> Imported:
    """The record of a card's front matter, as parsed from its YAML.

    `capacity_kwh` is what the declared hardware can use in the declared hours, `intensity` the
    g/kWh of the place; with a capacity an implausible number is refused with the question it
    raises. Raises Refused.
    """
    told = front.get("co2_eq_emissions")
    if told is None:
        raise Refused(f"{name}: no co2_eq_emissions in its front matter; add it, in grams")
    fields = told if isinstance(told, Mapping) else {"emissions": told}
    if unknown := [one for one in fields if one not in FIELDS]:
        raise Refused(
            f"{name}: co2_eq_emissions: unknown key '{unknown[0]}'; known: {', '.join(FIELDS)}"
        )
    grams = _grams(fields.get("emissions"), name)
    notes = ["the card declares grams of CO2e; energy, method and intensity are not in it"]
    if capacity_kwh is not None:
        found = of_grams(grams, capacity_kwh, intensity)
        if not found.plausible:
            raise Refused(f"{name}: co2_eq_emissions: {found.says}")
        notes.append(found.says)
    words = {key: _word(fields.get(key), key, name) for key in FIELDS[1:] if fields.get(key)}
    notes += [f"{key.replace('_', ' ')}: {word}" for key, word in words.items()]
    return Imported(
        (
            EnergyRecord(
                tool="Hugging Face card",
                activity=ACTIVITIES.get(words.get("training_type", ""), "training"),
                energy=None,
                class_="declared",
                boundary=Boundary("node", "machine"),
                carbon=Band(grams),
                hardware={"declared": words["hardware_used"]} if "hardware_used" in words else {},
                notes=tuple(notes),
            ),
        )
    )


def _grams(told: object, name: str) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or not abs(told) < 1e18:
        raise Refused(f"{name}: co2_eq_emissions.emissions is {told!r}, not a number of grams")
    if not told > 0:
        raise Refused(f"{name}: co2_eq_emissions.emissions is {told}; no training emits 0 g")
    return float(told)


def _word(told: object, key: str, name: str) -> str:
    if isinstance(told, list) and all(isinstance(one, str) for one in told):
        return ", ".join(told)
    if not isinstance(told, str):
        raise Refused(f"{name}: co2_eq_emissions.{key} is {told!r}, not a text; put it in quotes")
    return told
