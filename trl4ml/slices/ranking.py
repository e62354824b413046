"""Exposure and representation of groups in a ranked list.

Singh and Joachims (2018), KDD, for exposure; Geyik, Ambler and Kenthapadi (2019), KDD, for skew and
NDKL. A ranking is the groups in order of rank, best first. NaN is undefined, infinite unbounded.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.errors import Refused


def weights(ranks: int) -> Array:
    """1/log₂(1 + rank) for ranks 1 … `ranks`."""
    return 1 / np.log2(np.arange(2, ranks + 2))


def exposure(groups: Sequence[str], scores: Sequence[float] | None = None) -> dict[str, float]:
    """Σ 1/log₂(1 + rank) of each group.

    groups: in order of rank; with `scores` in any order, ranked by falling score, and tied rows
    share the mean over their positions.
    """
    each = weights(len(groups))
    if scores is not None:
        if len(scores) != len(groups) or np.isnan(np.asarray(scores, float)).any():
            raise Refused("exposure needs one score for every row; complete or drop the others")
        _, place, tied = np.unique(
            -np.asarray(scores, float), return_inverse=True, return_counts=True
        )
        ends = tied.cumsum()
        sums = np.add.reduceat(each, ends - tied) if len(each) else each
        each = (sums / tied)[place]
    found = dict.fromkeys(sorted(set(groups)), 0.0)
    for group, value in zip(groups, each.tolist(), strict=True):
        found[group] += value
    return found


def exposure_ratio(groups: Sequence[str], first: str, second: str) -> float:
    """The mean exposure of a group over that of another; NaN where one of them is absent."""
    sums, n = exposure(groups), Counter(groups)
    if not (n[first] and n[second]):
        return math.nan
    return (sums[first] / n[first]) / (sums[second] / n[second])


def skew_at(groups: Sequence[str], k: int, desired: Mapping[str, float]) -> dict[str, float]:
    """ln(share in the top k / desired share) per group.

    −inf where the group is not in the top k; NaN where its desired share is 0, or the list is empty.
    """
    _check(k, desired)
    top = Counter(groups[:k])
    size = sum(top.values())
    found = {}
    for group, share in desired.items():
        if share == 0 or not size:
            found[group] = math.nan
        else:
            found[group] = math.log(top[group] / size / share) if top[group] else -math.inf
    return found


def ndkl(groups: Sequence[str], desired: Mapping[str, float]) -> float:
    """Normalised discounted Kullback–Leibler divergence of the top-i shares from the desired ones.

    0 is as desired at every rank; NaN for an empty list; infinite where a group that is not desired
    is ranked.
    """
    _check(1, desired)
    if not len(groups):
        return math.nan
    if any(not desired.get(group) for group in groups):
        return math.inf
    seen: Counter[str] = Counter()
    total = 0.0
    each = weights(len(groups))
    for i, (group, weight) in enumerate(zip(groups, each.tolist(), strict=True), 1):
        seen[group] += 1
        total += weight * sum(n / i * math.log(n / i / desired[g]) for g, n in sorted(seen.items()))
    return total / float(each.sum())


def precision_at(
    groups: Sequence[str], relevant: Sequence[bool], k: int
) -> dict[str, tuple[int, int]]:
    """(relevant, all) of each group among the first k; a group that is not there has (0, 0)."""
    _check(k, {})
    if len(relevant) != len(groups):
        raise Refused("precision needs one relevance for every row; complete it")
    found = dict.fromkeys(sorted(set(groups)), (0, 0))
    for group, hit in list(zip(groups, relevant, strict=True))[:k]:
        good, n = found[group]
        found[group] = (good + bool(hit), n + 1)
    return found


def _check(k: int, desired: Mapping[str, float]) -> None:
    if k < 1:
        raise Refused(f"the top k begins at 1, not {k}")
    if any(not 0 <= share <= 1 for share in desired.values()):
        raise Refused("desired shares lie between 0 and 1")
    if desired and not math.isclose(sum(desired.values()), 1, abs_tol=1e-9):
        raise Refused(f"desired shares add up to 1, not {sum(desired.values()):g}")
