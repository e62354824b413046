"""Hits become a status in one place, in one order, and a verdict always has all its parts."""

import json
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.watermark.marking import COMMITTED, RELEASED, SALT, SEED, committed
from trl4ml.watermark import controls, null, uchida
from trl4ml.watermark.deciding import Run, decide
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Key
from trl4ml.watermark.null import Tally
from trl4ml.watermark.verdict import Control, Verdict

CLEAN = (Control("shuffled weights", True, 17, 20, 16, 26),)
FAILED = (*CLEAN, Control("wrong label", False, 30, 1, 16, 26))
NOT_RUN = (controls.not_run("random keys", "no bit is defined"),)


def a_key(bits: int = 64, alpha: float = 1e-3) -> Key:
    return uchida.keygen(SEED, layer="w", shape=[64, 128], bits=bits, alpha=alpha, salt=SALT)


def decided(statistic: Tally, alpha: float = 1e-3, **changes: Any) -> Verdict:
    key = changes.pop("key", None) or a_key(alpha=alpha)
    registered = changes.pop("registered", 1)
    run = Run("an independent model", committed(key, registered), RELEASED, CLEAN)
    return decide(key, statistic, replace(run, **changes))


@pytest.mark.parametrize(
    ("statistic", "changes", "status", "reason"),
    [
        (Tally(45, 64), {}, "detected", "The model agrees with the committed key beyond chance."),
        (Tally(44, 64), {}, "not_detected", "The mark was not found; that does not show that"),
        (Tally(64, 64), {"commitment": None}, "uncommitted", "No commitment was shown: a key fit"),
        (Tally(32, 64), {"commitment": None}, "uncommitted", "No commitment was shown: a key fit"),
        (Tally(64, 64), {"released": COMMITTED}, "uncommitted", "The commitment of 2026-01-31 is"),
        (Tally(64, 64), {"released": None}, "uncommitted", "The day on which the model became"),
        (Tally(64, 64), {"controls": FAILED}, "control_failed", "What must not match does: wrong"),
        (Tally(32, 64), {"controls": FAILED}, "control_failed", "What must not match does: wrong"),
        (Tally(64, 64), {"controls": NOT_RUN}, "control_failed", "No control was run."),
        (Tally(64, 64), {"controls": ()}, "control_failed", "No control was run."),
        (Tally(8, 8), {}, "inconclusive", "Even a full match gives p = 0.0039, not below 0.001:"),
        (Tally(9, 16), {}, "inconclusive", "The test finds a mark with 0.9 agreement with power"),
        (Tally(0, 0, undefined=64), {}, "inconclusive", "64 of 64 are undefined, and the 0 left"),
        (Tally(9, 16, undefined=48), {}, "inconclusive", "48 of 64 are undefined, and the 16 lef"),
        (Tally(32, 64), {"signal": "Labels only."}, "inconclusive", "Labels only."),
        (Tally(45, 64), {"signal": "Labels only."}, "detected", "The model agrees with"),
        (Tally(45, 64, undefined=9), {}, "detected", "The model agrees with the committed key"),
        (Tally(45, 64), {"tests_made": 3}, "not_detected", "The mark was not found"),
        (Tally(47, 64), {"tests_made": 3}, "detected", "The model agrees with"),
        (Tally(45, 64), {"registered": 3}, "not_detected", "The mark was not found"),
        (Tally(51, 64), {"alpha": 1e-6}, "detected", "The model agrees with"),
        (Tally(50, 64), {"alpha": 1e-6}, "not_detected", "The mark was not found"),
        (Tally(64, 64), {"alpha": 2.0**-64}, "inconclusive", "Even a full match gives p = 5.4e-20"),
    ],
)
def test_hits_become_a_status(
    statistic: Tally, changes: dict[str, Any], status: str, reason: str
) -> None:
    verdict = decided(statistic, **changes)
    assert verdict.status == status
    assert verdict.reason.startswith(reason)


def test_an_uncommitted_p_is_shown_and_marked_as_without_value() -> None:
    verdict = decided(Tally(64, 64), commitment=None)
    assert verdict.p == pytest.approx(2.0**-64)
    assert verdict.reason.endswith("The p-value has no evidential value.")
    assert verdict.remedy.startswith("Publish or sign a key's commitment before the model is rel")


def test_too_small_a_test_says_how_many_bits_would_do() -> None:
    verdict = decided(Tally(8, 8))
    assert verdict.reason.endswith(f": {null.least_n(1e-3, 0.5, 0.9)} bits would do.")
    assert verdict.remedy == "Use a longer key."


def test_a_constant_message_fails_a_control_however_short() -> None:
    arrays = {"message": np.ones(20, dtype=np.uint8)}
    key = Key("uchida", 1, {"alpha": 1e-3}, arrays, SALT)
    verdict = decided(Tally(20, 20), key=key)
    assert verdict.status == "control_failed"
    assert verdict.reason == "What must not match does: message balance."


