"""The worked examples of the field that several tests use."""

from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
"""Real tables, where this checkout lies beside them."""

FAIRLEARN: dict[str, list[Any]] = {
    "y": [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1],
    "p": [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0],
    "g": list("bbabbcccaacabccbcc"),
    "w": [1, 2, 1, 3, 2, 3, 1, 2, 1, 2, 3, 1, 2, 3, 2, 3, 1, 1],
}
"""fairlearn's 18-row example."""


def real(name: str) -> Path:
    """The path of a real table; the test skips where it is absent."""
    path = DATA / name
    if not path.exists():
        pytest.skip(
            f"{name} is not there: the real tables lie beside this checkout, in shared/data"
        )
    return path


def adult() -> Any:
    """Adult, both parts, as a pandas frame of text and numbers."""
    import pandas as pd

    names = [
        "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation",
        "relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week",
        "native-country", "income",
    ]  # fmt: skip
    parts = [
        pd.read_csv(real("adult.data"), names=names, sep=", ", engine="python"),
        pd.read_csv(real("adult.test"), names=names, sep=", ", engine="python", skiprows=1),
    ]
    both = pd.concat(parts, ignore_index=True)
    both["income"] = both["income"].str.removesuffix(".")
    return both
