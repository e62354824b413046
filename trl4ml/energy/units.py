"""Every unit that energy and its carbon come in, to kWh, grams and g/kWh."""

import re
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from trl4ml.energy.errors import Refused

JOULES_PER_KWH = 3_600_000.0
KG_PER_LB = 0.45359237
KWH = {"J": 1 / JOULES_PER_KWH, "kJ": 1e3 / JOULES_PER_KWH, "MJ": 1e6 / JOULES_PER_KWH,
       "mWh": 1e-6, "Wh": 1e-3, "kWh": 1.0, "MWh": 1e3, "GWh": 1e6}  # fmt: skip
GRAMS = {"mg": 1e-3, "g": 1.0, "kg": 1e3, "t": 1e6}
GRAMS_PER_KWH = {"g/kWh": 1.0, "kg/kWh": 1e3, "kg/MWh": 1.0, "t/MWh": 1e3, "lb/MWh": KG_PER_LB}
AMOUNT = re.compile(r"\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([A-Za-z0-9]+)\s*")
CARBON = re.compile(r"(mg|g|kg|t)(CO2e|CO2eq|CO2)")


@dataclass(frozen=True)
class Budget:
    """So much and no more: `value` in `unit`, and the text that it was given as."""

    value: float
    unit: Literal["kWh", "gCO2e"]
    text: str


def kwh(amount: float, unit: str) -> float:
    """The energy in kWh, of J to GWh. Raises Refused for another unit."""
    return amount * _of(KWH, unit)


def grams(amount: float, unit: str) -> float:
    """The mass in grams, of mg to t. Raises Refused for another unit."""
    return amount * _of(GRAMS, unit)


def grams_per_kwh(amount: float, unit: str) -> float:
    """The intensity in g/kWh, of g, kg, t or lb per kWh or MWh. Raises Refused."""
    return amount * _of(GRAMS_PER_KWH, unit)


def budget(text: str) -> Budget:
    """'2kgCO2e', '500Wh' or '1.5 kWh' in kWh or grams. Raises Refused with the ways to say it."""
    found = AMOUNT.fullmatch(text)
    if not found:
        raise Refused(f"the budget '{text}' is not a number with a unit, as 2kgCO2e or 1.5kWh")
    amount, unit = float(found[1]), found[2]
    if not (isfinite(amount) and amount > 0):
        raise Refused(f"the budget '{text}' leaves no room; give more than 0")
    if unit in KWH:
        return Budget(kwh(amount, unit), "kWh", text.strip())
    if mass := CARBON.fullmatch(unit):
        return Budget(grams(amount, mass[1]), "gCO2e", text.strip())
    if unit in GRAMS:
        raise Refused(f"the budget '{text}' does not say of what; did you mean '{text}CO2e'?")
    raise Refused(f"the budget '{text}' has the unit '{unit}'; energy is in Wh, kWh or MWh, carbon in gCO2e, kgCO2e or tCO2e")  # fmt: skip


def _of(table: dict[str, float], unit: str) -> float:
    if unit not in table:
        raise Refused(f"the unit '{unit}' is none of {', '.join(table)}")
    return table[unit]
