"""`python -m forecast`: tune on the validation years, judge once on the test years."""

import csv
import json
import sys
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from forecast import backtest, model
from forecast.backtest import Error

VERSION = "0.1.0"
SHARE = 0.9
SPLIT = {
    "training": ("1958-03-29", "1974-12-28"),
    "validation": ("1975-01-04", "1991-12-28"),
    "test": ("1992-01-04", "2001-12-29"),
}
"""First and last week of each part; a forecast is made in one part and judged in the same."""


def build(root: Path) -> None:
    """Write the chosen model, every run, and the figures of the test years."""
    text = (root / "data" / "weekly.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    values = [float(row["co2"]) for row in rows]
    measured = [row["origin"] == "measured" for row in rows]
    weeks = [row["week"] for row in rows]
    parts = {name: (weeks.index(a), weeks.index(b) + 1) for name, (a, b) in SPLIT.items()}
    stamp = {"version": VERSION, "data_sha256": sha256(text.encode()).hexdigest()}
    tried = {w: _errors(w, values, measured, parts["validation"]) for w in model.WINDOWS}
    window = min(tried, key=lambda w: backtest.mean_absolute(tried[w]))
    width = backtest.half_width(tried[window], SHARE)
    for w, found in tried.items():
        metrics = {"mae_ppm": backtest.mean_absolute(found), "n": len(found)}
        run = {"params": {"window": w, "part": "validation"}, "metrics": metrics,
               "chosen": w == window, **stamp}  # fmt: skip
        _write(run, root / "results" / "experiments" / f"window-{w:03}.json")
    chosen = {"window": window, "half_width_ppm": width, "interval_share": SHARE, **stamp}
    _write(chosen, root / "model" / "model.json")
    figures = _figures(_errors(window, values, measured, parts["test"]), width)
    figures["baselines"] = {
        name: {"mae_ppm": backtest.mean_absolute(
            backtest.errors(predict, values, measured, *parts["test"]))}
        for name, predict in (("last value", model.last_value), ("last year", model.last_year))
    }  # fmt: skip
    split = {name: {"from": weeks[a], "to": weeks[b - 1], "weeks": b - a,
                    "measured": sum(measured[a:b])} for name, (a, b) in parts.items()}  # fmt: skip
    _write({"split": split, "test": figures, **stamp}, root / "results" / "metrics.json")


def _errors(
    window: int, values: Sequence[float], measured: Sequence[bool], part: tuple[int, int]
) -> list[Error]:
    predict = partial(_values, window=window)
    return backtest.errors(predict, values, measured, *part)


def _values(values: Sequence[float], window: int) -> list[float]:
    return [one.value for one in model.forecast(values, window)]


def _figures(found: list[Error], width: float) -> dict[str, Any]:
    groups = {"all": found, **backtest.by_horizon(found)}
    return {
        name: {
            "mae_ppm": backtest.mean_absolute(group),
            "within_interval": sum(abs(e.ppm) <= width for e in group) / len(group),
            "n": len(group),
        }
        for name, group in groups.items()
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def _write(value: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_rounded(value), indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    build(Path(__file__).resolve().parents[1])
    sys.exit(0)
