"""A PyTorch state_dict, saved by torch.save(model.state_dict(), …).

The file is a zip archive around a pickle. It is read by torch.load(weights_only=True), which builds
tensors and plain containers and refuses every other name in the pickle; nothing else ever opens it.
That needs PyTorch: the extra watermark-train. safetensors needs neither.
"""

import pickle
import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.watermark.errors import Refused
from trl4ml.watermark.models.archives import members
from trl4ml.watermark.models.tensors import Tensor, checked, torch_layout

REMEDY = "save it anew as safetensors, or with torch.save(model.state_dict(), …)"
DEEPEST = 5


def tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of the file; those of nested mappings are named with dots. Raises Refused."""
    names = members(path)
    if any(name.endswith("/constants.pkl") for name in names):
        raise Refused(f"{path.name}: is TorchScript, which is a program; {REMEDY}")
    loaded = _loaded(path)
    if not isinstance(loaded, Mapping):
        raise Refused(f"{path.name}: holds a {type(loaded).__name__}, not named weights; {REMEDY}")
    found = {name: _tensor(path, name, one) for name, one in _flat(loaded)}
    return dict(checked(path.name, found))


def _loaded(path: Path) -> Any:
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except pickle.UnpicklingError:
        says = "holds more than weights, and a pickle can run anything, so it is not opened"
        raise Refused(f"{path.name}: {says}; {REMEDY}") from None
    except Exception as error:  # torch raises nearly every kind on a broken file
        first = str(error).partition("\n")[0][:200]
        raise Refused(f"{path.name}: is not a whole state_dict ({first}); {REMEDY}") from None


def _flat(loaded: Mapping[Any, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Name and tensor of each; counters and settings beside them are passed over."""
    for key, value in loaded.items():
        name = f"{before}{key}"
        if hasattr(value, "untyped_storage"):
            yield name, value
        elif isinstance(value, Mapping) and depth < DEEPEST:
            yield from _flat(value, f"{name}.", depth + 1)


def _tensor(path: Path, name: str, tensor: Any) -> Tensor:
    shape = tuple(int(n) for n in tensor.shape)
    strided = str(tensor.layout) == "torch.strided" and not tensor.is_quantized
    if not strided:
        raise Refused(f"{path.name}: {name} is sparse or quantised; save it dense, as float")
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise Refused(f"{path.name}: {name} claims the shape {list(shape)} on a few stored values; "
                      "no trained layer does, so it is not unfolded")  # fmt: skip
    return Tensor(shape, torch_layout(shape), partial(_read, tensor))


def _read(tensor: Any) -> NDArray[Any]:
    values: NDArray[Any] = tensor.detach().double().contiguous().numpy()
    return np.array(values)
