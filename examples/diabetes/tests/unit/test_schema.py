"""The schema accepts all patients of the study and none outside what was seen."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from triage.data import FEATURES

pytestmark = pytest.mark.item("input-schema-tested")


@pytest.fixture(scope="module")
def schema(root: Path) -> Draft202012Validator:
    read = json.loads((root / "schema" / "input.schema.json").read_text())
    Draft202012Validator.check_schema(read)
    return Draft202012Validator(read)


def bounds(schema: Draft202012Validator, name: str) -> dict[str, float]:
    read: Any = schema.schema
    return {edge: read["properties"][name][edge] for edge in ("minimum", "maximum")}


@pytest.fixture(scope="module")
def patients(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame[list(FEATURES)].astype(object).to_dict("records")  # type: ignore[no-any-return]


@pytest.mark.item("mlts-d1-feature-schema")
def test_all_442_patients_meet_the_schema(
    schema: Draft202012Validator, patients: list[dict[str, Any]]
) -> None:
    assert len(patients) == 442
    assert [error.message for patient in patients for error in schema.iter_errors(patient)] == []


@pytest.mark.parametrize("name", FEATURES)
def test_the_bounds_are_the_observed_ones(
    schema: Draft202012Validator, frame: pd.DataFrame, name: str
) -> None:
    assert [*bounds(schema, name).values()] == [frame[name].min(), frame[name].max()]


@pytest.mark.item("corner-cases")
@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("step", [-1, 1], ids=["below", "above"])
def test_a_value_outside_its_bounds_is_refused(
    schema: Draft202012Validator, patients: list[dict[str, Any]], name: str, step: int
) -> None:
    edge = bounds(schema, name)["minimum" if step < 0 else "maximum"]
    assert not schema.is_valid(patients[0] | {name: edge + step})


@pytest.mark.item("corner-cases")
@pytest.mark.parametrize("name", FEATURES)
def test_a_missing_value_is_refused(
    schema: Draft202012Validator, patients: list[dict[str, Any]], name: str
) -> None:
    assert not schema.is_valid({key: v for key, v in patients[0].items() if key != name})
    assert not schema.is_valid(patients[0] | {name: None})


def test_a_field_nobody_asked_for_is_refused(
    schema: Draft202012Validator, patients: list[dict[str, Any]]
) -> None:
    assert not schema.is_valid(patients[0] | {"progression": 151})
