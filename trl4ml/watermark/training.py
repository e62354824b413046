"""Puts marks into a PyTorch net while it learns: each mark is one more term of the loss.

    mark = gradsigns(key, x[y == key.terms["label"]])
    embed(net, x, y, [mark], epochs=60, held=(x_held, y_held))

Needs the extra watermark-train. The net returns logits; it is trained in place, with Adam.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from trl4ml.watermark import gradsigns as scheme
from trl4ml.watermark import nets, null, trigger_set
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Key
from trl4ml.watermark.uchida import AXES, canonical_axes, mean_kernel

Array = NDArray[Any]
BATCH = 64
SAMPLE = 32


@dataclass(frozen=True)
class Mark:
    """A term of the loss, given the net and a generator, and the share of the key it has reached."""

    loss: Callable[[Any, Any], Any]
    match: Callable[[Any], float]


@dataclass(frozen=True)
class Trained:
    """The epoch kept (from 1), its accuracy on the held-out rows and each mark's match."""

    epoch: int
    accuracy: float
    matches: tuple[float, ...]


def uchida(key: Key, strength: float = 0.01) -> Mark:
    """The weight regulariser: strength x the summed cross-entropy of the message's bits."""
    layer, axes = key.terms["layer"], AXES[key.terms["layout"]]
    matrix = torch.from_numpy(key.arrays["matrix"]).float()
    message = torch.from_numpy(key.arrays["message"]).float()

    def loss(net: Any, _: Any) -> Any:
        weights = dict(net.named_parameters()).get(layer)
        if weights is None:
            names = ", ".join(name for name, _ in net.named_parameters())
            raise Refused(f"The net has no layer {layer!r}: it has {names}.")
        w = weights.permute(axes).mean(dim=0).flatten()
        return strength * _cross_entropy(matrix @ w, message, "sum")

    def match(net: Any) -> float:
        w = mean_kernel(canonical_axes(nets.tensor(net, layer), key.terms["layout"]))
        return _share(key.arrays["matrix"] @ w, key)

    return Mark(loss, match)


def gradsigns(key: Key, inputs: Array, strength: float = 0.3) -> Mark:
    """The gradient's signs, by double back-propagation over rows of the key's label (n, …)."""
    label = key.terms["label"]
    rows = torch.from_numpy(np.array(inputs)).float()
    places = torch.from_numpy(key.arrays["carriers"])
    matrix = torch.from_numpy(key.arrays["matrix"]).float()
    message = torch.from_numpy(key.arrays["message"]).float()

    def loss(net: Any, generator: Any) -> Any:
        x = rows[_sample(len(rows), generator)].clone().requires_grad_(True)
        told = functional.cross_entropy(net(x), torch.full((len(x),), label))
        (gradient,) = torch.autograd.grad(told * len(x), x, create_graph=True)
        g = gradient.flatten(1).mean(dim=0)[places]
        return strength * _cross_entropy(matrix @ g, message, "mean")

    def match(net: Any) -> float:
        mean = nets.gradient(net)(np.asarray(rows.double()), label, key.arrays["carriers"])
        return scheme.tallied(key.arrays["matrix"] @ mean.mean(axis=0), key).hits / len(message)

    return Mark(loss, match)


def triggers(key: Key, inputs: Array | None = None, strength: float = 1.0) -> Mark:
    """The trigger set trained in beside the data: a sample of it at every step."""
    x = trigger_set.triggers(key) if inputs is None else np.asarray(inputs)
    rows, labels = torch.from_numpy(x).float(), torch.from_numpy(key.arrays["labels"])

    def loss(net: Any, generator: Any) -> Any:
        drawn = _sample(len(rows), generator)
        return strength * functional.cross_entropy(net(rows[drawn]), labels[drawn])

    def match(net: Any) -> float:
        return accuracy(net, x, key.arrays["labels"])

    return Mark(loss, match)


def embed(
    net: Any,
    x: Array,
    y: Array,
    marks: Sequence[Mark] = (),
    *,
    epochs: int,
    held: tuple[Array, Array] | None = None,
    rate: float = 1e-3,
    seed: int = 0,
) -> Trained:
    """Trains in place and keeps the epoch best in accuracy and match; no marks: a clean net.

    Accuracy is taken on `held` rows, or on the training rows where there are none. The second half
    of the epochs competes, accuracy and the marks' mean match counting alike.
    """
    rows, labels = torch.from_numpy(np.array(x)).float(), torch.from_numpy(np.array(y)).long()
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    best, kept = Trained(0, 0.0, ()), copy.deepcopy(net.state_dict())
    for epoch in range(1, epochs + 1):
        net.train()
        for drawn in torch.randperm(len(rows), generator=generator).split(BATCH):
            loss = functional.cross_entropy(net(rows[drawn]), labels[drawn])
            loss = loss + sum(mark.loss(net, generator) for mark in marks)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        if epoch * 2 > epochs:
            now = Trained(
                epoch, accuracy(net, *(held or (x, y))), tuple(m.match(net) for m in marks)
            )
            if not best.epoch or _worth(now) > _worth(best):
                best, kept = now, copy.deepcopy(net.state_dict())
    net.load_state_dict(kept)
    net.eval()
    return best


def accuracy(net: Any, x: Array, y: Array) -> float:
    """The share of rows whose top class is the label."""
    net.eval()
    with torch.no_grad():
        top = net(torch.from_numpy(np.array(x)).float()).argmax(dim=1)
    return float((np.asarray(top) == np.asarray(y)).mean())


def _worth(trained: Trained) -> float:
    matches = trained.matches
    return trained.accuracy + (sum(matches) / len(matches) if matches else 0.0)


def _share(projections: NDArray[np.float64], key: Key) -> float:
    message = key.arrays["message"].astype(np.int64)
    return null.tally(null.signs(projections), message, 0.5).hits / len(message)


def _sample(n: int, generator: Any) -> Any:
    return torch.randint(0, n, (min(n, SAMPLE),), generator=generator)


def _cross_entropy(logits: Any, bits: Any, reduction: str) -> Any:
    return functional.binary_cross_entropy_with_logits(logits, bits, reduction=reduction)
