"""Dominance, front and hypervolume: worked cases, and laws."""

import math
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.energy.errors import Refused
from trl4ml.energy.pareto import dominated_by, front, hypervolume, share

UP_DOWN = (True, False)
# quality (more is better), kWh (less is better)
CANDIDATES = [(0.90, 5.0), (0.88, 1.0), (0.87, 2.0), (0.70, 0.5), (0.90, 6.0)]
clouds = st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=8)
DOWN = (False, False, False)


def test_who_is_dominated_is_named_with_those_that_dominate() -> None:
    assert dominated_by(CANDIDATES, UP_DOWN) == [[], [], [1], [], [0]]
    assert front(CANDIDATES, UP_DOWN) == [0, 1, 3]


def test_two_of_the_same_do_not_dominate_each_other() -> None:
    assert dominated_by([(1, 1), (1, 1)], UP_DOWN) == [[], []]


@pytest.mark.parametrize(
    ("points", "reference", "maximise", "volume"),
    [
        ([(1,)], (4,), (False,), 3),
        ([(1, 1)], (3, 4), (False, False), 6),
        ([(1, 3), (2, 2), (3, 1)], (4, 4), (False, False), 6),
        ([(1, 3), (2, 2), (3, 1), (3, 3)], (4, 4), (False, False), 6),
        ([(0.9, 5), (0.8, 1)], (0.5, 10), UP_DOWN, 0.4 * 5 + 0.3 * 4),
        ([(5, 1)], (4, 4), (False, False), 0),
        ([(1, 1, 1)], (2, 3, 4), DOWN, 6),
        ([(1, 2, 3), (3, 2, 1), (2, 3, 2)], (4, 4, 4), DOWN, 6 + 6 - 2 + 1),
        ([(0, 0, 0, 0)], (1, 2, 3, 4), (False,) * 4, 24),
    ],
)
def test_volumes_by_hand(
    points: list[tuple[float, ...]],
    reference: tuple[float, ...],
    maximise: tuple[bool, ...],
    volume: float,
) -> None:
    assert hypervolume(points, reference, maximise) == pytest.approx(volume)


@given(clouds)
def test_the_volume_is_the_number_of_unit_cells_that_are_dominated(
    points: list[tuple[int, ...]],
) -> None:
    cells = [(x, y, z) for x in range(7) for y in range(7) for z in range(7)]
    counted = sum(
        any(all(a <= b for a, b in zip(p, c, strict=True)) for p in points) for c in cells
    )
    assert hypervolume(points, (7, 7, 7), DOWN) == counted


@given(clouds, st.randoms())
def test_neither_order_nor_a_dominated_candidate_changes_the_volume(
    points: list[tuple[int, ...]], chance: object
) -> None:
    whole = hypervolume(points, (7, 7, 7), DOWN)
    best = [points[i] for i in front(points, DOWN)]
    assert hypervolume(best[::-1], (7, 7, 7), DOWN) == whole


@given(clouds)
def test_every_candidate_off_the_front_is_dominated_by_one_on_it(
    points: list[tuple[int, ...]],
) -> None:
    on = set(front(points, DOWN))
    assert on
    assert all(on & set(by) for i, by in enumerate(dominated_by(points, DOWN)) if i not in on)


@given(clouds)
def test_the_share_lies_in_the_box_and_does_not_depend_on_units(
    points: list[tuple[int, ...]],
) -> None:
    told = share(points, DOWN)
    assert 0 < told <= 1
    assert share([(1000 * x, y, z) for x, y, z in points], DOWN) == pytest.approx(told)


def test_a_single_candidate_is_the_whole_box() -> None:
    assert share([(0.9, 5.0)], UP_DOWN) == pytest.approx(1)


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([], "Pareto efficiency needs at least one candidate and one objective"),
        ([(1.0,)], "candidate 1 has 1 values for 2 objectives"),
        ([(1.0, 1.0), (1.0, float("nan"))], "candidate 2 has an undefined value: leave the "
         "candidate or the objective out, and say so"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(points: list[tuple[float, ...]], says: str) -> None:
    with pytest.raises(Refused) as no:
        dominated_by(points, UP_DOWN)
    assert str(no.value) == says


def test_as_many_candidates_as_a_table_may_hold_take_no_time() -> None:
    """200 of them on a sphere in four objectives, none dominated."""
    drawn = random.Random(1)
    points = []
    for _ in range(200):
        one = [abs(drawn.gauss(0, 1)) for _ in range(4)]
        points.append([x / math.hypot(*one) for x in one])
    begun = time.process_time()
    assert share(points, [True] * 4) == pytest.approx(0.3006280080356558)
    assert time.process_time() - begun < 3
