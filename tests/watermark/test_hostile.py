"""Keys, journals, addresses and models that mean no good, or that were only half written."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.watermark.serving import ok, serving
from trl4ml.watermark import controls, gradsigns, keys, trigger_set, uchida
from trl4ml.watermark.asking.endpoint import asked_endpoint
from trl4ml.watermark.asking.request import Request, request_in
from trl4ml.watermark.asking.table import asked_table, inputs_in
from trl4ml.watermark.custody import read_secret, write_secret
from trl4ml.watermark.double import onnx_shuffled
from trl4ml.watermark.errors import NoSignal, Refused
from trl4ml.watermark.models import weights
from trl4ml.watermark.null import Tally
from trl4ml.watermark.schemes import regrown

SEED = bytes(range(32))


def a_key(**more: Any) -> keys.Key:
    terms: dict[str, Any] = {"layer": "w", "shape": [32, 64], "bits": 48, **more}
    return uchida.keygen(SEED, salt=SEED, **terms)


@pytest.mark.parametrize(("terms", "says"), [
    ({"bits": 10**13}, "The key's matrix would take 30,720,000,000,000,000 bytes: ask for a smaller"),
    ({"bits": 2.5}, "The key's terms are not those of uchida: take the original, or other terms ("),
    ({"shape": [[1], [2]]}, "The key's terms are not those of uchida"),
    ({"shape": None}, "The key's terms are not those of uchida"),
    ({"layout": ["oi"]}, "The key's terms are not those of uchida"),
    ({"bits": True, "alpha": "x"}, "The term alpha is 'x'; give a number."),
])  # fmt: skip
def test_a_secret_whose_terms_make_no_key_is_one_sentence(
    tmp_path: Path, terms: dict[str, Any], says: str
) -> None:
    file = tmp_path / "k.json"
    write_secret(a_key(), file)
    told = json.loads(file.read_text())
    file.write_text(json.dumps({**told, "terms": {**told["terms"], **terms}}))
    with pytest.raises(Refused) as error:
        regrown(read_secret(file))
    assert str(error.value).startswith(says)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", [
    '{"format": "trl4ml watermark secret 1", "version": ' + "1" * 5000 + "}",
    '{"format": "trl4ml watermark secret 1", "version": 1e999, "seed": null, "scheme": "uchida", '
    '"terms": {}, "salt": "' + "00" * 32 + '", "arrays": {}}',
])  # fmt: skip
def test_numbers_beyond_every_bound_are_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "k.json").write_text(text)
    (tmp_path / "k.json").chmod(0o600)
    with pytest.raises(Refused, match=r"k\.json: not (JSON; give the file|a whole key \(cannot)"):
        read_secret(tmp_path / "k.json")


@pytest.mark.parametrize("arrays", [
    {}, {"matrix": np.ones((48, 64))}, {"matrix": np.ones(64), "message": np.tile([0, 1], 24)},
    {"matrix": np.ones((48, 64)), "message": np.empty(0)},
])  # fmt: skip
def test_a_free_form_key_without_its_arrays_is_refused(arrays: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"^A key of uchida holds matrix, message, and this one does"):
        uchida.verify(np.ones((32, 64)), replace(a_key(), seed=None, arrays=arrays), None)


def test_a_free_form_message_is_named_as_an_assumption() -> None:
    key, layer = a_key(), np.random.RandomState(0).randn(32, 64)
    free = replace(key, seed=None)
    assert any("drawn at random" in one for one in uchida.verify(layer, free, None).assumptions)
    assert not any("drawn at random" in one for one in uchida.verify(layer, key, None).assumptions)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_leaves_no_half_a_key(tmp_path: Path) -> None:
    with files_of_at_most(100), pytest.raises(Refused, match="cannot be written"):
        write_secret(a_key(), tmp_path / "k.json")
    assert not list(tmp_path.iterdir())
    write_secret(a_key(), tmp_path / "k.json")


@pytest.mark.parametrize("tree", [".git", ".hg", ".svn", ".jj"])
def test_a_key_lies_outside_every_repository(tmp_path: Path, tree: str) -> None:
    (tmp_path / tree).mkdir()
    (tmp_path / "a").mkdir()
    with pytest.raises(Refused, match=f"lies in the {tree[1:]} work tree {tmp_path}: keep a key"):
        write_secret(a_key(), tmp_path / "a" / "k.json")


def test_a_control_that_cannot_fail_was_not_run() -> None:
    one = controls.below("shuffled weights", [Tally(10, 20)] * 20, 1e-6)
    assert (one.passed, one.detail) == (None, "20 bits are too few for it to fail")


def test_a_layer_of_one_output_has_no_wrong_layout_that_would_match() -> None:
    key = a_key(shape=[1, 256])
    layer = np.linalg.pinv(key.arrays["matrix"]) @ (2.0 * key.arrays["message"] - 1)
    commitment = keys.commit(key, "2026-01-01", "a tag")
    found = uchida.verify(layer[None], key, commitment, released="2026-02-01")
    assert found.status == "detected"
    assert {one.name: one.passed for one in found.controls}["wrong layout"] is None


@pytest.mark.parametrize("shape", [[8], [1, 8], [8, 1], [1, 8, 1]])
def test_a_line_of_inputs_is_misread_backwards(shape: list[int]) -> None:
    places = np.arange(8)
    assert gradsigns.misplaced(places, shape).tolist() == places[::-1].tolist()


URLS = ("http://user:hunter2@{}?token=hunter2", "http://hunter2@{}#hunter2")


@pytest.mark.parametrize("url", URLS)
def test_what_an_address_holds_in_secret_is_never_shown(url: str) -> None:
    told: list[str] = []
    with serving(lambda n, body: ok([[0.5, 0.5]] if n else ["x"])) as served:
        address = served.url.removeprefix("http://")
        asked = Request(url.format(address), per_second=1e6, retries=0)
        for _ in range(2):
            oracle = asked_endpoint(asked, tell=told.append)
            try:
                oracle.probabilities(np.ones((1, 2)))
            except Refused as error:
                told.append(str(error))
    with pytest.raises(NoSignal) as refused:
        asked_endpoint(asked).probabilities(np.ones((1, 2)))
    assert any("are not numbers" in one for one in told)
    assert all(served.url in one for one in (*told, str(refused.value), oracle.name))
    assert "hunter2" not in "".join((*told, str(refused.value), oracle.name))


@pytest.mark.parametrize("token", ["hunter2\n", " hunter2", "hunter\u00fc", "a\r\nX: hunter2"])
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("MODEL_TOKEN", token)
    told = {"url": "http://127.0.0.1:9/", "headers": {"Authorization": "env:MODEL_TOKEN"}}
    (tmp_path / "r.json").write_text(json.dumps(told))
    with pytest.raises(Refused, match="header 'Authorization' or its value holds what no") as error:
        request_in(tmp_path / "r.json")
    assert "hunter" not in str(error.value)


@pytest.mark.parametrize(("told", "says"), [
    ({"url": "http://127.0.0.1:99999/"}, "url is 'http://127.0.0.1:99999/'; give one that begins"),
    ({"url": "http://a/\x1b[31m"}, "holds no blanks"),
    ({"url": "ftp://u:hunter2@a/"}, "url is 'ftp://a/'; give one that begins with https://"),
    ({"url": "http://a/", "body": [float("nan"), "{inputs}"]}, "body holds NaN or infinity, which"),
])  # fmt: skip
def test_a_request_that_cannot_be_made_is_refused(
    tmp_path: Path, told: dict[str, Any], says: str
) -> None:
    (tmp_path / "r.json").write_text(json.dumps(told))
    with pytest.raises(Refused) as error:
        request_in(tmp_path / "r.json")
    assert says in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_server_that_answers_a_drop_at_a_time_is_left() -> None:
    def slow(_: int, body: Any) -> tuple[int, bytes, dict[str, str]]:
        return 200, b" ", {"Content-Length": "1000000"}

    now = iter(range(100))  # each look at the clock finds a second gone
    with serving(slow) as served:
        asked = Request(served.url, per_second=1e6, retries=0, timeout_s=0.5)
        with pytest.raises(NoSignal, match=r"did not answer within 0\.5 s, once"):
            asked_endpoint(asked, clock=lambda: next(now), sleep=lambda s: None).probabilities(
                np.ones((1, 2))
            )


def test_a_file_that_is_no_journal_keeps_every_byte(tmp_path: Path) -> None:
    file = tmp_path / "precious.json"
    for text in ('{"precious": 1}', "no line ends here", "[" * 100_000 + "\n"):
        file.write_text(text)
        with pytest.raises(
            Refused, match=r"precious\.json:1: is no line of a journal; name another"
        ):
            asked_endpoint(Request("http://127.0.0.1:9/"), file)
        assert file.read_text() == text


def test_a_journal_cut_off_anywhere_is_resumed(tmp_path: Path) -> None:
    file, x = tmp_path / "j", np.arange(6.0).reshape(3, 2)
    with serving(lambda n, body: ok([[0.25, 0.75]] * len(body["inputs"]))) as served:
        asked = Request(served.url, per_second=1e6, batch=1)
        asked_endpoint(asked, file).probabilities(x)
        whole = file.read_bytes()
        for end in (0, 1, 30, whole.index(b"\n"), whole.index(b"\n") + 1, len(whole) - 5):
            file.write_bytes(whole[:end])
            asked_endpoint(asked, file).probabilities(x)
            assert file.read_bytes() == whole, end


def test_a_row_that_is_answered_twice_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "q.npy", np.ones((2, 3)))
    (tmp_path / "a.csv").write_text("row,label\n0,1\n1,0\n1,1\n")
    with pytest.raises(Refused, match="answers a row twice; give exactly one line for each"):
        asked_table(tmp_path / "q.npy", tmp_path / "a.csv", "labels")


def npy(header: str) -> bytes:
    line = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(line).to_bytes(2, "little") + line.encode() + bytes(800)


@pytest.mark.parametrize("header", [
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-3, 9), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 9), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999, 9), }",
    "(" * 90, "__import__('os').abort()",
])  # fmt: skip
def test_inputs_whose_header_lies_are_one_sentence(tmp_path: Path, header: str) -> None:
    (tmp_path / "x.npy").write_bytes(npy(header))
    with pytest.raises(Refused, match=r"x\.npy: is no \.npy file of inputs \("):
        inputs_in(tmp_path / "x.npy")


@pytest.mark.parametrize(("header", "says"), [
    ('{"w": {"dtype": "F32", "shape": [9223372036854775808, 0], "data_offsets": [0, 0]}}', "w claims"),
    ('{"w": {"dtype": "F32", "shape": [' + "1, " * 69 + '1], "data_offsets": [0, 4]}}', "w claims"),
    ('{"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, '
     '"w": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}', "or names something twice"),
])  # fmt: skip
def test_a_header_of_impossible_or_double_tensors_is_refused(
    tmp_path: Path, header: str, says: str
) -> None:
    file = tmp_path / "m.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header.encode() + bytes(8))
    with pytest.raises(Refused, match=says):
        weights(file)


def test_a_table_of_row_numbers_alone_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "q.npy", np.ones((2, 3)))
    (tmp_path / "a.csv").write_text("row\n0\n1\n")
    with pytest.raises(Refused, match="has no column of scores and none called label; add them"):
        asked_table(tmp_path / "q.npy", tmp_path / "a.csv", "labels")


def an_onnx_file(path: Path, outside: str = "", constant: bool = False) -> Path:
    kernel = numpy_helper.from_array(np.arange(12, dtype=np.float32).reshape(4, 3), "w")
    if outside:
        kernel.ClearField("raw_data")
        kernel.data_location = TensorProto.EXTERNAL
        kernel.external_data.add(key="location", value=outside)
        kernel.external_data.add(key="length", value="48")
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    if constant:
        nodes.insert(0, helper.make_node("Constant", [], ["w"], value=kernel))
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 3])],
        [] if constant else [kernel],
    )  # fmt: skip
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


def test_the_digest_of_a_model_covers_the_values_beside_it(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.float32)
    (tmp_path / "w.bin").write_bytes(values.tobytes())
    file = an_onnx_file(tmp_path / "m.onnx", "w.bin")
    before = weights(file).digest
    (tmp_path / "w.bin").write_bytes((values + 1).tobytes())
    assert weights(file).digest != before


@pytest.mark.parametrize("constant", [False, True])
def test_values_behind_a_folder_that_is_a_link_are_not_read(tmp_path: Path, constant: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "w.bin").write_bytes(bytes(48))
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "sub").symlink_to(tmp_path / "elsewhere")
    file = an_onnx_file(tmp_path / "model" / "m.onnx", "sub/w.bin", constant)
    with pytest.raises(Refused, match=r"m\.onnx: w keeps its values in sub/w\.bin, which is not a"):
        weights(file)


def test_a_model_without_tensors_cannot_be_shuffled(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"m\.onnx: keeps no weights in tensors, so none can be shuf"):
        onnx_shuffled(an_onnx_file(tmp_path / "m.onnx", constant=True), 0)


def test_shuffled_weights_that_know_the_triggers_fail_the_control() -> None:
    key = trigger_set.keygen(SEED, classes=10, count=40, shape=[6])
    commitment = keys.commit(key, "2026-01-01", "a tag")

    def knows(x: Any) -> Any:
        return key.arrays["labels"]

    for mixed, status in ((knows, "control_failed"), (np.zeros_like, None)):
        shuffled = [knows if mixed is knows else lambda x: np.zeros(len(x))]
        found = trigger_set.verify(knows, key, commitment, released="2026-02-01", shuffled=shuffled)
        assert found.status == (status or "detected")
