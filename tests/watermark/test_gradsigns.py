"""A message in the input gradient: the same bits from the gradient, from ONNX and through scores."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.watermark.marking import (
    INPUTS,
    LABEL,
    RELEASED,
    SALT,
    Linear,
    clean,
    committed,
    gradsigns_key,
    marked,
)
from trl4ml.watermark import gradsigns, keys, scores
from trl4ml.watermark.differences import black_box, ladder
from trl4ml.watermark.double import onnx_scores, onnx_shuffled
from trl4ml.watermark.errors import NoSignal, Refused
from trl4ml.watermark.gradients import central, white_box
from trl4ml.watermark.gradsigns import Reading
from trl4ml.watermark.keys import Key
from trl4ml.watermark.verdict import Verdict

Floats = NDArray[np.float64]


def verified(reading: Reading, key: Key, **more: Any) -> Verdict:
    return gradsigns.verify(reading, key, committed(key), released=RELEASED, **more)


def hits(reading: Reading, key: Key) -> int:
    return gradsigns.tallied(reading.projections, key).hits


def test_a_marked_model_is_detected_white_box_and_black_box_and_a_clean_one_is_not() -> None:
    key = gradsigns_key()
    white = white_box(marked(key).gradient, INPUTS, key)
    black = black_box(marked(key).scores, INPUTS, key)
    assert [verified(reading, key).status for reading in (white, black)] == ["detected"] * 2
    assert verified(white, key).hits == verified(black, key).hits == 32
    innocent = [white_box(clean().gradient, INPUTS, key), black_box(clean().scores, INPUTS, key)]
    assert [verified(reading, key).status for reading in innocent] == ["not_detected"] * 2
    assert verified(white, key, reference=innocent[0]).status == "detected"


def test_the_three_gradients_of_one_model_agree() -> None:
    key, model = gradsigns_key(), marked(gradsigns_key())
    exact = white_box(model.gradient, INPUTS, key)
    near = white_box(central(model.scores), INPUTS, key)
    assert near.projections == pytest.approx(exact.projections, rel=1e-6, abs=1e-9)
    directional = black_box(model.scores, INPUTS, key).projections
    largest = np.abs(key.arrays["matrix"]).max(axis=1)
    assert directional * largest / 0.01 == pytest.approx(exact.projections, rel=0.05, abs=0.02)


def test_a_black_box_costs_the_inputs_twice_and_once_for_each_bit() -> None:
    key = gradsigns_key()
    asked: list[int] = []

    def counting(x: Floats) -> Floats:
        asked.append(len(x))
        return marked(key).scores(x)

    assert black_box(counting, INPUTS, key).queries == sum(asked) == 20 * (32 + 2)


@pytest.mark.parametrize("decimals", [1, 2, 3, 4, 6])
def test_rounded_scores_still_show_the_mark(decimals: int) -> None:
    key = gradsigns_key()
    reading = black_box(marked(key).rounded(decimals), INPUTS, key)
    assert hits(reading, key) >= 28
    assert f"the scores are rounded to {decimals} decimals" in reading.notes


@pytest.mark.parametrize(
    ("digits", "steps"),
    [(None, (0.01, 0.1)), (6, (0.01, 0.1)), (3, (0.01, 0.1)), (2, (0.1,)), (1, (0.1,))],
)
def test_the_step_follows_the_decimals(digits: int | None, steps: tuple[float, ...]) -> None:
    assert ladder(digits) == steps


def test_the_step_grows_where_bits_are_undefined_and_the_queries_are_counted() -> None:
    key = gradsigns_key()
    flat = Linear(marked(key).weights * 0.02)
    reading = black_box(flat.rounded(3), INPUTS[:20], key)
    assert reading.notes[0] == "step 0.1"
    assert reading.queries == 20 * (2 + 2 * 32)


@pytest.mark.parametrize("levels", [None, 255])
def test_an_interface_that_clips_or_takes_whole_levels_is_asked_within_its_bounds(
    levels: int | None,
) -> None:
    edges = np.round(INPUTS)
    key = gradsigns_key(inputs=keys.array_digest(edges), bounds=[0, 1])
    model = marked(key)
    asked: list[Floats] = []

    def clipping(x: Floats) -> Floats:
        asked.append(x)
        seen = x.clip(0, 1)
        return model.scores(seen if levels is None else np.round(seen * levels) / levels)

    reading = black_box(clipping, edges, key)
    assert hits(reading, key) == 32
    assert reading.queries == sum(map(len, asked)) == 20 * (2 + 2 * 32)
    assert all(0 <= x.min() <= x.max() <= 1 for x in asked)
    loose = gradsigns_key(inputs=keys.array_digest(edges))
    assert hits(black_box(clipping, edges, loose), loose) < 32


def test_wrong_label_and_wrong_layout_are_at_or_below_chance() -> None:
    key = gradsigns_key()
    reading = white_box(marked(key).gradient, INPUTS, key)
    assert reading.wrong_label is not None and reading.wrong_layout is not None
    for wrong in (reading.wrong_label, reading.wrong_layout):
        assert gradsigns.tallied(wrong, key).hits < 26
    told = {control.name: control.passed for control in verified(reading, key).controls}
    assert told == {
        "random keys": True,
        "shuffled weights": None,
        "wrong label": True,
        "clean model": None,
        "wrong layout": True,
        "message balance": True,
    }


@pytest.mark.parametrize(("shape", "place", "wanted"), [((64,), 0, 63), ((8, 8), 1, 8)])
def test_a_misplaced_carrier_is_where_reversed_axes_put_it(
    shape: tuple[int, ...], place: int, wanted: int
) -> None:
    assert gradsigns.misplaced(np.array([place]), shape).tolist() == [wanted]


def test_channels_first_read_as_channels_last_is_not_detected() -> None:
    """The same pixels, the model's inputs turned: the key's carriers point elsewhere."""
    key = gradsigns_key()
    model = marked(key)
    turned = white_box(
        lambda x, label, places: (
            model.gradient(x.transpose(0, 2, 1), label, gradsigns.misplaced(places, (8, 8)))
            * np.where(np.arange(len(places)) % 2, 1, -1)
        ),
        INPUTS,
        key,
    )
    assert verified(turned, key).status == "not_detected"


def test_a_constant_model_has_no_defined_bit_and_is_inconclusive() -> None:
    key = gradsigns_key()
    constant = Linear(np.zeros((64, 10)))
    for reading in (
        white_box(constant.gradient, INPUTS, key),
        black_box(constant.scores, INPUTS, key),
    ):
        found = verified(reading, key)
        assert (found.status, found.hits, found.n, found.undefined) == ("inconclusive", 0, 0, 32)
        assert found.reason.startswith("32 of 32 are undefined, and the 0 left are too few: ")


def test_the_top_label_alone_is_inconclusive_and_asks_for_scores() -> None:
    key = gradsigns_key()
    model = marked(key)
    one_hot = black_box(lambda x: np.eye(10)[model.scores(x).argmax(axis=1)], INPUTS, key)
    found = verified(one_hot, key)
    assert found.status == "inconclusive"
    assert found.reason == (
        "Every score is 0 or 1: the answers carry the label only, and this needs scores."
    )
    assert found.remedy == "Ask for more decimals, a larger step or more inputs of the key's label."
    with pytest.raises(NoSignal, match=r"^The model answers with labels only; this scheme needs "):
        black_box(lambda x: model.scores(x).argmax(axis=1), INPUTS, key)


def test_an_interface_that_changes_its_mind_is_inconclusive() -> None:
    key, draw = gradsigns_key(), np.random.RandomState(0)

    def noisy(x: Floats) -> Floats:
        p = clean().scores(x) + draw.uniform(0, 0.05, (len(x), 10))
        return np.asarray(p / p.sum(axis=1, keepdims=True))

    found = verified(black_box(noisy, INPUTS, key), key)
    assert found.status == "inconclusive"
    assert found.reason == "Two identical queries differ by more than the differences asked for."


def test_clipped_probabilities_are_counted() -> None:
    key = gradsigns_key()
    sure = Linear(marked(key).weights * 40)
    notes = black_box(sure.scores, INPUTS, key).notes
    assert any(note.endswith("probabilities were clipped at 1e-12") for note in notes)


@pytest.mark.parametrize("returns", ["logits", "log-probabilities"])
def test_logits_and_logarithms_are_read_as_the_key_says(returns: Any) -> None:
    key = gradsigns_key(returns=returns)
    model = marked(key)

    def answers(x: Floats) -> Floats:
        logits = x.reshape(len(x), -1) @ model.weights
        return np.log(model.scores(x)) if returns == "log-probabilities" else logits + 7.0

    assert hits(black_box(answers, INPUTS, key), key) == 32


def onnx_file(folder: Path, model: Linear) -> Path:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("Cast", ["x"], ["single"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["single"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["p"]),
    ]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 8, 8])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 10])],
        [numpy_helper.from_array(model.weights.astype(np.float32), "w")],
    )
    path = folder / "model.onnx"
    opset = [helper.make_opsetid("", 17)]
    onnx.save_model(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    return path


def test_an_onnx_model_is_read_white_box_in_float64(tmp_path: Path) -> None:
    key = gradsigns_key()
    path = onnx_file(tmp_path, marked(key))
    answers = onnx_scores(path)
    single = Linear(marked(key).weights.astype(np.float32).astype(np.float64))
    assert answers(INPUTS) == pytest.approx(single.scores(INPUTS), abs=1e-14)
    reading = white_box(central(answers), INPUTS, key)
    mixed = [white_box(central(onnx_shuffled(path, s)), INPUTS, key) for s in range(3)]
    found = verified(reading, key, shuffled=mixed)
    assert (found.status, found.hits) == ("detected", 32)
    assert found.controls[1].passed is True


def test_an_onnx_model_without_such_an_output_or_input_is_one_sentence(tmp_path: Path) -> None:
    path = onnx_file(tmp_path, clean())
    with pytest.raises(Refused, match=r"^model\.onnx: has no output q; it has p\.$"):
        onnx_scores(path, "q")
    with pytest.raises(Refused, match=r"^model\.onnx: cannot be computed in float64 \(.*black box"):
        onnx_scores(path)(np.zeros((2, 3)))


def test_a_forged_message_matches_everything_and_is_uncommitted() -> None:
    key = gradsigns_key()
    innocent = white_box(clean().gradient, INPUTS, key)
    fitted = (innocent.projections > 0).astype(np.uint8)
    forged = replace(key, seed=None, arrays=dict(key.arrays) | {"message": fitted})
    found = gradsigns.verify(innocent, forged, None, released=RELEASED)
    assert (found.hits, found.status) == (32, "uncommitted")
    assert verified(innocent, key).status == "not_detected"


def test_a_dense_matrix_is_the_same_key_as_carriers_and_rows() -> None:
    key = gradsigns_key()
    whole = np.zeros((32, 64))
    whole[:, key.arrays["carriers"]] = key.arrays["matrix"]
    same = gradsigns.dense(whole, key.arrays["message"], dict(key.terms), SALT)
    reading = white_box(marked(key).gradient, INPUTS, same)
    assert hits(reading, same) == 32
    assert verified(reading, same).status == "detected"
    with pytest.raises(Refused, match=r"^A dense matrix has a row for each bit and a column for"):
        gradsigns.dense([1.0], [1], {}, SALT)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (INPUTS[:5], "The inputs have shape 5x8x8, the key wants 20x8x8: is it the key of another"),
        (INPUTS.reshape(20, 64), "The inputs have shape 20x64, the key wants 20x8x8"),
        (INPUTS + 1e-9, "These are not the committed inputs: their digest differs from the key's."),
    ],
)
def test_inputs_that_were_not_committed_are_refused(inputs: Floats, said: str) -> None:
    key = gradsigns_key()
    with pytest.raises(Refused) as refused:
        white_box(clean().gradient, inputs, key)
    assert said in str(refused.value)


def answered(p: Any) -> Any:
    return black_box(lambda x: p, INPUTS, gradsigns_key())


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (np.ones((3, 10)) / 10, "The model answered 3x10 to 20 inputs: wanted one row of classes"),
        (np.full((20, 10), np.nan), "The model's answers hold NaN or infinity: repair the model"),
        (np.ones((20, 10)), "Row 1 of the answers sums to 10, so these are not probabilities: say"),
        (np.eye(20, 3) * 0 + [2, -1, 0], "Row 1 of the answers sums to 1, so these are not"),
        (np.ones((20, 3)) / 3, "The model has 3 classes, the key names label 3."),
    ],
)
def test_answers_that_cannot_be_are_one_sentence(p: Any, said: str) -> None:
    with pytest.raises(Refused) as refused:
        answered(p)
    assert said in str(refused.value)


def test_rounded_rows_may_sum_to_nearly_one() -> None:
    tenths = np.full((4, 3), 0.3)
    assert scores.probabilities(tenths, 4).tolist() == tenths.tolist()
    assert scores.decimals(tenths) == 1
    assert scores.decimals(np.array([[0.1234, 0.8766]], dtype=np.float32).astype(float)) == 4
    assert scores.decimals(np.array([[1 / 3, 2 / 3]])) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"returns": "odds"}, "An interface returns probabilities, log-probabilities, logits, not"),
        ({"bounds": [1, 0]}, "Bounds are the least and the largest input, such as 0 and 1."),
        ({"bits": 0}, "Bits, carriers, inputs and scale are above 0."),
        ({"label": -1}, "A label is not negative: classes are counted from 0."),
        ({"carriers": 65}, "65 carriers do not fit into 64 inputs: ask for fewer."),
    ],
)
def test_a_key_that_cannot_be_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refused:
        gradsigns_key(**change)
    assert said in str(refused.value)


def test_a_free_form_key_whose_parts_do_not_fit_is_refused() -> None:
    key = gradsigns_key()
    far = replace(key, seed=None, arrays=dict(key.arrays) | {"carriers": np.full(48, 64)})
    with pytest.raises(Refused, match=r"^A carrier lies outside the 64 inputs: wrong key\.$"):
        white_box(clean().gradient, INPUTS, far)
    thin = replace(key, seed=None, arrays=dict(key.arrays) | {"matrix": np.ones((3, 48))})
    with pytest.raises(Refused, match=r"^The key's matrix is 3x48, but it has 32 bits and 48 car"):
        white_box(clean().gradient, INPUTS, thin)


@pytest.mark.parametrize(
    ("gradient", "said"),
    [
        (np.zeros((20, 3)), "The gradient has shape (20, 3), wanted (20, 48)."),
        (np.full((20, 48), np.inf), "The gradient holds NaN or infinity: is the model whole?"),
    ],
)
def test_a_gradient_that_cannot_be_is_refused(gradient: Floats, said: str) -> None:
    with pytest.raises(Refused) as refused:
        white_box(lambda x, label, places: gradient, INPUTS, gradsigns_key())
    assert said in str(refused.value)


def test_the_label_is_the_keys_for_every_input() -> None:
    """Read for another label the mark is gone; it is never searched for."""
    key = gradsigns_key()
    model = marked(key)
    asked: list[int] = []

    def gradient(x: Floats, label: int, places: NDArray[np.int64]) -> Floats:
        asked.append(label)
        return model.gradient(x, label, places)

    white_box(gradient, INPUTS, key)
    assert asked == [LABEL, LABEL - 1, LABEL]
    assert keys.array_digest(INPUTS) == key.terms["inputs"]
