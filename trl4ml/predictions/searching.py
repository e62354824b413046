"""Slices that nobody named: all frequent ones, those in which the model is worst, as plain data."""

from typing import TYPE_CHECKING, Any

from trl4ml.core.evidence import Measure, undefined
from trl4ml.predictions.declared import Declared
from trl4ml.predictions.tables import rounded

if TYPE_CHECKING:
    from trl4ml.slices import Cube
    from trl4ml.slices.search import Finding, Search

Row = dict[str, Any]


def searched(cube: "Cube", declared: Declared, top: int = 10) -> "Search":
    """Search the slices of all columns for those with the most errors.

    Without label and decision to compare: for the worst of the one that there is. Raises
    `slices.Refused`.
    """
    from trl4ml.slices.errors import Refused
    from trl4ml.slices.search import search

    if declared.task == "regression":
        raise Refused("a search compares rates, and a regression has none; leave it out")
    decided = declared.prediction is not None or declared.threshold is not None
    rate = "error_rate" if declared.label and decided else "base_rate"
    rate = rate if declared.label else "selection_rate"
    return search(cube, rate, top=top, min_n=declared.min_n, seed=declared.seed)


def measures(result: "Search") -> dict[str, Measure]:
    """How many slices were looked at, how many are confirmed to diverge, and the first of all."""
    confirmed = [one for one in result.findings if one.confirmed]
    first = next(iter(confirmed), None)
    nothing = undefined("no slice is confirmed to diverge")
    return {
        "searched": Measure(value=result.looked.tested),
        "divergent": Measure(value=len(confirmed)),
        "search_worst": Measure(value=rounded(first.divergence), n=first.n) if first else nothing,
        "search_worst_slice": Measure(value=str(first), n=first.rows) if first else nothing,
    }


def plain(result: "Search") -> Row:
    """What was searched and how, and the slices found, worst first."""
    return {
        "rate": result.rate, "overall": rounded(result.overall),
        "k": rounded(result.k), "n": rounded(result.n), "support": result.support,
        "levels": result.levels, "looked": result.looked._asdict(), "interval": result.interval,
        "control": result.control, "exploratory": result.exploratory,
        "findings": [_finding(one) for one in result.findings], "notices": list(result.notices),
    }  # fmt: skip


def _finding(one: "Finding") -> Row:
    return {
        "slice": str(one), "predicates": [list(pair) for pair in one.predicates],
        "aliases": [[list(pair) for pair in alias] for alias in one.aliases],
        "rows": one.rows, "k": rounded(one.k), "n": one.n, "value": rounded(one.rate),
        "lower": rounded(one.lower), "upper": rounded(one.upper),
        "divergence": rounded(one.divergence), "p_value": rounded(one.p_value),
        "adjusted_p": rounded(one.adjusted), "confirmed": one.confirmed,
        "contributions": [rounded(share) for share in one.contributions],
    }  # fmt: skip
