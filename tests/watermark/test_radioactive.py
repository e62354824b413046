"""Radioactive data: the published check values, uniform p, marked classifiers."""

import numpy as np
import pytest
from scipy.stats import chi2, kstest

from trl4ml.watermark import keys, radioactive, tokens
from trl4ml.watermark.errors import Refused

SEED, SALT = b"s" * 32, b"t" * 32
C, D = 10, 64


@pytest.mark.parametrize(("d", "c", "p"), [
    (512, 0.1, 0.0117531), (512, 0.2, 2.49684e-6), (512, -0.1, 0.9882469), (512, 0, 0.5),
    (20, 0.3, 0.0932057),
])  # fmt: skip
def test_p_of_a_cosine_is_the_check_value(d: int, c: float, p: float) -> None:
    assert float(radioactive.cosine_p(np.array([c]), d)[0]) == pytest.approx(p, rel=1e-5)


@pytest.mark.parametrize("d", [20, 512])
def test_p_of_a_random_direction_is_uniform(d: int) -> None:
    drawn = np.random.RandomState(0).randn(2000, d)
    cosines = drawn[:, 0] / np.linalg.norm(drawn, axis=1)
    assert kstest(radioactive.cosine_p(cosines, d), "uniform").pvalue > 1e-3


def test_classes_are_combined_by_fisher() -> None:
    rows = np.random.RandomState(1).randn(C, D)
    directions = radioactive.carriers(key_of())
    score = radioactive.scored(rows, directions)
    cosines = (rows * directions).sum(axis=1) / np.linalg.norm(rows, axis=1)
    fisher = -2 * np.log(radioactive.cosine_p(cosines, D)).sum()
    assert 2**score.log2_p == pytest.approx(chi2.sf(fisher, 2 * C), rel=1e-9)


def key_of(**more: object) -> keys.Key:
    terms = {"classes": C, "dimension": D, "share": 0.01, **more}
    return radioactive.keygen(SEED, salt=SALT, **terms)  # type: ignore[arg-type]


def turned(by: float, seed: int = 2) -> np.ndarray:
    rows = np.random.RandomState(seed).randn(C, D)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows + by * radioactive.carriers(key_of())


def test_a_classifier_that_turned_is_detected_and_a_clean_one_is_inconclusive() -> None:
    key = key_of()
    commitment = keys.commit(key, "2026-01-01", "ledger")
    found = radioactive.verify(turned(0.4), key, commitment, released="2026-02-01")
    assert (found.status, found.null_law, found.n) == ("detected", "Gamma(10, 1)", 10), found
    assert [(c.name, c.passed) for c in found.controls] == [
        ("random keys", True),
        ("wrong class", True),
    ]
    clean = radioactive.verify(turned(0), key, commitment, released="2026-02-01")
    assert clean.status == "inconclusive", clean
    assert "how far marked data turns a classifier is not known" in clean.reason
    assert radioactive.verify(turned(0.4), key, None).status == "uncommitted"


def test_two_hundred_random_directions_give_uniform_p() -> None:
    rows = turned(0)
    drawn = [radioactive.keygen(s, salt=SALT, classes=C, dimension=D) for s in tokens.seeds(0, 200)]
    p = [2 ** radioactive.scored(rows, radioactive.carriers(one)).log2_p for one in drawn]
    assert kstest(p, "uniform").pvalue > 1e-3


def test_alignment_finds_the_mark_in_another_feature_space() -> None:
    draw = np.random.RandomState(3)
    features, onto = draw.randn(300, D), draw.randn(D, D + 6)
    rows = turned(0.4)
    suspect_rows = rows @ np.linalg.pinv(onto).T
    back = radioactive.aligned(suspect_rows, features, features @ onto)
    assert np.allclose(back, rows)
    assert radioactive.scored(suspect_rows[:, :D], radioactive.carriers(key_of())).log2_p > -10


@pytest.mark.parametrize(("shapes", "says"), [
    (((C, 8), (20, 8), (19, 8)), "Features of 20 and 19 images, 8 wide, and a classifier 8 wide do not"),
    (((C, 9), (20, 8), (20, 8)), "and a classifier 9 wide do not fit: give both networks the same"),
    (((C, 8), (5, 8), (5, 8)), "The features of 5 images do not span 8 directions"),
])  # fmt: skip
def test_features_that_cannot_be_aligned_are_refused(
    shapes: tuple[tuple[int, int], ...], says: str
) -> None:
    draw = np.random.RandomState(0)
    with pytest.raises(Refused, match=says):
        radioactive.aligned(*(draw.randn(*shape) for shape in shapes))


@pytest.mark.parametrize("rows", [
    np.zeros((C, D)), np.full((C, D), np.nan), np.ones((C, D + 1)), np.ones((C - 1, D)),
])  # fmt: skip
def test_a_classifier_that_does_not_fit_the_key_is_refused(rows: np.ndarray) -> None:
    with pytest.raises(Refused, match=r"the key is for \(10, 64\), every row finite"):
        radioactive.verify(rows, key_of(), None)


def test_terms_that_make_no_key_are_refused() -> None:
    with pytest.raises(Refused, match="at least one class, three features, and a share"):
        key_of(dimension=2)


def test_one_class_has_no_wrong_one() -> None:
    key = radioactive.keygen(SEED, salt=SALT, classes=1, dimension=D)
    verdict = radioactive.verify(np.ones((1, D)), key, None)
    assert verdict.controls[-1].detail == "the key has one class"
