"""What is left of each mark after an attack: match rate, p and accuracy, on scikit-learn's digits.

    python benchmarks/watermark.py [--seeds 3]

A 64-128-64-10 net with ReLU, half of the digits held out; a key of each scheme, one net per scheme
and seed, the worst seed shown. GradSigns (32 bits, 48 carriers) is read white box from the gradient
and black box from scores, over 50 held-out inputs; Uchida (64 bits) from the weights; the trigger
set (100 noise images, 10 classes) from the labels. Fine-tuning goes on with the
optimiser and rate of the training. Not evidence about large models.
"""

import argparse
import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits

from trl4ml.watermark import gradsigns, keys, nets, null, training, trigger_set, uchida
from trl4ml.watermark.differences import black_box
from trl4ml.watermark.gradients import white_box

SEED, LABEL, EPOCHS = bytes(range(32)), 3, 120
SCHEMES = ("gradsigns, white box", "gradsigns, black box", "uchida", "trigger set")
Row = tuple[int, int, float, float]


@dataclass(frozen=True)
class Bench:
    """The data and the three keys."""

    x: Any
    y: Any
    held: tuple[Any, Any]
    inputs: Any
    gradient: keys.Key
    weights: keys.Key
    triggers: keys.Key


def bench() -> Bench:
    x, y = load_digits(return_X_y=True)
    order = np.random.RandomState(0).permutation(len(x))
    x, y, half = x[order] / 16, y[order], len(x) // 2
    inputs = x[half:][y[half:] == LABEL][:50]
    gradient = gradsigns.keygen(
        SEED,
        input_shape=[64],
        label=LABEL,
        inputs=keys.array_digest(inputs),
        n=len(inputs),
        bits=32,
        carriers=48,
    )
    weights = uchida.keygen(SEED, layer="2.weight", shape=[64, 128])
    triggers = trigger_set.keygen(SEED, classes=10, count=100, shape=[64])
    return Bench(x[:half], y[:half], (x[half:], y[half:]), inputs, gradient, weights, triggers)


def trained(of: Bench, marks: list[training.Mark], seed: int) -> Any:
    torch.manual_seed(seed)
    one = torch.nn
    net = one.Sequential(
        one.Linear(64, 128), one.ReLU(), one.Linear(128, 64), one.ReLU(), one.Linear(64, 10)
    )
    training.embed(net, of.x, of.y, marks, epochs=EPOCHS, held=of.held, seed=seed)
    return net


def tuned(of: Bench, net: Any, epochs: int) -> Any:
    changed = copy.deepcopy(net)
    training.embed(changed, of.x, of.y, epochs=epochs, held=of.held, seed=99)
    return changed


def pruned(net: Any, share: float) -> Any:
    """The smallest weights of each layer set to zero."""
    changed = copy.deepcopy(net)
    with torch.no_grad():
        for weights in (p for p in changed.parameters() if p.ndim > 1):
            size = weights.abs()
            weights[size <= size.flatten().kthvalue(int(share * size.numel())).values] = 0
    return changed


def quantised(net: Any, bits: int) -> Any:
    """Weights on 2^bits - 1 levels, symmetric, one scale for each layer; biases kept."""
    changed = copy.deepcopy(net)
    with torch.no_grad():
        for weights in (p for p in changed.parameters() if p.ndim > 1):
            step = weights.abs().max() / (2 ** (bits - 1) - 1)
            weights.copy_((weights / step).round() * step)
    return changed


def read(of: Bench, nets_of: dict[str, Any], decimals: int | None) -> list[Row]:
    """Hits, n, log2 p and accuracy of each scheme, from the net that carries its mark."""
    found = []
    for scheme in SCHEMES:
        net = nets_of[scheme.partition(",")[0]]
        if scheme == "gradsigns, white box":
            reading = white_box(nets.gradient(net), of.inputs, of.gradient)
            tally = gradsigns.tallied(reading.projections, of.gradient)
        elif scheme == "gradsigns, black box":
            reading = black_box(nets.scores(net, decimals), of.inputs, of.gradient)
            tally = gradsigns.tallied(reading.projections, of.gradient)
        elif scheme == "uchida":
            w = uchida.mean_kernel(nets.tensor(net, "2.weight"))
            message = of.weights.arrays["message"].astype(np.int64)
            tally = null.tally(null.signs(of.weights.arrays["matrix"] @ w), message, 0.5)
        else:
            top = nets.scores(net)(trigger_set.triggers(of.triggers)).argmax(axis=1)
            tally = null.tally(top, of.triggers.arrays["labels"], 0.1)
        found.append((tally.hits, tally.n, tally.log2_p, training.accuracy(net, *of.held)))
    return found


def attacks(of: Bench) -> dict[str, tuple[Callable[[Any], Any], int | None]]:
    listed: dict[str, tuple[Callable[[Any], Any], int | None]] = {"none": (lambda net: net, None)}
    for epochs in (20, 50):
        listed[f"fine-tuning, {epochs} epochs"] = (lambda net, e=epochs: tuned(of, net, e), None)
    for share in (0.3, 0.5, 0.7):
        listed[f"pruning {share:.0%}"] = (lambda net, s=share: pruned(net, s), None)
    for bits in (8, 6, 4):
        listed[f"quantisation, {bits} bit"] = (lambda net, b=bits: quantised(net, b), None)
    for decimals in (4, 3, 2, 1):
        listed[f"scores to {decimals} decimals"] = (lambda net: net, decimals)
    return listed


def main() -> None:
    """Prints the table: hits of n, p and held-out accuracy, the worst over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    torch.set_num_threads(1)  # nets so small only wait for each other's threads
    of = bench()
    marks = {
        "clean": [],
        "gradsigns": [training.gradsigns(of.gradient, of.x[of.y == LABEL])],
        "uchida": [training.uchida(of.weights)],
        "trigger set": [training.triggers(of.triggers)],
    }
    made = [{name: trained(of, mark, seed) for name, mark in marks.items()} for seed in seeds]
    clean = [training.accuracy(nets_of["clean"], *of.held) for nets_of in made]
    print(f"accuracy without a mark: {min(clean):.3f} to {max(clean):.3f}")
    print(f"{'attack':24}" + "".join(f"{scheme:>30}" for scheme in SCHEMES))
    for attack, (change, decimals) in attacks(of).items():
        runs = [
            read(of, {name: change(net) for name, net in nets_of.items()}, decimals)
            for nets_of in made
        ]
        cells = []
        for place, scheme in enumerate(SCHEMES):
            if decimals is not None and scheme != "gradsigns, black box":
                cells.append("–")
                continue
            hits, n, log2_p, _ = min((run[place] for run in runs), key=lambda one: -one[2])
            accuracy = min(run[place][3] for run in runs)
            cells.append(f"{hits}/{n} p {2.0**log2_p:.1e} acc {accuracy:.3f}")
        print(f"{attack:24}" + "".join(f"{cell:>30}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
