"""What the datasheet says about gaps and derived columns is counted, not believed."""

import numpy as np
import pandas as pd
import pytest

from triage import facts


def test_nothing_is_missing_and_nobody_is_there_twice(results: dict[str, dict[str, int]]) -> None:
    assert results["data"]["missing_values"] == results["data"]["duplicate_patients"] == 0


@pytest.mark.item("mock-and-test-data")
def test_a_derived_ldl_and_a_rounded_ratio_are_recognised() -> None:
    made = pd.DataFrame({"s1": [200.0], "s2": [120.0], "s3": [50.0], "s4": [4.0]})
    made["s5"] = np.log(150.0)
    assert set(facts.derived(made).values()) == {1}


def test_a_measured_ldl_and_an_exact_ratio_are_not() -> None:
    measured = pd.DataFrame({"s1": [200.0], "s2": [125.0], "s3": [55.0], "s4": [3.64]})
    measured["s5"] = np.log(150.0)
    assert set(facts.derived(measured).values()) == {0}
