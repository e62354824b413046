"""Hosts, other sites, and the headers of every answer."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.datastructures import URL
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import Receive, Scope, Send

from tests.server.made import awaited
from trl4ml.server.guard import ALWAYS, CSP, Guard
from trl4ml.server.settings import Settings

HERE = Settings((), Path("/data"))
AWAY = HERE._replace(origin="https://reviews.example.org", private=True)


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("inside")(scope, receive, send)


def ask(settings: Settings, method: str = "GET", path: str = "/", **headers: str) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=Guard(inner, settings))
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost:8000"
        ) as client:
            return await client.request(method, path, headers=given)

    return awaited(asked())


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "LOCALHOST:8000"])
def test_on_this_machine_its_own_names_are_answered(host: str) -> None:
    assert ask(HERE, host=host).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost", "localhost:8001", "127.0.0.1.evil.example:8000", ""]
)
def test_a_name_that_leads_here_from_elsewhere_is_not(host: str) -> None:
    answer = ask(HERE, host=host)
    assert answer.status_code == 421
    assert answer.json() == {
        "says": "this server answers at http://localhost:8000 and http://127.0.0.1:8000 alone"
    }


def test_behind_a_proxy_only_the_address_that_browsers_see_is_answered() -> None:
    assert ask(AWAY, host="reviews.example.org").status_code == 200
    assert ask(AWAY, host="localhost:8000").status_code == 421
    assert ask(AWAY, path="/healthz", host="localhost:8000").status_code == 200


FROM = "http://localhost:8000"
POSTS: list[tuple[dict[str, str], int]] = [
    ({"sec_fetch_site": "same-origin"}, 200),
    ({"sec_fetch_site": "none"}, 200),
    ({"sec_fetch_site": "cross-site"}, 403),
    ({"sec_fetch_site": "same-site"}, 403),
    ({"sec_fetch_site": "cross-site", "origin": FROM}, 403),
    ({"sec_fetch_site": ""}, 403),
    ({"origin": FROM}, 200),
    ({"origin": "http://127.0.0.1:8000"}, 200),
    ({"origin": "http://evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({"origin": "http://localhost:8000.evil.example"}, 403),
    ({}, 200),
    ({"cookie": "trl4ml=x"}, 403),
    ({"cookie": "trl4ml=x", "origin": FROM}, 200),
]


@pytest.mark.parametrize(("headers", "status"), POSTS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_change_is_asked_for_by_a_page_of_ours_or_by_no_browser(
    method: str, headers: dict[str, str], status: int
) -> None:
    assert ask(HERE, method, **headers).status_code == status


def test_a_link_from_another_site_still_leads_here() -> None:
    assert ask(HERE, sec_fetch_site="cross-site").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"host": "evil.example"}])
def test_every_answer_carries_its_headers_refusals_too(headers: dict[str, str]) -> None:
    answer = ask(HERE, **headers)
    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS
    assert "frame-ancestors 'none'" in CSP
    assert "unsafe" not in CSP
    assert "strict-transport-security" not in answer.headers
    assert answer.headers["cache-control"] == "no-cache"


def test_with_https_browsers_are_told_to_stay_there_and_private_pages_are_not_kept() -> None:
    answer = ask(AWAY, host="reviews.example.org")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["cache-control"] == "no-store"


def test_behind_a_proxy_with_tls_a_page_leads_on_by_https() -> None:
    async def asked() -> httpx.Response:
        async def there(scope: Scope, receive: Receive, send: Send) -> None:
            leads = URL(scope=scope).replace(path="/more/")
            await RedirectResponse(leads)(scope, receive, send)

        transport = httpx.ASGITransport(app=Guard(there, AWAY))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://reviews.example.org"
        ) as client:
            return await client.get("/more")

    assert awaited(asked()).headers["location"] == "https://reviews.example.org/more/"


def test_web_sockets_are_not_answered() -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError

    awaited(Guard(never, HERE)({"type": "websocket"}, never, never))
