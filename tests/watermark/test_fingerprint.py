"""A fingerprint ranks a suspect among independent models: never a binomial, never p = 0."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from tests.watermark.marking import RELEASED, SALT, committed
from trl4ml.watermark import fingerprint, keys, null
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.fingerprint import Rank
from trl4ml.watermark.keys import Key
from trl4ml.watermark.verdict import Verdict

INPUTS = np.random.RandomState(0).rand(60, 4)
OWN = np.random.RandomState(1).randint(0, 3, 60)


def a_key(alpha: float = 0.01) -> Key:
    inputs = keys.array_digest(INPUTS)
    return fingerprint.keygen(OWN, inputs=inputs, alpha=alpha, salt=SALT)


def independent(seed: int) -> Any:
    """Agrees with the owner on some .6 of the inputs, as models of one task do."""
    draw = np.random.RandomState(100 + seed)
    labels = np.where(draw.rand(60) < 0.4, OWN, draw.randint(0, 3, 60))
    return lambda x: labels


REFERENCES = [independent(seed) for seed in range(120)]


def verified(answers: Any, references: Any = REFERENCES, **more: Any) -> Verdict:
    key = more.pop("key", None) or a_key()
    return fingerprint.verify(
        answers, INPUTS, references, key, committed(key), released=RELEASED, **more
    )


def test_a_copy_is_above_every_independent_model() -> None:
    found = verified(lambda x: OWN)
    assert (found.status, found.hits, found.n) == ("detected", 60, 60)
    assert found.p == pytest.approx(1 / 121)
    assert found.null_law == "rank among 120 references"
    assert found.floor == 1 / 121 and found.power is None


def test_an_independent_model_is_not_matched_and_nothing_more_is_claimed() -> None:
    found = verified(independent(500))
    assert found.status == "inconclusive"
    assert found.reason == "Nothing was found, and how often this test finds a mark is not known."


def test_too_few_references_are_inconclusive_and_the_number_is_told() -> None:
    found = verified(lambda x: OWN, REFERENCES[:99])
    assert found.status == "inconclusive"
    assert found.reason.endswith("not below 0.01: 100 references would do.")
    assert verified(lambda x: OWN, REFERENCES[:100]).status == "detected"
    found = verified(lambda x: OWN, REFERENCES[:19], key=a_key(0.05))
    assert found.reason.endswith("20 references would do.")
    assert verified(lambda x: OWN, [], key=a_key(0.05)).status == "inconclusive"


@given(st.lists(st.integers(0, 30), min_size=0, max_size=150), st.sampled_from([0.05, 0.01]))
def test_the_threshold_is_the_fewest_hits_below_alpha(others: list[int], alpha: float) -> None:
    rank = Rank(0, 31, tuple(others))
    k = rank.threshold(alpha)
    if k is None:
        assert rank.floor >= alpha
    else:
        assert null.rank_p(k, others) < alpha <= null.rank_p(k - 1, others)
        assert rank.level(alpha) == null.rank_p(k, others)


def test_independent_models_have_uniform_ranks() -> None:
    draw = np.random.RandomState(0)
    p = [null.rank_p(float(draw.rand()), list(draw.rand(99))) for _ in range(500)]
    assert kstest(p, "uniform").pvalue > 0.01


def test_a_copy_that_agrees_with_shuffled_labels_too_fails_the_control() -> None:
    """The owner answers one class nearly always, and so does the suspect: no fingerprint."""
    own = np.zeros(60, dtype=np.int64)
    own[:3] = 1
    key = fingerprint.keygen(own, inputs=keys.array_digest(INPUTS), alpha=0.01, salt=SALT)
    found = verified(lambda x: np.zeros(60), key=key)
    assert found.status == "control_failed"
    assert found.reason == "What must not match does: shuffled labels."


def test_unanswered_inputs_are_left_out_for_all() -> None:
    half = np.where(np.arange(60) % 2, OWN, -1)
    found = verified(lambda x: half)
    assert (found.status, found.n, found.undefined) == ("detected", 30, 30)


def test_without_a_commitment_a_copy_is_uncommitted() -> None:
    found = fingerprint.verify(lambda x: OWN, INPUTS, REFERENCES, a_key(), None)
    assert (found.status, found.hits) == ("uncommitted", 60)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (np.zeros((60, 3)), "The model answered (60, 3) to 60 inputs: wanted a label for each."),
        (np.full(60, 0.5), "The model answered what is no label: whole numbers, or -1 for no"),
        (np.full(60, np.nan), "The model answered what is no label"),
        (np.full(60, -2), "The model answered what is no label"),
    ],
)
def test_answers_that_are_no_labels_are_one_sentence(answers: Any, said: str) -> None:
    with pytest.raises(Refused) as refused:
        verified(lambda x: answers)
    assert said in str(refused.value)


def test_other_inputs_and_a_fingerprint_that_cannot_be_are_refused() -> None:
    key = a_key()
    with pytest.raises(Refused, match=r"^These are not the committed inputs: their digest differ"):
        fingerprint.verify(lambda x: OWN, INPUTS + 1, REFERENCES, key, committed(key))
    with pytest.raises(Refused, match=r"^A fingerprint is a row of labels, one for each input\.$"):
        fingerprint.keygen([], inputs="")
    with pytest.raises(Refused, match=r"^A fingerprint's alpha is at most 0\.05: that takes 20 re"):
        a_key(0.2)
    with pytest.raises(Refused, match=r"^Reference 1 answered \(3,\) to 60 inputs: wanted a labe"):
        verified(lambda x: OWN, [lambda x: np.zeros(3)])
