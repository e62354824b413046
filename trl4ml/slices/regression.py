"""Metrics of a numeric label and prediction per group, from sums of residuals r = ŷ − y."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.errors import Refused
from trl4ml.slices.grouping import Grouping


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over the rows with a label and a prediction, (…, groups) each.

    n: rows or weights. r, r_abs, r_sq, r_4: Σr, Σ|r|, Σr², Σr⁴. spread: Σ(y − ȳ)² with the slice's own ȳ.
    """

    n: Array
    r: Array
    r_abs: Array
    r_sq: Array
    r_4: Array
    spread: Array


def moments(grouping: Grouping, n: Array | None = None) -> Moments:
    """The moments of a grouping; n: (…, cells) rows or weights, None: the cube's own."""
    cube = grouping.cube
    if cube.numbers is None:
        return _summed(grouping, n)
    if n is None:
        n = cube.n if cube.w is None else cube.w
    y, p = cube.numbers[:, 0], cube.numbers[:, 1]
    both = ~np.isnan(y) & ~np.isnan(p)
    rows = n * both
    r, y = np.where(both, p - y, 0.0), np.where(both, y, 0.0)
    total = grouping.total(rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nan_to_num(grouping.total(rows * y) / total)
    spread = grouping.total(rows * (y - mean[..., grouping.index]) ** 2)
    r1, r_abs, r_sq, r_4 = (grouping.total(rows * x) for x in (r, np.abs(r), r**2, r**4))
    return Moments(total, r1, r_abs, r_sq, r_4, spread)


def _summed(grouping: Grouping, n: Array | None) -> Moments:
    sums = grouping.cube.sums
    if "r" not in sums:
        raise Refused("the cube has no numbers; scan with regression=True")
    if n is not None:
        raise Refused("a bootstrap needs the numbers themselves; ask for bins=0")
    total, y, y_sq, r, r_abs, r_sq, r_4 = (
        grouping.total(sums[name])
        for name in (
            "r_weight" if "r_weight" in sums else "r_rows",
            *("y", "y_sq", "r", "r_abs", "r_sq", "r_4"),
        )
    )
    spread = y_sq - np.divide(y * y, total, out=np.zeros_like(y), where=total > 0)
    return Moments(total, r, r_abs, r_sq, r_4, np.maximum(spread, 0))


def rows(grouping: Grouping) -> Array:
    """(groups,) rows with a label and a prediction."""
    return grouping.total(_of_both(grouping, grouping.cube.n, "r_rows"))


def effective(grouping: Grouping) -> Array | None:
    """(groups,) Kish's effective size of these rows; None without sampling weights."""
    cube = grouping.cube
    if cube.w is None or cube.w2 is None:
        return None
    total = grouping.total(_of_both(grouping, cube.w, "r_weight"))
    squares = grouping.total(_of_both(grouping, cube.w2, "r_weight2"))
    found = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    return np.asarray(found)


def _of_both(grouping: Grouping, column: Array, summed: str) -> Array:
    """(cells,) a column of the cells whose rows have both numbers, else 0."""
    cube = grouping.cube
    if cube.numbers is None:
        return cube.sums[summed]
    return column * ~np.isnan(cube.numbers).any(1)


def _mean(total: Array, n: Array) -> Array:
    return np.divide(total, n, out=np.full_like(total, np.nan), where=n > 0)


def bias(x: Moments) -> Array:
    """The mean residual ŷ − y."""
    return _mean(x.r, x.n)


def mae(x: Moments) -> Array:
    """The mean absolute residual."""
    return _mean(x.r_abs, x.n)


def rmse(x: Moments) -> Array:
    """The root of the mean squared residual."""
    return np.sqrt(_mean(x.r_sq, x.n))


def r2(x: Moments) -> Array:
    """1 − Σr²/Σ(y − ȳ)², where ȳ is the slice's mean; undefined with n < 2 or no variance."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((x.n >= 2) & (x.spread > 0), 1 - x.r_sq / x.spread, np.nan)


def bounds(name: str, x: Moments, size: Array, z: float) -> tuple[Array, Array] | None:
    """The normal interval of a mean, mean ± z·s/√n; of RMSE by the root of that of r².

    size: (groups,) rows, or effective rows, which stand for n.
    """
    first, second = {"bias": (x.r, x.r_sq), "mae": (x.r_abs, x.r_sq), "rmse": (x.r_sq, x.r_4)}.get(
        name, (None, None)
    )
    if first is None or second is None:
        return None
    mean = _mean(first, x.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.maximum(_mean(second, x.n) - mean**2, 0) * size / (size - 1)
        half = np.where(size >= 2, z * np.sqrt(variance / size), np.nan)
    if name == "rmse":
        return np.sqrt(np.maximum(mean - half, 0)), np.sqrt(mean + half)
    return mean - half, mean + half


REGRESSION: dict[str, Callable[[Moments], Array]] = {
    "bias": bias,
    "mae": mae,
    "rmse": rmse,
    "r2": r2,
}
"""The regression metrics by name."""
