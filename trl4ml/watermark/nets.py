"""A PyTorch net as the verifiers want it: computed in float64, in evaluation mode.

The net returns logits (n, C). Needs the extra watermark-train; the net given is never changed.
"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def double(net: Any) -> Any:
    """A copy in float64, dropout off, batch normalisation frozen."""
    return copy.deepcopy(net).double().eval()


def gradient(net: Any) -> Callable[[Floats, int, NDArray[np.int64]], Floats]:
    """The analytic gradient of -ln p(label) with respect to the input, at flat coordinates."""
    exact = double(net)

    def at(x: Floats, label: int, places: NDArray[np.int64]) -> Floats:
        inputs = torch.from_numpy(np.array(x)).requires_grad_(True)
        labels = torch.full((len(x),), label)
        loss = torch.nn.functional.cross_entropy(exact(inputs), labels, reduction="sum")
        (found,) = torch.autograd.grad(loss, inputs)
        return np.asarray(found.flatten(1)[:, torch.from_numpy(places)], dtype=np.float64)

    return at


def scores(net: Any, decimals: int | None = None) -> Callable[[Floats], Floats]:
    """Probabilities as an interface serves them: computed in float32, rounded if asked."""
    single = copy.deepcopy(net).float().eval()

    def ask(x: Floats) -> Floats:
        with torch.no_grad():
            p = torch.softmax(single(torch.from_numpy(np.array(x)).float()), dim=1)
        found = np.asarray(p, dtype=np.float64)
        return found if decimals is None else np.round(found, decimals)

    return ask


def tensor(net: Any, layer: str) -> Floats:
    """A layer's weights by its state-dict key."""
    return np.asarray(net.state_dict()[layer].double(), dtype=np.float64)


def shuffled(net: Any, seed: int) -> Any:
    """A copy whose numbers are in random order inside each parameter."""
    mixed, draw = copy.deepcopy(net), np.random.RandomState(seed)
    with torch.no_grad():
        for parameter in mixed.parameters():
            order = torch.from_numpy(draw.permutation(parameter.numel()))
            parameter.copy_(parameter.flatten()[order].reshape(parameter.shape))
    return mixed
