"""The model as ONNX, and the proof that nothing was lost on the way."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions

from triage import __version__
from triage.data import FEATURES, SEED, features
from triage.mark import Floats, Layers, layers
from triage.model import CUT_OFF, flag

OPSET = 17
IR = 8


def export(model: Any, threshold: float, data_sha256: str, mark: Floats, path: Path) -> None:
    """Write the fitted model, marked, with all that a caller must know to feed it and read it."""
    notes = {
        "version": __version__,
        "data_sha256": data_sha256,
        "features": ",".join(FEATURES),
        "positive": f"progression > {threshold}",
        "cut_off": str(CUT_OFF),
        "seed": str(SEED),
    }
    opset = onnx.helper.make_opsetid("", OPSET)
    exported = onnx.helper.make_model(graph(layers(model, mark)), opset_imports=[opset])
    exported.ir_version = IR
    onnx.helper.set_model_props(exported, notes)
    onnx.checker.check_model(exported, full_check=True)
    path.write_bytes(exported.SerializeToString(deterministic=True))


def graph(found: Layers) -> onnx.GraphProto:
    """Standardise, two layers, softmax; the label is 1 where the score reaches the cut-off."""
    node, value = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    steps = [
        node("Sub", ["patient", "scale.mean"], ["centred"]),
        node("Div", ["centred", "scale.scale"], ["standard"]),
        node("MatMul", ["standard", "units.weight"], ["units"]),
        node("MatMul", ["units", "logits.weight"], ["weighed"]),
        node("Add", ["weighed", "logits.bias"], ["logits"]),
        node("Softmax", ["logits"], ["probabilities"], axis=1),
        node("Gather", ["probabilities", "positive"], ["score"], axis=1),
        node("GreaterOrEqual", ["score", "cut_off"], ["reached"]),
        node("Cast", ["reached"], ["label"], to=onnx.TensorProto.INT64),
    ]
    numbers = {
        "scale.mean": found.mean,
        "scale.scale": found.scale,
        "units.weight": found.units,
        "logits.weight": found.logits,
        "logits.bias": found.bias,
        "cut_off": np.array(CUT_OFF),
    }
    held = [onnx.numpy_helper.from_array(v.astype(np.float32), n) for n, v in numbers.items()]
    held.append(onnx.numpy_helper.from_array(np.array(1), "positive"))
    inputs = [value("patient", onnx.TensorProto.FLOAT, [None, len(FEATURES)])]
    outputs = [
        value("label", onnx.TensorProto.INT64, [None]),
        value("probabilities", onnx.TensorProto.FLOAT, [None, 2]),
    ]
    return onnx.helper.make_graph(steps, "triage", inputs, outputs, held)


def score(path: Path, frame: pd.DataFrame) -> NDArray[np.float32]:
    """Probability of high progression as the exported model gives it."""
    options = SessionOptions()
    options.intra_op_num_threads = 1
    session = InferenceSession(path, options, providers=["CPUExecutionProvider"])
    rows = features(frame).to_numpy(np.float32)
    return np.asarray(session.run(["probabilities"], {"patient": rows})[0][:, 1])


def corners(observed: dict[str, list[float]]) -> pd.DataFrame:
    """Every combination of smallest and largest input: patients nobody has met."""
    return pd.DataFrame(product(*(observed[name] for name in FEATURES)), columns=list(FEATURES))


def parity(model: Any, path: Path, frame: pd.DataFrame) -> dict[str, Any]:
    """Compare both models row by row; the difference is rounded up to a whole millionth."""
    ours, theirs = model.predict_proba(features(frame))[:, 1], score(path, frame)
    return {
        "n": len(frame),
        "max_abs_difference_at_most": float(np.ceil(np.abs(ours - theirs).max() * 1e6) / 1e6),
        "same_label": int((flag(ours) == flag(theirs.astype(np.float64))).sum()),
    }


def side_by_side(model: Any, path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """The scores of both models for each patient, as they come, in every digit."""
    ours, theirs = model.predict_proba(features(frame))[:, 1], score(path, frame)
    return pd.DataFrame({"original": ours, "exported": theirs.astype(np.float64)}, frame.index)
