"""The model as ONNX, and the proof that nothing was lost on the way."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType

from triage import __version__
from triage.data import FEATURES, SEED, features
from triage.model import CUT_OFF, flag

OPSET = 17


def export(model: Any, threshold: float, data_sha256: str, path: Path) -> None:
    """Write the fitted model with all that a caller must know to feed it and read it."""
    graph = to_onnx(
        model,
        name="triage",
        initial_types=[("patient", FloatTensorType([None, len(FEATURES)]))],
        options={"zipmap": False},
        target_opset=OPSET,
    )
    notes = {
        "version": __version__,
        "data_sha256": data_sha256,
        "features": ",".join(FEATURES),
        "positive": f"progression > {threshold}",
        "cut_off": str(CUT_OFF),
        "seed": str(SEED),
    }
    onnx.helper.set_model_props(graph, notes)
    opsets = {opset.domain: opset.version for opset in graph.opset_import}
    del graph.opset_import[:]  # skl2onnx names a domain more than once
    graph.opset_import.extend(onnx.helper.make_opsetid(*opset) for opset in sorted(opsets.items()))
    onnx.checker.check_model(graph)
    path.write_bytes(graph.SerializeToString(deterministic=True))


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
