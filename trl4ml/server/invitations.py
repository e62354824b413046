"""Links with which one person enrols one key: unguessable, timed, used once.

What an enrolment gives is a line for `allowed_signers` that a maintainer merges, or does not: the
server never extends whom the project trusts. The database holds the SHA-256 of a link's token.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Engine, delete, select, update

from trl4ml.core.canonical import canonical
from trl4ml.core.noun import Slug
from trl4ml.core.review import Principal
from trl4ml.errors import WrongInput
from trl4ml.server.clock import said
from trl4ml.server.sessions import hashed
from trl4ml.server.tables import INVITATIONS

NAMESPACE = "enrol@trl4ml"
LASTS = timedelta(days=7)
UNUSED = ""
SHORT = 12


class Invitation(NamedTuple):
    project: str
    principal: str
    roles: tuple[str, ...]
    key: bytes = b""
    """The key that was enrolled; empty while the link is unused."""


class Kept(NamedTuple):
    """An invitation as the database has it, which does not know the link itself."""

    invitation: Invitation
    token: str
    """SHA-256 of the link's token."""
    ends: str
    used: str

    @property
    def id(self) -> str:
        return self.token[:SHORT]

    def standing(self, now: datetime) -> str:
        if self.used:
            return f"enrolled a key on {self.used[:10]}"
        return f"{'open until' if self.ends > said(now) else 'over since'} {self.ends[:10]}"


def invited(engine: Engine, origin: str, one: Invitation, now: datetime | None = None) -> str:
    """A new link, which is shown once and kept nowhere. Raises WrongInput."""
    at = now or datetime.now(UTC)
    try:
        TypeAdapter(Principal).validate_python(one.principal)
        TypeAdapter(tuple[Slug, ...]).validate_python(one.roles)
    except ValidationError:
        says = "names are as in carol@example.org, roles as in risk-owner"
        raise WrongInput(f"{one.principal[:120]} as {', '.join(one.roles)[:200]}: {says}") from None
    token = secrets.token_urlsafe(32)
    with engine.begin() as connection:
        connection.execute(INVITATIONS.insert().values(
            token=hashed(token), project=one.project, principal=one.principal, roles=" ".join(one.roles),
            ends=said(at + LASTS), used=UNUSED, key=None,
        ))  # fmt: skip
    return f"{origin}/enrol/{token}"


def open_(engine: Engine, token: str, now: datetime) -> Invitation | None:
    """What the link invites to; None where it is unknown, used or over, which are not told apart."""
    with engine.connect() as connection:
        found = connection.execute(select(INVITATIONS).where(*_usable(token, now))).first()
    if found is None or not hmac.compare_digest(found.token, hashed(token)):
        return None
    return Invitation(found.project, found.principal, tuple(found.roles.split()))


def proof(one: Invitation, token: str) -> bytes:
    """What the new key signs in the namespace `enrol@trl4ml`: who, where, and this very link."""
    said = {
        "for": NAMESPACE,
        "principal": one.principal,
        "project": one.project,
        "link": hashed(token),
    }
    return canonical(said)


def used(engine: Engine, token: str, key: bytes, now: datetime) -> bool:
    """Use the link up for this key, in one step; False where another request was faster."""
    with engine.begin() as connection:
        done = connection.execute(
            update(INVITATIONS).where(*_usable(token, now)).values(used=said(now), key=key)
        )
    return bool(done.rowcount)


def enrolled(engine: Engine, project: str) -> tuple[Invitation, ...]:
    """The keys that were enrolled for a project, the latest last."""
    used = [one for one in every(engine, project) if one.used]
    return tuple(one.invitation for one in sorted(used, key=lambda one: (one.used, one.token)))


def every(engine: Engine, project: str) -> tuple[Kept, ...]:
    """All invitations of a project, by the end of their time."""
    asked = select(INVITATIONS).where(INVITATIONS.c.project == project)
    with engine.connect() as connection:
        found = connection.execute(asked.order_by(INVITATIONS.c.ends, INVITATIONS.c.token)).all()
    return tuple(
        Kept(Invitation(f.project, f.principal, tuple(f.roles.split()), bytes(f.key or b"")),
             f.token, f.ends, f.used) for f in found
    )  # fmt: skip


def forget(engine: Engine, one: Kept) -> bool:
    """Take the link away, and the key that waits to be merged; False where it has changed since."""
    own = INVITATIONS.c
    with engine.begin() as connection:
        done = connection.execute(
            delete(INVITATIONS).where(own.token == one.token, own.used == one.used)
        )
    return bool(done.rowcount)


def _usable(token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    at = said(now)
    own = INVITATIONS.c
    return (own.token == hashed(token[:100]), own.used == UNUSED, own.ends > at)
