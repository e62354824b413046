"""Asks an exported model: ONNX Runtime on one core, the same bytes every time."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.watermark.asking.oracle import Oracle
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.models.onnx import check_files

KINDS = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
         "tensor(uint8)": np.uint8, "tensor(int64)": np.int64}  # fmt: skip
AT_ONCE = 1024


def asked_onnx(
    path: Path | str,
    output: str | None = None,
    returns: str = "probabilities",
    budget: int | None = None,
) -> Oracle:
    """The model in an ONNX file of one input. Raises Refused, which lists the outputs.

    Without `output` it is the only one, the one called probabilities or output_probability, or (for
    labels) the only one of integers.
    """
    file = Path(path)
    session = _session(file)
    if len(session.get_inputs()) != 1:
        names = ", ".join(one.name for one in session.get_inputs())
        raise Refused(f"{file.name}: has several inputs ({names}); give a callable that fills them")
    given = session.get_inputs()[0]
    if given.type not in KINDS:
        raise Refused(f"{file.name}: its input is {given.type}, not numbers; give a callable")
    wanted = _output(file, session.get_outputs(), output, returns)
    fixed = given.shape[0] if given.shape and isinstance(given.shape[0], int) else AT_ONCE

    def answer(inputs: NDArray[Any]) -> NDArray[Any]:
        rows = inputs.astype(KINDS[given.type])
        parts = [rows[n : n + fixed] for n in range(0, len(rows), fixed)]
        return np.concatenate([_ran(file, session, wanted, {given.name: one}) for one in parts])

    return Oracle(file.name, answer, returns, budget)


def _session(file: Path) -> Any:
    import onnxruntime

    check_files(file)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(file), options, ["CPUExecutionProvider"])
    except Exception as error:  # the runtime has an exception for each of its states
        raise Refused(f"{file.name}: ONNX Runtime cannot load it ({_first(error)}); export it anew"
                      ) from None  # fmt: skip


def _output(file: Path, outputs: list[Any], name: str | None, returns: str) -> str:
    names = [one.name for one in outputs]
    if name is not None:
        found = [one for one in names if one == name]
    elif returns == "labels":
        found = [one.name for one in outputs if one.type == "tensor(int64)"]
    else:
        known = ("probabilities", "output_probability")
        found = names if len(names) == 1 else [one for one in names if one in known]
    if len(found) != 1:
        says = f"has no output {name}" if name else f"does not tell which output holds {returns}"
        raise Refused(f"{file.name}: {says}; name one of {', '.join(names)}")
    return str(found[0])


def _ran(file: Path, session: Any, output: str, given: dict[str, NDArray[Any]]) -> NDArray[Any]:
    try:
        (found,) = session.run([output], given)
    except Exception as error:  # as above
        shape = next(iter(given.values())).shape
        raise Refused(f"{file.name}: cannot be asked with inputs of shape {list(shape)} "
                      f"({_first(error)}); give inputs as the model wants them") from None  # fmt: skip
    if isinstance(found, list):  # what scikit-learn's ZipMap makes: a mapping per row
        return np.array([[row[key] for key in sorted(row)] for row in found])
    return np.asarray(found)


def _first(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
