"""A PUE is applied once; a declared mix of sources has the factor of its shares."""

import pytest

from trl4ml.energy import mix, track
from trl4ml.energy.band import carbon, of_class
from trl4ml.energy.errors import Refused
from trl4ml.energy.facility import at_facility
from trl4ml.energy.factors import everywhere, located
from trl4ml.energy.record import EnergyRecord

ENERGY = of_class(2.0, "modelled")
NODE = EnergyRecord(
    tool="a meter", activity="training", energy=ENERGY, class_="modelled",
    carbon=carbon(ENERGY, located("FRA")), range_over_zones=everywhere(ENERGY)[0],
)  # fmt: skip


def test_a_pue_multiplies_energy_carbon_and_range() -> None:
    found = at_facility(NODE, 1.2, "operator, 2025")
    assert found.energy is not None and found.carbon is not None and NODE.carbon is not None
    assert (found.energy.value, found.energy.upper) == pytest.approx((2.4, 1.2 * 6.6))
    assert found.carbon.value == pytest.approx(1.2 * NODE.carbon.value)
    assert found.range_over_zones is not None and NODE.range_over_zones is not None
    assert found.range_over_zones.highest_g == pytest.approx(1.2 * NODE.range_over_zones.highest_g)
    assert (found.boundary.level, found.pue.value, found.pue.included) == ("facility", 1.2, True)


def test_a_second_pue_is_refused() -> None:
    with pytest.raises(Refused) as no:
        at_facility(at_facility(NODE, 1.2, "operator, 2025"), 1.1, "guess")
    assert str(no.value) == (
        "a PUE of 1.2 is in the energy already (operator, 2025); it is applied once: leave this "
        "one out"
    )


def test_a_tracked_pue_is_a_first_one() -> None:
    with track(output=None, sampling_s=0.1, pue=1.3) as tracker:
        pass
    assert tracker.record is not None
    with pytest.raises(Refused, match=r"a PUE of 1\.3 is in the energy already"):
        at_facility(tracker.record, 1.3, "operator, 2025")


@pytest.mark.parametrize(
    ("pue", "source", "says"),
    [
        (0.9, "x", "a PUE is 1 or more, not 0.9"),
        (1.2, " ", "a PUE needs its source: who measured it, and over which year"),
    ],
)
def test_a_pue_that_cannot_be_is_refused(pue: float, source: str, says: str) -> None:
    with pytest.raises(Refused) as no:
        at_facility(NODE, pue, source)
    assert str(no.value) == says


def test_the_mix_of_the_specification() -> None:
    found = mix.of({"coal": 0.25, "petroleum": 0.35, "natural_gas": 0.26, "nuclear": 0.14})
    assert found.value == pytest.approx(731.59, abs=5e-3)
    assert (found.basis, found.zone) == ("location", "declared mix")


@pytest.mark.parametrize(
    ("source", "grams"),
    [
        ("coal", 995), ("petroleum", 816), ("natural_gas", 743), ("biomass", 230), ("biofuel", 230),
        ("waste", 230), ("solar", 48), ("geothermal", 38), ("nuclear", 29),
        ("hydroelectricity", 26), ("wind", 26),
    ],
)  # fmt: skip
def test_each_source_has_its_grams(source: str, grams: float) -> None:
    assert mix.of({source: 1}).value == grams


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ({"windy": 1.0}, "unknown source of electricity 'windy'; did you mean 'wind'?"),
        ({"wind": 0.5}, "the shares of a mix lie from 0 to 1 and make 1, not 0.5"),
        ({"wind": 75, "coal": 25}, "the shares of a mix lie from 0 to 1 and make 1, not 100"),
        ({"wind": 1.5, "coal": -0.5}, "the shares of a mix lie from 0 to 1 and make 1, not 1"),
        ({}, "the shares of a mix lie from 0 to 1 and make 1, not 0"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(shares: dict[str, float], says: str) -> None:
    with pytest.raises(Refused) as no:
        mix.of(shares)
    assert str(no.value) == says


def test_a_source_like_no_other_is_told_all_of_them() -> None:
    with pytest.raises(Refused, match="unknown source of electricity 'xyz'; known are biofuel, "):
        mix.of({"xyz": 1.0})
