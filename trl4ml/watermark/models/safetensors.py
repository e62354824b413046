"""safetensors: a header of names, types and offsets, then raw bytes. Nothing in it is ever run."""

from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.dense import loads
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.models.tensors import Tensor, checked, keras_layout, torch_layout

KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2",
         "I8": "i1", "I16": "<i2", "I32": "<i4", "I64": "<i8", "U8": "u1", "BOOL": "?"}  # fmt: skip
LARGEST_HEADER = 100_000_000
MOST_AXES = 32


def tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of the file. Raises Refused when header and size do not fit together."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > min(LARGEST_HEADER, size - 8):
            raise Refused(f"{path.name}: is not a whole safetensors file: the header claims {length:,} "
                          f"bytes of {size:,}; fetch it again")  # fmt: skip
        header = _parsed(path, file.read(length))
    told = header.pop("__metadata__", {})
    by = str(told.get("format")) if isinstance(told, dict) else ""
    found = {}
    for name, entry in header.items():
        kind, shape, begin = _entry(path, name, entry, size - 8 - length)
        read = partial(_read, path, kind, shape, 8 + length + begin)
        found[name] = Tensor(shape, _layout(by, shape), read)
    return dict(checked(path.name, found))


def _layout(by: str, shape: tuple[int, ...]) -> str:
    """The layout of the framework that saved the file, as far as it says which."""
    if by == "pt":
        return torch_layout(shape)
    return keras_layout(shape) if by in ("tf", "flax") else ""


def _parsed(path: Path, text: bytes) -> dict[str, Any]:
    try:
        header = loads(text, pairs=_once)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise Refused(
            f"{path.name}: the header of the safetensors file is not JSON, or names something "
            "twice; fetch it again"
        )
    return header


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are unique: of two tensors by one name readers take different ones."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _entry(path: Path, name: str, entry: Any, room: int) -> tuple[str, tuple[int, ...], int]:
    """Type, shape and first byte of one tensor."""
    try:
        kind, shape = KINDS[entry["dtype"]], tuple(entry["shape"])
        begin, end = entry["data_offsets"]
    except (KeyError, TypeError, ValueError):
        given = entry.get("dtype") if isinstance(entry, dict) else None
        raise Refused(f"{path.name}: {name} has the type {given}, which is not read here; "
                      "save it as float") from None  # fmt: skip
    whole = all(type(n) is int and 0 <= n < 2**63 for n in (*shape, begin, end))
    if (
        not whole
        or len(shape) > MOST_AXES
        or end > room
        or end - begin != prod(shape) * np.dtype(kind).itemsize
    ):
        raise Refused(f"{path.name}: {name} claims bytes {begin} to {end} for the shape "
                      f"{list(shape)}, of {room:,} there are; fetch the file again")  # fmt: skip
    return (entry["dtype"], shape, begin)


def _read(path: Path, kind: str, shape: tuple[int, ...], offset: int) -> NDArray[Any]:
    values = np.fromfile(path, KINDS[kind], prod(shape), offset=offset)
    if kind == "BF16":  # the upper half of a float32
        return (values.astype("<u4") << 16).view("<f4")
    return values
