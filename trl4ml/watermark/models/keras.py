"""Keras: a .keras archive, or HDF5 weights. Only the numbers are read, never the configuration."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from trl4ml.watermark.errors import Refused
from trl4ml.watermark.models.archives import content, members
from trl4ml.watermark.models.tensors import Tensor, checked, keras_layout, named

INSIDE = "model.weights.h5"
OPTIMISER = ("optimizer", "optimizer_weights")
DEEPEST = 30
RATIO = 1000


def tensors(path: Path) -> dict[str, Tensor]:
    """The weights by their path in the HDF5 file, the optimiser's left out. Raises Refused."""
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return _weights(path, path)
    names = members(path)
    if INSIDE not in names:
        raise Refused(
            f"{path.name}: has no {INSIDE}; give a .keras file of Keras 3, or its weights"
        )
    return _weights(path, io.BytesIO(content(path, names[INSIDE])))


def _weights(path: Path, source: Path | io.BytesIO) -> dict[str, Tensor]:
    import h5py

    try:
        with h5py.File(source, "r") as file:
            found = {n: _tensor(path, source, n, one) for n, one in _walk(path, file, "", set())}
    except (OSError, RuntimeError, KeyError, ValueError, RecursionError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused(f"{path.name}: is not a whole HDF5 file ({_first(error)}); fetch it again"
                      ) from None  # fmt: skip
    return dict(checked(path.name, found))


def _walk(path: Path, group: Any, before: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Each dataset of numbers; a link that leaves the file is refused, a group met twice too."""
    import h5py

    address = h5py.h5o.get_info(group.id).addr
    if address in seen or before.count("/") > DEEPEST:
        raise Refused(
            f"{path.name}: {before} lies deeper than {DEEPEST}, or in two places; save it anew"
        )
    seen.add(address)
    for key in sorted(group, key=named):
        name = f"{before}{named(key)}"
        if name in OPTIMISER:
            continue
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise Refused(f"{path.name}: {name} is a link to elsewhere; save the model whole")
        one = group[key]
        if isinstance(one, h5py.Group):
            yield from _walk(path, one, f"{name}/", seen)
        elif isinstance(one, h5py.Dataset) and one.dtype.kind in "fiu":
            yield name, one


def _tensor(path: Path, source: Path | io.BytesIO, name: str, dataset: Any) -> Tensor:
    if dataset.is_virtual or dataset.external:
        raise Refused(f"{path.name}: {name} keeps its values in another file; save the model whole")
    if dataset.nbytes > 2**20 and dataset.nbytes > RATIO * dataset.id.get_storage_size():
        raise Refused(f"{path.name}: {name} claims {dataset.nbytes:,} bytes and stores "
                      f"{dataset.id.get_storage_size():,}; no weights do, so it is not opened")  # fmt: skip
    shape = tuple(int(n) for n in dataset.shape)
    return Tensor(shape, keras_layout(shape), partial(_read, path, source, name))


def _read(path: Path, source: Path | io.BytesIO, name: str) -> NDArray[Any]:
    import h5py

    try:
        with h5py.File(source, "r") as file:
            values: NDArray[Any] = file[name][()]
            return values
    except (OSError, RuntimeError, KeyError) as error:
        says = f"{path.name}: {name} cannot be read ({_first(error)}); fetch the file again"
        raise Refused(says) from None


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
