"""What the tests share: the record, the committed results, and the names of checklist items."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feed.weeks import Week, load

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def evidence(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """Name the checklist items, and where it ran, in the JUnit report of a test marked so."""
    for mark in request.node.iter_markers("item"):
        record_property("trl4ml", mark.args[0])
    if request.node.get_closest_marker("lab"):
        record_property("trl4ml.environment", "lab")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def weeks() -> list[Week]:
    return load(ROOT / "data" / "mauna_loa.csv", ROOT / "schema" / "week.schema.json")


@pytest.fixture(scope="session")
def weekly() -> list[dict[str, str]]:
    with (ROOT / "data" / "weekly.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def figures() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "results" / "metrics.json").read_text())
    return found