def test_a_verdict_has_all_its_parts() -> None:
    verdict = decided(
        Tally(60, 64, undefined=3), tests_made=2, queries=7, seeds=(5,), model_digest="ab"
    )
    assert (verdict.scheme, verdict.version, verdict.null_law) == ("uchida", 1, "Bin(64, 0.5)")
    assert (verdict.hits, verdict.n, verdict.undefined, verdict.queries) == (60, 64, 3, 7)
    assert verdict.p == pytest.approx(null.p_value(60, 64), rel=1e-12)
    assert verdict.threshold == null.threshold(64, 0.5, 5e-4)
    assert verdict.threshold_level is not None and verdict.threshold_level < 5e-4
    assert verdict.floor == 2.0**-64
    assert verdict.power == pytest.approx(null.power(int(verdict.threshold or 0), 64, 0.9))
    assert (verdict.alpha, verdict.tests_made, verdict.registered) == (1e-3, 2, 1)
    assert verdict.key_digest == verdict.commitment == a_key().digest()
    assert [control.name for control in verdict.controls] == ["shuffled weights", "message balance"]


def test_a_verdict_is_the_same_bytes_twice_and_holds_no_secret() -> None:
    text = decided(Tally(60, 64)).to_json()
    assert text == decided(Tally(60, 64)).to_json()
    said = json.loads(text)
    assert set(said) == {field.name for field in fields(Verdict)}
    assert SEED.hex() not in text and "matrix" not in text


def test_p_below_every_float_is_bounded_and_its_logarithm_is_exact() -> None:
    verdict = decided(Tally(4000, 4000))
    assert verdict.p == 1e-300
    assert verdict.log2_p == pytest.approx(-4000)


FLAGS = st.sampled_from([True, False, None])


@given(st.integers(0, 64), st.integers(0, 64), FLAGS, st.booleans())
def test_nothing_is_detected_without_a_commitment_a_clean_control_and_a_small_p(
    hits: int, n: int, control: bool | None, bound: bool
) -> None:
    statistic = Tally(min(hits, n), n, undefined=64 - n)
    more: dict[str, Any] = {} if bound else {"commitment": None}
    verdict = decided(statistic, controls=(Control("wrong label", control),), **more)
    if verdict.status == "detected":
        assert bound and control is True and verdict.p is not None and verdict.p < 1e-3
    if verdict.status == "not_detected":
        assert bound and control is not False and (verdict.power or 0) >= 0.95
    assert bool(verdict.remedy) or verdict.status in ("detected", "not_detected")


@given(st.integers(0, 63), st.integers(1, 64))
def test_one_more_hit_never_loses_a_mark(hits: int, n: int) -> None:
    fewer, more = (decided(Tally(min(hits + i, n), n)) for i in (0, 1))
    assert fewer.status != "detected" or more.status == "detected"


def test_no_test_at_all_is_refused() -> None:
    with pytest.raises(Refused, match=r"^At least one test was made: count every key, label"):
        decided(Tally(60, 64), tests_made=0)


def test_random_keys_that_match_fail_and_ordinary_ones_do_not() -> None:
    draw = np.random.RandomState(0)
    honest = [Tally(int(k), 64) for k in draw.binomial(64, 0.5, 200)]
    control = controls.random_keys(honest, Tally(64, 64), 1e-3)
    assert control.passed is True
    assert control.detail.startswith("the true key's rank p is 0.005; 0 of 200 random keys reach")
    assert controls.random_keys([Tally(40, 64)] * 200, Tally(64, 64), 1e-3).passed is False
    lucky = [*honest[:-3], *[Tally(60, 64)] * 3]
    assert controls.random_keys(lucky, Tally(64, 64), 1e-3).passed is False
    assert controls.random_keys([Tally(0, 0)], Tally(0, 0), 1e-3).passed is None


def test_a_run_that_must_not_match_names_the_closest() -> None:
    control = controls.below("wrong label", [Tally(45, 64)], 1e-3)
    assert (control.passed, control.statistic, control.bound) == (False, 45, 45)
    assert controls.below("wrong label", [Tally(44, 64)], 1e-3).passed is True
    assert controls.below("wrong label", [Tally(0, 0)], 1e-3).passed is None


def test_twenty_runs_share_the_level_so_that_chance_does_not_fail_them() -> None:
    runs = [Tally(30, 64)] * 19
    bound = null.threshold(64, 0.5, 1e-3 / 20)
    assert bound == 48
    assert controls.below("shuffled weights", [*runs, Tally(47, 64)], 1e-3).passed is True
    control = controls.below("shuffled weights", [*runs, Tally(48, 64)], 1e-3)
    assert (control.passed, control.statistic, control.n, control.bound) == (False, 48, 20, 48)


def test_shuffles_keep_the_numbers_and_depend_on_the_seed_alone() -> None:
    tensor = np.arange(12.0).reshape(3, 4)
    first, second = controls.shuffled(tensor, 2, 7)
    assert sorted(first.ravel()) == sorted(second.ravel()) == list(range(12))
    assert np.array_equal(first, controls.shuffled(tensor, 1, 7)[0])
    assert not np.array_equal(first, second)
