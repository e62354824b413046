"""Energy of a request and of a token: a callable, and an endpoint that really answers."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from trl4ml.energy import track
from trl4ml.energy.endpoint import endpoint, usage
from trl4ml.energy.errors import Refused
from trl4ml.energy.inference import Inference, change, measure
from trl4ml.energy.record import Band
from trl4ml.energy.tracking import Tracker


class Server(BaseHTTPRequestHandler):
    """A model server that answers with 7 prompt tokens and 5 output tokens, or not at all."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer({"usage": {"prompt_tokens": len(asked["prompt"]), "completion_tokens": 5}})

    def do_GET(self) -> None:
        if self.path == "/broken":
            self.send_error(500)
        elif self.path == "/text":
            self.answer("hello")
        elif self.path == "/deep":
            self.answer("[" * 200_000)
        elif self.path == "/bytes":
            self.send_response(200)
            self.send_header("Content-Length", "1")
            self.end_headers()
            self.wfile.write(b"\xff")
        else:
            self.answer({"label": 1})

    def answer(self, what: object) -> None:
        body = (what if isinstance(what, str) else json.dumps(what)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def tracker() -> Tracker:
    return track(output=None, activity="inference", sampling_s=0.1)


def test_an_endpoint_is_asked_and_its_tokens_are_counted(url: str) -> None:
    ask = endpoint(f"{url}/v1/generate", {"prompt": "seven 7"})
    found = measure(ask, tracker=tracker(), requests=20, warm_up=2, tokens=usage, batch=1)
    energy = found.record.energy
    assert energy is not None and found.token_j is not None
    assert (found.requests, found.prompt_tokens, found.output_tokens) == (20, 140, 100)
    assert found.request_kwh.value == pytest.approx(energy.value / 20)
    assert found.token_j.value == pytest.approx(energy.value * 3.6e6 / 100)
    assert found.token_j.upper is not None
    assert found.token_j.upper > found.token_j.value > 0
    assert found.tokens_per_s is not None and found.tokens_per_s > 0
    assert found.record.activity == "inference"


def test_a_callable_without_tokens_has_energy_per_request_only() -> None:
    calls: list[int] = []
    found = measure(lambda: calls.append(sum(range(50_000))), tracker=tracker(), requests=30)
    assert len(calls) == 33, "three calls of warm-up come before the meter"
    assert found.request_kwh.value > 0
    assert (found.token_j, found.output_tokens, found.tokens_per_s) == (None, None, None)
    assert found.undefined == "tokens were not counted; say how to read them from an answer"


def test_the_latency_is_the_median() -> None:
    ticks = iter([0.0, 1.0, 1.0, 3.0, 3.0, 12.0])
    found = measure(
        lambda: sum(range(200_000)),
        tracker=tracker(),
        requests=3,
        warm_up=0,
        clock=lambda: next(ticks),
    )
    assert found.latency_s == 2.0


def test_an_endpoint_without_tokens_gives_its_answer(url: str) -> None:
    assert endpoint(f"{url}/label")() == {"label": 1}
    assert endpoint(f"{url}/text")() == "hello"


def test_an_endpoint_elsewhere_is_not_measured_from_here() -> None:
    with pytest.raises(Refused) as no:
        endpoint("https://api.example.com/v1/chat")
    assert str(no.value) == (
        "api.example.com is another machine, and its energy cannot be read from this one: measure "
        "there, or estimate the calls from their log"
    )
    for elsewhere in ("http://127.evil.example/", "http://8.8.8.8/", "http://[2001:db8::1]/"):
        with pytest.raises(Refused, match="is another machine"):
            endpoint(elsewhere)
    assert callable(endpoint("http://model.internal:8000/", here=True))


@pytest.mark.parametrize("text", ["localhost:8000", "ftp://localhost/", "http://", "http://[::1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="is no address; give one like http://localhost:8000"):
        endpoint(text)


def test_an_endpoint_that_fails_is_named(url: str) -> None:
    with pytest.raises(Refused, match="/broken answers 500; put the request right first"):
        endpoint(f"{url}/broken")()
    with pytest.raises(Refused, match=r"http://127.0.0.1:1/ does not answer: .*; is the server"):
        endpoint("http://127.0.0.1:1/")()


@pytest.mark.parametrize(
    ("answer", "tokens"),
    [
        ({"usage": {"prompt_tokens": 3, "completion_tokens": 4}}, (3, 4)),
        ({"usage": {"input_tokens": 3, "output_tokens": 4}}, (3, 4)),
        ({"prompt_eval_count": 3, "eval_count": 4}, (3, 4)),
        ({"eval_count": 4}, (0, 4)),
    ],
)
def test_tokens_of_the_usual_servers(answer: object, tokens: tuple[int, int]) -> None:
    assert usage(answer) == tokens


@pytest.mark.parametrize(
    "answer", [{}, "text", [1], {"usage": None}, {"usage": {"output_tokens": "4"}}]
)
def test_an_answer_without_tokens_is_refused(answer: object) -> None:
    with pytest.raises(Refused, match="the answer has no token counts: neither"):
        usage(answer)


def test_a_measurement_has_requests() -> None:
    with pytest.raises(Refused, match="a measurement needs at least 1 request"):
        measure(lambda: None, tracker=tracker(), requests=0)


@pytest.fixture(scope="module")
def one(url: str) -> Inference:
    ask = endpoint(f"{url}/v1/generate", {"prompt": "x"})
    return measure(ask, tracker=tracker(), requests=5, tokens=usage, batch=64)


def test_tokens_compare_at_one_batch_size_boundary_and_class(one: Inference) -> None:
    before, after = replace(one, token_j=Band(0.20)), replace(one, token_j=Band(0.12))
    assert change(before, after) == pytest.approx(-0.4)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"batch": None}, "compares only with a batch size on both sides; state it"),
        ({"batch": 1}, "energy per token compares only at one batch: 64 before, 1 now"),
        ({"token_j": None, "undefined": "no tokens"}, "no energy per token: no tokens"),
        ({"record": replace(one.record, class_="declared", parts=())},
         "energy per token compares only at one class: modelled before, declared now"),
    ]  # fmt: skip
    for other, says in cases:
        with pytest.raises(Refused, match=says):
            change(before, replace(after, **other))


def test_what_an_endpoint_answers_never_breaks_the_meter(url: str) -> None:
    with pytest.raises(Refused, match=r"does not answer: .*; is the server running"):
        endpoint(f"{url}/\x01")()
    assert endpoint(f"{url}/bytes")() == "\ufffd"
    assert endpoint(f"{url}/deep")().startswith("[[[")
