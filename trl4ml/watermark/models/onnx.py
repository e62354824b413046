"""ONNX: the initialisers of the graph, each with the layout that the node using it gives it."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

from numpy.typing import NDArray

from trl4ml.watermark.errors import Refused
from trl4ml.watermark.models.tensors import Tensor, checked, named

LARGEST = 2**31
"""Bytes of one protocol buffer: what the format itself allows."""


def tensors(path: Path) -> dict[str, Tensor]:
    """The initialisers and constants by name. Raises Refused."""
    from onnx.numpy_helper import to_array

    graph = graph_of(path).graph
    stored = {named(one.name): one for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            values = [a.t for a in node.attribute if a.name == "value" and a.HasField("t")]
            stored |= dict(zip(map(named, node.output), values, strict=False))
    layouts = _layouts(graph.node)
    found = {}
    for name, one in stored.items():
        shape = tuple(one.dims)
        if any(n < 0 for n in shape):
            raise Refused(f"{path.name}: {name} claims the shape {list(shape)}; fetch it again")
        outside = (
            {named(e.key): named(e.value) for e in one.external_data} if one.data_location else {}
        )
        if outside:
            _check_outside(path, name, outside)
        read = partial(_read, path, name, partial(to_array, one, base_dir=str(path.parent)))
        found[name] = Tensor(shape, layouts.get(name, ""), read)
    return dict(checked(path.name, found))


def graph_of(path: Path) -> Any:
    """The parsed model, without what it keeps in other files. Raises Refused."""
    import onnx

    if path.stat().st_size > LARGEST:
        raise Refused(f"{path.name}: is larger than an ONNX file can be (2 GiB)")
    try:
        model = onnx.load_model(str(path), load_external_data=False, format="protobuf")
    except Exception as error:  # the parser has kinds of its own
        raise Refused(f"{path.name}: is not a whole ONNX file ({error}); fetch it again") from None
    if not model.HasField("graph") or not model.graph.output:
        raise Refused(f"{path.name}: is not a whole ONNX file (no graph); fetch it again")
    return model


def check_files(path: Path) -> tuple[Path, ...]:
    """The other files that hold values of the model, all in its folder, sorted. Raises Refused."""
    found = set()
    model = graph_of(path)
    for one in _every_tensor(model):
        if one.data_location:
            told = {named(e.key): named(e.value) for e in one.external_data}
            _check_outside(path, one.name, told)
            found.add(path.parent / told["location"])
    return tuple(sorted(found))


def _every_tensor(part: Any) -> Iterator[Any]:
    """Every tensor of a model, graph or node: initialisers, constants, those of inner graphs."""
    if hasattr(part, "graph"):
        yield from _every_tensor(part.graph)
        nodes = [node for function in part.functions for node in function.node]
    else:
        yield from part.initializer
        for sparse in part.sparse_initializer:
            yield from (sparse.values, sparse.indices)
        nodes = part.node
    for attribute in (one for node in nodes for one in node.attribute):
        yield from (attribute.t, *attribute.tensors)
        for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
            yield from (sparse.values, sparse.indices)
        for inner in (attribute.g, *attribute.graphs):
            if inner.ByteSize():
                yield from _every_tensor(inner)


def _check_outside(path: Path, name: str, told: Mapping[str, str]) -> None:
    """That values kept in another file lie whole in a plain file of the same folder."""
    location = told.get("location", "")
    parts = PurePosixPath(location).parts
    if not parts or ".." in parts or location.startswith("/") or "\\" in location:
        raise Refused(f"{path.name}: {name} keeps its values in {location!r}, which is outside its "
                      "folder; it is not opened: fetch the model from its source")  # fmt: skip
    file = path.parent / location
    within = file.resolve().is_relative_to(path.parent.resolve())
    if not file.is_file() or file.is_symlink() or not within:
        raise Refused(f"{path.name}: {name} keeps its values in {location}, which is not a file "
                      "here; fetch the whole model")  # fmt: skip
    try:
        end = int(told.get("offset") or 0) + int(told.get("length") or 0)
    except ValueError:
        end = file.stat().st_size + 1
    if end > file.stat().st_size:
        raise Refused(f"{location}: is shorter than {path.name} says of {name}; fetch it again")


def _layouts(nodes: Iterable[Any]) -> dict[str, str]:
    """Layout by initialiser: Gemm and MatMul say it by how they multiply, Conv by its definition."""
    found = {}
    for node in nodes:
        weight = named(node.input[1]) if len(node.input) > 1 else ""
        if node.op_type == "Gemm":
            transposed = any(a.name == "transB" and a.i for a in node.attribute)
            found[weight] = "oi" if transposed else "io"
        elif node.op_type == "MatMul":
            found[weight] = "io"
        elif node.op_type == "Conv":
            found[weight] = "oihw"
    return found


def _read(path: Path, name: str, read: partial[NDArray[Any]]) -> NDArray[Any]:
    tensor = read.args[0]
    try:
        values: NDArray[Any] = read()
    except (ValueError, TypeError, OSError, OverflowError, KeyError, RuntimeError) as error:
        first = str(error).partition("\n")[0][:200]
        says = f"{path.name}: {name} cannot be read ({first}); fetch the file again"
        raise Refused(says) from None
    if values.size != prod(tensor.dims) or values.dtype.kind not in "fiub":
        raise Refused(f"{path.name}: {name} holds {values.dtype}, not numbers; name another layer")
    return values
