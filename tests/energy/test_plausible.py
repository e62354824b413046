"""The check that finds a slip of 1,000: the example of the specification, and every answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.energy.errors import Refused
from trl4ml.energy.plausible import capacity, of_grams, of_kwh

CLUSTER = capacity([(8, 400)], 100, pue=1.2)


def test_the_capacity_of_the_example() -> None:
    assert pytest.approx(384) == CLUSTER


@pytest.mark.parametrize(
    ("grams", "repair", "use", "question"),
    [
        (153_600, None, 1.0, "plausible: "),
        (153.6, 1000.0, 0.001, "kilograms in a grams field? "),
        (153_600_000, 0.001, 1000.0, "a factor 1000 too large? "),
        (0.1536, 1e6, 1e-6, "tonnes in a grams field? "),
        (1.5e15, None, 1.5e15 / 153_600, "implausible, and by no known slip of units: "),
    ],
)
def test_grams_of_eight_boards_for_a_hundred_hours(
    grams: float, repair: float | None, use: float, question: str
) -> None:
    found = of_grams(grams, CLUSTER, 400)
    assert found.plausible is (grams == 153_600)
    assert found.repair == repair
    assert found.use == pytest.approx((use, use))
    assert found.says.startswith(question)


def test_both_numbers_are_shown() -> None:
    assert of_grams(153.6, CLUSTER, 400).says == (
        "kilograms in a grams field? 153.6 g imply 0.384 kWh, 0.001 of the 384 kWh that the "
        "hardware can use"
    )


def test_an_unknown_place_has_the_ends_20_and_900() -> None:
    found = of_grams(153_600, CLUSTER)
    assert found.implied_kwh == pytest.approx((153_600 / 900, 7680))
    assert found.plausible
    assert of_grams(153, CLUSTER).repair == 1000


@pytest.mark.parametrize(
    ("kwh", "plausible", "repair"),
    [
        (384, True, None), (0.02 * 384, True, None), (1.2 * 384, True, None),
        (0.384, False, 1000), (384_000, False, 0.001), (384 * 3.6e6, False, 1 / 3.6e6),
        (1.21 * 384, False, None), (0.019 * 384, False, None),
    ],
)  # fmt: skip
def test_kilowatt_hours_beside_a_capacity(
    kwh: float, plausible: bool, repair: float | None
) -> None:
    found = of_kwh(kwh, CLUSTER)
    assert (found.plausible, found.repair) == (plausible, repair)


@given(st.floats(1e-6, 1e9), st.floats(1e-3, 1e6))
def test_the_repair_makes_it_plausible(kwh: float, most: float) -> None:
    found = of_kwh(kwh, most)
    if found.repair is not None:
        assert of_kwh(kwh * found.repair, most).plausible


def test_two_kinds_of_boards_are_summed() -> None:
    assert capacity([(1, 100), (1, 200)], 1) == pytest.approx(0.30)


@pytest.mark.parametrize("of", [of_kwh, of_grams])
@pytest.mark.parametrize("stated", [0, -1, float("nan"), float("inf")])
def test_nothing_is_judged_by_nothing(of: object, stated: float) -> None:
    with pytest.raises(Refused, match="cannot be judged: give both"):
        of(stated, 384)  # type: ignore[operator]


def test_what_has_no_capacity_is_refused() -> None:
    for boards, hours, pue in [
        ([], 1, 1),
        ([(0, 400)], 1, 1),
        ([(1, 1)], 0, 1),
        ([(1, 1)], 1, 0.9),
    ]:
        with pytest.raises(Refused, match="a capacity needs boards with a number and watts above"):
            capacity(boards, hours, pue)
    with pytest.raises(Refused, match="an intensity lies above 0 g/kWh, not at 0"):
        of_grams(1, 1, 0)
