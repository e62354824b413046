"""Can the stated hardware have used what is stated? The check that finds a slip of 1,000.

capacity = Σ n · watts · hours · PUE, and u = what is stated / capacity. u within 0.02 … 1.2 is
plausible; where a thousandfold or a millionth of it would be, the unit is asked about. Grams are
turned into energy by their intensity; where the place is unknown by 20 and 900 g/kWh as ends.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trl4ml.energy.errors import Refused

USE = (0.02, 1.2)
ANYWHERE = (20.0, 900.0)
GRAMS = (
    (1.0, ""),
    (1e3, "kilograms in a grams field?"),
    (1e-3, "a factor 1000 too large?"),
    (1e6, "tonnes in a grams field?"),
)
KWH = (
    (1.0, ""),
    (1e3, "megawatt-hours in a kilowatt-hours field?"),
    (1e-3, "watt-hours in a kilowatt-hours field?"),
    (1 / 3.6e6, "joules in a kilowatt-hours field?"),
)
Ends = tuple[float, float]


@dataclass(frozen=True)
class Plausibility:
    """What came out: `repair` is the factor that would make the number plausible, if one does."""

    plausible: bool
    capacity_kwh: float
    implied_kwh: Ends
    use: Ends
    repair: float | None
    says: str


def capacity(boards: Sequence[tuple[float, float]], hours: float, pue: float = 1.0) -> float:
    """The kWh of (how many, watts each) at full power for so many hours: 8 × 400 W is (8, 400)."""
    if not boards or not all(n > 0 and watts > 0 for n, watts in boards) or hours <= 0 or pue < 1:
        raise Refused(
            "a capacity needs boards with a number and watts above 0, hours above 0 and a PUE of "
            "1 or more"
        )
    return math.fsum(n * watts for n, watts in boards) / 1000 * hours * pue


def of_grams(grams: float, capacity_kwh: float, intensity: float | None = None) -> Plausibility:
    """Grams of CO2e beside a capacity; `intensity` in g/kWh, None where the place is unknown."""
    low, high = ANYWHERE if intensity is None else (intensity, intensity)
    if not low > 0:
        raise Refused(f"an intensity lies above 0 g/kWh, not at {low:g}")
    return _judged(grams, "g", (grams / high, grams / low), capacity_kwh, GRAMS)


def of_kwh(kwh: float, capacity_kwh: float) -> Plausibility:
    """Kilowatt-hours beside a capacity."""
    return _judged(kwh, "kWh", (kwh, kwh), capacity_kwh, KWH)


def _judged(
    stated: float,
    unit: str,
    implied: Ends,
    capacity_kwh: float,
    slips: Sequence[tuple[float, str]],
) -> Plausibility:
    if not stated > 0 or not math.isfinite(stated) or not capacity_kwh > 0:
        raise Refused(f"{stated:g} {unit} of {capacity_kwh:g} kWh cannot be judged: give both")
    use = (implied[0] / capacity_kwh, implied[1] / capacity_kwh)
    fits = [pair for pair in slips if use[1] * pair[0] >= USE[0] and use[0] * pair[0] <= USE[1]]
    factor, question = fits[0] if fits else (None, "implausible, and by no known slip of units:")
    numbers = (
        f"{stated:g} {unit} imply {_ends(implied)} kWh, {_ends(use)} of the {capacity_kwh:g} kWh "
        "that the hardware can use"
    )
    return Plausibility(
        plausible=factor == 1.0,
        capacity_kwh=capacity_kwh,
        implied_kwh=implied,
        use=use,
        repair=None if factor == 1.0 else factor,
        says=f"plausible: {numbers}" if factor == 1.0 else f"{question} {numbers}",
    )


def _ends(pair: Ends) -> str:
    low, high = pair
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
