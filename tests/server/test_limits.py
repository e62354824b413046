"""Rates, sizes, and whom they count."""

from typing import Any

import pytest
from starlette.requests import Request

from tests.server.made import awaited
from trl4ml.server.limits import MOST_ADDRESSES, MOST_BYTES, Rate, Refusal, address, body, fields
from trl4ml.server.settings import Settings


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def asked(
    headers: dict[str, str] | None = None, sent: tuple[bytes, ...] = (b"{}",), peer: str | None = "192.0.2.1",
) -> Request:  # fmt: skip
    given = {"content-type": "application/json", **(headers or {})}
    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": "/", "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": (peer, 1) if peer else None,
    }  # fmt: skip
    parts = [{"type": "http.request", "body": part, "more_body": True} for part in sent]
    messages = iter([*parts, {"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        return next(messages)

    return Request(scope, receive)


def test_so_many_a_minute_and_then_one_for_each_part_of_it() -> None:
    clock = Clock()
    rate = Rate(6, clock)
    for _ in range(6):
        rate.take("192.0.2.1")
    with pytest.raises(
        Refusal, match="too many requests from your address; try again in 10 s"
    ) as refused:
        rate.take("192.0.2.1")
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "10"})
    rate.take("192.0.2.2")
    clock.now = 10
    rate.take("192.0.2.1")
    with pytest.raises(Refusal):
        rate.take("192.0.2.1")


def test_refused_requests_do_not_lengthen_the_wait() -> None:
    clock = Clock()
    rate = Rate(1, clock)
    rate.take("a")
    for _ in range(50):
        clock.now += 1
        with pytest.raises(Refusal):
            rate.take("a")
    clock.now = 61
    rate.take("a")


def test_a_network_of_64_bits_is_one_address() -> None:
    rate = Rate(1, Clock())
    rate.take("2001:db8::1")
    with pytest.raises(Refusal):
        rate.take("2001:db8::ffff")
    rate.take("2001:db8:0:1::1")


def test_ipv4_addresses_that_come_by_ipv6_are_each_their_own() -> None:
    rate = Rate(1, lambda: 0.0)
    rate.take("::ffff:192.0.2.1")
    rate.take("::ffff:192.0.2.2")
    with pytest.raises(Refusal):
        rate.take("192.0.2.1")


def test_no_more_addresses_are_remembered_than_fit() -> None:
    rate = Rate(1, Clock())
    for number in range(MOST_ADDRESSES + 5):
        rate.take(str(number))
    assert len(rate._left) == MOST_ADDRESSES


@pytest.mark.parametrize(
    ("peer", "told", "counted"),
    [
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        (None, "203.0.113.9", "unix"),
    ],
)
def test_only_a_listed_proxy_says_for_whom_it_asks(
    peer: str | None, told: str, counted: str
) -> None:
    settings = Settings((), None, proxy_from=("10.0.0.1",))  # type: ignore[arg-type]
    assert address(asked({"x-forwarded-for": told} if told else {}, peer=peer), settings) == counted


@pytest.mark.parametrize(
    ("headers", "sent", "status"),
    [
        ({"content-type": "text/plain"}, (b"{}",), 415),
        ({"content-type": "application/x-www-form-urlencoded"}, (b"{}",), 415),
        ({"content-length": str(MOST_BYTES + 1)}, (b"{}",), 413),
        ({"content-length": "-1"}, (b"{}",), 413),
        ({"content-length": "many"}, (b"{}",), 413),
        ({"content-length": "2"}, (b"x" * MOST_BYTES, b"x"), 413),
        ({}, (b"x" * 100_000,) * 4, 413),
    ],
)
def test_a_body_of_another_type_or_too_large_is_refused(
    headers: dict[str, str], sent: tuple[bytes, ...], status: int
) -> None:
    with pytest.raises(Refusal) as refused:
        awaited(body(asked(headers, sent)))
    assert refused.value.status == status


def test_a_body_comes_in_parts() -> None:
    assert (
        awaited(body(asked(sent=(b"a" * 150_000, b"b" * 150_000))))
        == b"a" * 150_000 + b"b" * 150_000
    )


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"[]",
        b"{",
        b'{"a": 1}',
        b'{"a": "x", "b": "y"}',
        b'{"a": "x", "a": "y"}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_object_of_these_texts_is_refused(sent: bytes) -> None:
    with pytest.raises(Refusal, match="with exactly these keys: a") as refused:
        awaited(fields(asked(sent=(sent,)), "a"))
    assert refused.value.status == 400
