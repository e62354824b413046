"""Digits, end to end: marks are put in while learning, cost little, and are found by their owner alone.

A 64-128-64-10 net on scikit-learn's digits, half of them held out; the owner's inputs are held out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, kstest

from tests.watermark.marking import RELEASED, SALT, committed
from trl4ml.watermark import gradsigns, keys, null, trigger_set, uchida
from trl4ml.watermark.differences import black_box
from trl4ml.watermark.double import onnx_scores, onnx_shuffled
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.gradients import central, white_box
from trl4ml.watermark.keys import Key
from trl4ml.watermark.verdict import Verdict

pytestmark = pytest.mark.slow
LABEL = 3
EPOCHS = 60
SEED = bytes(range(32))


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@dataclass(frozen=True)
class Digits:
    x: NDArray[np.float64]
    y: NDArray[np.int64]
    x_held: NDArray[np.float64]
    y_held: NDArray[np.int64]

    @property
    def rows(self) -> NDArray[np.float64]:
        return np.asarray(self.x[self.y == LABEL])

    @property
    def inputs(self) -> NDArray[np.float64]:
        return np.asarray(self.x_held[self.y_held == LABEL][:50])


@cache
def digits() -> Digits:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.RandomState(0).permutation(len(x))
    x, y, half = x[order] / 16, y[order].astype(np.int64), len(x) // 2
    return Digits(x[:half], y[:half], x[half:], y[half:])


@cache
def grad_key(seed: bytes = SEED, alpha: float = 1e-3) -> Key:
    inputs = digits().inputs
    return gradsigns.keygen(
        seed,
        input_shape=[64],
        label=LABEL,
        inputs=keys.array_digest(inputs),
        n=len(inputs),
        bits=32,
        carriers=48,
        alpha=alpha,
        salt=SALT,
    )


@cache
def weight_key(reference: str | None = None) -> Key:
    return uchida.keygen(SEED, layer="2.weight", shape=[64, 128], salt=SALT, reference=reference)


@cache
def trigger_key() -> Key:
    return trigger_set.keygen(SEED, classes=10, count=100, shape=[64], salt=SALT)


@cache
def trained(mark: str, seed: int = 0) -> tuple[Any, Any]:
    """The net and how its training ended; deterministic, so made once for all tests."""
    import torch

    from trl4ml.watermark import training

    torch.manual_seed(seed)
    one = torch.nn
    net = one.Sequential(
        one.Linear(64, 128), one.ReLU(), one.Linear(128, 64), one.ReLU(), one.Linear(64, 10)
    )
    marks: dict[str, Callable[[], Any]] = {
        "gradsigns": lambda: training.gradsigns(grad_key(), digits().rows),
        "uchida": lambda: training.uchida(weight_key()),
        "triggers": lambda: training.triggers(trigger_key()),
    }
    data = digits()
    held = (data.x_held, data.y_held)
    wanted = [marks[name]() for name in mark.split("+") if name != "clean"]
    end = training.embed(net, data.x, data.y, wanted, epochs=EPOCHS, held=held, seed=seed)
    return net, end


def white(net: Any, key: Key) -> gradsigns.Reading:
    from trl4ml.watermark import nets

    return white_box(nets.gradient(net), digits().inputs, key)


def black(net: Any, key: Key, decimals: int | None = None) -> gradsigns.Reading:
    from trl4ml.watermark import nets

    return black_box(nets.scores(net, decimals), digits().inputs, key)


def verified(reading: gradsigns.Reading, key: Key, **more: Any) -> Verdict:
    return gradsigns.verify(reading, key, committed(key), released=RELEASED, **more)


def test_the_mark_in_the_gradient_is_found_whole_white_box_and_black_box() -> None:
    from trl4ml.watermark import nets

    net, end = trained("gradsigns")
    clean, clean_end = trained("clean")
    key = grad_key()
    mixed = [white(nets.shuffled(net, seed), key) for seed in range(20)]
    seen = verified(white(net, key), key, shuffled=mixed, reference=white(clean, key))
    asked = verified(black(net, key), key, reference=black(clean, key))
    assert (seen.status, seen.hits) == (asked.status, asked.hits) == ("detected", 32)
    assert asked.queries == 50 * 34
    assert end.matches == (1.0,)
    assert clean_end.accuracy - end.accuracy < 0.03
    assert all(control.passed for control in seen.controls)


@pytest.mark.parametrize("decimals", [1, 2, 3, 4])
def test_rounded_scores_show_at_least_30_of_32_bits(decimals: int) -> None:
    found = verified(black(trained("gradsigns")[0], grad_key(), decimals), grad_key())
    assert found.hits is not None and found.hits >= 30 and found.status == "detected"


def test_most_wrong_labels_are_inverted_and_none_matches() -> None:
    from trl4ml.watermark import nets

    key, gradient = grad_key(), nets.gradient(trained("gradsigns")[0])
    hits = []
    for label in sorted(set(range(10)) - {LABEL}):
        mean = gradient(digits().inputs, label, key.arrays["carriers"]).mean(axis=0)
        hits.append(gradsigns.tallied(key.arrays["matrix"] @ mean, key).hits)
    assert np.median(hits) <= 6
    assert max(hits) < 26


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_no_clean_net_is_matched_by_any_of_the_three_keys(seed: int) -> None:
    from trl4ml.watermark import nets

    net, _ = trained("clean", seed)
    verdicts = [
        verified(white(net, grad_key()), grad_key()),
        verified(black(net, grad_key()), grad_key()),
        of_weights(nets.tensor(net, "2.weight")),
        of_triggers(nets.scores(net)),
    ]
    assert [verdict.status for verdict in verdicts] == ["not_detected"] * 4
    assert all(verdict.p is not None and verdict.p >= 1e-3 for verdict in verdicts)


def of_weights(tensor: Any, key: Key | None = None, **more: Any) -> Verdict:
    one = key or weight_key()
    return uchida.verify(tensor, one, committed(one), released=RELEASED, **more)


def of_triggers(answers: Any) -> Verdict:
    key = trigger_key()
    return trigger_set.verify(answers, key, committed(key), released=RELEASED)


def seeds(label: str, count: int) -> list[bytes]:
    stream = keys.expand(SEED, label, 32 * count)
    return [stream[32 * i : 32 * (i + 1)] for i in range(count)]


def as_the_null_says(hits: list[int], n: int, rate: float) -> None:
    """Kolmogorov-Smirnov on p made continuous by a uniform share of its last step; and the mean."""
    k, share = np.array(hits), np.random.RandomState(0).rand(len(hits))
    p = binom.sf(k, n, rate) + share * binom.pmf(k, n, rate)
    assert kstest(p, "uniform").pvalue > 0.01
    assert np.mean(k) == pytest.approx(n * rate, abs=3 * np.sqrt(n * rate * (1 - rate) / len(k)))


@pytest.mark.parametrize("mark", ["gradsigns", "clean"])
def test_500_random_keys_are_distributed_as_the_null_says(mark: str) -> None:
    from trl4ml.watermark import nets

    net, _ = trained(mark)
    whole = nets.gradient(net)(digits().inputs, LABEL, np.arange(64)).mean(axis=0)
    hits = []
    for seed in seeds("random gradient keys", 500):
        arrays = {
            "carriers": keys.distinct(seed, "carriers", 48, 64),
            "matrix": keys.uniform(seed, "matrix", (32, 48)),
        }
        read = null.signs(arrays["matrix"] @ whole[arrays["carriers"]])
        message = keys.bits(seed, "message", 32).astype(np.int64)
        hits.append(null.tally(read, message, 0.5).hits)
    as_the_null_says(hits, 32, 0.5)


def test_500_random_keys_on_the_marked_weights_are_distributed_as_the_null_says() -> None:
    from trl4ml.watermark import nets

    w = nets.tensor(trained("uchida")[0], "2.weight").mean(axis=0)
    hits = []
    for seed in seeds("random weight keys", 500):
        read = null.signs(keys.normal(seed, "matrix", (64, 128)) @ w)
        message = keys.bits(seed, "message", 64).astype(np.int64)
        hits.append(null.tally(read, message, 0.5).hits)
    as_the_null_says(hits, 64, 0.5)


def test_the_mark_in_the_weights_is_found_and_hidden_by_a_permutation_until_it_is_undone() -> None:
    from trl4ml.watermark import nets

    net, end = trained("uchida")
    layer, incoming = nets.tensor(net, "2.weight"), nets.tensor(net, "0.weight")
    assert (of_weights(layer).hits or 0) >= 60 and end.accuracy > 0.94
    assert of_weights(layer).status == "detected"
    draw = np.random.RandomState(3)
    order, scale = draw.permutation(128), draw.uniform(0.5, 2, 128)
    moved, shown = (layer / scale)[:, order], (incoming * scale[:, None])[order]
    assert (of_weights(moved).hits or 64) < 45
    key = weight_key(keys.array_digest(incoming))
    back = of_weights(moved, key, incoming=shown, reference=incoming)
    assert (back.hits or 0) >= 60 and back.status == "detected"
    other = nets.tensor(trained("clean", 1)[0], "2.weight")
    first = nets.tensor(trained("clean", 1)[0], "0.weight")
    clean = of_weights(other, key, incoming=first, reference=incoming)
    assert clean.status == "not_detected"


def test_the_triggers_are_answered_as_taught() -> None:
    from trl4ml.watermark import nets

    net, end = trained("triggers")
    found = of_triggers(nets.scores(net))
    assert (found.hits or 0) >= 90 and found.status == "detected" and end.accuracy > 0.93


def test_one_net_carries_two_marks_and_both_are_found() -> None:
    from trl4ml.watermark import nets

    net, end = trained("gradsigns+uchida")
    assert verified(white(net, grad_key()), grad_key()).status == "detected"
    assert of_weights(nets.tensor(net, "2.weight")).status == "detected"
    assert end.accuracy > 0.93


def test_the_exported_net_carries_the_mark_white_box_from_its_onnx_file(tmp_path: Path) -> None:
    net, _ = trained("gradsigns")
    path = exported(net, tmp_path)
    key = grad_key()
    logits = onnx_scores(path)
    reading = white_box(central(logits, "logits"), digits().inputs, key)
    exact = white(net, key)
    assert reading.projections == pytest.approx(exact.projections, rel=1e-3, abs=1e-5)
    mixed = white_box(central(onnx_shuffled(path, 0), "logits"), digits().inputs, key)
    assert verified(reading, key, shuffled=[mixed]).status == "detected"


def exported(net: Any, folder: Path) -> Path:
    """The net's logits as ONNX, written node by node: PyTorch's exporter needs more packages."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    state = {name: value.numpy() for name, value in net.state_dict().items()}
    nodes, last = [], "x"
    for i in (0, 2, 4):
        names = [last, f"{i}.weight", f"{i}.bias"]
        nodes.append(helper.make_node("Gemm", names, [f"z{i}"], transB=1))
        last = f"z{i}"
        if i < 4:
            nodes.append(helper.make_node("Relu", [last], [f"a{i}"]))
            last = f"a{i}"
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 64])],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, [None, 10])],
        [numpy_helper.from_array(value, name) for name, value in state.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    path = folder / "digits.onnx"
    onnx.save_model(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    return path


def test_fine_tuning_pruning_and_quantising_leave_the_mark_in_the_gradient() -> None:
    import copy

    import torch

    from trl4ml.watermark import training

    net, _ = trained("gradsigns")
    data = digits()
    tuned = copy.deepcopy(net)
    training.embed(tuned, data.x, data.y, epochs=20, held=(data.x_held, data.y_held))
    halved, coarse = copy.deepcopy(net), copy.deepcopy(net)
    with torch.no_grad():
        for weights in (p for p in halved.parameters() if p.ndim == 2):
            cut = weights.abs().flatten().kthvalue(weights.numel() // 2).values
            weights[weights.abs() <= cut] = 0
        for weights in coarse.parameters():
            step = weights.abs().max() / 7
            weights.copy_((weights / step).round() * step)
    for attacked in (tuned, halved, coarse):
        found = verified(white(attacked, grad_key()), grad_key())
        assert found.status == "detected" and (found.hits or 0) >= 30


def test_a_seed_gives_the_same_net_twice() -> None:
    import torch

    first, _ = trained("gradsigns", 7)
    trained.cache_clear()
    second, _ = trained("gradsigns", 7)
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_layer_that_the_net_has_not_is_refused_with_those_it_has() -> None:
    from trl4ml.watermark import training

    net, _ = trained("clean")
    key = uchida.keygen(SEED, layer="conv1", shape=[64, 128])
    with pytest.raises(Refused, match=r"^The net has no layer 'conv1': it has 0\.weight, 0\.bias"):
        training.embed(net, digits().x, digits().y, [training.uchida(key)], epochs=1)
