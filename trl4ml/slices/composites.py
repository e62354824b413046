"""Equalized odds and average odds: comparisons made of those of two rates."""

from collections.abc import Iterable
from math import hypot

from trl4ml.slices.pairing import Comparison
from trl4ml.slices.values import Status

TPR, FPR = "true_positive_rate", "false_positive_rate"


def _pairs(found: Iterable[Comparison], kind: str) -> list[tuple[Comparison, Comparison]]:
    """The comparisons of both rates with the same group, in order."""
    of = {
        name: {
            f.groups if kind.endswith("reference") else (): f
            for f in found
            if f.metric == name and f.kind == kind
        }
        for name in (TPR, FPR)
    }
    return [(of[TPR][key], of[FPR][key]) for key in of[TPR] if key in of[FPR]]


def equalized_odds(found: Iterable[Comparison], by: tuple[str, ...]) -> list[Comparison]:
    """The worse of TPR and FPR: the larger difference, the smaller ratio (Hardt et al., 2016).

    Undefined where one component is, and says which one. The bounds of the two rates, where they
    have some, are those that hold for both together.
    """
    found, made = list(found), []
    kinds = ("between_groups", "to_overall")
    for kind in [f"{what}_{how}" for how in kinds for what in ("difference", "ratio")]:
        for pair in _pairs(found, kind):
            made.append(_worse(pair, kind, by))
    return made


def _worse(pair: tuple[Comparison, Comparison], kind: str, by: tuple[str, ...]) -> Comparison:
    for one in pair:
        if one.value is None:
            return Comparison(
                "equalized_odds", by, kind, one.status, reason=f"{one.metric}: {one.reason}"
            )
    first, second = pair
    difference = kind.startswith("difference")
    larger = (first.exact or first.value or 0) >= (second.exact or second.value or 0)
    chosen = first if larger == difference else second
    worse = max if difference else min
    lower, upper = (
        None if a is None or b is None else worse(a, b)
        for a, b in ((first.lower, second.lower), (first.upper, second.upper))
    )
    return chosen._replace(
        metric="equalized_odds", lower=lower, upper=upper, interval="" if lower is None else max(first.interval, second.interval, key=len),
        p_value=None, test="", adjusted=None, family=0, reason=f"decided by {chosen.metric}",
    )  # fmt: skip


def average_odds(found: Iterable[Comparison], by: tuple[str, ...]) -> list[Comparison]:
    """½(ΔTPR + ΔFPR) of each group to its reference, signed (AIF360)."""
    made = []
    for pair in _pairs(list(found), "difference_to_reference"):
        first, second = pair
        plain = first._replace(
            metric="average_odds", value=None, lower=None, upper=None, interval="",
            of=(*first.of, *second.of), against=(*first.against, *second.against),
        )  # fmt: skip
        less = next((one for one in pair if one.status is not Status.OK), None)
        if less is not None:
            plain = plain._replace(status=less.status, reason=f"{less.metric}: {less.reason}")
        if first.value is not None and second.value is not None:
            plain = _mean(plain, first, second)
        made.append(plain)
    return made


def _mean(plain: Comparison, first: Comparison, second: Comparison) -> Comparison:
    """The mean of two differences, of the positive rows and of the negative ones.

    They are independent, so the distances to their bounds add up in squares (MOVER: Zou and Donner
    2008, Statistics in Medicine 27:1693).
    """
    a, b = first.value or 0.0, second.value or 0.0
    plain = plain._replace(value=(a + b) / 2)
    ends = first.lower, second.lower, first.upper, second.upper
    if None in ends:
        return plain
    low_a, low_b, high_a, high_b = (x or 0.0 for x in ends)
    below, above = hypot(a - low_a, b - low_b) / 2, hypot(high_a - a, high_b - b) / 2
    return plain._replace(
        lower=(a + b) / 2 - below, upper=(a + b) / 2 + above, interval=f"MOVER of {first.interval}"
    )
