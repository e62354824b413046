"""Aaronson's scheme: the exact Gamma tail, its thresholds, and texts written with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma, kstest

from trl4ml.watermark import gumbel, keys, log_scores, tokens
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.log_scores import Score

SEED, SALT = b"s" * 32, b"t" * 32
V = 200


@pytest.mark.parametrize(("n", "wanted"), [
    (50, (67.90, 80.66, 91.06)), (100, (124.72, 141.53, 154.92)),
    (200, (234.36, 256.92, 274.56)), (400, (447.99, 478.69, 502.37)),
])  # fmt: skip
def test_the_thresholds_are_those_of_the_table(n: int, wanted: tuple[float, ...]) -> None:
    for alpha, threshold in zip((1e-2, 1e-4, 1e-6), wanted, strict=True):
        found = Score(0, n).threshold(alpha)
        assert found == pytest.approx(threshold, abs=0.006)
        assert 2 ** log_scores.tail(found or 0, n) == pytest.approx(alpha, rel=1e-6)


@given(st.floats(0, 1000), st.integers(1, 300))
def test_the_tail_is_the_gamma_tail_and_goes_on_below_it(score: float, n: int) -> None:
    found = log_scores.tail(score, n)
    assert found <= 0
    if gamma.sf(score, n) > 1e-300:
        assert 2**found == pytest.approx(gamma.sf(score, n), rel=1e-8)
    assert log_scores.tail(score + 1, n) <= found + 1e-12


def test_far_below_the_smallest_float_there_is_still_a_logarithm() -> None:
    assert log_scores.tail(3000, 10) == pytest.approx(-4242.8, abs=0.5)


def key_of(**more: object) -> keys.Key:
    terms = {"vocabulary": V, "context": 3, **more}
    return gumbel.keygen(SEED, salt=SALT, **terms)  # type: ignore[arg-type]


def written(key: keys.Key, length: int, spread: float = 1.0, seed: int = 0) -> np.ndarray:
    draw = np.random.RandomState(seed)
    text = draw.randint(0, V, 3).tolist()
    for _ in range(length):
        logits = spread * draw.randn(V)
        p = np.exp(logits) / np.exp(logits).sum()
        text.append(gumbel.chosen(p, np.array(text[-3:]), key))
    return np.array(text)


def test_the_choice_follows_the_model_over_keys() -> None:
    p = np.array([0.5, 0.3, 0.2, 0.0])
    drawn = [
        gumbel.chosen(
            p, np.array([1, 2, 3]), gumbel.keygen(seed, salt=SALT, vocabulary=4, context=3)
        )
        for seed in tokens.seeds(0, 2000)
    ]
    share = np.bincount(drawn, minlength=4) / 2000
    assert share[3] == 0
    assert np.abs(share - p).max() <= 3 * np.sqrt(0.25 / 2000)


def test_a_marked_text_is_detected_and_a_human_one_is_not() -> None:
    key = key_of()
    commitment = keys.commit(key, "2026-01-01", "ledger")
    human = np.random.RandomState(4).randint(0, V, 300)
    found = gumbel.verify(written(key, 100), key, commitment, released="2026-02-01", human=human)
    assert (found.status, found.n, found.null_law) == ("detected", 100, "Gamma(100, 1)"), found
    assert all(control.passed for control in found.controls)
    clean = gumbel.verify(human, key, commitment, released="2026-02-01")
    assert clean.status == "not_detected", clean
    short = gumbel.verify(human[:30], key, commitment, released="2026-02-01")
    assert (short.status, "tokens would do" in short.reason) == ("inconclusive", True), short
    assert gumbel.verify(written(key, 100), key, None).status == "uncommitted"


def test_a_loop_is_counted_once() -> None:
    key = key_of()
    loop = np.tile(np.array([1, 2, 3, 4, 5]), 100)
    assert gumbel.scored(tokens.windows(loop, 4), key).n == 5
    twice, ten = (gumbel.verify(np.tile(written(key, 60), k), key, None) for k in (2, 10))
    assert (twice.hits, twice.n) == (ten.hits, ten.n)


def test_without_a_mark_p_is_uniform_over_keys() -> None:
    text = np.random.RandomState(0).randint(0, V, 80)
    runs = tokens.windows(text, 4)
    drawn = [gumbel.keygen(s, salt=SALT, vocabulary=V, context=3) for s in tokens.seeds(1, 500)]
    p = [2 ** gumbel.scored(runs, key).log2_p for key in drawn]
    assert kstest(p, "uniform").pvalue > 1e-3
    assert np.mean(np.array(p) < 0.01) <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / 500)


def test_nothing_to_score_is_inconclusive() -> None:
    key = key_of()
    commitment = keys.commit(key, "2026-01-01", "ledger")
    found = gumbel.verify([1, 2], key, commitment, released="2026-02-01")
    assert (found.n, found.p, found.status) == (0, 1, "inconclusive"), found


def test_terms_that_make_no_key_are_refused() -> None:
    with pytest.raises(
        Refused, match="A context has at least one token, a vocabulary at least two"
    ):
        key_of(context=0)
