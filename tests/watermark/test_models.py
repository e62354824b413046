"""The weights of a model as it comes, in every format; and files that mean no good."""

import io
import json
import os
import pickle
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from trl4ml.watermark.errors import Refused
from trl4ml.watermark.models import weights

KERNEL = np.arange(12, dtype=np.float32).reshape(4, 3) / 7
BIAS = np.array([1, -2, 3], dtype=np.float32)


def onnx_file(path: Path, transposed: bool = False, outside: str = "") -> Path:
    kernel = numpy_helper.from_array(KERNEL.T.copy() if transposed else KERNEL, "dense.weight")
    if outside:
        kernel.ClearField("raw_data")
        kernel.data_location = TensorProto.EXTERNAL
        kernel.external_data.add(key="location", value=outside)
        kernel.external_data.add(key="length", value="48")
    nodes = [
        helper.make_node("Gemm", ["x", "dense.weight", "dense.bias"], ["y"], transB=int(transposed))
    ]
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 3])],
        [kernel, numpy_helper.from_array(BIAS, "dense.bias")],
    )  # fmt: skip
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


def safetensors_file(path: Path, **metadata: str) -> Path:
    save_file({"dense.weight": KERNEL, "dense.bias": BIAS}, path, metadata or None)
    return path


def hdf5(target: Any) -> None:
    with h5py.File(target, "w") as file:
        file["layers/dense/vars/0"] = KERNEL
        file["layers/dense/vars/1"] = BIAS
        file["optimizer/vars/0"] = KERNEL


def keras_file(path: Path) -> Path:
    inside = io.BytesIO()
    hdf5(inside)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.11.0"}')
        archive.writestr("config.json", '{"class_name": "builtins.exec"}')
        archive.writestr("model.weights.h5", inside.getvalue())
    return path


def hdf5_file(path: Path) -> Path:
    hdf5(path)
    return path


MADE: dict[str, tuple[Callable[[Path], Path], str, str, str]] = {
    "model.onnx": (onnx_file, "onnx", "dense.weight", "io"),
    "model.safetensors": (safetensors_file, "safetensors", "dense.weight", ""),
    "model.keras": (keras_file, "keras", "layers/dense/vars/0", "io"),
    "model.weights.h5": (hdf5_file, "keras", "layers/dense/vars/0", "io"),
}


@pytest.mark.parametrize("name", MADE)
def test_a_layer_is_read_by_name_whatever_the_file_is_called(tmp_path: Path, name: str) -> None:
    make, format, layer, layout = MADE[name]
    for file in (make(tmp_path / name), make(tmp_path / "anything")):
        found = weights(file)
        assert (found.format, found.layout(layer)) == (format, layout)
        assert found.layer(layer).dtype == np.float64
        assert np.array_equal(found.layer(layer), KERNEL)
        assert len(found.digest) == 64


def test_the_layout_is_what_the_file_tells(tmp_path: Path) -> None:
    transposed = weights(onnx_file(tmp_path / "a.onnx", transposed=True))
    assert (transposed.layout("dense.weight"), transposed.layout("dense.bias")) == ("oi", "")
    assert np.array_equal(transposed.layer("dense.weight"), KERNEL.T)
    torch = weights(safetensors_file(tmp_path / "b", format="pt"))
    assert torch.layout("dense.weight") == "oi"
    flax = weights(safetensors_file(tmp_path / "c", format="flax"))
    assert flax.layout("dense.weight") == "io"


def test_half_precision_of_both_kinds_is_read(tmp_path: Path) -> None:
    header = json.dumps({
        "b": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]},
        "h": {"dtype": "F16", "shape": [2], "data_offsets": [4, 8]},
    }).encode()  # fmt: skip
    upper = (np.array([1.5, -2], dtype="<f4").view("<u4") >> 16).astype("<u2").tobytes()
    body = upper + np.array([0.5, 3], dtype="<f2").tobytes()
    file = tmp_path / "half"
    file.write_bytes(struct.pack("<Q", len(header)) + header + body)
    assert weights(file).layer("b").tolist() == [1.5, -2]
    assert weights(file).layer("h").tolist() == [0.5, 3]


