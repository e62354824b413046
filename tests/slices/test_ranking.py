"""Exposure, skew and divergence of ranked lists: worked cases and edges."""

import math

import pytest

from trl4ml.slices import Refused
from trl4ml.slices.ranking import exposure, exposure_ratio, ndkl, precision_at, skew_at

HALVES = {"A": 0.5, "B": 0.5}


def test_two_of_one_group_before_two_of_another() -> None:
    assert exposure("AABB") == pytest.approx({"A": 1.630930, "B": 0.930677}, abs=5e-7)
    assert exposure_ratio("AABB", "B", "A") == pytest.approx(0.570642, abs=5e-7)
    assert ndkl("AABB", HALVES) == pytest.approx(0.452369, abs=5e-7)


def test_tied_rows_share_the_mean_over_their_positions() -> None:
    found = exposure(["A", "B", "B"], [0.5, 0.9, 0.5])
    later = (1 / math.log2(3) + 1 / 2) / 2
    assert found == pytest.approx({"A": later, "B": 1 + later})


def test_a_group_that_is_absent_has_no_exposure_ratio() -> None:
    assert math.isnan(exposure_ratio("AA", "B", "A"))


def test_skew_of_a_top_k() -> None:
    assert skew_at("AAAB", 4, HALVES) == pytest.approx({"A": math.log(1.5), "B": math.log(0.5)})
    assert skew_at("AAB", 2, HALVES)["B"] == -math.inf
    assert math.isnan(skew_at("A", 1, {"A": 1.0, "B": 0.0})["B"])
    assert math.isnan(skew_at("", 1, HALVES)["A"])


def test_a_list_as_desired_at_the_end_still_differs_at_the_start() -> None:
    assert 0 < ndkl("ABAB", HALVES) < ndkl("AABB", HALVES)
    assert ndkl("AAA", {"A": 1.0}) == 0
    assert ndkl("AB", {"A": 1.0}) == math.inf
    assert math.isnan(ndkl("", HALVES))


def test_precision_in_the_top_k_of_each_group() -> None:
    assert precision_at("AABBC", [True, False, True, True, True], 3) == {
        "A": (1, 2),
        "B": (1, 1),
        "C": (0, 0),
    }


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: skew_at("AB", 0, HALVES), "the top k begins at 1, not 0"),
        (lambda: ndkl("AB", {"A": 0.5}), "desired shares add up to 1, not 0.5"),
        (lambda: ndkl("AB", {"A": 1.5, "B": -0.5}), "desired shares lie between 0 and 1"),
        (lambda: exposure("AB", [1.0]), "exposure needs one score for every row; complete or drop the others"),
        (lambda: exposure("AB", [1.0, math.nan]), "exposure needs one score for every row; complete or drop the others"),
        (lambda: precision_at("AB", [True], 1), "precision needs one relevance for every row; complete it"),
    ],
)  # fmt: skip
def test_what_is_no_ranking_is_refused(call: object, says: str) -> None:
    with pytest.raises(Refused) as error:
        call()  # type: ignore[operator]
    assert str(error.value) == says
