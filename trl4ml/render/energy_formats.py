"""Energy records for other people's forms: CycloneDX, the EU AI Act, Hugging Face.

Each record is its own JSON as plain data. A form has its own unit: CycloneDX tonnes and kWh, the
AI Act's Code of Practice MWh, Hugging Face grams; every key of ours carries the unit.
"""

from collections.abc import Sequence
from typing import Any

from trl4ml.render.plain import json_text

Row = dict[str, Any]
ACTIVITIES = (
    "design", "data-collection", "data-preparation", "training", "fine-tuning", "validation",
    "deployment", "inference",
)  # fmt: skip
GRAMS_PER_TONNE, KWH_PER_MWH, SECONDS_PER_HOUR = 1e6, 1e3, 3600
NOT_GIVEN = "not stated in the energy records"


def cyclonedx(rows: Sequence[Row]) -> str:
    """`environmentalConsiderations` of a CycloneDX 1.6 or 1.7 model card: kWh and tonnes."""
    known = [_consumption(row) for row in rows if row["energy_kwh"]]
    made: Row = {"energyConsumptions": known}
    if unknown := [row["file"] for row in rows if not row["energy_kwh"]]:
        made["properties"] = [{"name": "trl4ml:energy:not_known", "value": one} for one in unknown]
    return json_text({"environmentalConsiderations": made})


def _consumption(row: Row) -> Row:
    energy = {"value": row["energy_kwh"]["value"], "unit": "kWh"}
    where = {"address": {"country": row["factor"]["zone"]}} if row["factor"] else {}
    provider = {
        "description": NOT_GIVEN, "organization": {"name": "not stated", **where},
        "energySource": "unknown", "energyProvided": energy,
    }  # fmt: skip
    activity = row["activity"] if row["activity"] in ACTIVITIES else "other"
    made: Row = {
        "activity": activity, "energyProviders": [provider], "activityEnergyCost": energy,
    }  # fmt: skip
    if row["carbon_g"]:
        tonnes = row["carbon_g"]["value"] / GRAMS_PER_TONNE
        made["co2CostEquivalent"] = {"value": tonnes, "unit": "tCO2eq"}
    named = {
        "activity": row["activity"], "class": row["class"], "boundary": row["boundary"]["level"],
        "lower_kwh": row["energy_kwh"]["lower"], "upper_kwh": row["energy_kwh"]["upper"],
        "factor_set_sha256": row["factor_set_sha256"],
        "without": ", ".join(part["name"] for part in row["parts"] if part["energy_kwh"] is None),
        "finished": "" if row["finished"] else "no, the run was never closed",
    }  # fmt: skip
    made["properties"] = [
        {"name": f"trl4ml:energy:{name}", "value": str(value)} for name, value in named.items()
        if value not in (None, "")
    ]  # fmt: skip
    return made


def ai_act(rows: Sequence[Row]) -> str:
    """What Annex XI section 1 (2)(d) and (e) asks of general-purpose models, as far as it is known.

    Whether energy is "known" or "estimated" follows from the class. What no record holds is null,
    with the reason: the training compute in floating point operations, above all.
    """
    training = [row for row in rows if row["activity"] in ("training", "fine-tuning")]
    known = [row for row in training if row["energy_kwh"]]
    whole = len(known) == len(training) and bool(known) and all(row["finished"] for row in known)
    counted = all(row["class"] in ("metered", "counter") for row in known)
    seconds = [row["duration_s"] for row in training]
    made: Row = {
        "law": "Regulation (EU) 2024/1689, Annex XI, section 1, point 2 (d) and (e)",
        "training_runs": len(training),
        "training_energy_mwh": _mwh(known, "value") if whole else None,
        "training_energy_lower_mwh": _mwh(known, "lower") if whole else None,
        "training_energy_upper_mwh": _mwh(known, "upper") if whole else None,
        "training_energy_is": ("known" if counted else "estimated") if whole else "not known",
        "training_time_h": sum(seconds) / SECONDS_PER_HOUR if training and None not in seconds else None,
        "training_compute_flop": None,
        "methods": sorted({f"{row['class']}, {row['boundary']['level']}" for row in known}),
        "not_in_training_energy": [
            f"{row['file']}: {part['name']}, {part['undefined']}"
            for row in known for part in row["parts"] if part["energy_kwh"] is None
        ],
        "missing": _missing(training, known),
        "records": [row["file"] for row in training],
    }  # fmt: skip
    return json_text(made)


def _mwh(rows: Sequence[Row], end: str) -> float | None:
    values = [row["energy_kwh"][end] for row in rows]
    return None if None in values else sum(values) / KWH_PER_MWH


def _missing(training: Sequence[Row], known: Sequence[Row]) -> list[str]:
    """Why what is null is null."""
    says = ["training_compute_flop: no record holds it; dense transformers take about "
            "6 x parameters x tokens"]  # fmt: skip
    if not training:
        says.append("training_energy_mwh: there is no record of a training")
    says += [
        f"training_energy_mwh: {row['file']} holds no energy"
        for row in training
        if row not in known
    ]
    says += [f"training_energy_mwh: {row['file']} was never closed, and holds a part of its run"
             for row in known if not row["finished"]]  # fmt: skip
    says += [f"training_time_h: {row['file']} holds no duration" for row in training
             if row["duration_s"] is None]  # fmt: skip
    return says
