"""`trl4ml watermark`: keys and commitments, models as they come, verdicts and their exit codes."""

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from typer.testing import CliRunner

from tests.conftest import Run
from tests.watermark.serving import ok, serving
from trl4ml import cli
from trl4ml.testing import find
from trl4ml.watermark import gumbel, keys
from trl4ml.watermark.custody import read_secret
from trl4ml.watermark.keys import Key
from trl4ml.watermark.schemes import regrown
from trl4ml.watermark.trigger_set import triggers

Done = tuple[int, str, str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    drawn = itertools.count(1)  # random keys would fail a control now and then, as they should
    monkeypatch.setattr(keys, "new_seed", lambda: next(drawn).to_bytes(32, "big"))


def watermark(*arguments: str) -> Done:
    """Exit code, stdout and stderr, in this process."""
    whole = cli.app(["watermark", "list"])
    done = CliRunner().invoke(whole, ["watermark", *arguments])
    return done.exit_code, done.stdout, done.stderr


def keygen(scheme: str, *terms: str, **more: str) -> Key:
    """A new key in k.json with its commitment of 2026-01-01 in c.json."""
    options = [part for term in terms for part in ("--set", term)]
    options += [part for name, value in more.items() for part in (f"--{name}", value)]
    code, out, err = watermark(
        "keygen", scheme, "--secret", "k.json", "--commitment", "c.json", "--where", "a signed tag",
        "--date", "2026-01-01", *options,
    )  # fmt: skip
    assert code == 0, err
    key = regrown(read_secret(Path("k.json")))
    assert out == f"{key.digest()}\n"
    return key


COMMITTED = ("--commitment", "c.json", "--released", "2026-02-01")


def verify(model: str, *options: str) -> Done:
    return watermark("verify", model, "--secret", "k.json", *options)


def verdict(model: str, *options: str) -> dict[str, Any]:
    """The verdict on a model with the commitment, as data; the exit code fits its status."""
    code, out, err = verify(model, *COMMITTED, *options, "--format", "json")
    assert code in (0, 1), err
    found: dict[str, Any] = json.loads(out)
    assert code == (0 if found["status"] == "detected" else 1)
    return found


def signs(key: Key) -> Any:
    return 2.0 * key.arrays["message"] - 1


def uchida_layer(key: Key, shape: tuple[int, int]) -> Any:
    """A layer (outputs, inputs) whose mean kernel gives every bit."""
    mean = np.linalg.pinv(key.arrays["matrix"]) @ signs(key)
    return mean + np.random.RandomState(0).randn(*shape) * 0.01


def classifier(weights: Any, path: str = "model.onnx") -> str:
    """softmax(x @ weights) as ONNX."""
    size, classes = weights.shape
    nodes = [helper.make_node("MatMul", ["x", "w"], ["z"]),
             helper.make_node("Softmax", ["z"], ["p"], axis=1)]  # fmt: skip
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, size])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, classes])],
        [numpy_helper.from_array(weights.astype(np.float32), "w")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    Path(path).write_bytes(model.SerializeToString())
    return path


SIZE = 64


def gradsigns_key() -> Key:
    np.save("x.npy", np.random.RandomState(1).rand(20, SIZE))
    terms = ("label=0", "bits=32", "carriers=60", "alpha=1e-3")
    return keygen("gradsigns", *terms, inputs="x.npy")


def gradsigns_weights(key: Key) -> Any:
    """A linear classifier of two classes whose gradient of class 0 carries the message."""
    toward = np.zeros(SIZE)
    toward[key.arrays["carriers"]] = np.linalg.pinv(key.arrays["matrix"]) @ signs(key)
    w = np.zeros((SIZE, 2))
    w[:, 1] = toward  # the gradient of -ln p_0 is p_1 (w_1 - w_0)
    return w


def test_a_key_is_for_its_owner_alone_and_its_commitment_for_everybody() -> None:
    key = keygen("uchida", "layer=dense.weight", "shape=32,64", "bits=48")
    assert Path("k.json").stat().st_mode & 0o777 == 0o600
    published = json.loads(Path("c.json").read_text())
    assert (published["digest"], published["date"]) == (key.digest(), "2026-01-01")
    secrets = [key.seed, key.salt]
    assert not any(s.hex() in Path("c.json").read_text() for s in secrets if s)


def test_a_key_is_never_written_into_a_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "."], check=True)
    code, _, err = watermark("keygen", "uchida", "--secret", "k.json", "--commitment", "c.json",
                             "--where", "x", "--set", "layer=a", "--set", "shape=4,8")  # fmt: skip
    assert code == 2
    assert "k.json lies in the git work tree" in err
    assert not Path("k.json").exists()
    assert not Path("c.json").exists()


