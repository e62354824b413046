"""Green lists: PyTorch's permutations without PyTorch, the published table, exact tails."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from trl4ml.watermark import greenlist, keys, null, tokens
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.torch_cpu import among_first, kgw_table, permutation

pytestmark = pytest.mark.slow

SEED, SALT = b"s" * 32, b"t" * 32
V = 1000
ZIPF = 1 / np.arange(1, V + 1)
ZIPF /= ZIPF.sum()


@given(st.integers(0, 2**62), st.integers(2, 60), st.data())
def test_asking_for_one_token_agrees_with_the_whole_permutation(
    seed: int, n: int, data: st.DataObject
) -> None:
    first, value = data.draw(st.integers(1, n)), data.draw(st.integers(0, n - 1))
    assert among_first(seed, n, first, value) is (value in permutation(seed, n)[:first])


@pytest.mark.parametrize(("seed", "first"), [
    (0, [4, 1, 7, 5, 3, 9, 0, 8, 6, 2]), (15485863 * 3, [4, 3, 7, 5, 8, 6, 9, 0, 2, 1]),
])  # fmt: skip
def test_permutations_are_those_of_pytorch(seed: int, first: list[int]) -> None:
    assert permutation(seed, 10) == first


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 10, 1000, 50257])
@pytest.mark.parametrize("seed", [0, 15485863, 15485863 * 50256, 2**40 - 1])
def test_permutations_are_those_of_the_pytorch_here(seed: int, n: int) -> None:
    import torch

    wanted = torch.randperm(n, generator=torch.Generator().manual_seed(seed)).tolist()
    assert permutation(seed, n) == wanted


@pytest.mark.slow
def test_the_seeds_of_selfhash_are_those_that_pytorch_computes() -> None:
    import torch

    table = torch.randperm(1_000_003, generator=torch.Generator().manual_seed(2971215073))
    assert np.array_equal(kgw_table(), table.numpy())
    key = greenlist.published(salt=SALT, vocabulary=50257, rule="selfhash")
    draw = np.random.RandomState(0)
    for _ in range(200):
        run = draw.randint(0, 50257, 4)
        hashed = table[torch.tensor(run) % 1_000_003] + 1
        wanted = (15485863 * hashed * hashed[-1]).min().item() % (2**64 - 1)
        assert greenlist.list_seed(run, key) == wanted


TABLE = {
    0.25: {25: (14, 19), 50: (24, 29), 100: (40, 48), 200: (71, 82), 400: (128, 144)},
    0.5: {25: (21, 24), 50: (37, 42), 100: (66, 74), 200: (123, 134), 400: (232, 248)},
}


@pytest.mark.parametrize("gamma", TABLE)
def test_the_green_tokens_that_are_needed_are_those_of_the_table(gamma: float) -> None:
    for n, wanted in TABLE[gamma].items():
        assert (null.threshold(n, gamma, 1e-3), null.threshold(n, gamma, 1e-6)) == wanted


def test_the_share_of_green_tokens_that_is_expected_is_the_bound_of_the_paper() -> None:
    share = greenlist.expected(0.5, 2, 0.807)
    assert 200 * share == pytest.approx(142.16, abs=0.005)
    assert np.sqrt(200 * share * (1 - share)) == pytest.approx(6.41, abs=0.005)


def test_the_list_after_token_0_is_the_same_for_every_key_and_not_counted() -> None:
    runs = greenlist.scored(np.array([5, 0, 7, 0, 3]), key_of())
    assert runs.tolist() == [[5, 0], [7, 0]]


def green_matrix(key: keys.Key) -> np.ndarray:
    """Which token (columns) is green after which (rows)."""
    first = int(V * float(key.terms["gamma"]))
    found = np.zeros((V, V), dtype=bool)
    for context in range(V):
        seed = greenlist.list_seed(np.array([context, 0]), key)
        found[context, permutation(seed, V)[:first]] = True
    return found


def written(green: np.ndarray, delta: float, texts: int, length: int, seed: int = 0) -> np.ndarray:
    """Texts (n, length) of a unigram model whose logits are raised by delta where green."""
    draw = np.random.RandomState(seed)
    found = draw.randint(0, V, (texts, 1))
    for _ in range(length - 1):
        p = ZIPF * np.exp(delta * green[found[:, -1]])
        edges = np.cumsum(p / p.sum(axis=1, keepdims=True), axis=1)
        drawn = (edges < draw.rand(texts, 1)).sum(axis=1).clip(max=V - 1)
        found = np.concatenate([found, drawn[:, None]], axis=1)
    return found


def key_of(gamma: float = 0.25, delta: float = 2.0, **more: object) -> keys.Key:
    terms = {"vocabulary": V, "gamma": gamma, "delta": delta, "alpha": 1e-4, **more}
    return greenlist.keygen(SEED, salt=SALT, **terms)  # type: ignore[arg-type]


def test_a_text_is_counted_as_its_lists_say() -> None:
    key = key_of()
    green = green_matrix(key)
    text = written(green, 2.0, 1, 60)[0]
    pairs = {(int(a), int(b)) for a, b in pairwise(text)}
    pairs = {pair for pair in pairs if pair[0]}
    tally = greenlist.counted(greenlist.scored(text, key), key)
    assert (tally.hits, tally.n) == (sum(bool(green[pair]) for pair in pairs), len(pairs))
    assert tally.rate == 0.25
    assert np.array_equal(greenlist.green(np.array([7]), key), green[7])


def p_values(green: np.ndarray, texts: np.ndarray, gamma: float, most: int) -> np.ndarray:
    """p of each text over its distinct pairs, the first `most` of them."""
    found = []
    for text in texts:
        runs = tokens.windows(text, 2)[:most]
        hits = int(green[runs[:, 0], runs[:, 1]].sum())
        found.append(null.p_value(hits, len(runs), gamma))
    return np.array(found)


@pytest.mark.parametrize(("gamma", "delta", "n", "power"), [
    (0.25, 2, 50, 1.00), (0.5, 2, 50, 0.98),
])  # fmt: skip
def test_the_power_is_that_of_the_table(gamma: float, delta: float, n: int, power: float) -> None:
    green = green_matrix(key_of(gamma))
    found = (p_values(green, written(green, delta, 400, 3 * n), gamma, n) < 1e-4).mean()
    assert abs(found - power) <= max(0.03, 3 * np.sqrt(power * (1 - power) / 400))


def test_without_a_mark_p_is_uniform_over_keys() -> None:
    texts = written(np.zeros((V, V), dtype=bool), 0, 200, 60)
    p = []
    for n, text in enumerate(texts):
        seed = tokens.seeds(n, 1)[0]
        key = greenlist.keygen(seed, salt=SALT, vocabulary=V)
        tally = greenlist.counted(greenlist.scored(text, key), key)
        above = null.p_value(tally.hits + 1, tally.n, tally.rate)
        share = np.random.RandomState(n).rand()  # of a discrete p, which makes it uniform
        p.append(above + share * (null.p_value(tally.hits, tally.n, tally.rate) - above))
    assert kstest(p, "uniform").pvalue > 1e-3
    assert np.mean(np.array(p) < 0.01) <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / len(p))


def marked(length: int = 150) -> tuple[keys.Key, np.ndarray]:
    key = key_of()
    return key, written(green_matrix(key), 2.0, 1, length)[0]


def test_a_marked_text_is_detected_with_its_controls() -> None:
    key, text = marked()
    human = written(np.zeros((V, V), dtype=bool), 0, 1, 150, seed=5)[0]
    commitment = keys.commit(key, "2026-01-01", "ledger")
    verdict = greenlist.verify(text, key, commitment, released="2026-02-01", human=human)
    assert verdict.status == "detected", verdict
    assert verdict.p is not None and verdict.p < 1e-4
    assert verdict.null_law == f"Bin({verdict.n}, 0.25)"
    assert [(c.name, c.passed) for c in verdict.controls] == [
        ("random keys", True), ("wrong context", True), ("human text", True),
    ]  # fmt: skip
    assert (
        verdict.to_json()
        == greenlist.verify(text, key, commitment, released="2026-02-01", human=human).to_json()
    )


def test_without_a_commitment_the_same_text_is_no_evidence() -> None:
    key, text = marked()
    verdict = greenlist.verify(text, key, None)
    assert (verdict.status, verdict.controls[-1].detail) == ("uncommitted", "none was given")


def test_a_text_repeated_ten_times_changes_nothing() -> None:
    key, text = marked()
    twice, ten = (greenlist.counted(greenlist.scored(np.tile(text, k), key), key) for k in (2, 10))
    assert twice == ten


def test_a_short_text_is_inconclusive_and_says_what_would_do() -> None:
    key, text = marked()
    commitment = keys.commit(key, "2026-01-01", "ledger")
    for length in (0, 1, 4, 8):
        verdict = greenlist.verify(text[:length], key, commitment, released="2026-02-01")
        assert verdict.status in ("inconclusive", "control_failed"), verdict
    assert verdict.status == "inconclusive"
    assert "tokens would do" in verdict.reason


def test_another_key_finds_nothing() -> None:
    _, text = marked(400)
    other = greenlist.keygen(b"o" * 32, salt=SALT, vocabulary=V, alpha=1e-4)
    commitment = keys.commit(other, "2026-01-01", "ledger")
    verdict = greenlist.verify(text, other, commitment, released="2026-02-01")
    assert verdict.status == "not_detected", verdict


@pytest.mark.parametrize(("given", "says"), [
    ([V], "Token 1000 is not in a vocabulary of 1,000: take the tokenizer of the key"),
    ([-1, 2], "Token -1 is not in a vocabulary"),
    ([[1, 2]], "A text is a row of token ids, whole numbers: tokenise it first"),
    (["a"], "A text is a row of token ids"),
    ([0.5], "A text is a row of token ids"),
])  # fmt: skip
def test_what_is_no_text_is_refused(given: object, says: str) -> None:
    with pytest.raises(Refused, match=says):
        greenlist.verify(given, key_of(), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(("terms", "says"), [
    ({"gamma": 0.0}, "gamma lies between 0 and 1"), ({"gamma": 1e-4}, "leaves some green"),
    ({"delta": 0.0}, "delta is above 0"), ({"rule": "minhash"}, "not one of simple, selfhash"),
])  # fmt: skip
def test_terms_that_make_no_list_are_refused(terms: dict[str, object], says: str) -> None:
    with pytest.raises(Refused, match=says):
        key_of(**terms)  # type: ignore[arg-type]


def test_a_public_key_is_taken_as_it_is() -> None:
    key = greenlist.published(salt=SALT, vocabulary=V)
    assert greenlist.list_seed(np.array([3, 9]), key) == 15485863 * 3
    with pytest.raises(Refused, match="A hash key lies between 1 and 2"):
        greenlist.published(0, salt=SALT, vocabulary=V)
    with pytest.raises(Refused, match="Only the rule `simple` has a list before its token"):
        greenlist.green(
            np.array([1]), greenlist.published(salt=SALT, vocabulary=V, rule="selfhash")
        )
