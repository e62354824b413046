"""An ONNX model in float64: exact enough for central differences, so for reading GradSigns white box.

Every 32-bit tensor of the graph is widened and ONNX Runtime runs the result; where it has no
float64 kernel for an operator, ONNX's own reference implementation (NumPy, slow) takes over.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.watermark.controls import shuffled
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.models.onnx import check_files, graph_of

Floats = NDArray[np.float64]
Scores = Callable[[Floats], Floats]


def onnx_scores(path: Path | str, output: str | None = None) -> Scores:
    """The model's scores (n, C) in float64; `output` names one of several, else the last float."""
    return _running(_widened(Path(path)), Path(path).name, output)


def onnx_shuffled(path: Path | str, seed: int, output: str | None = None) -> Scores:
    """The same with the numbers of every tensor in random order: a control that must not match."""
    from onnx import numpy_helper

    model = _widened(Path(path))
    mixed = 0
    for one in model.graph.initializer:
        values = numpy_helper.to_array(one)
        if values.dtype == np.float64 and values.size > 1:
            one.CopyFrom(numpy_helper.from_array(shuffled(values, 1, seed)[0], one.name))
            mixed += 1
    if not mixed:
        raise Refused(f"{Path(path).name}: keeps no weights in tensors, so none can be shuffled.")
    return _running(model, Path(path).name, output)


def _widened(path: Path) -> Any:
    """The model with every float32 made float64: tensors, inputs, outputs, casts."""
    import onnx
    from onnx import TensorProto, numpy_helper

    check_files(path)
    model = graph_of(path)
    onnx.load_external_data_for_model(model, str(path.parent))
    graph = model.graph

    def widen(one: Any) -> None:
        if one.data_type in (TensorProto.FLOAT, TensorProto.FLOAT16):
            values = numpy_helper.to_array(one).astype(np.float64)
            one.CopyFrom(numpy_helper.from_array(values, one.name))

    for one in graph.initializer:
        widen(one)
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                widen(attribute.t)
            elif node.op_type == "Cast" and attribute.name == "to" and attribute.i == 1:
                attribute.i = TensorProto.DOUBLE
    for value in (*graph.input, *graph.output):
        if value.type.tensor_type.elem_type in (TensorProto.FLOAT, TensorProto.FLOAT16):
            value.type.tensor_type.elem_type = TensorProto.DOUBLE
    del graph.value_info[:]
    return model


def _running(model: Any, name: str, output: str | None) -> Scores:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session: Any
    try:
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception:  # its kinds are many: no kernel, no type, no graph
        session = _reference(model, name)
    wanted, given = _output(model, name, output), model.graph.input[0].name

    def ask(x: Floats) -> Floats:
        try:
            return np.asarray(session.run([wanted], {given: x})[0], dtype=np.float64)
        except Exception as error:
            first = str(error).partition("\n")[0][:200]
            says = f"{name}: cannot be computed in float64 ({first})"
            raise Refused(f"{says}; verify it through its scores instead (black box)") from None

    return ask


def _reference(model: Any, name: str) -> Any:
    from onnx.reference import ReferenceEvaluator

    try:
        return ReferenceEvaluator(model)
    except Exception as error:
        first = str(error).partition("\n")[0][:200]
        says = f"{name}: cannot be computed in float64 ({first})"
        raise Refused(f"{says}; verify it through its scores instead (black box)") from None


def _output(model: Any, name: str, output: str | None) -> str:
    from onnx import TensorProto

    known = [
        one.name
        for one in model.graph.output
        if one.type.tensor_type.elem_type == TensorProto.DOUBLE
    ]
    if output is None and known:
        return str(known[-1])
    if output in known:
        return str(output)
    raise Refused(
        f"{name}: has no output {output or 'of scores'}; it has {', '.join(known) or 'none'}."
    )
