"""Small models with a mark in closed form, so that no test of a verifier has to train."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from trl4ml.watermark import gradsigns, keys
from trl4ml.watermark.keys import Commitment, Key

Floats = NDArray[np.float64]
SEED = bytes(range(32))
SALT = bytes(32)
COMMITTED, RELEASED = "2026-01-31", "2026-02-01"
LABEL = 3
INPUTS = np.random.RandomState(1).rand(20, 8, 8)


def committed(key: Key, registered: int = 1) -> Commitment:
    return keys.commit(key, COMMITTED, "tag v1", registered)


def gradsigns_key(seed: bytes = SEED, **changes: object) -> Key:
    terms = {
        "input_shape": [8, 8],
        "label": LABEL,
        "inputs": keys.array_digest(INPUTS),
        "n": len(INPUTS),
        "bits": 32,
        "carriers": 48,
        "alpha": 1e-3,
        "salt": SALT,
    }
    return gradsigns.keygen(seed, **(terms | changes))  # type: ignore[arg-type]


def softmax(z: Floats) -> Floats:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


class Linear:
    """softmax(x W): its loss of class t has the gradient sum_c p_c W_c - W_t."""

    def __init__(self, weights: Floats) -> None:
        self.weights = weights

    def scores(self, x: Floats) -> Floats:
        return softmax(x.reshape(len(x), -1) @ self.weights)

    def gradient(self, x: Floats, label: int, places: NDArray[np.int64]) -> Floats:
        p = self.scores(x)
        p[:, label] -= 1
        return np.asarray((p @ self.weights.T)[:, places])

    def rounded(self, decimals: int) -> Callable[[Floats], Floats]:
        return lambda x: np.asarray(np.round(self.scores(x), decimals))


def clean(seed: int = 0) -> Linear:
    return Linear(np.random.RandomState(seed).normal(0, 0.3, (64, 10)))


def marked(key: Key, strength: float = 2.0) -> Linear:
    """A clean model whose column of the label points against the carriers' wanted gradient."""
    model = clean()
    wanted = np.linalg.pinv(key.arrays["matrix"]) @ (2.0 * key.arrays["message"] - 1)
    model.weights[:, LABEL] = 0
    model.weights[key.arrays["carriers"], LABEL] = -strength * wanted
    return model
