"""The SliceLine score of a slice, and a bound on the score of every slice inside it.

Sagadeeva and Boehm (2021), "SliceLine: Fast, Linear-Algebra-based Slice Finding for ML Model
Debugging", SIGMOD. `n` is the number of rows throughout; both public implementations pass the
number of one-hot columns to the bound instead, which is unsafe where columns outnumber rows.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def score(size: ArrayLike, errors: ArrayLike, n: int, total: float, alpha: float) -> Array:
    """α((se/s)/(E/n) − 1) − (1 − α)(n/s − 1) for slices of `size` rows and error sum `errors`."""
    s, se = np.asarray(size, float), np.asarray(errors, float)
    return np.asarray(alpha * (n * se / (s * total) - 1) - (1 - alpha) * (n / s - 1), float)


def bound(
    size: ArrayLike,
    errors: ArrayLike,
    largest: ArrayLike,
    support: int,
    n: int,
    total: float,
    alpha: float,
) -> Array:
    """The highest score of any slice of at least `support` rows inside such a slice.

    The maximum over x in {σ, se/sm, s}, each clamped into [σ, s], of the score of x rows with
    error sum min(x·sm, se); minus infinity where s < σ.
    """
    s, se, sm = (np.asarray(x, float) for x in (size, errors, largest))
    with np.errstate(invalid="ignore", divide="ignore"):
        turn = np.where(sm > 0, se / sm, support)
    best = np.full(np.broadcast(s, se, sm).shape, -np.inf)
    for end in (np.full_like(best, support), turn, s):
        x = np.clip(end, support, np.maximum(s, support))
        best = np.maximum(best, score(x, np.minimum(x * sm, se), n, total, alpha))
    return np.where(s >= support, best, -np.inf)


def from_parents(
    size: ArrayLike, errors: ArrayLike, largest: ArrayLike
) -> tuple[float, float, float]:
    """s, se and sm that bound a slice of which only the slices one item shorter are known."""
    s, se, sm = (float(np.min(np.asarray(x, float))) for x in (size, errors, largest))
    return s, min(se, s * sm), sm
