"""How far the scores of one group lie from those of another: no label is needed.

Arguments are distributions: rising distinct `scores` with the weight of each in either group,
`a` and `b` (…, scores). Results are (…): NaN where a group is empty.
"""

from collections.abc import Callable

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.grouping import Grouping

AT_ONCE = 10_000_000
"""Numbers held at once: 80 MB."""


def _shares(a: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(a / a.sum(-1, keepdims=True))


def cross_auc(scores: Array, a: Array, b: Array) -> Array:
    """P(score of a > score of b) + ½ P(equal); .5 is no shift."""
    p, q = _shares(a), _shares(b)
    return np.asarray((p * (q.cumsum(-1) - q / 2)).sum(-1))


def ks(scores: Array, a: Array, b: Array) -> Array:
    """The largest gap between the two distribution functions."""
    return np.asarray(np.abs(_gaps(a, b)).max(-1))


def wasserstein(scores: Array, a: Array, b: Array) -> Array:
    """∫ |F_a − F_b|, in the unit of the score."""
    gaps = _gaps(a, b)
    widths = np.append(np.diff(scores), 0.0)
    return np.asarray((np.abs(gaps) * widths).sum(-1))


def _gaps(a: Array, b: Array) -> Array:
    """F_a − F_b at each score; NaN where a group is empty."""
    return np.asarray(_shares(a).cumsum(-1) - _shares(b).cumsum(-1))


def parity(scores: Array, a: Array, b: Array) -> Array:
    """sup over z of |P(score ≥ z in a) − P(score ≥ z in a and b together)| (Agarwal et al., 2019)."""
    return ks(scores, a, a + b)


def smd(scores: Array, a: Array, b: Array) -> Array:
    """(m_a − m_b)/√((s_a² + s_b²)/2), variances with n − 1; NaN with n < 2 or no variance."""
    (m_a, v_a), (m_b, v_b) = _moments(scores, a), _moments(scores, b)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = np.sqrt((v_a + v_b) / 2)
        return np.asarray(np.where(pooled > 0, (m_a - m_b) / pooled, np.nan))


def _moments(scores: Array, a: Array) -> tuple[Array, Array]:
    mean = (_shares(a) * scores).sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = (a * (scores - mean[..., None]) ** 2).sum(-1)
        return mean, np.where(a.sum(-1) > 1, squares / (a.sum(-1) - 1), np.nan)


SHIFTS: dict[str, Callable[[Array, Array, Array], Array]] = {
    "shift_auc": cross_auc,
    "shift_ks": ks,
    "shift_smd": smd,
    "shift_wasserstein": wasserstein,
    "shift_parity": parity,
}
"""Each group against the rest of the rows, by name."""


def against_rest(name: str, grouping: Grouping, n: Array) -> Array:
    """(…, groups) the shift of every group against all other rows; n: (…, cells)."""
    cube = grouping.cube
    assert cube.score is not None
    kept = np.flatnonzero(~np.isnan(cube.score))
    scores, place = np.unique(cube.score[kept], return_inverse=True)
    group = grouping.index[kept]
    rows = n.reshape(-1, n.shape[-1])[:, kept]
    found = np.full((len(rows), len(grouping)), np.nan)
    if len(scores):
        for r, row in enumerate(rows):
            whole = np.bincount(place, weights=row, minlength=len(scores))
            for some in np.array_split(
                np.arange(len(grouping)), 1 + len(grouping) * len(scores) // AT_ONCE
            ):
                mine = (group >= some[0]) & (group <= some[-1])
                key = (group[mine] - some[0]) * len(scores) + place[mine]
                own = np.bincount(key, weights=row[mine], minlength=len(some) * len(scores))
                own = own.reshape(len(some), -1)
                found[r, some] = SHIFTS[name](scores, own, whole - own)
    return found.reshape(*n.shape[:-1], len(grouping))
