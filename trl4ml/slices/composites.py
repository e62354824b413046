"""Equalized odds and average odds: comparisons made of those of two rates."""

from collections.abc import Iterable

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

    Undefined where one component is, and says which one.
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
    larger = (first.exact or first.value or 0) >= (second.exact or second.value or 0)
    chosen = first if larger == kind.startswith("difference") else second
    return chosen._replace(
        metric="equalized_odds", p_value=None, test="", adjusted=None, family=0, reason=f"decided by {chosen.metric}",
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
            plain = plain._replace(value=(first.value + second.value) / 2)
        made.append(plain)
    return made
