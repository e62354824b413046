"""Who asks, and what they may read: everybody all of it, or with `--private` who signed in.

A session is as good as its key: when the project's trust no longer holds the key, it reads nothing.
A proxy's header is believed from the listed peers alone, and then for all projects: it is the proxy
that lets people in.
"""

from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine
from starlette.requests import Request

from trl4ml.core.review import Principal
from trl4ml.server import passkeys, sessions
from trl4ml.server.clock import now
from trl4ml.server.limits import Refusal, peer
from trl4ml.server.settings import Settings
from trl4ml.server.watching import Watched

PRINCIPAL = TypeAdapter(Principal)


class Reader(NamedTuple):
    principal: str
    key: bytes = b""
    """Of the session; empty where a proxy says who it is."""


def cookie(settings: Settings) -> str:
    """With https a name that browsers accept for this host, over https, and for all paths alone."""
    return "__Host-trl4ml" if settings.secure else "trl4ml"


def reader(request: Request, settings: Settings, engine: Engine) -> Reader | None:
    """Who asks; None where nobody has signed in. Raises Refusal where a proxy's header is odd."""
    if settings.proxy_header and peer(request) in settings.proxy_from:
        told = request.headers.getlist(settings.proxy_header)
        if told:
            return _told(told)
    found = sessions.of(engine, request.cookies.get(cookie(settings), ""), now())
    return Reader(found.principal, found.key) if found else None


def _told(told: list[str]) -> Reader:
    try:
        if len(told) == 1:
            return Reader(PRINCIPAL.validate_python(told[0]))
    except ValidationError:
        pass
    raise Refusal(400, "the proxy does not say clearly who you are")


def may_read(who: Reader | None, one: Watched, settings: Settings) -> bool:
    """Whether this person may read the pages of this project."""
    if not settings.private:
        return True
    if who is None:
        return False
    trust = one.reviews.trust
    if not who.key:
        return True
    return trust is not None and any(
        signer.key == who.key and signer.principal == who.principal
        for signer in passkeys.valid(trust, now())
    )