WRONG_KEYGEN = {
    "a scheme unknown": (("nonsense",), "There is no scheme nonsense: take one of uchida, gradsigns"),
    "a term missing": (("uchida", "--set", "layer=a"), "A key of uchida: shape is missing; its terms are layer, shape, layout='oi'"),
    "a term unknown": (("gumbel", "--set", "vocabulary=9", "--set", "x=1"), "A key of gumbel: x is no term of it"),
    "a term of another kind": (("gumbel", "--set", "vocabulary=many"), "The term vocabulary is 'many'; give a number."),
    "a shape in words": (("uchida", "--set", "layer=a", "--set", "shape=3,x"), "The term shape is '3,x'; give numbers with commas"),
    "no term": (("uchida", "--set", "layer"), "--set layer: give a term and its value, as in bits=64"),
    "no day": (("gumbel", "--set", "vocabulary=9", "--date", "soon"), "'soon', is not a day like 2026-11-21"),
    "inputs that are none": (("gradsigns", "--inputs", "gone.npy"), "gone.npy: is no .npy file of inputs (No such file"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_KEYGEN)
def test_what_makes_no_key_is_one_sentence_and_writes_nothing(case: str) -> None:
    given, says = WRONG_KEYGEN[case]
    files = ("--secret", "k.json", "--commitment", "c.json", "--where", "x")
    code, out, err = watermark("keygen", *given, *files)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert not list(Path().glob("*.json"))


def test_neither_key_nor_commitment_is_written_over() -> None:
    keygen("gumbel", "vocabulary=9")
    again = ("keygen", "gumbel", "--set", "vocabulary=9", "--where", "x")
    code, _, err = watermark(*again, "--secret", "k2.json", "--commitment", "c.json")
    assert (code, "c.json exists: a commitment is never written over" in err) == (2, True)
    assert not Path("k2.json").exists()
    code, _, err = watermark(*again, "--secret", "k.json", "--commitment", "c2.json")
    assert (code, "k.json exists: a key is never written over" in err) == (2, True)


@pytest.mark.parametrize("file", ["m.safetensors", "m.onnx"])
def test_uchida_is_found_in_any_layout(file: str) -> None:
    key = keygen("uchida", "layer=w", "shape=32,64", "bits=48")
    layer = uchida_layer(key, (32, 64)).astype(np.float32)
    if file == "m.onnx":
        classifier(layer.T, file)
    else:
        save_file({"w": layer}, file)
    found = verdict(file)
    assert (found["status"], found["hits"], found["n"]) == ("detected", 48, 48), found
    assert found["p"] == pytest.approx(2.0**-48)


def test_a_layer_that_is_not_there_or_does_not_fit_is_one_sentence() -> None:
    key = keygen("uchida", "layer=net.weight", "shape=32,64", "bits=48")
    save_file({"net.0.weight": uchida_layer(key, (32, 64)), "b": np.ones((3, 5))}, "m.safetensors")
    code, _, err = verify("m.safetensors")
    assert code == 2
    assert "there is no layer net.weight; did you mean net.0.weight?; it has b [3, 5], net" in err
    assert verdict("m.safetensors", "--layer", "net.0.weight")["status"] == "detected"
    code, _, err = verify("m.safetensors", "--layer", "b")
    assert (code, err.count("\n")) == (2, 1)
    code, _, err = verify("gone.onnx")
    assert (
        code,
        "gone.onnx: cannot be read (No such file or directory); give the path" in err,
    ) == (2, True)


def test_gradsigns_is_found_in_an_onnx_file_both_ways() -> None:
    file = classifier(gradsigns_weights(gradsigns_key()))
    for more in ((), ("--white-box",)):
        found = verdict(file, "--inputs", "x.npy", *more)
        assert (found["status"], found["hits"]) == ("detected", 32), found
        names = [one["name"] for one in found["controls"] if one["passed"]]
        assert {"random keys", "shuffled weights", "wrong label"} <= set(names)
    clean = classifier(np.random.RandomState(3).randn(SIZE, 2), "clean.onnx")
    assert verdict(clean, "--inputs", "x.npy")["status"] == "not_detected"


def test_gradsigns_needs_its_inputs() -> None:
    file = classifier(gradsigns_weights(gradsigns_key()))
    code, _, err = verify(file)
    assert (code, "stays with its owner; add --inputs FILE.npy" in err) == (2, True)
    np.save("x.npy", np.zeros((20, SIZE)))
    code, _, err = verify(file, "--inputs", "x.npy")
    assert (code, "These are not the committed inputs" in err) == (2, True)
    np.save("x.npy", np.zeros((20, 3)))
    code, _, err = verify(file, "--inputs", "x.npy")
    assert (code, "is it the key of another architecture?" in err) == (2, True)


def probabilities(x: Any, w: Any) -> Any:
    e = np.exp(np.asarray(x) @ w)
    return e / e.sum(axis=1, keepdims=True)


def test_answers_that_were_collected_elsewhere_do_as_well() -> None:
    key = gradsigns_key()
    code, _, err = watermark("questions", "--secret", "k.json", "--classes", "2", "--inputs", "x.npy",
                             "--out", "q.npy")  # fmt: skip
    rows = np.load("q.npy")
    assert (code, err) == (0, f"{len(rows):,} questions are in q.npy; give the answers as CSV to: "
                           "trl4ml watermark verify\n")  # fmt: skip
    answers = probabilities(rows, gradsigns_weights(key))
    for decimals in (17, 4):
        np.savetxt("a.csv", answers.round(decimals), delimiter=",", header="p0,p1", comments="")
        found = verdict("a.csv", "--questions", "q.npy", "--inputs", "x.npy")
        assert (found["status"], found["hits"]) == ("detected", 32), found
    code, _, err = verify("a.csv", "--inputs", "x.npy")
    assert (code, "a.csv: answers need their questions; add --questions FILE.npy" in err) == (
        2,
        True,
    )


def test_labels_alone_are_inconclusive_for_gradsigns() -> None:
    gradsigns_key()
    watermark(
        "questions", "--secret", "k.json", "--classes", "2", "--inputs", "x.npy", "--out", "q.npy"
    )
    labels = "".join("1\n" for _ in np.load("q.npy"))
    Path("a.csv").write_text(f"label\n{labels}")
    found = verdict("a.csv", "--questions", "q.npy", "--inputs", "x.npy")
    assert found["status"] == "inconclusive"
    assert found["reason"] == "a.csv: gives labels only and this scheme needs scores"
    assert found["remedy"] == "ask for class probabilities, or verify a trigger set"


def test_an_endpoint_is_asked_within_its_budget_and_resumed() -> None:
    key = gradsigns_key()
    w = gradsigns_weights(key)
    with serving(lambda n, body: ok({"out": probabilities(body["in"], w).tolist()})) as served:
        Path("r.json").write_text(json.dumps({
            "url": served.url, "body": {"in": "{inputs}"}, "answers": "out", "per_second": 1e6,
        }))  # fmt: skip
        few = verdict("r.json", "--inputs", "x.npy", "--budget", "100", "--journal", "j.jsonl")
        assert few["status"] == "inconclusive"
        assert "queries are needed and the budget is 100" in few["reason"]
        asked = len(served.bodies)
        found = verdict("r.json", "--inputs", "x.npy", "--journal", "j.jsonl")
        assert (found["status"], found["hits"], found["queries"]) == ("detected", 32, 680)
        assert found["model_digest"] is None
        assert sum(len(b["in"]) for b in served.bodies) == 680, "nothing was asked twice"
        assert any(
            "answers are the journal's, from an earlier run" in one for one in found["notes"]
        )
        assert asked > 0
    assert "seed" not in Path("j.jsonl").read_text()


def test_an_endpoint_that_is_silent_is_inconclusive_with_a_remedy() -> None:
    gradsigns_key()
    with serving(lambda n, body: (503, b"", {})) as served:
        Path("r.json").write_text(json.dumps({"url": served.url, "retries": 0}))
        code, out, err = verify("r.json", *COMMITTED, "--inputs", "x.npy")
    assert (code, err) == (1, "")
    words = " ".join(out.split())
    assert words.startswith("INCONCLUSIVE gradsigns")
    assert "answers 503, once, after 0 answers do: run it again later and with a journal" in words
    assert "p undefined" in words


def test_an_endpoint_that_lies_is_never_evidence() -> None:
    key = gradsigns_key()
    w = gradsigns_weights(key)
    noise = np.random.RandomState(0)

    def constant(_: int, body: Any) -> Any:
        return ok([[0.25, 0.75]] * len(body["inputs"]))

    def noisy(_: int, body: Any) -> Any:
        p = (probabilities(body["inputs"], w) + noise.rand(len(body["inputs"]), 2) / 3).clip(0, 1)
        return ok((p / p.sum(axis=1, keepdims=True)).tolist())

    def labels(_: int, body: Any) -> Any:
        return ok(probabilities(body["inputs"], w).round().tolist())

    for lie in (constant, noisy, labels):
        with serving(lie) as served:
            Path("r.json").write_text(json.dumps({"url": served.url, "per_second": 1e6}))
            found = verdict("r.json", "--inputs", "x.npy")
        assert found["status"] == "inconclusive", (lie.__name__, found["reason"])
        assert found["remedy"]


def test_a_trigger_set_is_found_behind_an_address_that_gives_labels() -> None:
    key = keygen("trigger-set", "classes=10", "count=40", "shape=6")
    labels = iter(key.arrays["labels"].tolist())
    with serving(lambda n, body: ok([next(labels) for _ in body["inputs"]])) as served:
        found = verdict(served.url, "--returns", "labels")
    assert (found["status"], found["hits"], found["n"]) == ("detected", 40, 40), found


def test_a_text_is_verified_by_its_token_ids() -> None:
    key = keygen("gumbel", "vocabulary=50", "context=2")
    text = [1, 2]
    while len(text) < 60:
        text.append(gumbel.chosen(np.full(50, 0.02), np.array(text[-2:]), key))
    Path("t.json").write_text(json.dumps({"tokenizer": "v1", "tokens": text}))
    human = np.random.RandomState(0).randint(0, 50, 100).tolist()
    Path("h.json").write_text(json.dumps(human))
    assert verdict("t.json", "--human", "h.json")["status"] == "detected"
    code, _, err = verify("t.json", *COMMITTED, "--record", "r.json")
    assert (code, "--record: is kept of a model file" in err) == (2, True)
    assert verdict("h.json")["status"] in ("not_detected", "inconclusive")
    for text_, says in (
        ("{", "is not JSON"), ('"words"', "holds no list of token ids; write [15, 3, …]"),
        ("[1.5]", "holds no list of token ids"), ("[50]", "Token 50 is not in a vocabulary of 50"),
    ):  # fmt: skip
        Path("t.json").write_text(text_)
        code, _, err = verify("t.json")
        assert (code, says in err) == (2, True), err


def test_without_a_commitment_or_with_a_late_one_a_full_match_is_no_evidence() -> None:
    key = keygen("uchida", "layer=w", "shape=32,64", "bits=48")
    save_file({"w": uchida_layer(key, (32, 64))}, "m.safetensors")
    for more, says in (
        ((), "No commitment was shown: a key fitted afterwards matches any model"),
        (("--commitment", "c.json"), "The day on which the model became public is not stated"),
        (
            ("--commitment", "c.json", "--released", "2026-01-01"),
            "is not older than the release of",
        ),
    ):
        code, out, _ = verify("m.safetensors", *more)
        assert code == 1
        assert out.startswith("UNCOMMITTED  uchida\n")
        assert says in " ".join(out.split())
        assert "The p-value has no evidential value." in " ".join(out.split())


def test_many_tests_raise_the_bar() -> None:
    key = keygen("uchida", "layer=w", "shape=32,64", "bits=32", "alpha=1e-6")
    save_file({"w": uchida_layer(key, (32, 64))}, "m.safetensors")
    assert verdict("m.safetensors")["threshold"] == 30
    many = verdict("m.safetensors", "--tests", "100000")
    assert (many["status"], many["threshold"]) == ("inconclusive", None), many


def test_a_record_feeds_the_probe_until_the_model_changes(tmp_path: Path) -> None:
    key = keygen("uchida", "layer=w", "shape=32,64", "bits=48")
    save_file({"w": uchida_layer(key, (32, 64)).astype(np.float32)}, "m.safetensors")
    code, _, err = verify("m.safetensors", *COMMITTED, "--record", "m.watermark.json")
    assert (code, err) == (0, "")
    for secret in (key.seed, key.salt):
        assert secret is not None and secret.hex() not in Path("m.watermark.json").read_text()
    found = find("watermark-verified", tmp_path)
    assert found.outcome == "yes", found.message
    assert found.message == "the mark (uchida) is in m.safetensors: 48 of 48, p = 2^-48.0"
    with Path("m.safetensors").open("ab") as file:
        file.write(b" ")
    assert find("watermark-verified", tmp_path).outcome == "unknown"


def test_a_record_is_of_a_file_in_the_project_with_its_commitment(tmp_path: Path) -> None:
    key = keygen("uchida", "layer=w", "shape=32,64", "bits=48")
    save_file({"w": uchida_layer(key, (32, 64))}, "m.safetensors")
    code, _, err = verify("m.safetensors", "--record", "r.watermark.json")
    assert (code, "--record: is kept of a model file with --commitment and" in err) == (2, True)
    code, _, err = verify(str(tmp_path / "m.safetensors"), *COMMITTED, "--record", "r.json")
    assert (code, "--record: give model and commitment by paths from the project's" in err) == (
        2,
        True,
    )
    assert not Path("r.json").exists()


def test_no_record_is_promised_where_none_can_be_kept() -> None:
    keygen("trigger-set", "classes=10", "count=40", "shape=6")
    with serving(lambda n, body: ok([0] * len(body["inputs"]))) as served:
        code, _, err = verify(served.url, *COMMITTED, "--record", "r.json")
        assert (code, "--record: give model and commitment by paths from" in err) == (2, True)
        assert not served.bodies, "nothing is asked before the refusal"


def test_a_clean_model_is_one_more_control() -> None:
    key = keygen("uchida", "layer=w", "shape=32,64", "bits=48")
    save_file({"w": uchida_layer(key, (32, 64))}, "m.safetensors")
    save_file({"w": np.random.RandomState(0).randn(32, 64)}, "clean.safetensors")
    for clean, status in (("clean", "detected"), ("m", "control_failed")):
        found = verdict("m.safetensors", "--clean", f"{clean}.safetensors")
        assert found["status"] == status
        ran = {one["name"]: one["passed"] for one in found["controls"]}
        assert ran["clean parent"] is (status == "detected")
    clean = classifier(np.ones((64, 32)), "clean.onnx")
    code, _, err = verify("m.safetensors", "--clean", clean)
    assert (code, "--clean clean.onnx: give it in the format of m.safetensors" in err) == (2, True)


def test_a_clean_model_is_asked_as_the_other_is() -> None:
    key = gradsigns_key()
    file = classifier(gradsigns_weights(key))
    clean = classifier(np.random.RandomState(3).randn(SIZE, 2), "clean.onnx")
    for model, status in ((clean, "detected"), (file, "control_failed")):
        found = verdict(file, "--inputs", "x.npy", "--clean", model)
        assert found["status"] == status, found
    Path("t.json").write_text("[1, 2, 3]")
    for name in ("k.json", "c.json"):
        Path(name).unlink()
    keygen("gumbel", "vocabulary=9")
    code, _, err = verify("t.json", "--clean", clean)
    assert (code, "--clean: is for models; give a text without the mark with" in err) == (2, True)


def test_a_trigger_set_is_found_in_an_onnx_file_whose_shuffles_do_not_know_it() -> None:
    key = keygen("trigger-set", "classes=10", "count=40", "shape=64")
    x = triggers(key)
    wanted = np.eye(10)[key.arrays["labels"]]
    file = classifier(np.linalg.pinv(x) @ wanted * 50)
    clean = classifier(np.random.RandomState(3).randn(SIZE, 10), "clean.onnx")
    found = verdict(file, "--clean", clean)
    assert (found["status"], found["hits"]) == ("detected", 40), found
    ran = {one["name"]: one["passed"] for one in found["controls"]}
    assert (ran["shuffled weights"], ran["clean model"]) == (True, True)


def test_a_secret_that_others_may_read_or_that_was_altered_is_refused() -> None:
    key = keygen("uchida", "layer=w", "shape=32,64", "bits=48")
    save_file({"w": uchida_layer(key, (32, 64))}, "m.safetensors")
    Path("k.json").chmod(0o644)
    code, _, err = verify("m.safetensors")
    assert (code, "k.json: others may read this key; run: chmod 600 k.json" in err) == (2, True)
    Path("k.json").chmod(0o600)
    Path("k.json").write_text(Path("k.json").read_text().replace('"bits": 48', '"bits": 40'))
    assert verdict("m.safetensors")["status"] == "uncommitted"
    Path("k.json").write_text("{}")
    assert verify("m.safetensors")[0] == 2


def test_radioactive_data_is_verified_from_python() -> None:
    keygen("radioactive", "classes=2", "dimension=8")
    code, _, err = verify("m.onnx")
    assert (code, "radioactive is verified from Python: trl4ml.watermark.radioactive" in err) == (
        2,
        True,
    )
    code, _, err = watermark("questions", "--secret", "k.json", "--classes", "2", "--out", "q.npy")
    assert (code, "radioactive reads features and asks no model anything" in err) == (2, True)


def test_the_verdict_reads_well_and_hostile_names_reach_no_terminal() -> None:
    key = keygen("uchida", "layer=w", "shape=32,64", "bits=48")
    save_file({"w": uchida_layer(key, (32, 64))}, "m.safetensors")
    code, out, err = verify("m.safetensors", *COMMITTED)
    assert (code, err) == (0, "")
    assert out.startswith("DETECTED  uchida\n")
    assert "hits       48 of 48" in out
    assert "p          3.6e-15 = 2^-48.0" in out
    assert "threshold  41 for p < 1e-06" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    save_file({"\x1b[31mred": np.ones((3, 4))}, "m.safetensors")
    _, _, err = verify("m.safetensors")
    assert "\x1b" not in err


def test_the_schemes_are_listed_with_their_terms() -> None:
    code, out, _ = watermark("schemes")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if line[0] != " "] == [
        "uchida", "gradsigns", "trigger-set", "greenlist", "synthid", "gumbel", "radioactive",
        "fingerprint",
    ]  # fmt: skip
    listed = json.loads(watermark("schemes", "--format", "json")[1])
    assert listed[0]["terms"]["bits"] == "64"


def test_the_command_runs_in_a_process_of_its_own_and_help_imports_nothing_heavy(
    tmp_path: Path, trl4ml: Run
) -> None:
    assert "radioactive" in trl4ml("watermark", "schemes", cwd=tmp_path).stdout
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "trl4ml", "watermark", "verify", "--help"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    heavy = r"\|\s+(numpy|scipy|onnx|onnxruntime|torch|h5py|httpx|safetensors)$"
    assert not re.findall(heavy, done.stderr, re.M)


def test_a_package_that_is_missing_is_named_with_the_line_to_type(tmp_path: Path) -> None:
    code = ("import sys; sys.modules['numpy'] = None; from trl4ml.__main__ import main; "
            "sys.argv[1:] = ['watermark', 'schemes']; main()")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "trl4ml: watermark needs the extra 'watermark': pip install 'trl4ml[watermark]'\n"
    )
