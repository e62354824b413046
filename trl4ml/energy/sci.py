"""Software Carbon Intensity (ISO/IEC 21031:2024): SCI = (O + M) per R, O = E·I.

E is all energy reserved, idle included, with PUE in a data centre; I is location-based; the
embodied part M = TE·(TiR/EL)·(RR/ToR) has to be there. Market instruments are excluded, zero is
impossible, lower is better, and two scores compare only when made by the identical method.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trl4ml.energy import band
from trl4ml.energy.band import carbon, product
from trl4ml.energy.errors import Refused
from trl4ml.energy.record import Band, Factor


@dataclass(frozen=True)
class Sci:
    """Grams of CO2e per functional unit, and what has to be disclosed beside it."""

    score: Band
    operational: Band
    embodied: float
    unit: str
    units: float
    boundary: str
    method: str
    factor_set: str


def embodied(
    total_g: float, reserved_h: float, lifespan_h: float, reserved: float = 1, resources: float = 1
) -> float:
    """M in grams: a share of the hardware's life, times the share of its resources.

    `total_g` covers all hardware; `reserved` of `resources` is the part reserved, in cores, say.
    """
    given = (total_g, reserved_h, lifespan_h, reserved, resources)
    if not all(math.isfinite(value) and value > 0 for value in given):
        raise Refused("each of the five numbers of an embodied share lies above 0")
    if reserved_h > lifespan_h or reserved > resources:
        raise Refused("no more can be reserved than the lifespan, or than all resources")
    return total_g * (reserved_h / lifespan_h) * (reserved / resources)


def operational(energy: Band, factor: Factor) -> Band:
    """O in grams, by interval arithmetic; what can be said where M is missing."""
    if factor.basis != "location":
        raise Refused(
            f"an SCI takes a location-based intensity, and {factor.id} is {factor.basis}-based: "
            "certificates, power purchase agreements and offsets do not count"
        )
    return carbon(energy, factor)


def score(
    energy: Band,
    factor: Factor,
    embodied_g: float | None,
    *,
    unit: str,
    units: float,
    boundary: str,
    factor_set: str,
    method: str = "ISO/IEC 21031:2024",
) -> Sci:
    """(O + M)/R for `units` of the functional `unit` ("request", "token", "training run")."""
    if embodied_g is None:
        raise Refused(
            "without embodied emissions this is no SCI: give the hardware's embodied grams, "
            "lifespan and reserved share, or report the operational part alone, under its name"
        )
    if not unit.strip() or not boundary.strip():
        raise Refused("an SCI discloses its functional unit and its boundary: name both")
    if not (math.isfinite(units) and units > 0):
        raise Refused(f"the number of functional units lies above 0, not at {units:g}")
    used = operational(energy, factor)
    if not (used.value > 0 and embodied_g > 0):
        raise Refused("an SCI of zero is impossible: both parts lie above 0 g")
    both = band.total([used, Band(embodied_g, embodied_g, embodied_g)])
    per = product(both, 1 / units, 1 / units, 1 / units)
    return Sci(per, used, embodied_g, unit, units, boundary, method, factor_set)


def total(components: Sequence[Sci]) -> Band:
    """The score of a system: the sum over components that have one functional unit."""
    if not components:
        raise Refused("a system has at least one component")
    if len({(one.unit, one.units) for one in components}) > 1:
        raise Refused("components are added only when they share one functional unit and number")
    return band.total(one.score for one in components)


def change(baseline: Sci, now: Sci) -> float:
    """(now − baseline)/baseline: −0.2 is a fifth less. Refused unless made by one method."""
    for name in ("unit", "boundary", "method", "factor_set"):
        before, after = getattr(baseline, name), getattr(now, name)
        if before != after:
            raise Refused(
                f"two SCI compare only by the identical method: {name.replace('_', ' ')} is "
                f"'{before}' in the baseline and '{after}' now"
            )
    return (now.score.value - baseline.score.value) / baseline.score.value
