"""Carbon intensity of electricity, from the tables that codecarbon ships; its code is not run.

Countries: Our World in Data. States of the USA: EPA eGRID 2023, lb/MWh. Provinces of Canada: the
mix, of which codecarbon counts coal, petroleum and gas. Provinces of China: the official factors,
CO2 alone. Zones of Sweden, Norway and Finland: ENTSO-E 2025. Where other tables have another number
for a country, the band of the factor spans them (EcoLogits 0.11.3, Green Algorithms 30df2fe).
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trl4ml.energy.errors import Refused
from trl4ml.energy.record import Factor
from trl4ml.energy.units import grams_per_kwh

ELSEWHERE = {
    "FRA": (44.18, 51.28), "DEU": (344.14, 338.66), "USA": (383.55, 423.94),
    "SWE": (35.82, 5.67), "NOR": (7.62,), "GBR": (231.12,),
}  # fmt: skip
FOSSIL = {"coal": 995.725971, "petroleum": 816.6885263, "naturalGas": 743.8415916}
ZONES = {"SE": "SWE", "NO": "NOR", "FI": "FIN"}


@dataclass(frozen=True)
class Region:
    """A part of a country with a factor of its own, and the names it goes by, in lower case."""

    names: tuple[str, ...]
    factor: Factor


def data() -> Path:
    """The folder of codecarbon's tables. Raises Refused where codecarbon is not installed."""
    found = find_spec("codecarbon")
    if found is None or not found.submodule_search_locations:
        raise Refused(
            "the tables of processors and countries come with codecarbon: pip install 'trl4ml[energy]'"
        )
    return Path(found.submodule_search_locations[0]) / "data"


@cache
def edition() -> str:
    """Which codecarbon the tables are of."""
    package = data().parent
    for about in package.parent.glob("codecarbon-*.dist-info"):
        return about.name.removesuffix(".dist-info").replace("-", " ", 1)
    return "codecarbon of unknown version"


@cache
def countries() -> dict[str, Factor]:
    """ISO 3166 alpha-3 code to factor; a country given as 0 g/kWh is left out: no grid has that."""
    rows = _table("global_energy_mix.json")
    return {code: _country(code, row) for code, row in sorted(rows.items()) if _intensity(row)}


@cache
def names() -> dict[str, str]:
    """ISO 3166 alpha-3 code to the name of the country, those without a factor too."""
    rows = _table("global_energy_mix.json")
    return {code: str(row["country_name"]) for code, row in sorted(rows.items())}


@cache
def regions(country: str) -> tuple[Region, ...]:
    """What the tables know below a country; none for most."""
    if country == "USA":
        return tuple(_states())
    if country == "CAN":
        return tuple(_canadian())
    if country == "CHN":
        return tuple(_chinese())
    return tuple(r for r in _nordic() if r.factor.zone.startswith(f"{country}/"))


def _table(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((data() / "private_infra" / name).read_text("utf-8"))
    return loaded


def _intensity(row: dict[str, Any]) -> float:
    return float(row.get("carbon_intensity") or 0.0)


def _country(code: str, row: dict[str, Any]) -> Factor:
    value = _intensity(row)
    spread = (value, *ELSEWHERE.get(code, ()))
    return _factor(
        code, value, str(row["year"]), "Our World in Data", "CC BY 4.0",
        lower=min(spread), upper=max(spread),
    )  # fmt: skip


def _states() -> list[Region]:
    rows = _table("2023/usa_emissions.json")
    return [
        Region(
            (state, str(row["regionCode"]).lower()),
            _factor(f"USA/{state}", grams_per_kwh(row["emissions"], "lb/MWh"), "2023",
                    "EPA eGRID2023, STC2ERTA", "public domain"),
        )
        for state, row in rows.items()
        if not state.startswith("_") and state != "usa"
    ]  # fmt: skip


def _canadian() -> list[Region]:
    found = []
    for province, mix in _table("2023/canada_energy_mix.json").items():
        value = sum(grams * mix[fuel] / mix["total"] for fuel, grams in FOSSIL.items())
        found.append(
            Region((province,), _factor(f"CAN/{province}", value, "2023", "the mix of the province, fossil fuels alone", "MIT"))
        )  # fmt: skip
    return [region for region in found if region.factor.value > 0]


def _chinese() -> list[Region]:
    rows = _table("2023/china_provincial_emissions.json")["data"]
    return [
        Region(
            (*row["names"], code.lower()),
            _factor(f"CHN/{code}", row["emission_factor"], "2023", "MEE and NBS of China, announcement 2025 No. 47",
                    "as published", gases="CO2", scope="consumption"),
        )
        for code, row in rows.items()
    ]  # fmt: skip


def _nordic() -> list[Region]:
    rows = _table("nordic_emissions.json")["data"]
    return [
        Region(
            (zone.lower(),),
            _factor(f"{ZONES[zone[:2]]}/{zone}", row["emission_factor"], str(row["year"]), "ENTSO-E mix of the bidding zone", "MIT"),
        )
        for zone, row in rows.items()
    ]  # fmt: skip


def _factor(
    zone: str, value: float, period: str, source: str, licence: str,
    *, lower: float | None = None, upper: float | None = None, gases: str = "CO2e", scope: str = "production",
) -> Factor:  # fmt: skip
    value = float(value)
    return Factor(
        id=f"{zone}@{period}", value=value, zone=zone, period=period, source=source, licence=licence,
        lower=value if lower is None else lower, upper=value if upper is None else upper,
        kind="average", basis="location", scope=scope, gases=gases, version=edition(),
    )  # fmt: skip
