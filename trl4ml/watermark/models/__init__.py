"""The weights of a model file, by name. No format is run: a pickle is never loaded.

    weights("model.safetensors").layer("encoder.0.weight")

The format is told by the first bytes, not by the name.
"""

import hashlib
import stat
from pathlib import Path

from trl4ml.watermark.errors import Refused
from trl4ml.watermark.models.tensors import Tensor, Weights

__all__ = ["Tensor", "Weights", "weights"]


def weights(path: Path | str) -> Weights:
    """The tensors of an ONNX, safetensors, state_dict, .keras or HDF5 file. Raises Refused."""
    file = Path(path)
    format = _format(file)
    if format == "onnx":
        from trl4ml.watermark.models.onnx import tensors
    elif format == "safetensors":
        from trl4ml.watermark.models.safetensors import tensors
    elif format == "state_dict":
        from trl4ml.watermark.models.state_dict import tensors
    else:
        from trl4ml.watermark.models.keras import tensors
    found = tensors(file)
    return Weights(file.name, format, _digest(file, _beside(file, format)), found)


def _beside(file: Path, format: str) -> tuple[Path, ...]:
    """The files that hold values of the model besides its own."""
    if format != "onnx":
        return ()
    from trl4ml.watermark.models.onnx import check_files

    return check_files(file)


def _digest(file: Path, beside: tuple[Path, ...]) -> str:
    """SHA-256 of the file; of the digests and names of all of them where there are several."""
    lines = []
    for one in (file, *beside):
        with one.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        lines.append(f"{digest}  {one.relative_to(file.parent).as_posix()}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest() if beside else lines[0][:64]


def _format(file: Path) -> str:
    """The format by the first bytes. Raises Refused."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise Refused(f"{file}: is not a file; give one model file")
        with file.open("rb") as opened:
            first = opened.read(16)
    except OSError as error:
        says = f"{file}: cannot be read ({error.strerror}); give the path of the model"
        raise Refused(says) from None
    if first[:8] == b"\x89HDF\r\n\x1a\n":
        return "keras"
    if first[:2] == b"PK":
        return _archive(file)
    if first[8:9] == b"{" and len(first) > 8:
        return "safetensors"
    if first[:1] == b"\x80" and first[1:2] in b"\x02\x03\x04\x05":
        raise Refused(f"{file.name}: is a bare pickle, which can run anything and is never loaded; "
                      "save the weights as safetensors")  # fmt: skip
    if first[:1] == b"\x08":  # field 1 of an ONNX model: its version
        return "onnx"
    raise Refused(f"{file.name}: is no model file that is read here; give ONNX, safetensors, a "
                  "state_dict saved by PyTorch, .keras or HDF5 weights")  # fmt: skip


def _archive(file: Path) -> str:
    from trl4ml.watermark.models.archives import members

    names = members(file)
    if any(name == "data.pkl" or name.endswith("/data.pkl") for name in names):
        return "state_dict"
    if "model.weights.h5" in names or "metadata.json" in names:
        return "keras"
    raise Refused(f"{file.name}: is an archive of no known kind of model; give a .keras file, or a "
                  "state_dict saved by PyTorch")  # fmt: skip