def test_a_layer_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    found = weights(onnx_file(tmp_path / "m.onnx"))
    with pytest.raises(Refused) as error:
        found.layer("dense.weights")
    assert str(error.value) == (
        "m.onnx: there is no layer dense.weights; did you mean dense.weight?; "
        "it has dense.weight [4, 3]"
    )


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    save_file({"w": np.array([1, np.nan], dtype=np.float32)}, tmp_path / "m")
    with pytest.raises(Refused, match="m: w holds NaN or infinity; give a model whose weights are"):
        weights(tmp_path / "m").layer("w")


def with_header(path: Path, header: Any, body: bytes = b"", claims: int | None = None) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if claims is None else claims) + text + body)
    return path


BAD_SAFETENSORS = {
    "a header longer than the file": (b'{"a"', b"", 10**15, "the header claims 1,000,000,000,000,000 bytes of 12; fetch it again"),
    "a header that is not JSON": (b"{nonsense", b"", None, "the header of the safetensors file is not JSON"),
    "a shape larger than the file": ({"a": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4]}}, b"0000", None, "a claims bytes 0 to 4 for the shape [1000000000000], of 4 there are"),
    "bytes behind the end": ({"a": {"dtype": "U8", "shape": [9], "data_offsets": [0, 9]}}, b"0000", None, "a claims bytes 0 to 9 for the shape [9], of 4 there are"),
    "negative offsets": ({"a": {"dtype": "U8", "shape": [4], "data_offsets": [-4, 0]}}, b"0000", None, "a claims bytes -4 to 0"),
    "a type unknown": ({"a": {"dtype": "Q4", "shape": [1], "data_offsets": [0, 1]}}, b"0", None, "a has the type Q4, which is not read here; save it as float"),
    "no tensor": ({"__metadata__": {"format": "pt"}}, b"", None, "holds no weights; give the file that was trained"),
    "an entry that is a list": ({"a": []}, b"", None, "a has the type None"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_SAFETENSORS)
def test_a_safetensors_file_that_lies_is_refused(tmp_path: Path, case: str) -> None:
    header, body, claims, says = BAD_SAFETENSORS[case]
    with pytest.raises(Refused) as error:
        weights(with_header(tmp_path / "m", header, body, claims))
    assert says in str(error.value)


