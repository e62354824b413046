"""A record is checked without the key: its tails are the exact ones, whatever the law."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.watermark import null
from trl4ml.watermark.log_scores import tail
from trl4ml.watermark.record import FORMAT, Record, read, recomputed


@given(st.integers(0, 400), st.data(), st.sampled_from([0.5, 0.1, 0.25, 0.333333, 0.001]))
def test_the_binomial_tail_is_that_of_the_verifier(
    n: int, data: st.DataObject, rate: float
) -> None:
    hits = data.draw(st.integers(0, n))
    found = recomputed({"null_law": f"Bin({n}, {rate})", "n": n, "hits": hits})
    assert found == pytest.approx(null.log2_p(hits, n, rate), rel=1e-6, abs=1e-6)


@given(st.integers(1, 400), st.floats(0, 3000))
def test_the_gamma_tail_is_that_of_the_verifier(n: int, score: float) -> None:
    found = recomputed({"null_law": f"Gamma({n}, 1)", "n": n, "hits": score})
    assert found == pytest.approx(tail(score, n), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    "law", ["Bin(9, 0.5)", "Bin(10, 0)", "Bin(10, 2)", "Gamma(9, 1)", "", "Bin(1e9, .5)"]
)
def test_a_law_that_does_not_fit_is_none(law: str) -> None:
    assert recomputed({"null_law": law, "n": 10, "hits": 5}) is None


def test_a_record_reads_back_as_it_was_written() -> None:
    verdict = {"status": "detected", "n": 10, "hits": 10, "alpha": 1e-2, "log2_p": -10.0,
               "tests_made": 1, "registered": 1, "undefined": 0, "queries": 0, "controls": [],
               "null_law": "Bin(10, 0.5)"}  # fmt: skip
    record = Record(verdict, "m.onnx", "c.json", "2026-02-01")
    assert read(json.loads(record.to_json())) == record
    assert json.loads(record.to_json())["format"] == FORMAT
    assert (
        record.to_json()
        == Record(dict(reversed(verdict.items())), "m.onnx", "c.json", "2026-02-01").to_json()
    )
