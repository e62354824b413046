"""A model behind HTTP: real servers that are slow, rate-limited, wrong, or lie."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.watermark.serving import Reply, ok, serving
from trl4ml.watermark.asking.endpoint import asked_endpoint
from trl4ml.watermark.asking.request import Request, request_in
from trl4ml.watermark.errors import NoSignal, Refused

INPUTS = np.arange(20, dtype=np.float64).reshape(10, 2) / 8
FAST: dict[str, Any] = {"per_second": 1e6}


def softmax(rows: Any) -> list[list[float]]:
    x = np.array(rows)
    e = np.exp(np.stack([x[:, 0], x[:, 1], x.sum(axis=1) / 3], axis=1))
    return [[float(v) for v in row] for row in e / e.sum(axis=1, keepdims=True)]


def honest(_: int, body: Any) -> Reply:
    return ok({"predictions": softmax(body["instances"])})


def request(url: str, **more: Any) -> Request:
    body = {"instances": "{inputs}"}
    return Request(**{"url": url, "body": body, "answers": "predictions", **FAST, **more})


def test_batches_are_asked_and_put_together_in_order() -> None:
    told: list[str] = []
    with serving(honest) as served:
        oracle = asked_endpoint(request(served.url, batch=4), tell=told.append, expected=20)
        found = oracle.probabilities(INPUTS)
        oracle.probabilities(INPUTS)
    assert np.array_equal(found, softmax(INPUTS))
    assert [len(b["instances"]) for b in served.bodies] == [4, 4, 2, 4, 4, 2]
    assert (oracle.queries, oracle.classes, oracle.decimals) == (20, 3, None)
    assert told[0] == f"[####----------------] 4 of 20 inputs answered by {served.url}"
    assert told[2] == f"[##########----------] 10 of 20 inputs answered by {served.url}"
    assert told[-1] == f"[####################] 20 of 20 inputs answered by {served.url}"


def test_one_input_at_a_time_where_the_template_says_so() -> None:
    def one(_: int, body: Any) -> Reply:
        return ok([{"scores": softmax([body["x"]])[0]}])

    with serving(one) as served:
        asked = request(served.url, body={"x": "{input}"}, answers="0.scores")
        assert np.array_equal(asked_endpoint(asked).probabilities(INPUTS), softmax(INPUTS))
    assert served.bodies[3] == {"x": INPUTS[3].tolist()}


def test_labels_are_labels_and_carry_no_scores() -> None:
    with serving(lambda _, body: ok([1] * len(body["inputs"]))) as served:
        oracle = asked_endpoint(Request(served.url, returns="labels", **FAST))
        assert oracle.labels(INPUTS).tolist() == [1] * 10
        with pytest.raises(NoSignal, match="gives labels only and this scheme needs scores"):
            oracle.probabilities(INPUTS)
        claimed = asked_endpoint(Request(served.url, **FAST))
        with pytest.raises(NoSignal, match="labels only"):
            claimed.probabilities(INPUTS)


def test_rounding_is_noticed_and_logits_are_turned_into_probabilities() -> None:
    def rounded(_: int, body: Any) -> Reply:
        return ok({"predictions": np.array(softmax(body["instances"])).round(2).tolist()})

    def logits(_: int, body: Any) -> Reply:
        return ok({"predictions": np.log(softmax(body["instances"])).tolist()})

    with serving(rounded) as served:
        oracle = asked_endpoint(request(served.url))
        oracle.probabilities(INPUTS)
        assert oracle.decimals == 2
    with serving(logits) as served:
        for returns in ("logits", "log-probabilities"):
            found = asked_endpoint(request(served.url, returns=returns)).probabilities(INPUTS)
            assert np.allclose(found, softmax(INPUTS), rtol=1e-12)
        with pytest.raises(Refused, match="are not probabilities: say what the model returns"):
            asked_endpoint(request(served.url)).probabilities(INPUTS)


def test_it_asks_again_where_that_may_help_and_waits_as_told() -> None:
    waits: list[float] = []

    def busy(n: int, body: Any) -> Reply:
        return (
            (429, b"", {"Retry-After": "7"})
            if n == 0
            else (503, b"", {})
            if n == 1
            else honest(n, body)
        )

    with serving(busy) as served:
        oracle = asked_endpoint(request(served.url), sleep=waits.append, clock=lambda: 0.0)
        oracle.probabilities(INPUTS)
    assert len(served.bodies) == 3
    assert [w for w in waits if w > 1e-3] == [7, 1]


def test_it_asks_no_faster_than_allowed() -> None:
    now, waits = [0.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    with serving(honest) as served:
        asked = request(served.url, batch=2, per_second=0.5)
        asked_endpoint(asked, sleep=sleep, clock=lambda: now[0]).probabilities(INPUTS)
    assert waits == [2, 2, 2, 2]


def test_an_interrupted_run_resumes_from_its_journal_and_asks_nothing_twice(tmp_path: Path) -> None:
    journal = tmp_path / "answers.jsonl"
    with serving(lambda n, body: honest(n, body) if n < 3 else (503, b"", {})) as served:
        asked = request(served.url, batch=2, retries=1)
        with pytest.raises(NoSignal) as error:
            asked_endpoint(asked, journal, sleep=lambda s: None).probabilities(INPUTS)
        assert str(error.value) == (
            f"{served.url}: answers 503, 2 times, after 6 answers; run it again later, "
            "or ask more slowly"
        )
        assert journal.stat().st_mode & 0o777 == 0o600
        kept = journal.read_text()
        journal.write_text(kept + '{"input": "cut o')
        served.bodies.clear()
        oracle = asked_endpoint(asked, journal)
        assert np.array_equal(oracle.probabilities(INPUTS[:6]), softmax(INPUTS[:6]))
        assert (served.bodies, oracle.queries, journal.read_text()) == ([], 6, kept)
        assert str(INPUTS[5, 1]) not in kept
        with pytest.raises(Refused, match="is the journal of another request; name another file"):
            asked_endpoint(request(served.url, answers="outputs"), journal)


def test_asking_the_same_twice_tells_a_noisy_model_also_through_a_journal(tmp_path: Path) -> None:
    def noisy(n: int, body: Any) -> Reply:
        e = 1e-3 * n
        return ok({"predictions": [[0.5 + e, 0.5 - e]] * len(body["instances"])})

    for journal in (None, tmp_path / "j"):
        with serving(noisy) as served:
            oracle = asked_endpoint(request(served.url), journal)
            assert oracle.noise(INPUTS) == pytest.approx(1e-3)
            assert oracle.queries == 20
    with serving(honest) as served:
        assert asked_endpoint(request(served.url)).noise(INPUTS) == 0


def test_the_budget_is_never_passed() -> None:
    with serving(honest) as served:
        oracle = asked_endpoint(request(served.url), budget=15)
        oracle.probabilities(INPUTS)
        with pytest.raises(NoSignal, match="20 queries are needed and the budget is 15; raise the"):
            oracle.probabilities(INPUTS)
    assert len(served.bodies) == 1


def test_a_server_that_hangs_is_given_up() -> None:
    import threading

    over = threading.Event()

    def hang(_: int, body: Any) -> Reply:
        over.wait(5)
        return honest(0, body)

    with serving(hang) as served:
        asked = request(served.url, timeout_s=0.05, retries=1)
        with pytest.raises(
            NoSignal, match=r"did not answer within 0\.05 s, 2 times, after 0 answers"
        ):
            asked_endpoint(asked, sleep=lambda s: None).probabilities(INPUTS)
        over.set()


def test_nobody_there_is_said_so() -> None:
    with serving(honest) as served:
        url = served.url
    with pytest.raises(NoSignal, match=r"cannot be reached \(.*refused\), once, .* with a journal"):
        asked_endpoint(request(url, retries=0)).probabilities(INPUTS)


LIES: dict[str, tuple[Reply, str]] = {
    "not JSON": ((200, b"<html>", {}), "does not reply with JSON; check `url`"),
    "not found": ((404, b"", {}), "answers 404; check `url` and `body` of the request"),
    "elsewhere": ((302, b"", {"Location": "http://127.0.0.1:1/"}), "answers 302; check `url`"),
    "forbidden": ((403, b"", {}), "refuses to answer (403); give the credentials in `headers`"),
    "another path": (ok({"outputs": []}), "the reply has no `predictions`, only outputs; correct"),
    "too few": (ok({"predictions": [[0.5, 0.5]]}), "gives 1 answers to 10 inputs; check `body`"),
    "no list": (ok({"predictions": 3}), "gives no list of answers to 10 inputs"),
    "ragged": (ok({"predictions": [[0.5, 0.5]] * 9 + [[1]]}), "gives answers of different lengths"),
    "words": (ok({"predictions": [["a", "b"]] * 10}), "gives answers that are not numbers"),
    "NaN": ((200, b'{"predictions": [' + b"[NaN, 1]," * 9 + b"[0, 1]]}", {}), "hold NaN or infinity"),
    "one score": (ok({"predictions": [[1.0]] * 10}), "wanted one row of classes each"),
}  # fmt: skip


@pytest.mark.parametrize("case", LIES)
def test_a_server_that_lies_or_refuses_is_one_sentence(case: str) -> None:
    reply, says = LIES[case]
    with serving(lambda n, body: reply) as served:
        with pytest.raises(Refused) as error:
            asked_endpoint(request(served.url, retries=0)).probabilities(INPUTS)
        assert says in str(error.value)
        assert served.url in str(error.value)
        assert "\n" not in str(error.value)


def test_a_reply_without_end_is_not_read_to_its_end() -> None:
    endless = bytes(65 * 2**20)
    says = "replies with more than 67,108,864 bytes; ask with a smaller batch"
    with serving(lambda n, b: (200, endless, {})) as served, pytest.raises(Refused, match=says):
        asked_endpoint(request(served.url, retries=0)).probabilities(INPUTS)


def test_a_model_that_changes_its_classes_is_refused() -> None:
    with serving(lambda n, b: ok({"predictions": [[1 / (n + 2)] * (n + 2)] * 10})) as served:
        oracle = asked_endpoint(request(served.url))
        oracle.probabilities(INPUTS)
        with pytest.raises(
            Refused, match="gives 3 scores for an input after 2; ask one model only"
        ):
            oracle.probabilities(INPUTS)


def test_the_description_is_a_file_and_its_secret_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "request.json"
    with serving(honest) as served:
        file.write_text(json.dumps({
            "url": served.url, "body": {"instances": "{inputs}"}, "answers": "predictions",
            "headers": {"Authorization": "env:MODEL_TOKEN"}, "per_second": 1000,
        }))  # fmt: skip
        with pytest.raises(Refused, match="the environment variable MODEL_TOKEN, which is not set"):
            request_in(file)
        monkeypatch.setenv("MODEL_TOKEN", "Bearer 123")
        asked_endpoint(request_in(file)).probabilities(INPUTS)
    assert served.headers[0]["Authorization"] == "Bearer 123"


@pytest.mark.parametrize(("given", "says"), [
    ("[", "is not JSON"),
    ("[]", "has the fields url (needed), answers, batch, body, headers, per_second, retries"),
    ('{"url": "http://a", "bach": 3}', "; bach is not among them"),
    ('{"url": "file:///etc/passwd"}', "url is 'file:///etc/passwd'; give one that begins with https://"),
    ('{"url": 3}', "url is 3; give one"),
    ('{"url": "http://a", "batch": 0}', "batch is 0; give a number from 1 to 100000"),
    ('{"url": "http://a", "batch": true}', "batch is True; give a number"),
    ('{"url": "http://a", "timeout_s": 1e9}', "timeout_s is 1000000000.0; give a number from 0.01"),
    ('{"url": "http://a", "body": {"x": 1}}', 'body must hold exactly one of "{inputs}" and "{input}"'),
    ('{"url": "http://a", "returns": "hints"}', "returns is 'hints'; give one of probabilities"),
    ('{"url": "http://a", "headers": ["x"]}', "headers is not a mapping of names to texts"),
    ('{"url": "http://a", "answers": 3}', "answers is 3; give a path such as outputs.0.data"),
])  # fmt: skip
def test_a_description_that_is_wrong_is_refused_with_its_field(
    tmp_path: Path, given: str, says: str
) -> None:
    (tmp_path / "r.json").write_text(given)
    with pytest.raises(Refused) as error:
        request_in(tmp_path / "r.json")
    assert says in str(error.value)
    assert "r.json: " in str(error.value)
