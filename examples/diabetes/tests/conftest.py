"""What the tests share: the committed files, and one model trained once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from triage import data, model

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def evidence(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """Name the checklist item in the JUnit report of a test marked with it."""
    for mark in request.node.iter_markers("item"):
        record_property("trl4ml", mark.args[0])


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def results() -> dict[str, Any]:
    names = ("data", "selection", "metrics", "parity")
    return {name: json.loads((ROOT / "results" / f"{name}.json").read_text()) for name in names}


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    return data.load(ROOT / "data" / "diabetes.csv")


@pytest.fixture(scope="session")
def study(frame: pd.DataFrame) -> data.Study:
    return data.split(frame)


@pytest.fixture(scope="session")
def high(study: data.Study) -> pd.Series:
    return data.label(study.train, study.threshold)


@pytest.fixture(scope="session")
def fitted(study: data.Study, high: pd.Series) -> Any:
    return model.fit("logistic", study.train, high)


@pytest.fixture(scope="session")
def predictions() -> pd.DataFrame:
    return pd.read_parquet(ROOT / "predictions" / "holdout.parquet")
