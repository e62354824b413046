"""Places and units: the published numbers to their digits, and no place ever guessed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.energy import intensity, units
from trl4ml.energy.errors import Refused
from trl4ml.energy.factors import everywhere, located
from trl4ml.energy.record import Band, factor_set


@pytest.mark.parametrize(
    ("code", "grams"),
    [
        ("FRA", 56.039), ("DEU", 380.95), ("USA", 369.473), ("SWE", 40.695), ("NOR", 30.08),
        ("GBR", 237.589), ("CAN", 170.043), ("CHN", 582.317), ("IND", 713.441), ("POL", 661.926),
        ("AUS", 548.692), ("BRA", 98.348), ("ZAF", 707.686), ("JPN", 485.392), ("IRL", 290.805),
        ("SGP", 470.783), ("NLD", 267.622),
    ],
)  # fmt: skip
def test_a_country_has_the_number_of_the_table(code: str, grams: float) -> None:
    assert located(code).value == grams
    assert located(f" {code.lower()} ") == located(code)


@pytest.mark.parametrize(
    ("code", "region", "grams"),
    [
        ("USA", "California", 179.0642), ("USA", "ca", 179.0642), ("USA", "virginia", 244.7580),
        ("SWE", "SE1", 25.9), ("SWE", "se4", 24.7), ("NOR", "NO4", 51.7), ("FIN", "FI", 72.0),
        ("CHN", "Inner  Mongolia", 647.9), ("CHN", "CN-BJ", 555.4), ("CAN", "Quebec", 3.9374),
        ("CAN", "saskatchewan", 654.9352),
    ],
)  # fmt: skip
def test_a_region_has_its_own_number(code: str, region: str, grams: float) -> None:
    assert located(code, region).value == pytest.approx(grams, abs=5e-5)


def test_a_factor_says_what_it_is() -> None:
    factor = located("FRA")
    assert (factor.zone, factor.kind, factor.basis, factor.scope) == ("FRA", "average", "location", "production")  # fmt: skip
    assert (factor.gases, factor.period, factor.source) == ("CO2e", "2023", "Our World in Data")
    assert (factor.version, factor.licence) == ("codecarbon 3.3.2", "CC BY 4.0")
    assert factor.fallback == ""
    assert located("CHN", "beijing").gases == "CO2"


def test_the_band_of_a_factor_spans_the_tables_that_disagree() -> None:
    france, sweden, poland = located("FRA"), located("SWE"), located("POL")
    assert (france.lower, france.upper) == (44.18, 56.039)
    assert (sweden.lower, sweden.upper) == (5.67, 40.695)
    assert (poland.lower, poland.upper) == (poland.value, poland.value)


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (("France",), "unknown location 'France'; did you mean 'FRA' (France)?"),
        (("FR",), "unknown location 'FR'; did you mean 'FRA' (France) or 'FRO' (Faroe Islands)?"),
        (("UK",), "unknown location 'UK'; did you mean 'GBR' (United Kingdom)?"),
        (("FRZ",), "unknown location 'FRZ'; did you mean 'FRO' (Faroe Islands)?"),
        (("Atlantis",), "unknown location 'Atlantis'; give the ISO 3166 alpha-3 code of the country, as FRA"),
        (("",), "unknown location ''; give the ISO 3166 alpha-3 code of the country, as FRA"),
        (("CAF",), "the table has 0 g/kWh for CAF, which no grid has; leave the location out for the range over countries"),
        (("FRA", "bretagne"), "no regions are known in FRA; leave the region out for the country"),
        (("USA", "californa"), "unknown region 'californa' of USA; did you mean 'california'?"),
        (("SWE", "x"), "unknown region 'x' of SWE; known are se1, se2, se3, se4"),
        (("NOR", "Tibet"), "unknown region 'Tibet' of NOR; known are no1, no2, no3, no4, no5"),
    ],
)  # fmt: skip
def test_an_unknown_place_is_refused_with_the_nearest(place: tuple[str, ...], says: str) -> None:
    with pytest.raises(Refused) as refused:
        located(*place)
    assert str(refused.value) == says


def test_no_region_falls_back_on_its_country() -> None:
    for code in intensity.countries():
        for region in intensity.regions(code):
            assert region.factor.zone.startswith(f"{code}/")
            assert located(code, region.names[0]) == region.factor


def test_without_a_place_there_is_a_range_over_all_countries() -> None:
    zones, used = everywhere(Band(2.0))
    assert (zones.lowest, zones.lowest_g) == ("LSO", 40.0)
    assert (zones.highest, zones.highest_g) == ("TKM", 2 * 1306.025)
    assert zones.count == len(used) == 212
    assert len(factor_set(used)) == 64


def test_the_range_has_the_band_of_the_energy_in_it() -> None:
    zones, _ = everywhere(Band(2.0, 1.0, 4.0))
    assert zones.lowest_g == 20.0
    assert zones.highest_g == pytest.approx(4 * 1306.025)


def test_the_tables_are_read_without_importing_codecarbon(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import sys; from trl4ml.energy.factors import located; located('USA', 'texas'); print([m for m in sys.modules if m.split('.')[0] in ('codecarbon', 'pandas', 'numpy', 'requests')])"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("amount", "unit", "kwh"),
    [(3.6e6, "J", 1), (3600, "J", 0.001), (3.6, "MJ", 1), (500, "Wh", 0.5), (1.5, "kWh", 1.5), (2, "MWh", 2000)],
)  # fmt: skip
def test_energy_in_kwh(amount: float, unit: str, kwh: float) -> None:
    assert units.kwh(amount, unit) == pytest.approx(kwh)


@pytest.mark.parametrize(
    ("amount", "unit", "grams"),
    [
        (394.769, "lb/MWh", 179.0642), (539.599, "lb/MWh", 244.7580), (0.475, "kg/kWh", 475),
        (0.475, "t/MWh", 475), (475, "kg/MWh", 475), (475, "g/kWh", 475),
    ],
)  # fmt: skip
def test_intensity_in_grams_per_kwh(amount: float, unit: str, grams: float) -> None:
    assert units.grams_per_kwh(amount, unit) == pytest.approx(grams, abs=5e-5)


def test_mass_in_grams() -> None:
    assert units.grams(1.5, "t") == 1.5e6
    assert units.grams(2, "kg") == 2000
    with pytest.raises(Refused, match="the unit 'lb' is none of mg, g, kg, t"):
        units.grams(1, "lb")


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("2kgCO2e", 2000, "gCO2e"), ("300gCO2e", 300, "gCO2e"), ("0.1tCO2e", 1e5, "gCO2e"),
        ("2 kgCO2eq", 2000, "gCO2e"), ("1kgCO2", 1000, "gCO2e"), ("500Wh", 0.5, "kWh"),
        (" 1.5 kWh ", 1.5, "kWh"), ("3.6MJ", 1, "kWh"), ("2e3Wh", 2, "kWh"),
    ],
)  # fmt: skip
def test_a_budget_is_of_energy_or_of_carbon(text: str, value: float, unit: str) -> None:
    got = units.budget(text)
    assert got.value == pytest.approx(value)
    assert (got.unit, got.text) == (unit, text.strip())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2", "the budget '2' is not a number with a unit, as 2kgCO2e or 1.5kWh"),
        ("-2kWh", "the budget '-2kWh' is not a number with a unit, as 2kgCO2e or 1.5kWh"),
        ("", "the budget '' is not a number with a unit, as 2kgCO2e or 1.5kWh"),
        ("0kWh", "the budget '0kWh' leaves no room; give more than 0"),
        ("1e999kWh", "the budget '1e999kWh' leaves no room; give more than 0"),
        ("2kg", "the budget '2kg' does not say of what; did you mean '2kgCO2e'?"),
        ("2kW", "the budget '2kW' has the unit 'kW'; energy is in Wh, kWh or MWh, carbon in gCO2e, kgCO2e or tCO2e"),
        ("2 kgCO2e extra", "the budget '2 kgCO2e extra' is not a number with a unit, as 2kgCO2e or 1.5kWh"),
    ],
)  # fmt: skip
def test_a_budget_that_says_too_little_is_refused(text: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        units.budget(text)
    assert str(refused.value) == says


@given(st.floats(1e-6, 1e6), st.sampled_from(sorted(units.KWH)))
def test_a_budget_of_energy_is_what_the_units_say(amount: float, unit: str) -> None:
    assert units.budget(f"{amount!r}{unit}").value == pytest.approx(units.kwh(amount, unit))
