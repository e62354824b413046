"""A record as the `co2_eq_emissions` of a Hugging Face model card, which are grams."""

from trl4ml.energy.errors import Refused
from trl4ml.energy.record import EnergyRecord

TRAINING_TYPES = {"training": "pre-training", "fine-tuning": "fine-tuning"}


def front_matter(record: EnergyRecord) -> dict[str, dict[str, str | float]]:
    """The mapping for the card's YAML. Raises Refused where the record has no carbon.

    The class and the band stand in `source`, since the card has no field for them.
    """
    if record.carbon is None:
        raise Refused(
            "the record has no grams, since no place was given: track with --location, or state "
            "the kilowatt-hours in the text of the card"
        )
    if not record.finished:
        raise Refused(
            "the run was never closed, so its grams are not those of the model; run it again"
        )
    left_out = [part.name for part in record.parts if part.kwh is None]
    told: dict[str, str | float] = {
        "emissions": record.carbon.value,
        "source": f"{record.tool}, {record.class_}{_band(record)}"
        + (f", without {', '.join(left_out)}" if left_out else ""),
    }
    if record.activity in TRAINING_TYPES:
        told["training_type"] = TRAINING_TYPES[record.activity]
    if record.factor is not None:
        told["geographical_location"] = record.factor.zone
    used = [
        str(record.hardware[key]) for key in ("cpu_model", "gpu_model") if record.hardware.get(key)
    ]
    if used:
        told["hardware_used"] = ", ".join(used)
    return {"co2_eq_emissions": told}


def _band(record: EnergyRecord) -> str:
    carbon = record.carbon
    if carbon is None or carbon.lower is None or carbon.upper is None:
        return ", no band"
    return f", {carbon.lower:.4g} to {carbon.upper:.4g} g"
