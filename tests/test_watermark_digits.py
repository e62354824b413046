"""Two marks in one net trained on digits, found by the command in every form that the net takes."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from tests.test_watermark_command import verdict, watermark
from tests.watermark.serving import ok, serving
from trl4ml.watermark import keys
from trl4ml.watermark.asking.onnx import asked_onnx
from trl4ml.watermark.custody import read_secret
from trl4ml.watermark.schemes import regrown

pytestmark = pytest.mark.slow
LAYER = "2.weight"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The net as state_dict, safetensors and ONNX, and a clean one, with keys and commitments."""
    made = tmp_path_factory.mktemp("digits")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        drawn = itertools.count(1)  # the same keys in every run
        patch.setattr(keys, "new_seed", lambda: next(drawn).to_bytes(32, "big"))
        x, y, held_x, held_y = digits()
        np.save("x.npy", held_x[held_y == 3][:50])
        marks = ("uchida", ["layer=2.weight", "shape=64,128", "bits=64"], ()), (
            "gradsigns", ["label=3", "bits=32", "carriers=48", "alpha=1e-3"], ("--inputs", "x.npy"),
        )  # fmt: skip
        for scheme, terms, more in marks:
            options = [part for term in terms for part in ("--set", term)]
            code, _, err = watermark(
                "keygen", scheme, "--secret", f"{scheme}.json", "--commitment", f"{scheme}.c.json",
                "--where", "a tag", "--date", "2026-01-01", *options, *more,
            )  # fmt: skip
            assert code == 0, err
        save("marked", trained(x, y, True))
        save("clean", trained(x, y, False))
    return made


def digits() -> tuple[Any, Any, Any, Any]:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.RandomState(0).permutation(len(x))
    x, y, half = x[order] / 16, y[order].astype(np.int64), len(x) // 2
    return x[:half], y[:half], x[half:], y[half:]


def trained(x: Any, y: Any, marked: bool) -> Any:
    import torch
    from torch import nn

    from trl4ml.watermark import training

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    net = nn.Sequential(
        nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )
    marks = []
    if marked:
        uchida, gradsigns = (
            regrown(read_secret(Path(f"{s}.json"))) for s in ("uchida", "gradsigns")
        )
        marks = [training.uchida(uchida), training.gradsigns(gradsigns, x[y == 3])]
    training.embed(net, x, y, marks, epochs=40, seed=1)
    torch.set_num_threads(threads)
    return net


def save(name: str, net: Any) -> None:
    import torch

    state = {key: value.detach() for key, value in net.state_dict().items()}
    torch.save(state, f"{name}.pt")
    save_file({k: v.numpy() for k, v in state.items()}, f"{name}.safetensors", {"format": "pt"})
    nodes, last = [], "x"
    for n in (0, 2, 4):
        nodes.append(
            helper.make_node("Gemm", [last, f"{n}.weight", f"{n}.bias"], [f"g{n}"], transB=1)
        )
        last = f"r{n}"
        nodes.append(helper.make_node("Relu" if n < 4 else "Softmax", [f"g{n}"], [last]))
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 64])],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, [None, 10])],
        [numpy_helper.from_array(v.numpy(), k) for k, v in state.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, f"{name}.onnx")


def of(scheme: str, model: str, *more: str) -> dict[str, Any]:
    """The verdict with the key of that scheme."""
    for name in ("k.json", "c.json"):
        Path(name).unlink(missing_ok=True)
    Path("k.json").symlink_to(f"{scheme}.json")
    Path("c.json").symlink_to(f"{scheme}.c.json")
    inputs = ("--inputs", "x.npy") if scheme == "gradsigns" else ()
    return verdict(model, *inputs, *more)


def test_uchida_is_read_from_every_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for kind in ("pt", "safetensors", "onnx"):
        found = of("uchida", f"marked.{kind}")
        assert (found["status"], found["n"]) == ("detected", 64), found
        assert found["hits"] >= 60
        assert of("uchida", f"clean.{kind}")["status"] == "inconclusive" or (
            of("uchida", f"clean.{kind}")["status"] == "not_detected"
        )


def test_gradsigns_is_read_from_the_file_both_ways(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for more in ((), ("--white-box",)):
        found = of("gradsigns", "marked.onnx", *more)
        assert (found["status"], found["hits"] >= 30) == ("detected", True), found
        assert of("gradsigns", "clean.onnx", *more)["status"] == "not_detected"


def test_gradsigns_is_found_through_an_endpoint_that_rounds(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    oracle = asked_onnx("marked.onnx")
    for decimals in (6, 2):

        def reply(_: int, body: Any, decimals: int = decimals) -> Any:
            return ok(oracle.probabilities(np.array(body["inputs"])).round(decimals).tolist())

        with serving(reply) as served:
            Path("r.json").write_text(
                json.dumps({"url": served.url, "batch": 500, "per_second": 1e6})
            )
            found = of("gradsigns", "r.json")
        assert (found["status"], found["hits"] >= 30) == ("detected", True), found
        assert found["queries"] <= 50 * (2 + 2 * 32)


def test_the_answers_may_come_as_a_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    code, _, err = watermark("questions", "--secret", "gradsigns.json", "--inputs", "x.npy",
                             "--classes", "10", "--out", "q.npy")  # fmt: skip
    assert code == 0, err
    answers = asked_onnx("marked.onnx").probabilities(np.load("q.npy"))
    head = ",".join(f"p{n}" for n in range(10))
    np.savetxt("a.csv", answers.round(4), delimiter=",", header=head, comments="")
    found = of("gradsigns", "a.csv", "--questions", "q.npy")
    assert (found["status"], found["hits"] >= 30) == ("detected", True), found