def test_every_truncation_is_refused_or_read_whole(tmp_path: Path) -> None:
    for name, (make, _, layer, _) in MADE.items():
        whole = make(tmp_path / name).read_bytes()
        cut = tmp_path / f"cut-{name}"
        for length in range(0, len(whole), max(1, len(whole) // 40)):
            cut.write_bytes(whole[:length])
            try:
                assert np.array_equal(weights(cut).layer(layer), KERNEL), length
            except Refused:
                continue


def test_hdf5_that_doubles_in_every_group_is_refused_at_once(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.h5", "w") as file:
        inner = file.create_group("0")
        for n in range(1, 28):
            outer = file.create_group(str(n))
            outer["a"] = outer["b"] = inner
            inner = outer
    with pytest.raises(Refused, match="in two places; save it anew"):
        weights(tmp_path / "m.h5")


@given(
    st.sampled_from(sorted(MADE)),
    st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=9
    ),
)
@settings(max_examples=300, deadline=None)
def test_flipped_bytes_are_read_or_refused_and_nothing_else(
    name: str, flips: list[tuple[float, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        content = bytearray(MADE[name][0](Path(folder) / name).read_bytes())
        for place, byte in flips:
            content[int(place * len(content))] = byte
        (Path(folder) / "m").write_bytes(content)
        try:
            found = weights(Path(folder) / "m")
            for layer in found.tensors:
                found.layer(layer)
        except Refused as refused:
            assert "\n" not in str(refused)


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {tmp_path / 'sprung'}",)

    (tmp_path / "m.pkl").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(Refused, match="a bare pickle, which can run anything and is never loaded"):
        weights(tmp_path / "m.pkl")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../b", "c:/evil", "a\\b"])
def test_an_archive_whose_names_lead_out_is_not_opened(tmp_path: Path, name: str) -> None:
    file = keras_file(tmp_path / "m.keras")
    with zipfile.ZipFile(file, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, "evil")
    with pytest.raises(Refused, match="leads out of the archive; it is not opened"):
        weights(file)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "m.keras"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(8_000_000))
    with pytest.raises(Refused, match=r"unpacks from 7,[0-9]+ bytes to 8,000,000; no weights do"):
        weights(file)


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    file = keras_file(tmp_path / "m.keras")
    with pytest.warns(UserWarning), zipfile.ZipFile(file, "a") as archive:
        archive.writestr("model.weights.h5", "other")
    with pytest.raises(Refused, match=r"m\.keras: two members have one name"):
        weights(file)


def test_an_archive_of_something_else_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("readme", "hello")
    with pytest.raises(Refused, match="is an archive of no known kind of model"):
        weights(tmp_path / "m.zip")


@pytest.mark.parametrize("kind", ["soft", "external"])
def test_hdf5_that_links_elsewhere_is_refused(tmp_path: Path, kind: str) -> None:
    file = hdf5_file(tmp_path / "m.h5")
    with h5py.File(file, "a") as opened:
        link = h5py.ExternalLink("/etc/passwd", "/x") if kind == "external" else h5py.SoftLink("/x")
        opened["layers/evil"] = link
    with pytest.raises(Refused, match="layers/evil is a link to elsewhere; save the model whole"):
        weights(file)


def test_hdf5_that_claims_much_and_stores_nothing_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.create_dataset("w", (10**6, 10**6), "f4", chunks=(1000, 1000))
    with pytest.raises(Refused, match="w claims 4,000,000,000,000 bytes and stores 0"):
        weights(tmp_path / "m.h5")


def test_hdf5_in_a_circle_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.h5", "w") as file:
        group = file.create_group("a")
        group["again"] = group
    with pytest.raises(Refused, match="a/again/ lies deeper than 30, or in two places"):
        weights(tmp_path / "m.h5")


def test_hdf5_whose_values_lie_in_another_file_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.create_dataset("w", (4,), "f4", external=[("/etc/passwd", 0, 16)])
    with pytest.raises(Refused, match="w keeps its values in another file"):
        weights(tmp_path / "m.h5")


@pytest.mark.parametrize("place", ["../secret", "/etc/passwd", "a/../../b", ""])
def test_onnx_that_reads_outside_its_folder_is_refused(tmp_path: Path, place: str) -> None:
    file = onnx_file(tmp_path / "m.onnx", outside=place or "\\")
    with pytest.raises(Refused, match="outside its folder; it is not opened"):
        weights(file)


def test_onnx_with_values_beside_it_is_read_when_they_are_whole(tmp_path: Path) -> None:
    file = onnx_file(tmp_path / "m.onnx", outside="m.data")
    with pytest.raises(Refused, match=r"keeps its values in m\.data, which is not a file here"):
        weights(file)
    (tmp_path / "m.data").write_bytes(KERNEL.tobytes()[:40])
    with pytest.raises(Refused, match=r"m\.data: is shorter than m\.onnx says of dense\.weight"):
        weights(file)
    (tmp_path / "m.data").write_bytes(KERNEL.tobytes())
    assert np.array_equal(weights(file).layer("dense.weight"), KERNEL)
    (tmp_path / "m.data").rename(tmp_path / "real")
    (tmp_path / "m.data").symlink_to(tmp_path / "real")
    with pytest.raises(Refused, match="which is not a file here"):
        weights(file)


def test_onnx_whose_shape_does_not_fit_its_values_is_refused(tmp_path: Path) -> None:
    model = onnx.load(onnx_file(tmp_path / "m.onnx"))
    model.graph.initializer[0].dims[0] = 5
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(Refused, match=r"m\.onnx: dense\.weight cannot be read"):
        weights(tmp_path / "m.onnx").layer("dense.weight")
    model.graph.initializer[0].dims[0] = 2**40
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(Refused, match="which is more than 8 GiB; name a smaller layer"):
        weights(tmp_path / "m.onnx").layer("dense.weight")


@pytest.mark.parametrize(("content", "says"), [
    (b"", "is no model file that is read here"),
    (b"hello", "is no model file that is read here"),
    (b"\x08\x01\xff\xff\xff", "is not a whole ONNX file"),
    (b"PK\x03\x04nonsense", "the archive is broken"),
    (b"\x89HDF\r\n\x1a\nnonsense", "is not a whole HDF5 file"),
])  # fmt: skip
def test_what_is_no_model_is_said_in_one_sentence(
    tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(Refused, match=says) as error:
        weights(tmp_path / "m")
    assert "\n" not in str(error.value)


def test_no_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(
        Refused, match="cannot be read \\(No such file or directory\\); give the path"
    ):
        weights(tmp_path / "gone")
    with pytest.raises(Refused, match="is not a file; give one model file"):
        weights(tmp_path)
