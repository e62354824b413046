"""Software Carbon Intensity: the example of the text, and each of its rules."""

from dataclasses import replace

import pytest

from trl4ml.energy import sci
from trl4ml.energy.errors import Refused
from trl4ml.energy.factors import located
from trl4ml.energy.record import Band

FRANCE = located("FRA")
ENERGY = Band(2.0, 1.0, 4.0)


def scored(**other: object) -> sci.Sci:
    given: dict[str, object] = {
        "unit": "request", "units": 1000, "boundary": "node, machine", "factor_set": "ab12"
    } | other  # fmt: skip
    return sci.score(ENERGY, FRANCE, 30.0, **given)  # type: ignore[arg-type]


def test_the_embodied_example_of_the_text() -> None:
    """1000 kg over four years, reserved for an hour, the whole machine."""
    assert sci.embodied(1e6, 1, 4 * 365 * 24) == pytest.approx(28.5388, abs=5e-5)


def test_half_of_the_cores_is_half_of_it() -> None:
    assert sci.embodied(1e6, 1, 4 * 365 * 24, 8, 16) == pytest.approx(28.5388 / 2, abs=5e-5)


def test_operational_and_embodied_per_functional_unit() -> None:
    found = scored()
    assert found.operational.value == pytest.approx(2 * 56.039)
    assert found.score.value == pytest.approx((2 * 56.039 + 30) / 1000)
    assert found.score.lower == pytest.approx((1 * FRANCE.lower + 30) / 1000)
    assert found.score.upper == pytest.approx((4 * FRANCE.upper + 30) / 1000)
    assert (found.unit, found.units, found.embodied) == ("request", 1000, 30.0)
    assert found.method == "ISO/IEC 21031:2024"


def test_a_declared_energy_keeps_having_no_band() -> None:
    found = sci.score(Band(2.0), FRANCE, 30.0, unit="run", units=1, boundary="node", factor_set="")
    assert found.score == Band(2.0 * FRANCE.value + 30.0)


def test_components_are_added_in_one_functional_unit() -> None:
    both = sci.total([scored(), scored()])
    assert both.value == pytest.approx(2 * scored().score.value)
    with pytest.raises(Refused, match="share one functional unit and number"):
        sci.total([scored(), scored(unit="user")])
    with pytest.raises(Refused, match="a system has at least one component"):
        sci.total([])


def test_a_baseline_by_the_identical_method_compares() -> None:
    half = replace(scored(), score=Band(scored().score.value * 0.8))
    assert sci.change(scored(), half) == pytest.approx(-0.2)


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ({"unit": "user"}, "unit is 'request' in the baseline and 'user' now"),
        (
            {"boundary": "facility"},
            "boundary is 'node, machine' in the baseline and 'facility' now",
        ),
        ({"factor_set": "cd34"}, "factor set is 'ab12' in the baseline and 'cd34' now"),
        ({"method": "ours"}, "method is 'ISO/IEC 21031:2024' in the baseline and 'ours' now"),
    ],
)
def test_a_baseline_by_another_method_is_refused(field: dict[str, object], says: str) -> None:
    with pytest.raises(Refused) as no:
        sci.change(scored(), scored(**field))
    assert str(no.value) == f"two SCI compare only by the identical method: {says}"


def test_certificates_do_not_count() -> None:
    bought = replace(FRANCE, id="ours", basis="market")
    with pytest.raises(Refused) as no:
        sci.operational(ENERGY, bought)
    assert str(no.value) == (
        "an SCI takes a location-based intensity, and ours is market-based: certificates, power "
        "purchase agreements and offsets do not count"
    )


def test_without_embodied_emissions_only_the_operational_part_can_be_told() -> None:
    with pytest.raises(
        Refused, match="without embodied emissions this is no SCI: give the hardware"
    ):
        sci.score(ENERGY, FRANCE, None, unit="run", units=1, boundary="node", factor_set="")
    assert sci.operational(ENERGY, FRANCE).value == pytest.approx(112.078)


@pytest.mark.parametrize(("kwh", "grams"), [(0.0, 30.0), (2.0, 0.0)])
def test_zero_is_impossible(kwh: float, grams: float) -> None:
    with pytest.raises(Refused, match="an SCI of zero is impossible: both parts lie above 0 g"):
        sci.score(Band(kwh), FRANCE, grams, unit="run", units=1, boundary="node", factor_set="")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"unit": " "}, "an SCI discloses its functional unit and its boundary: name both"),
        ({"boundary": ""}, "an SCI discloses its functional unit and its boundary: name both"),
        ({"units": 0}, "the number of functional units lies above 0, not at 0"),
    ],
)
def test_what_has_to_be_disclosed(given: dict[str, object], says: str) -> None:
    with pytest.raises(Refused) as no:
        scored(**given)
    assert str(no.value) == says


def test_no_more_is_reserved_than_there_is() -> None:
    with pytest.raises(Refused, match="each of the five numbers of an embodied share lies above 0"):
        sci.embodied(0, 1, 2)
    for given in [(1e6, 3, 2, 1, 1), (1e6, 1, 2, 17, 16)]:
        with pytest.raises(Refused, match="no more can be reserved than the lifespan, or than all"):
            sci.embodied(*given)
