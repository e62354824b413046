"""Which candidates are worth having: dominance, the front and its hypervolume.

Points are rows of numbers, one column for each objective; `maximise` says for each column whether
more is better. a dominates b where a is nowhere worse and somewhere better.
"""

import math
from collections.abc import Sequence

from trl4ml.energy.errors import Refused

Point = Sequence[float]


def dominated_by(points: Sequence[Point], maximise: Sequence[bool]) -> list[list[int]]:
    """For each point the indices of those that dominate it; empty where it is efficient."""
    costs = _costs(points, maximise)
    return [[j for j, other in enumerate(costs) if _dominates(other, one)] for one in costs]


def front(points: Sequence[Point], maximise: Sequence[bool]) -> list[int]:
    """The indices of the points that none dominates."""
    return [i for i, others in enumerate(dominated_by(points, maximise)) if not others]


def hypervolume(points: Sequence[Point], reference: Point, maximise: Sequence[bool]) -> float:
    """The volume that the points dominate up to the reference, in the product of the units.

    The reference is a point that every candidate should beat; a candidate that does not, in any
    objective, adds nothing.
    """
    *costs, corner = _costs([*points, reference], maximise)
    inside = [one for one in costs if all(a < b for a, b in zip(one, corner, strict=True))]
    return _volume(inside, corner)


def share(points: Sequence[Point], maximise: Sequence[bool]) -> float:
    """The hypervolume with each objective scaled: 0 at its best seen value, 1 at its worst.

    The reference lies at 1.1, so that the ends of the front count; the result is the part of the
    box that is dominated, 0 to 1. It compares sets of candidates only where best and worst agree.
    """
    costs = _costs(points, maximise)
    best, worst = ([f(column) for column in zip(*costs, strict=True)] for f in (min, max))
    scaled = [
        tuple(
            (value - low) / (high - low) if high > low else 0.0
            for value, low, high in zip(one, best, worst, strict=True)
        )
        for one in costs
    ]
    width = len(maximise)
    return _volume(scaled, (1.1,) * width) / 1.1**width


def _volume(costs: Sequence[tuple[float, ...]], corner: tuple[float, ...]) -> float:
    """Slices along the last objective (While et al. 2006, "hypervolume by slicing objectives")."""
    if not costs:
        return 0.0
    if len(corner) == 1:
        return corner[0] - min(one[0] for one in costs)
    if len(corner) == 2:
        return _area(costs, corner)
    ranked = sorted(costs, key=lambda one: one[-1])
    ends = [*(one[-1] for one in ranked[1:]), corner[-1]]
    total = 0.0
    for number, (one, end) in enumerate(zip(ranked, ends, strict=True), 1):
        if end > one[-1]:
            slab = [each[:-1] for each in ranked[:number]]
            total += (end - one[-1]) * _volume(slab, corner[:-1])
    return total


def _area(costs: Sequence[tuple[float, ...]], corner: tuple[float, ...]) -> float:
    """A staircase, from the best in the first objective on."""
    total, floor = 0.0, corner[1]
    for first, second in sorted(costs):
        if second < floor:
            total += (corner[0] - first) * (floor - second)
            floor = second
    return total


def _dominates(a: Point, b: Point) -> bool:
    pairs = list(zip(a, b, strict=True))
    return all(x <= y for x, y in pairs) and any(x < y for x, y in pairs)


def _costs(points: Sequence[Point], maximise: Sequence[bool]) -> list[tuple[float, ...]]:
    """Everything turned so that less is better."""
    if not points or not maximise:
        raise Refused("Pareto efficiency needs at least one candidate and one objective")
    for number, one in enumerate(points, 1):
        if len(one) != len(maximise):
            raise Refused(
                f"candidate {number} has {len(one)} values for {len(maximise)} objectives"
            )
        if not all(map(math.isfinite, one)):
            raise Refused(
                f"candidate {number} has an undefined value: leave the candidate or the objective "
                "out, and say so"
            )
    return [tuple(-v if up else v for v, up in zip(one, maximise, strict=True)) for one in points]
