"""The exported model is the trained one, for patients met and unmet."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest

from triage import __version__, export, model
from triage.data import FEATURES, Study


@pytest.mark.item("export-parity")
@pytest.mark.parametrize("whom", ["patients", "corners"])
def test_onnx_scores_are_within_a_hundred_thousandth(
    whom: str, fitted: Any, frame: pd.DataFrame, root: Path, results: dict[str, Any]
) -> None:
    rows = frame if whom == "patients" else export.corners(results["data"]["observed"])
    found = export.parity(fitted, root / "model" / "triage.onnx", rows)
    assert found["max_abs_difference_at_most"] <= 1e-5
    assert found["same_label"] >= 0.999 * found["n"]
    assert found == results["parity"][whom]


def test_the_corners_are_all_of_them(results: dict[str, Any]) -> None:
    corners = export.corners(results["data"]["observed"])
    assert len(corners.drop_duplicates()) == 2 ** len(FEATURES)


@pytest.mark.item("corner-cases")
def test_a_patient_at_every_extreme_still_gets_a_probability(
    root: Path, results: dict[str, Any]
) -> None:
    corners = export.corners(results["data"]["observed"])
    scores = export.score(root / "model" / "triage.onnx", corners)
    assert ((scores >= 0) & (scores <= 1)).all()


@pytest.mark.item("model-data-versioned")
def test_the_model_file_names_its_version_and_the_data_that_made_it(root: Path) -> None:
    notes = {n.key: n.value for n in onnx.load(root / "model" / "triage.onnx").metadata_props}
    data = sha256((root / "data" / "diabetes.csv").read_bytes()).hexdigest()
    assert (notes["version"], notes["data_sha256"]) == (__version__, data)


def test_the_model_file_says_how_to_feed_it(root: Path, study: Study) -> None:
    graph = onnx.load(root / "model" / "triage.onnx")
    notes = {note.key: note.value for note in graph.metadata_props}
    assert notes["features"].split(",") == list(FEATURES)
    assert notes["positive"] == f"progression > {study.threshold}"
    assert notes["cut_off"] == str(model.CUT_OFF)


def test_the_committed_predictions_are_those_of_the_committed_model(
    root: Path, study: Study, predictions: pd.DataFrame
) -> None:
    scores = export.score(root / "model" / "triage.onnx", study.holdout)
    assert np.abs(scores - predictions["score"]).max() <= 1e-5
    assert predictions["id"].tolist() == study.holdout.index.tolist()
