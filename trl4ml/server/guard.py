"""What every request passes and every answer carries, whatever the page: host, origin, headers.

Cross-site requests are known by their headers: browsers tell with `Sec-Fetch-Site`, older ones with
`Origin`. A request that carries neither comes from no browser; it is let through only if it carries
no cookie either.
"""

import json
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trl4ml.server.settings import Settings

SAFE = ("GET", "HEAD", "OPTIONS")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ALWAYS = {
    "content-security-policy": CSP,
    "trl4ml-server": "1",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=(), microphone=()",
}  # fmt: skip
HEALTH = "/healthz"
"""Answered whatever the name: it tells nothing, and who watches asks by number."""
HSTS = "max-age=31536000"


class Guard:
    """The outermost layer, in plain ASGI: nothing is sent without its headers."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(message)
            await send(message)

        if scope["type"] != "http":
            return
        if self._settings.secure:
            scope = {**scope, "scheme": "https"}
        says = self._refusal(scope)
        if says:
            await _refuse(sent, *says)
        else:
            await self._app(scope, receive, sent)

    def _dress(self, message: MutableMapping[str, Any]) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in ALWAYS.items():
            headers[name] = value
        if self._settings.secure:
            headers["strict-transport-security"] = HSTS
        headers.setdefault("cache-control", "no-store" if self._settings.private else "no-cache")

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if scope["path"] == HEALTH and scope["method"] in SAFE:
            return None
        if len(hosts) != 1 or hosts[0].lower() not in self._settings.hosts:
            return 421, f"this server answers at {' and '.join(self._settings.origins)} alone"
        if scope["method"] in SAFE or _own(headers, self._settings):
            return None
        return (
            403,
            "this request came from another site; open the page of this server and try again",
        )


def _own(headers: Headers, settings: Settings) -> bool:
    """Whether a change is asked for by a page of ours, or by no browser at all."""
    site, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    if site:
        return site in (["same-origin"], ["none"])
    if origins:
        return len(origins) == 1 and origins[0] in settings.origins
    return "cookie" not in headers


async def _refuse(send: Send, status: int, says: str) -> None:
    content = json.dumps({"says": says}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode()),
               (b"connection", b"close")]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
