"""Which factor turns the kWh into grams. No place is ever guessed, and no region replaced."""

from difflib import get_close_matches

from trl4ml.energy.errors import Refused
from trl4ml.energy.intensity import countries, edition, names, regions
from trl4ml.energy.record import Band, Factor, Zones

NICKNAMES = {"UK": "GBR", "GB": "GBR", "ENGLAND": "GBR", "US": "USA", "AMERICA": "USA",
             "CN": "CHN", "DE": "DEU", "SE": "SWE", "ES": "ESP", "CH": "CHE", "AU": "AUS"}  # fmt: skip


def located(location: str, region: str | None = None) -> Factor:
    """The factor of a country (ISO 3166 alpha-3: FRA), or of a region in it where one is named.

    Raises Refused with the nearest name for a place that the tables do not know.
    """
    here = country(location)
    if region is None:
        return here
    known = regions(here.zone)
    if not known:
        raise Refused(f"no regions are known in {here.zone}; leave the region out for the country")
    wanted = " ".join(region.lower().split())
    for one in known:
        if wanted in one.names:
            return one.factor
    every = [name for one in known for name in one.names]
    near = get_close_matches(wanted, every, 1)
    ask = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(o.names[0] for o in known))}"  # fmt: skip
    raise Refused(f"unknown region '{region}' of {here.zone}; {ask}")


def country(location: str) -> Factor:
    """The factor of a country by its ISO 3166 alpha-3 code. Raises Refused."""
    code = location.strip().upper()
    if found := countries().get(code):
        return found
    if code in names():
        raise Refused(f"the table has 0 g/kWh for {code}, which no grid has; leave the location out for the range over countries")  # fmt: skip
    near = " or ".join(f"'{one}' ({names()[one]})" for one in _nearest(code))
    ask = f"did you mean {near}?" if near else "give the ISO 3166 alpha-3 code of the country, as FRA"  # fmt: skip
    raise Refused(f"unknown location '{location}'; {ask}")


def _nearest(code: str) -> list[str]:
    if code in NICKNAMES:
        return [NICKNAMES[code]]
    if len(code) == 2:
        return [key for key in names() if key.startswith(code)][:3]
    called = {name.upper(): key for key, name in names().items()}
    by_name = get_close_matches(code, called, 1, cutoff=0.8)
    by_code = get_close_matches(code, names(), 1) if len(code) <= 4 else []
    return [called[name] for name in by_name] or by_code


def everywhere(energy: Band) -> tuple[Zones, tuple[Factor, ...]]:
    """Grams in the cleanest and the dirtiest country of the table, and the factors they are from.

    The ends are those of the energy, so that the range holds for one that is itself uncertain.
    """
    every = tuple(countries().values())
    lowest = min(every, key=lambda factor: (factor.value, factor.id))
    highest = max(every, key=lambda factor: (factor.value, factor.id))
    least = energy.value if energy.lower is None else energy.lower
    most = energy.value if energy.upper is None else energy.upper
    zones = Zones(
        lowest.zone, least * lowest.value, highest.zone, most * highest.value, len(every), edition()
    )  # fmt: skip
    return zones, every
