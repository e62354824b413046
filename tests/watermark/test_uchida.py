"""A message in one layer's mean kernel: read in every layout, after permutations, never by accident."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.watermark.marking import RELEASED, SALT, SEED, committed
from trl4ml.watermark import canonical, keys, uchida
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Key
from trl4ml.watermark.verdict import Verdict

Floats = NDArray[np.float64]


def a_key(**changes: Any) -> Key:
    terms: dict[str, Any] = {"layer": "2.weight", "shape": [64, 128], "alpha": 1e-3, "salt": SALT}
    return uchida.keygen(SEED, **(terms | changes))


def clean(*shape: int) -> Floats:
    return np.random.RandomState(0).normal(0, 0.05, shape or (64, 128))


def marked(key: Key, *shape: int) -> Floats:
    """The clean layer shifted by the least change that gives every bit its sign."""
    tensor = clean(*shape)
    w = tensor.mean(axis=0).ravel()
    signs = 0.5 * (2.0 * key.arrays["message"] - 1)
    change = np.linalg.pinv(key.arrays["matrix"]) @ (signs - key.arrays["matrix"] @ w)
    return np.asarray(tensor + change.reshape(tensor.shape[1:]))


def verified(tensor: Floats, key: Key, **more: Any) -> Verdict:
    return uchida.verify(tensor, key, committed(key), released=RELEASED, **more)


@pytest.mark.parametrize("rows", ["random", "direct"])
def test_a_marked_layer_is_detected_and_a_clean_one_is_not(rows: Any) -> None:
    key = a_key(rows=rows)
    found = verified(marked(key), key, parent=clean())
    assert (found.status, found.hits, found.n) == ("detected", 64, 64)
    assert all(control.passed in (True, None) for control in found.controls)
    assert verified(clean(), key).status == "not_detected"


def test_rows_of_differences_are_one_plus_and_one_minus() -> None:
    matrix = a_key(rows="diff").arrays["matrix"]
    assert matrix.shape == (64, 128)
    assert (np.sort(matrix, axis=1)[:, [0, -1]] == [-1, 1]).all()
    assert (np.abs(matrix).sum(axis=1) == 2).all()


def test_the_controls_that_ran_and_those_that_could_not_are_named() -> None:
    key = a_key()
    told = {control.name: control.passed for control in verified(marked(key), key).controls}
    assert told == {
        "random keys": True,
        "shuffled weights": True,
        "wrong label": None,
        "clean parent": None,
        "wrong layout": True,
        "message balance": True,
    }


@pytest.mark.parametrize(
    ("layout", "axes", "shape"),
    [
        ("io", (1, 0), (64, 128)),
        ("oihw", (0, 3, 1, 2), (32, 3, 3, 16)),
        ("hwio", (1, 2, 3, 0), (32, 3, 3, 16)),
    ],
)
def test_one_key_reads_the_same_layer_in_every_layout(
    layout: str, axes: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    stored = clean(*shape).transpose(axes).shape
    key = a_key(shape=list(stored), layout=layout)
    tensor = marked(key, *shape)
    assert verified(tensor.transpose(axes), key).hits == 64
    if layout == "io":
        assert verified(tensor, key, layout="oi").hits == 64
    if layout == "oihw":
        assert verified(tensor.transpose(1, 2, 3, 0), key, layout="hwio").hits == 64


def test_a_wrong_layout_of_a_square_layer_is_at_chance() -> None:
    key = a_key(shape=[128, 128])
    tensor = marked(key, 128, 128)
    assert verified(tensor, key).hits == 64
    assert 20 < (verified(tensor.T, key).hits or 0) < 45


def test_the_outputs_own_order_and_scale_do_no_harm() -> None:
    key = a_key()
    order = np.random.RandomState(1).permutation(64)
    assert verified(3.0 * marked(key)[order], key).hits == 64


def network(key: Key) -> tuple[Floats, Floats]:
    """Incoming weights of 128 units and the marked layer behind them."""
    return np.random.RandomState(5).normal(0, 1, (128, 64)), marked(key)


def test_permuted_and_rescaled_units_hide_the_mark_until_they_are_put_back() -> None:
    reference, _ = network(a_key())
    key = a_key(reference=keys.array_digest(reference))
    layer = marked(key)
    draw = np.random.RandomState(6)
    order, scale = draw.permutation(128), draw.uniform(0.5, 2, 128)
    incoming, moved = (reference * scale[:, None])[order], (layer / scale)[:, order]
    x = draw.normal(0, 1, (64, 9))
    same = layer @ np.maximum(reference @ x, 0)
    assert moved @ np.maximum(incoming @ x, 0) == pytest.approx(same)
    assert (verified(moved, key).hits or 0) < 45
    back = verified(moved, key, incoming=incoming, reference=reference)
    assert (back.hits, back.status) == (64, "detected")
    assert canonical.aligned(moved, incoming, reference) == pytest.approx(layer)


@given(st.permutations(range(8)), st.lists(st.floats(0.1, 10), min_size=8, max_size=8))
def test_any_permutation_and_scale_is_undone(order: list[int], scales: list[float]) -> None:
    draw = np.random.RandomState(0)
    reference, layer, scale = draw.normal(0, 1, (8, 5)), draw.normal(0, 1, (3, 8)), np.array(scales)
    incoming, moved = (reference * scale[:, None])[order], (layer / scale)[:, order]
    assert canonical.aligned(moved, incoming, reference) == pytest.approx(layer)


def test_a_forged_key_matches_everything_and_is_uncommitted() -> None:
    key = a_key()
    innocent = clean()
    fitted = (key.arrays["matrix"] @ uchida.mean_kernel(innocent) > 0).astype(np.uint8)
    forged = Key("uchida", 1, key.terms, {"matrix": key.arrays["matrix"], "message": fitted}, SALT)
    found = uchida.verify(innocent, forged, None, released=RELEASED)
    assert (found.hits, found.status) == (64, "uncommitted")
    other = uchida.verify(innocent, forged, committed(key), released=RELEASED)
    assert other.status == "uncommitted"
    assert other.reason.startswith("The key shown is not the one committed: its digest differs.")
    late = keys.commit(forged, "2026-03-01", "after the fact")
    assert uchida.verify(innocent, forged, late, released=RELEASED).status == "uncommitted"


def test_a_matrix_fitted_to_the_message_is_uncommitted_too() -> None:
    key, innocent = a_key(), clean()
    w = uchida.mean_kernel(innocent)
    flip = np.sign(key.arrays["matrix"] @ w) * (2.0 * key.arrays["message"] - 1)
    arrays = {"matrix": key.arrays["matrix"] * flip[:, None], "message": key.arrays["message"]}
    found = uchida.verify(innocent, Key("uchida", 1, key.terms, arrays, SALT), None)
    assert (found.hits, found.status) == (64, "uncommitted")


def test_a_layer_of_zeros_has_no_defined_bit() -> None:
    key = a_key()
    found = verified(np.zeros((64, 128)), key)
    assert (found.status, found.hits, found.n, found.undefined) == ("inconclusive", 0, 0, 64)
    assert found.reason.startswith("64 of 64 are undefined, and the 0 left are too few: ")


@pytest.mark.parametrize(
    ("tensor", "more", "said"),
    [
        (clean(32, 128), {}, "The key is for layer 2.weight of shape 64x128 (outputs first), this"),
        (clean(128, 64), {}, "this one has 128x64: name the right layer or its layout."),
        (clean(64, 128, 1, 1), {}, "A tensor of shape 64x128x1x1 has no layout oi."),
        (clean(), {"layout": "xy"}, "A layout is one of oi, io, oihw, hwio, not 'xy'."),
        (clean() * np.nan, {}, "The layer's weights hold NaN or infinity: take an intact model"),
        (clean(), {"incoming": clean(128, 9)}, "Aligning needs both: the model's incoming weigh"),
        (
            clean(),
            {"incoming": clean(128, 9), "reference": clean(128, 9)},
            "The reference is not the one in the key: commit its digest",
        ),
    ],
)
def test_a_layer_that_does_not_fit_is_one_sentence(
    tensor: Floats, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused) as refused:
        verified(tensor, a_key(), **more)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"shape": [64]}, "A shape of 64 has no layout 'oi': use oi, io, oihw, hwio."),
        ({"rows": "odd"}, "Rows are random, direct, diff, not 'odd'."),
        ({"bits": 0}, "A message has at least one bit."),
        ({"rows": "direct", "bits": 129}, "129 carriers do not fit into 128 inputs"),
        ({"rows": "diff", "shape": [4, 1]}, "Rows of differences need a layer with two inputs"),
    ],
)
def test_a_key_that_cannot_be_is_refused(terms: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refused:
        a_key(**terms)
    assert said in str(refused.value)


def test_a_free_form_key_of_another_size_and_aligning_what_does_not_fit_are_refused() -> None:
    key = a_key()
    short = replace(key, seed=None, arrays={"matrix": np.ones((3, 4)), "message": np.eye(3)[0]})
    with pytest.raises(Refused, match=r"^The key's matrix is 3x4; wanted one row for each of 3 "):
        verified(clean(), short)
    with pytest.raises(Refused, match=r"^Aligning 128 units needs two matrices with a row for ea"):
        canonical.aligned(clean(), np.ones((2, 2)), np.ones((2, 2)))
    with pytest.raises(Refused, match=r"^The incoming weights hold NaN or infinity: take an int"):
        canonical.aligned(clean(), np.full((128, 2), np.nan), np.ones((128, 2)))
