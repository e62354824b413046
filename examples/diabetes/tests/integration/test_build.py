"""The committed results are what the code makes, and nothing else."""

import json
from hashlib import sha256
from pathlib import Path
from shutil import copy
from typing import Any

import pandas as pd
import pytest
from sklearn import metrics

from triage import __version__
from triage.__main__ import build
from triage.evaluate import METRICS, age_group
from triage.model import CANDIDATES
from triage.pages import PAGES

INPUTS = ("data/SHA256SUMS", "watermark/carrier.json", *PAGES)
OUTPUTS = (
    "data/diabetes.csv",
    "data/split.csv",
    "model/triage.onnx",
    "predictions/holdout.parquet",
    "results/data.json",
    "results/selection.json",
    *(f"results/experiments/{name}.json" for name in CANDIDATES),
    "results/metrics.json",
    "results/parity.json",
    *PAGES,
)


@pytest.fixture(scope="module")
def rebuilt(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in ("data", "watermark"):
        (folder / name).mkdir()
    for name in INPUTS:
        copy(root / name, folder / name)
    build(folder)
    return folder


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_build_in_an_empty_folder_gives_the_committed_bytes(
    name: str, root: Path, rebuilt: Path
) -> None:
    assert (rebuilt / name).read_bytes() == (root / name).read_bytes()


@pytest.mark.item("versions-tagged")
@pytest.mark.parametrize("name", [name for name in OUTPUTS if name.startswith("results/")])
def test_every_result_names_the_code_and_the_data_that_made_it(name: str, root: Path) -> None:
    stamp = json.loads((root / name).read_text())
    data = sha256((root / "data" / "diabetes.csv").read_bytes()).hexdigest()
    assert (stamp["version"], stamp["data_sha256"]) == (__version__, data)


@pytest.mark.item("baseline-compared")
def test_the_simplest_candidates_are_beaten_on_the_training_part(results: dict[str, Any]) -> None:
    auc = {name: found["auc"]["mean"] for name, found in results["selection"]["candidates"].items()}
    assert auc[results["selection"]["chosen"]] > auc["bmi"] > auc["majority"]


@pytest.mark.item("tuning-record")
def test_trees_are_not_better_than_a_weighted_sum(results: dict[str, Any]) -> None:
    gain = results["selection"]["boosting_gain_in_auc"]
    assert gain["mean"] <= gain["standard_error"]
    assert results["selection"]["chosen"] == "logistic"


@pytest.mark.parametrize("by", ["by_sex", "by_age"])
@pytest.mark.parametrize("metric", METRICS)
def test_the_intervals_of_any_two_groups_meet(
    by: str, metric: str, results: dict[str, Any]
) -> None:
    found = [group[metric] for group in results["metrics"][by].values()]
    assert max(each["lower"] for each in found) <= min(each["upper"] for each in found)


def test_the_youngest_have_the_lowest_recall(results: dict[str, Any]) -> None:
    recall = {
        ages: group["recall"]["value"] for ages, group in results["metrics"]["by_age"].items()
    }
    assert min(recall, key=recall.__getitem__) == "[19, 40)"


@pytest.mark.parametrize("group", ["overall", "by_sex", "by_age"])
def test_metrics_taken_again_from_the_parquet_are_the_stated_ones(
    group: str, predictions: pd.DataFrame, results: dict[str, Any]
) -> None:
    keys = {"overall": None, "by_sex": predictions["sex"], "by_age": age_group(predictions["age"])}
    slices = (
        {"": predictions} if group == "overall" else dict(list(predictions.groupby(keys[group])))
    )
    stated = results["metrics"][group]
    for name, rows in slices.items():
        found = stated[str(name)] if name else stated
        label, flagged, score = rows["label"], rows["prediction"], rows["score"]
        again = {
            "auc": metrics.roc_auc_score(label, score),
            "accuracy": metrics.accuracy_score(label, flagged),
            "recall": metrics.recall_score(label, flagged),
            "precision": metrics.precision_score(label, flagged),
            "brier": metrics.brier_score_loss(label, score),
            "selection_rate": flagged.mean(),
        }
        assert {m: found[m]["value"] for m in again} == pytest.approx(again, abs=5.1e-5)


def test_the_predictions_follow_from_the_scores(predictions: pd.DataFrame) -> None:
    assert (predictions["prediction"] == (predictions["score"] >= 0.5)).all()
