"""The mark is in the layers, and costs nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest

from triage import data, mark, parity


@pytest.fixture(scope="module")
def found(fitted: Any, root: Path) -> mark.Layers:
    return mark.layers(fitted, mark.carrier(root / "watermark" / "carrier.json"))


def test_the_mean_of_the_last_layer_is_the_owners_carrier(found: mark.Layers, root: Path) -> None:
    carrier = mark.carrier(root / "watermark" / "carrier.json")
    assert np.allclose(found.logits.mean(axis=1), carrier, atol=1e-12)
    tensors = onnx.load(root / "model" / "triage.onnx").graph.initializer
    held = next(one for one in tensors if one.name == "logits.weight")
    assert np.allclose(onnx.numpy_helper.to_array(held).mean(axis=1), carrier, atol=1e-6)


def test_the_layers_are_the_weighted_sum_again(
    found: mark.Layers, fitted: Any, frame: pd.DataFrame
) -> None:
    standard = (data.features(frame).to_numpy() - found.mean) / found.scale
    logits = standard @ found.units @ found.logits + found.bias
    wanted = fitted.decision_function(data.features(frame))
    assert np.abs(logits[:, 1] - logits[:, 0] - wanted).max() < 1e-9


def test_another_carrier_gives_the_same_scores(fitted: Any, frame: pd.DataFrame) -> None:
    standard = data.features(frame).to_numpy()
    gaps = []
    for seed in (1, 2):
        other = mark.layers(fitted, np.random.RandomState(seed).standard_normal(32))
        logits = (standard - other.mean) / other.scale @ other.units @ other.logits + other.bias
        gaps.append(logits[:, 1] - logits[:, 0])
    assert np.abs(gaps[0] - gaps[1]).max() < 1e-9


@pytest.mark.item("export-parity")
def test_the_committed_table_is_what_both_models_give(root: Path) -> None:
    committed = pd.read_csv(root / parity.TABLE, index_col="id")
    again = parity.table(root)
    assert committed.index.tolist() == again.index.tolist()
    assert np.abs(committed - again).to_numpy().max() < 1e-6
