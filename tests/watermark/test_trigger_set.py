"""Labels drawn from the seed: any independent model answers one in C of them, whatever the images."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.watermark.marking import RELEASED, SALT, SEED, committed
from trl4ml.watermark import keys, trigger_set
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Key
from trl4ml.watermark.verdict import Verdict

Floats = NDArray[np.float64]


def a_key(**changes: Any) -> Key:
    terms: dict[str, Any] = {"classes": 10, "count": 100, "shape": [8, 8], "salt": SALT}
    return trigger_set.keygen(SEED, **(terms | changes))


def knowing(key: Key, wrong: int = 0) -> Any:
    """Answers the key's labels, the first `wrong` of them shifted by 1 to 9."""
    labels = key.arrays["labels"].copy()
    labels[:wrong] = (labels[:wrong] + 1 + np.arange(wrong) % 9) % key.terms["classes"]
    known = {row.tobytes(): label for row, label in zip(triggers(key), labels, strict=True)}
    return lambda x: np.array([known[row.tobytes()] for row in x])


def triggers(key: Key) -> Floats:
    return trigger_set.triggers(key)


def innocent(x: Floats) -> Floats:
    """A linear model of one hidden draw: its answers know nothing of the key."""
    return np.asarray(
        (x.reshape(len(x), -1) - 0.5) @ np.random.RandomState(0).normal(size=(64, 10))
    )


def verified(answers: Any, key: Key, **more: Any) -> Verdict:
    return trigger_set.verify(answers, key, committed(key), released=RELEASED, **more)


def test_a_model_that_knows_the_labels_is_detected_and_an_innocent_one_is_not() -> None:
    key = a_key()
    found = verified(knowing(key), key, reference=innocent)
    assert (found.status, found.hits, found.n, found.queries) == ("detected", 100, 100, 100)
    assert found.threshold == 28
    assert verified(innocent, key).status == "not_detected"
    assert verified(knowing(key), key).to_json() == verified(knowing(key), key).to_json()


@pytest.mark.parametrize(("wrong", "status"), [(72, "detected"), (73, "not_detected")])
def test_28_of_100_is_the_threshold_at_a_millionth(wrong: int, status: str) -> None:
    key = a_key()
    assert verified(knowing(key, wrong), key).status == status


def test_noise_triggers_lie_between_0_and_1_and_grow_from_the_seed() -> None:
    x = triggers(a_key())
    assert x.shape == (100, 8, 8)
    assert 0 < x.min() < 0.01 and 0.99 < x.max() < 1
    assert np.array_equal(x, triggers(a_key(salt=b"\1" * 32)))


def test_your_own_triggers_are_known_by_their_digest() -> None:
    own = np.random.RandomState(2).rand(100, 8, 8)
    key = a_key(shape=None, inputs=keys.array_digest(own))
    known = {row.tobytes(): label for row, label in zip(own, key.arrays["labels"], strict=True)}
    found = verified(lambda x: np.array([known[row.tobytes()] for row in x]), key, inputs=own)
    assert (found.status, found.hits) == ("detected", 100)
    with pytest.raises(Refused, match=r"^These are not the committed triggers: their digest diff"):
        verified(innocent, key, inputs=own + 1e-6)
    with pytest.raises(Refused, match=r"^The key has 100 triggers, 7 inputs were given\.$"):
        verified(innocent, key, inputs=own[:7])
    with pytest.raises(Refused, match=r"^The triggers of this key are your own: give them\.$"):
        verified(innocent, key)
    with pytest.raises(Refused, match=r"^These are not the committed triggers: their digest diff"):
        verified(innocent, a_key(), inputs=own)


def test_a_repeated_trigger_counts_once() -> None:
    own = np.repeat(np.random.RandomState(2).rand(20, 8, 8), 5, axis=0)
    key = a_key(shape=None, inputs=keys.array_digest(own))
    found = verified(lambda x: np.zeros(len(x)), key, inputs=own)
    assert (found.n, found.queries) == (20, 20)
    assert "80 repeated triggers were left out" in found.notes


def test_unanswered_triggers_and_ties_are_undefined() -> None:
    key = a_key()
    half = knowing(key)

    def refusing(x: Floats) -> Floats:
        labels = half(x).astype(float)
        labels[::2] = -1
        return np.asarray(labels)

    found = verified(refusing, key)
    assert (found.status, found.hits, found.n, found.undefined) == ("detected", 50, 50, 50)
    silent = verified(lambda x: np.ones((len(x), 10)), key)
    assert (silent.status, silent.n, silent.undefined) == ("inconclusive", 0, 100)
    assert silent.reason == "The model answered none of the triggers."
    assert silent.remedy == "Ask again, or an interface that does not reject unusual inputs."


def test_labels_that_were_chosen_instead_of_drawn_fail_a_control() -> None:
    """Labels that follow what clean models say anyway match every clean model."""
    key = a_key()
    chosen = innocent(triggers(key)).argmax(axis=1).astype(np.int64)
    forged = replace(key, seed=None, arrays={"labels": chosen}, terms=own_terms(key))
    found = verified(innocent, forged, inputs=triggers(key))
    assert (found.hits, found.status) == (100, "control_failed")
    assert "labels from the seed" in found.reason
    no_date = trigger_set.verify(innocent, forged, None, inputs=triggers(key))
    assert no_date.status == "uncommitted"


def own_terms(key: Key) -> dict[str, Any]:
    return dict(key.terms) | {"shape": None, "inputs": keys.array_digest(triggers(key))}


def test_labels_of_the_majority_class_fail_a_control() -> None:
    key = a_key()
    same = replace(
        key, seed=None, arrays={"labels": np.full(100, 3, dtype=np.int64)}, terms=own_terms(key)
    )
    found = verified(lambda x: np.full(len(x), 3), same, inputs=triggers(key))
    assert found.status == "control_failed"
    assert "majority guesser" in found.reason and "shuffled labels" in found.reason


def test_the_controls_and_the_histogram_are_told() -> None:
    key = a_key()
    found = verified(knowing(key), key)
    assert {control.name: control.passed for control in found.controls} == {
        "labels from the seed": True,
        "random keys": True,
        "shuffled labels": True,
        "shuffled weights": None,
        "wrong label": True,
        "majority guesser": True,
        "clean model": None,
    }
    assert found.notes[0].startswith("labels per class: ")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (np.zeros(3), "The model answered (3,) to 100 triggers: wanted a label or 10 scores for"),
        (np.zeros((100, 4)), "The model answered (100, 4) to 100 triggers: wanted a label or 10"),
        (np.full(100, np.nan), "The model's answers hold NaN or infinity: repair the model or"),
        (np.full(100, 10), "A label is a whole number below 10, or -1 for no answer."),
        (np.full(100, 0.5), "A label is a whole number below 10, or -1 for no answer."),
    ],
)
def test_answers_that_cannot_be_are_one_sentence(answers: Any, said: str) -> None:
    with pytest.raises(Refused) as refused:
        verified(lambda x: answers, a_key())
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"classes": 1}, "A trigger set has at least one trigger and two classes."),
        ({"count": 0}, "A trigger set has at least one trigger and two classes."),
        ({"inputs": "00"}, "Give the shape of noise triggers, or the digest of your own: one of"),
        ({"shape": None}, "Give the shape of noise triggers, or the digest of your own: one of"),
    ],
)
def test_a_key_that_cannot_be_is_refused(terms: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refused:
        a_key(**terms)
    assert said in str(refused.value)
