"""How far a reading may be from the truth, and arithmetic with such bands.

The bands are those of the class. Metered: 5 % either way. Counter: 5 % of what the device drew; at
the wall 1.25 to 1.67 times the reading, since RAPL and NVML stood 20 to 40 % below a wall meter,
and the middle of that, 30 %, gives the value. Modelled: 0.5 to 3.3 times, from errors of +100 to
-70 % (Fischer 2025, arXiv 2509.22092; wall = tool/(1 + error)). Declared: none.
"""

from collections.abc import Iterable

from trl4ml.energy.record import Band, Class, Factor

NODE: dict[Class, tuple[float, float, float]] = {
    "metered": (1.0, 0.95, 1.05),
    "counter": (1 / 0.7, 1.25, 1.67),
    "modelled": (1.0, 0.5, 3.3),
}
DEVICE = NODE | {"counter": (1.0, 0.95, 1.05)}


def of_class(kwh: float, class_: Class) -> Band:
    """What the node drew at the wall, in kWh, of a reading of that class."""
    return _scaled(kwh, NODE.get(class_))


def of_device(kwh: float, class_: Class) -> Band:
    """What the device itself drew, in kWh, of a reading of that class."""
    return _scaled(kwh, DEVICE.get(class_))


def _scaled(kwh: float, by: tuple[float, float, float] | None) -> Band:
    return Band(*(kwh * x for x in by)) if by else Band(kwh)


def total(bands: Iterable[Band]) -> Band:
    """The sum; without ends as soon as one has none."""
    some = tuple(bands)
    value = sum(band.value for band in some)
    lower = [band.lower for band in some if band.lower is not None]
    upper = [band.upper for band in some if band.upper is not None]
    return Band(value, sum(lower), sum(upper)) if len(lower) == len(some) else Band(value)


def product(band: Band, value: float, lower: float, upper: float) -> Band:
    """The band times another of what is not negative; without ends it stays without."""
    if band.lower is None or band.upper is None:
        return Band(band.value * value)
    return Band(band.value * value, band.lower * lower, band.upper * upper)


def carbon(energy: Band, factor: Factor) -> Band:
    """Grams of CO2e: kWh times g/kWh, end by end."""
    return product(energy, factor.value, factor.lower, factor.upper)
