"""The bootstrap over the cells of a cube: exactly the bootstrap over rows, at the price of cells.

Drawing N rows with replacement and counting them per cell is one multinomial draw. Seeded: the same
counts and seed give the same draws.
"""

import numpy as np

from trl4ml.slices.arrays import Array


def draws(counts: Array, replicates: int, seed: int) -> Array:
    """(replicates, *counts.shape) counts of N rows drawn with replacement from N = Σ counts."""
    flat = counts.ravel()
    seen = np.flatnonzero(flat)
    drawn = np.zeros((replicates, flat.size), np.int64)
    if len(seen):
        total = int(flat.sum())
        rng = np.random.default_rng(seed)
        drawn[:, seen] = rng.multinomial(total, flat[seen] / total, size=replicates)
    return drawn.reshape(replicates, *counts.shape)


def percentiles(replicated: Array, level: float = 0.95) -> tuple[Array, Array, Array]:
    """The percentile interval over the first axis, and how many replicates had no finite value.

    A replicate without a value is counted, not replaced; with none left the interval is NaN.
    """
    finite = np.isfinite(replicated)
    missing = (~finite).sum(0)
    tails = [(1 - level) / 2, (1 + level) / 2]
    if not missing.any():
        lower, upper = np.quantile(replicated, tails, axis=0)
        return lower, upper, missing
    shown = np.where(finite, replicated, np.nan)
    shown[:, ~finite.any(0)] = 0.0
    lower, upper = np.nanquantile(shown, tails, axis=0)
    none = missing == len(replicated)
    return np.where(none, np.nan, lower), np.where(none, np.nan, upper), missing


def told(level: float, replicates: int, seed: int) -> str:
    """The name of a bootstrap interval, with what a reader needs to repeat it."""
    return f"bootstrap {level:.0%}, {replicates} replicates, seed {seed}"
