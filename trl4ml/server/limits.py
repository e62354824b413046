"""How often one address may change something, and how much it may send."""

import asyncio
import ipaddress
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request

from trl4ml.server.settings import UNIX, Settings, plain

MOST_BYTES = 300_000
"""Of a request's body: the largest note that the ledger takes, and room."""
MOST_SECONDS = 20
"""That a body may take to arrive."""
MOST_ADDRESSES = 10_000
RARE = 60
"""Attempts a minute to sign in or to enrol."""


NO_PAGE = "there is no such page"
"""Also where there is one that this reader may not read."""


class Refusal(Exception):
    """An answer that is no: a status and the sentence that goes with it."""

    def __init__(self, status: int, says: str, **headers: str) -> None:
        super().__init__(says)
        self.status, self.says, self.headers = status, says, headers


class Rate:
    """So many a minute from each address, all at once or spread; a bucket that fills again.

    The addresses that were heard of last are remembered, at most 10,000: an IPv6 network of 64 bits
    is one address.
    """

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute, self._clock = a_minute, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Raises Refusal 429, with the seconds to wait, where nothing is left."""
        now, key = self._clock(), _network(address)
        left, since = self._left.pop(key, (float(self._a_minute), now))
        left = min(self._a_minute, left + (now - since) * self._a_minute / 60)
        self._left[key] = (left - 1 if left >= 1 else left, now)
        while len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)
        if left < 1:
            wait = max(1, round((1 - left) * 60 / self._a_minute))
            says = f"too many requests from your address; try again in {wait} s"
            raise Refusal(429, says, **{"Retry-After": str(wait)})


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address


def peer(request: Request) -> str:
    """The address at the other end of the connection, or `unix`."""
    return plain(request.client.host) if request.client and request.client.host else UNIX


def address(request: Request, settings: Settings) -> str:
    """Whom to count: the peer, or for a listed proxy the last address that it forwards for."""
    own = peer(request)
    if own not in settings.proxy_from:
        return own
    told = request.headers.getlist("x-forwarded-for")
    return plain(told[-1].rpartition(",")[2].strip()) or own if told else own


async def body(request: Request) -> bytes:
    """The whole body. Raises Refusal where it is too large, too slow, or no JSON by its type."""
    if (
        request.headers.get("content-type", "").partition(";")[0].strip().lower()
        != "application/json"
    ):
        raise Refusal(415, "send it as application/json")
    too_large = Refusal(
        413, f"larger than {MOST_BYTES:,} bytes; shorten the reason, remarks or conditions"
    )
    stated = request.headers.get("content-length", "0")
    if not stated.isdecimal() or int(stated[:12]) > MOST_BYTES:
        raise too_large
    content = bytearray()
    try:
        async with asyncio.timeout(MOST_SECONDS):
            async for part in request.stream():
                content += part
                if len(content) > MOST_BYTES:
                    raise too_large
    except TimeoutError:
        raise Refusal(
            408, f"the request took longer than {MOST_SECONDS} s to arrive; send it again"
        ) from None
    except ClientDisconnect:
        raise Refusal(400, "the connection was closed before the request was whole") from None
    return bytes(content)


async def fields(request: Request, *names: str) -> dict[str, str]:
    """The body as a JSON object with exactly these keys, all of them texts. Raises Refusal 400."""
    content = await body(request)
    try:
        given: Any = json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        given = None
    if (
        not isinstance(given, dict)
        or set(given) != set(names)
        or not all(isinstance(v, str) for v in given.values())
    ):
        raise Refusal(
            400, f"send a JSON object of texts with exactly these keys: {', '.join(names)}"
        )
    return given


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found
