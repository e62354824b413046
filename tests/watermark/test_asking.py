"""Models that can only be asked: functions, exported models, tables of answers."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from trl4ml.watermark.asking import asked_callable
from trl4ml.watermark.asking.onnx import asked_onnx
from trl4ml.watermark.asking.table import asked_table, inputs_in, recording
from trl4ml.watermark.errors import NoSignal, Refused

X = np.array([[1.0, 0], [0, 1], [1, 1]])
P = np.array([[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]])


def test_a_function_is_asked_and_counted() -> None:
    oracle = asked_callable(lambda x: P[: len(x)], budget=5)
    assert np.array_equal(oracle.probabilities(X), P)
    assert oracle.labels(X[:2]).tolist() == [0, 1]
    assert (oracle.queries, oracle.decimals, oracle.classes) == (5, 2, 2)
    with pytest.raises(NoSignal, match="8 queries are needed and the budget is 5"):
        oracle.labels(X)


@pytest.mark.parametrize(("answers", "says"), [
    (lambda x: P * 2, "Row 1 of the answers sums to 2, so these are not probabilities"),
    (lambda x: P * np.nan, "hold NaN or infinity"),
    (lambda x: P[:1], "answered 1x2 to 3 inputs"),
    (lambda x: P.sum(axis=1), "answers with labels only"),
])  # fmt: skip
def test_answers_that_are_no_probabilities_are_refused(answers: Any, says: str) -> None:
    def model(x: Any) -> Any:
        return answers(x)

    with pytest.raises(Refused, match=says) as error:
        asked_callable(model).probabilities(X)
    assert str(error.value).startswith("model: ")


@pytest.mark.parametrize("labels", [[0.5, 1, 2], [-1, 0, 1], [np.nan, 0, 1]])
def test_labels_are_whole_numbers_from_0(labels: list[float]) -> None:
    oracle = asked_callable(lambda x: np.array(labels), returns="labels")
    with pytest.raises(Refused, match="gives labels other than 0, 1, 2 …; give the index"):
        oracle.labels(X)


def test_one_label_for_each_input() -> None:
    with pytest.raises(Refused, match="does not give one label for each of 3 inputs"):
        asked_callable(lambda x: np.zeros((3, 1)), returns="labels").labels(X)
    with pytest.raises(Refused, match="returns 'hints' is not one of probabilities,"):
        asked_callable(lambda x: x, returns="hints")


def classifier(path: Path, batch: int | None = None, outputs: int = 1) -> Path:
    w = numpy_helper.from_array(np.array([[2.0, 0], [0, 2]], dtype=np.float32), "w")
    nodes = [helper.make_node("MatMul", ["x", "w"], ["z"]),
             helper.make_node("Softmax", ["z"], ["p"], axis=1)]  # fmt: skip
    told = [helper.make_tensor_value_info("p", TensorProto.FLOAT, [batch, 2])]
    if outputs == 2:
        told += [helper.make_tensor_value_info("z", TensorProto.FLOAT, [batch, 2])]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 2])], told, [w]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def softmax(x: Any) -> Any:
    e = np.exp(2 * x)
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("batch", [None, 1, 3])
def test_an_exported_model_is_asked_whatever_batch_it_takes(
    tmp_path: Path, batch: int | None
) -> None:
    oracle = asked_onnx(classifier(tmp_path / "m.onnx", batch))
    assert np.allclose(oracle.probabilities(X), softmax(X), atol=1e-6)
    assert np.array_equal(oracle.probabilities(X), oracle.probabilities(X))
    assert (oracle.queries, oracle.decimals, oracle.noise(X)) == (9, None, 0)


def test_of_several_outputs_the_one_with_scores_is_named(tmp_path: Path) -> None:
    file = classifier(tmp_path / "m.onnx", outputs=2)
    with pytest.raises(
        Refused, match="does not tell which output holds probabilities; name one of p, z"
    ):
        asked_onnx(file)
    with pytest.raises(Refused, match=r"m\.onnx: has no output q; name one of p, z"):
        asked_onnx(file, "q")
    logits = asked_onnx(file, "z", returns="logits")
    assert np.allclose(logits.probabilities(X), softmax(X), atol=1e-6)


def test_scikit_learn_models_are_asked_as_they_are_exported(tmp_path: Path) -> None:
    from skl2onnx import to_onnx  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression

    rng = np.random.RandomState(0)
    x, y = rng.randn(60, 4).astype(np.float32), rng.randint(0, 3, 60)
    model = LogisticRegression().fit(x, y)
    for zipmap in (True, False):
        exported = to_onnx(model, x[:1], options={"zipmap": zipmap})
        (tmp_path / "m.onnx").write_bytes(exported.SerializeToString())
        oracle = asked_onnx(tmp_path / "m.onnx")
        assert np.allclose(oracle.probabilities(x), model.predict_proba(x), atol=1e-5)
        by_label = asked_onnx(tmp_path / "m.onnx", returns="labels")
        assert np.array_equal(by_label.labels(x), model.predict(x))


def test_inputs_of_another_shape_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"m\.onnx: cannot be asked with inputs of shape \[3, 5\] \("):
        asked_onnx(classifier(tmp_path / "m.onnx")).probabilities(np.zeros((3, 5)))


def test_a_model_that_the_runtime_cannot_load_is_one_sentence(tmp_path: Path) -> None:
    model = onnx.load(classifier(tmp_path / "m.onnx"))
    model.graph.node[0].op_type = "Nonsense"
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(
        Refused, match=r"m\.onnx: ONNX Runtime cannot load it \(.*\); export it anew"
    ):
        asked_onnx(tmp_path / "m.onnx")


def put(folder: Path, text: str, inputs: Any = X) -> tuple[Path, Path]:
    np.save(folder / "q.npy", inputs)
    (folder / "a.csv").write_text(text)
    return folder / "q.npy", folder / "a.csv"


def test_a_table_answers_the_questions_it_was_made_from(tmp_path: Path) -> None:
    oracle = asked_table(*put(tmp_path, "p0,p1\n0.75,0.25\n0.25,0.75\n0.5,0.5\n"))
    assert np.array_equal(oracle.probabilities(X[[2, 0, 0]]), P[[2, 0, 0]])
    assert (oracle.queries, oracle.decimals) == (3, 2)
    with pytest.raises(NoSignal, match=r"a\.csv: answers 1 of 2 inputs; collect the questions of"):
        oracle.probabilities(np.array([[1.0, 0], [9, 9]]))


def test_rows_may_come_in_another_order_and_labels_alone(tmp_path: Path) -> None:
    oracle = asked_table(*put(tmp_path, "row,label\n2,1\n0,0\n1,1\n\n"))
    assert oracle.labels(X).tolist() == [0, 1, 1]
    with pytest.raises(NoSignal, match=r"a\.csv: gives labels only and this scheme needs scores"):
        oracle.probabilities(X)
    scores = asked_table(*put(tmp_path, "a,b\n.7,.3\n.2,.8\n.5,.5\n"), returns="labels")
    assert scores.labels(X).tolist() == [0, 1, 0]


@pytest.mark.parametrize(("text", "says"), [
    ("", "answers 0 rows of 3 questions; give exactly one line for each"),
    ("p0,p1\n.5,.5\n", "answers 1 rows of 3 questions"),
    ("p0,p1\n.5,.5\n.5,x\n.5,.5\n", "a.csv:3: is not one number for each column; write numbers"),
    ("p0,p1\n.5,.5\n.5\n.5,.5\n", "a.csv:3: is not one number for each column"),
    ("row,label\n0,1\n1,1\n1,1\n", "answers 2 rows of 3 questions"),
    ("row,label\n0,1\nx,1\n1,1\n", "a.csv:3: is not one number"),
])  # fmt: skip
def test_a_table_that_does_not_fit_is_refused_with_its_line(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(Refused) as error:
        asked_table(*put(tmp_path, text))
    assert says in str(error.value)


def test_inputs_that_are_no_numbers_are_refused_and_no_pickle_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "q.npy"
    for bad, says in (
        (np.array([[{}]], dtype=object), "is no .npy file of inputs"),
        (np.array(["a", "b"]), "does not hold rows of numbers; write them with numpy.save"),
        (np.array([[np.inf]]), "holds NaN or infinity"),
    ):
        np.save(file, bad, allow_pickle=True)
        with pytest.raises(Refused, match=says):
            inputs_in(file)
    file.write_bytes(b"hello")
    with pytest.raises(Refused, match=r"is no \.npy file of inputs"):
        inputs_in(file)
    with pytest.raises(Refused, match="No such file or directory"):
        inputs_in(tmp_path / "gone.npy")


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_recording_keeps_each_question_once_in_order(asked: list[int]) -> None:
    questions, oracle = recording(4)
    for one in asked:
        assert oracle.probabilities(np.full((1, 2), float(one))).sum() == pytest.approx(1)
        assert oracle.decimals is None
    assert questions()[:, 0].tolist() == list(dict.fromkeys(asked))
