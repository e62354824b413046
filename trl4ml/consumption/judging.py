"""Whether the stated figures can be: each against its own arithmetic, the hardware and the card."""

from collections.abc import Iterator, Mapping
from math import fsum, isclose
from typing import Any, NamedTuple

from trl4ml.consumption.measures import spread, unplaced
from trl4ml.energy import plausible
from trl4ml.energy.band import carbon, of_class
from trl4ml.energy.errors import Refused
from trl4ml.energy.record import Band, EnergyRecord, factor_set

WATTS = ("cpu_tdp_w", "gpu_limit_w", "ram_w")
SLIPS = ((1e3, "kilograms in a grams field?"), (1e-3, "a factor 1000 too large?"),
         (1e6, "tonnes in a grams field?"))  # fmt: skip
NEAR = 1e-6


class Judged(NamedTuple):
    """One figure that was looked at; `use` is the share of what the hardware can use, if known."""

    path: str
    plausible: bool
    says: str
    use: float | None = None


def arithmetic(path: str, one: EnergyRecord) -> Iterator[Judged]:
    """Whether the whole is that of its parts, the carbon is the energy by the factor, both with
    their bands, and the digest is that of the factor. What fits its parts alone is not told."""
    if one.energy is None:
        return
    if says := _unlike_its_parts(one, one.energy):
        yield Judged(path, False, says)
    if one.carbon is None or one.factor is None:
        return
    wanted = carbon(one.energy, one.factor)
    same = isclose(one.carbon.value, wanted.value, rel_tol=NEAR)
    says = f"the carbon is {one.carbon.value:.6g} g, and energy by factor is {wanted.value:.6g} g"
    if same and _narrower(one.carbon, wanted):
        same, says = (
            False,
            (
                f"the carbon is {spread(one.carbon, 'g')}, and energy by factor {spread(wanted, 'g')}"
            ),
        )
    yield Judged(path, same, says)
    if one.factor_set and one.factor_set != factor_set((one.factor,)):
        yield Judged(path, False, "the digest of the factors is not that of the factor beside it")


def _unlike_its_parts(one: EnergyRecord, energy: Band) -> str:
    """The whole is the sum of the parts with the PUE, a counter of them scaled to the wall or not."""
    read = [part for part in one.parts if part.kwh]
    drawn = fsum(part.kwh.value for part in read if part.kwh)
    scaled = fsum(of_class(part.kwh.value, part.class_).value for part in read if part.kwh)
    by = one.pue.value if one.pue.included else 1.0
    if not read or drawn * by * (1 - NEAR) <= energy.value <= scaled * by * (1 + NEAR):
        return ""
    return f"the energy is {energy.value:.6g} kWh, and its parts make {drawn * by:.6g} kWh"


def _narrower(told: Band, wanted: Band) -> bool:
    """Whether an end lies inside of where it should be."""
    if told.lower is None or told.upper is None or wanted.lower is None or wanted.upper is None:
        return told.lower is not None and wanted.lower is None
    return told.lower > wanted.lower * (1 + NEAR) or told.upper < wanted.upper * (1 - NEAR)


def capacity(one: EnergyRecord | None, watts: float | None, hours: float | None) -> float | None:
    """The kWh that the hardware can use; None where its power or the time is not known.

    `watts` of all hardware and `hours` are what is declared, else what the record holds.
    """
    held = [one.hardware.get(key) for key in WATTS] if one else []
    if one and one.hardware.get("gpu_count") and "gpu_limit_w" not in one.hardware:
        held = []
    watts = watts or fsum(one for one in held if isinstance(one, int | float) and one > 0)
    hours = hours or (one.duration_s if one and one.duration_s else 0) / 3600
    return plausible.capacity([(1, watts)], hours) if watts and hours else None


def hardware(path: str, one: EnergyRecord, capacity_kwh: float | None) -> Judged | None:
    """What the parts drew beside what they can draw; None where either is not known."""
    drawn = fsum(part.kwh.value for part in one.parts if part.kwh)
    if not one.parts and one.energy:
        drawn = one.energy.value / (one.pue.value if one.pue.included else 1)
    if not drawn or capacity_kwh is None:
        return None
    found = plausible.of_kwh(drawn, capacity_kwh)
    return Judged(path, found.plausible, found.says, found.use[0])


def grams(front: Mapping[str, Any], path: str) -> float | None:
    """`co2_eq_emissions` of a card's front matter, in grams; None where there is none."""
    given = front.get("co2_eq_emissions")
    given = given.get("emissions") if isinstance(given, dict) else given
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < 1e18:
        raise Refused(f"{path}: co2_eq_emissions is '{str(given)[:40]}'; write a number of grams")
    return float(given)


def card(
    path: str, stated: float, one: EnergyRecord | None, capacity_kwh: float | None,
    g_per_kwh: float | None,
) -> Judged | None:  # fmt: skip
    """The grams of a card beside the record, or else beside what the hardware can use."""
    if one and one.carbon and one.energy and not unplaced(one):
        return _beside(path, stated, one.carbon)
    if capacity_kwh is None:
        return None
    found = plausible.of_grams(stated, capacity_kwh, g_per_kwh)
    return Judged(path, found.plausible, found.says, found.use[1])


def _beside(path: str, stated: float, recorded: Band) -> Judged:
    """They agree within the band, or within a factor of two where there is none."""
    low = recorded.value / 2 if recorded.lower is None else recorded.lower
    high = recorded.value * 2 if recorded.upper is None else recorded.upper
    told = spread(recorded, "g")
    if low <= stated <= high:
        return Judged(path, True, f"{stated:g} g agree with the record's {told}")
    slips = (says for by, says in SLIPS if low <= stated * by <= high)
    why = next(slips, "it is another figure")
    return Judged(path, False, f"{stated:g} g, and the record has {told}: {why}")
