"""Every metric by name: what a cube can be asked for, and which end of a metric is worse."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trl4ml.slices import measures, multiclass, ranked, rates, regression, scores, shifts
from trl4ml.slices.cells import Cells
from trl4ml.slices.errors import Refused
from trl4ml.slices.levels import listed

WORSE_RATES = frozenset(
    {
        "false_negative_rate",
        "false_positive_rate",
        "false_discovery_rate",
        "false_omission_rate",
        "error_rate",
    }
)
"""Rates of errors."""
HIGHER_IS_WORSE = WORSE_RATES | {f"expected_{rate}" for rate in WORSE_RATES} | frozenset(
    {
        "generalized_entropy", "theil", "variation", "likelihood_ratio_negative",
        "ece", "mce", "brier", "log_loss", "mae", "rmse", "bias", "calibration_gap",
        "shift_ks", "shift_wasserstein", "shift_smd", "shift_parity",
    }
)  # fmt: skip
"""Metrics whose worst slice is the one with the largest (absolute) value; else the smallest."""


def known(cube: Cells) -> tuple[str, ...]:
    """The metrics that the cube can be asked for."""
    roles = cube.roles
    found: list[str] = []
    if cube.numbers is not None or "r" in cube.sums:
        return tuple(regression.REGRESSION)
    predicted = bool(roles.prediction or roles.threshold is not None)
    if not cube.binary:
        found += ["accuracy"] if roles.label and predicted else []
        both = [name for name in rates.RATES if _has(name, bool(roles.label), predicted)]
        return (
            *found,
            *(f"{name}[{c}]" for name in both for c in (*cube.classes, multiclass.MACRO)),
        )
    found += [name for name in rates.RATES if _has(name, bool(roles.label), predicted)]
    if roles.label and predicted:
        found += measures.MEASURES
    if roles.label and cube.score is not None:
        found += scores.SCORES
    found += ranked.known(cube)
    return (*found, *(shifts.SHIFTS if cube.score is not None else ()))


def default(cube: Cells) -> tuple[str, ...]:
    """What is measured when nothing is named: rates, or what else the cube carries."""
    every = known(cube)
    usual = [name for name in every if name in rates.RATES or name in regression.REGRESSION]
    if not cube.binary:
        return tuple(name for name in every if name == "accuracy" or name.endswith("[macro]"))
    if cube.score is not None and cube.roles.label:
        probable = outside(cube) == 0
        usual += ["auc"] + (["calibration_gap", "ece", "brier"] if probable else [])
    return (*ranked.known(cube), *usual)


def _has(name: str, label: bool, predicted: bool) -> bool:
    needs = rates.NEEDS.get(name, "yp")
    return (label or "y" not in needs) and (predicted or "p" not in needs)


def outside(cube: Cells) -> int:
    if cube.score is None:
        return 0
    return int(cube.n[(cube.score < 0) | (cube.score > 1)].sum())


def measure_of(name: str) -> Callable[[Any], Any]:
    """The function of counts: a measure, or F with its β in the name as in `f0.5`."""
    if name in measures.MEASURES:
        return measures.MEASURES[name]
    try:
        beta = float(name[1:]) if name.startswith("f") else float("nan")
    except ValueError:
        beta = float("nan")
    if not beta > 0 or not np.isfinite(beta):
        every = [
            *rates.RATES,
            *("exposure", "skew@10", "precision@10"),
            *measures.MEASURES,
            *scores.SCORES,
            *shifts.SHIFTS,
            *regression.REGRESSION,
        ]
        raise Refused(f"metric '{name}' is not known; take of {listed(every, len(every))}")
    return lambda counts: measures.f_beta(counts, beta)
