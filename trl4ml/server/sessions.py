"""Who has signed in: a random id in a cookie, its SHA-256 in the database, and when it ends.

Signing in is one signature in the namespace `signin@trl4ml` over a challenge that this process has
made, that is used once and for five minutes. The session names the key, so that it ends with it.
"""

import hashlib
import secrets
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, delete, select

from trl4ml.core.canonical import canonical
from trl4ml.core.review import moment
from trl4ml.server.clock import said
from trl4ml.server.tables import SESSIONS

NAMESPACE = "signin@trl4ml"
LASTS = timedelta(hours=8)
ASKED_FOR = timedelta(minutes=5)
MOST_CHALLENGES = 10_000


class Session(NamedTuple):
    principal: str
    key: bytes


class Challenges:
    """Handed out and not yet used, the oldest forgotten first; a restart forgets all."""

    def __init__(self) -> None:
        self._made: OrderedDict[bytes, datetime] = OrderedDict()

    def new(self, origin: str, now: datetime) -> bytes:
        """The bytes to sign: what for, where, and a number that nobody can guess."""
        text = {
            "for": NAMESPACE,
            "at": said(now),
            "origin": origin,
            "nonce": secrets.token_urlsafe(32),
        }
        made = canonical(text)
        self._made[made] = now
        while len(self._made) > MOST_CHALLENGES:
            self._made.popitem(last=False)
        return made

    def use(self, challenge: bytes, now: datetime) -> bool:
        """Whether it was ours, is not used yet, and is not too old; used from now on."""
        at = self._made.pop(challenge, None)
        return at is not None and timedelta() <= now - at <= ASKED_FOR


def hashed(secret: str) -> str:
    """What is stored of a secret: who reads the database cannot use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(engine: Engine, principal: str, key: bytes, now: datetime) -> str:
    """A new session; the id, which goes into the cookie alone."""
    made = secrets.token_urlsafe(32)
    ends = said(now + LASTS)
    with engine.begin() as connection:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.ends <= said(now)))
        connection.execute(
            SESSIONS.insert().values(id=hashed(made), principal=principal, key=key, ends=ends)
        )
    return made


def of(engine: Engine, given: str, now: datetime) -> Session | None:
    """The session of an id from a cookie; None where there is none, or it has ended.

    The look-up is by a hash, so the time that it takes tells nothing about other ids.
    """
    if not given or len(given) > 100:
        return None
    with engine.connect() as connection:
        found = connection.execute(select(SESSIONS).where(SESSIONS.c.id == hashed(given))).first()
    ends = moment(found.ends) if found else None
    if found is None or ends is None or ends <= now.astimezone(UTC):
        return None
    return Session(found.principal, bytes(found.key))


def end(engine: Engine, given: str) -> None:
    with engine.begin() as connection:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.id == hashed(given[:100])))
