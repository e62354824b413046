"""SynthID-Text: the published hash bit by bit, the needed means, tournaments."""

import hashlib
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from trl4ml.watermark import keys, null, synthid, tokens
from trl4ml.watermark.errors import Refused

SEED, SALT = b"s" * 32, b"t" * 32
V = 100
LAYERS = [654, 400, 836, 123, 340, 443, 597, 160, 57, 29]


def signed(n: int) -> int:
    """An integer as 64-bit two's complement reads it."""
    n &= 2**64 - 1
    return n - 2**64 if n >= 2**63 else n


def g_by_hand(run: list[int], layers: list[int]) -> list[int]:
    """The definition with integers that are wrapped one by one."""

    def accumulated(h: int, x: int) -> int:
        return signed(signed(h + x) * 6364136223846793005 + 1)

    packed = b"".join(layer.to_bytes(8, "little", signed=True) for layer in layers)
    h = int.from_bytes(hashlib.sha256(packed).digest(), "big") % (2**63 - 1)
    for token in run:
        h = accumulated(h, token)
    found = []
    for layer in layers:
        own = accumulated(h, layer)
        for _ in range(12):
            own = accumulated(own, 1) >> 5
        found.append((own >> 30) & 1)
    return found


@given(
    st.lists(st.lists(st.integers(0, 2**20), min_size=5, max_size=5), min_size=1, max_size=4),
    st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=6),
)
def test_the_hash_is_the_definition_and_never_warns(
    runs: list[list[int]], layers: list[int]
) -> None:
    found = synthid.g_values(np.array(runs), np.array(layers, dtype=np.int64))
    assert found.tolist() == [g_by_hand(run, layers) for run in runs]


@pytest.mark.slow
def test_the_hash_is_what_pytorch_computes() -> None:
    import torch

    runs = torch.tensor(np.random.RandomState(0).randint(0, 50_000, (50, 5)))
    layers = torch.tensor(LAYERS)
    start = hashlib.sha256(layers.numpy().tobytes()).digest()
    h = torch.full((50,), int.from_bytes(start, "big") % (2**63 - 1))
    step = torch.tensor(6364136223846793005)
    for column in runs.T:
        h = (h + column) * step + 1
    wide = (h[:, None] + layers) * step + 1
    for _ in range(12):
        wide = ((wide + 1) * step + 1) >> 5
    wanted = (wide >> 30) % 2
    assert np.array_equal(synthid.g_values(runs.numpy(), np.array(LAYERS)), wanted.numpy())


@pytest.mark.parametrize(("m", "means"), [
    (300, (0.593, 0.640)), (900, (0.552, 0.580)), (3000, (0.529, 0.544)), (6000, (0.520, 0.531)),
])  # fmt: skip
def test_the_means_that_are_needed_are_those_of_the_table(
    m: int, means: tuple[float, float]
) -> None:
    for alpha, mean in zip((1e-3, 1e-6), means, strict=True):
        k = null.threshold(m, 0.5, alpha)
        assert k is not None and round(k / m, 3) == mean


@pytest.mark.parametrize("leaves", [2, 3])
@pytest.mark.parametrize("size", [2, 3, 6])
def test_the_mean_g_of_a_uniform_model_is_the_formula(leaves: int, size: int) -> None:
    p = np.full(size, 1 / size)
    means = []
    for bits in product((0, 1), repeat=size):
        g = np.array(bits, dtype=np.uint8)[:, None]
        after = synthid.updated(p, g, leaves)
        assert after.sum() == pytest.approx(1)
        means.append(float(after @ g[:, 0]))
    wanted = 0.5 + 0.25 * (1 - 1 / size) if leaves == 2 else 7 / 8 - 3 / (8 * size)
    assert np.mean(means) == pytest.approx(wanted)


@given(st.integers(0, 2**32 - 1))
def test_a_tournament_of_two_is_the_update_of_the_paper(seed: int) -> None:
    draw = np.random.RandomState(seed)
    p, g = draw.dirichlet(np.ones(7)), draw.randint(0, 2, (7, 3)).astype(np.uint8)
    wanted = p
    for layer in g.T:
        wanted = wanted * (1 + layer - (layer * wanted).sum())
    assert np.allclose(synthid.updated(p, g), wanted)


def test_weights_fall_from_ten_to_one() -> None:
    g = np.ones((7, 30), dtype=np.uint8)
    mean, sd = synthid.weighted_mean(g)
    assert mean == pytest.approx(1)
    assert sd == pytest.approx(np.sqrt(0.25 * 1.2385 / 210), rel=1e-4)


def test_a_context_counts_once_and_nothing_after_the_end() -> None:
    key = synthid.keygen(SEED, salt=SALT, vocabulary=V, ngram=3, end=9)
    runs = synthid.scored(np.array([1, 2, 3, 1, 2, 4, 5, 9, 6, 7, 8]), key)
    assert runs.tolist() == [[1, 2, 3], [2, 3, 1], [3, 1, 2], [2, 4, 5]]
    assert synthid.scored(np.array([1, 2]), key).shape == (0, 3)


def written(key: keys.Key, length: int, seed: int = 0) -> np.ndarray:
    """A text of a uniform model, drawn by tournaments."""
    draw = np.random.RandomState(seed)
    text, seen = draw.randint(0, V, 4).tolist(), set()
    p = np.full(V, 1 / V)
    for _ in range(length):
        context = tuple(text[-4:])
        runs = np.array([[*context, v] for v in range(V)])
        after = (
            p
            if context in seen
            else synthid.updated(p, synthid.g_values(runs, key.arrays["layers"]))
        )
        seen.add(context)
        text.append(int(draw.choice(V, p=after / after.sum())))
    return np.array(text)


def test_a_marked_text_is_detected_and_a_human_one_is_not() -> None:
    key = synthid.keygen(SEED, salt=SALT, vocabulary=V)
    commitment = keys.commit(key, "2026-01-01", "ledger")
    text, human = written(key, 100), np.random.RandomState(1).randint(0, V, 200)
    found = synthid.verify(text, key, commitment, released="2026-02-01", human=human)
    assert (found.status, found.n) == ("detected", 3000), found
    assert all(control.passed for control in found.controls)
    clean = synthid.verify(human, key, commitment, released="2026-02-01")
    assert clean.status == "not_detected", clean
    short = synthid.verify(human[:20], key, commitment, released="2026-02-01")
    assert (short.status, "g-values would do" in short.reason) == ("inconclusive", True)
    assert synthid.verify(text, key, None).status == "uncommitted"


def test_without_a_mark_the_bits_are_fair_over_keys() -> None:
    text = np.random.RandomState(0).randint(0, V, 60)
    p = []
    for n, seed in enumerate(tokens.seeds(3, 300)):
        key = synthid.keygen(seed, salt=SALT, vocabulary=V)
        tally = synthid.counted(synthid.scored(text, key), key)
        above = null.p_value(tally.hits + 1, tally.n)
        share = np.random.RandomState(n).rand()
        p.append(above + share * (null.p_value(tally.hits, tally.n) - above))
    assert kstest(p, "uniform").pvalue > 1e-3


def test_keys_of_a_deployment_are_taken_as_they_are_and_none_is_refused() -> None:
    key = synthid.given(LAYERS, salt=SALT, vocabulary=V)
    assert key.seed is None
    assert key.terms["depth"] == 10
    for layers in ([], [[1]]):
        with pytest.raises(Refused, match="A key has at least one layer, runs of two tokens"):
            synthid.given(layers, salt=SALT, vocabulary=V)
