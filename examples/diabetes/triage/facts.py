"""What can be said about the data by looking at it: gaps, ranges, and columns made from others."""

from typing import Any

import numpy as np
import pandas as pd

from triage.data import FEATURES, SEED, TARGET, Study, label


def describe(frame: pd.DataFrame, study: Study) -> dict[str, Any]:
    """Counts that the datasheet states and that anybody can take again from the snapshot."""
    observed = frame.agg(["min", "max"])
    return {
        "patients": len(frame),
        "missing_values": int(frame.isna().sum().sum()),
        "duplicate_patients": int(frame.duplicated(list(FEATURES)).sum()),
        "observed": {name: observed[name].tolist() for name in (*FEATURES, TARGET)},
        "sex": {str(code): int(n) for code, n in frame["sex"].value_counts().sort_index().items()},
        "derived": derived(frame),
        "split": {
            "seed": SEED,
            "stratified_by": "sex",
            "threshold": study.threshold,
            "train": part(study.train, study.threshold),
            "holdout": part(study.holdout, study.threshold),
        },
    }


def derived(frame: pd.DataFrame) -> dict[str, int]:
    """How many patients have an LDL and a ratio that follow from their other columns.

    Friedewald's formula in mg/dl is LDL = total cholesterol - HDL - triglycerides / 5.
    """
    friedewald = frame["s1"] - frame["s3"] - np.exp(frame["s5"]) / 5
    ratio = frame["s1"] / frame["s3"]
    return {
        "s2_is_friedewald_within_half": int((frame["s2"] - friedewald).abs().le(0.5).sum()),
        "s4_is_whole": int((frame["s4"] % 1 == 0).sum()),
        "s4_is_ratio_rounded_to_whole": int((frame["s4"] == ratio.round()).sum()),
    }


def part(frame: pd.DataFrame, threshold: float) -> dict[str, int]:
    """One part of the split: how many patients, and how many of them high."""
    return {"n": len(frame), "high": int(label(frame, threshold).sum())}
