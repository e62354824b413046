"""What every format of model file is read into: named tensors, each read when it is asked for."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.watermark.errors import Refused

Array = NDArray[np.float64]
LARGEST = 8 * 2**30
"""Bytes that one tensor may have as float64."""
MOST_TENSORS = 100_000
SHOWN = 12


@dataclass(frozen=True)
class Tensor:
    """One tensor of a file, not yet read."""

    shape: tuple[int, ...]
    layout: str
    """`oi` or `io` (dense: outputs × inputs or the reverse), `oihw` or `hwio` (convolution);
    empty where the file does not tell."""
    read: Callable[[], NDArray[Any]]


@dataclass(frozen=True)
class Weights:
    """The tensors of one model file by name.

    `format` is onnx, safetensors, state_dict or keras; `digest` is the SHA-256 of the file
    (of all their digests where an ONNX model keeps values in other files).
    """

    file: str
    format: str
    digest: str
    tensors: Mapping[str, Tensor]

    def layer(self, name: str) -> Array:
        """The tensor as float64, in the file's layout. Raises Refused, which lists candidates."""
        tensor = self._found(name)
        if 8 * prod(tensor.shape) > LARGEST:
            raise Refused(f"{self.file}: {name} has the shape {tensor.shape}, which is more than "
                          f"{LARGEST // 2**30} GiB; name a smaller layer")  # fmt: skip
        with np.errstate(invalid="ignore"):  # NaN is refused below, in words
            values = np.asarray(tensor.read(), dtype=np.float64).reshape(tensor.shape)
        if not np.isfinite(values).all():
            raise Refused(f"{self.file}: {name} holds NaN or infinity; give a model whose weights "
                          "are finite")  # fmt: skip
        return values

    def layout(self, name: str) -> str:
        """Which axis means what; empty where the file does not tell."""
        return self._found(name).layout

    def candidates(self, axes: int = 2) -> list[str]:
        """Names and shapes of the tensors that have at least so many axes."""
        found = self.tensors.items()
        return [f"{name} {list(one.shape)}" for name, one in found if len(one.shape) >= axes]

    def _found(self, name: str) -> Tensor:
        if name in self.tensors:
            return self.tensors[name]
        near = difflib.get_close_matches(name, self.tensors, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        listed = self.candidates() or self.candidates(0) or ["none at all"]
        more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
        says = f"{self.file}: there is no layer {name}{hint}"
        raise Refused(f"{says}; it has {', '.join(listed[:SHOWN])}{more}")


def checked(file: str, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The tensors, sorted by name. Raises Refused when there is none, or far too many."""
    if not tensors:
        raise Refused(f"{file}: holds no weights; give the file that was trained")
    if len(tensors) > MOST_TENSORS:
        raise Refused(f"{file}: holds {len(tensors):,} tensors; {MOST_TENSORS:,} are the limit")
    return dict(sorted(tensors.items()))


def named(name: str | bytes) -> str:
    """A name as text; bytes that are no UTF-8 are shown as escapes."""
    return name if isinstance(name, str) else name.decode(errors="backslashreplace")


def torch_layout(shape: tuple[int, ...]) -> str:
    """How PyTorch lays out a weight of that many axes."""
    return {2: "oi", 4: "oihw"}.get(len(shape), "")


def keras_layout(shape: tuple[int, ...]) -> str:
    """How Keras lays out a kernel of that many axes."""
    return {2: "io", 4: "hwio"}.get(len(shape), "")
