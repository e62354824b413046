"""`trl4ml reviewers invite`, `invitations` and `withdraw`: links of the team server, in its database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trl4ml.errors import WrongInput, did_you_mean, to_install
from trl4ml.loading import find, load_all
from trl4ml.serving import ADDRESS, folder

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from trl4ml.server.invitations import Kept

REACHED = re.compile(r"(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?")


class At(NamedTuple):
    """Whose links, and where the team server keeps them, as it was given."""

    project: Path | None
    data: Path | None = None
    database: str = ""


class Link(NamedTuple):
    """An invitation as a person sees it; the link itself is kept nowhere."""

    id: str
    principal: str
    roles: tuple[str, ...]
    standing: str


def invited(at: At, principal: str, roles: tuple[str, ...], origin: str = "") -> str:
    """A link with which this person enrols one key at the server. Raises WrongInput."""
    with _opened(at) as (engine, project):
        from trl4ml.server import invitations

        reached = origin or _address(folder(at.data))
        if not REACHED.fullmatch(reached):
            says = "write it as https://reviews.example.org, without a path"
            raise WrongInput(f"--origin {reached[:200]}: {says}")
        one = invitations.Invitation(project, principal, roles)
        return invitations.invited(engine, reached, one)


def listed(at: At, now: datetime) -> tuple[Link, ...]:
    """The project's invitations, the latest last. Raises WrongInput."""
    with _opened(at) as (engine, project):
        from trl4ml.server import invitations

        return tuple(_link(one, now) for one in invitations.every(engine, project))


def withdrawn(at: At, who: str, now: datetime) -> tuple[Link, ...]:
    """Those of this person, or the one of this id, which are forgotten. Raises WrongInput."""
    with _opened(at) as (engine, project):
        from trl4ml.server import invitations

        known = invitations.every(engine, project)
        fits = [one for one in known if who in (one.invitation.principal, one.id)]
        if not fits:
            names = sorted({one.invitation.principal for one in known})
            says = "no invitation is of this person, or has this id"
            raise WrongInput(f"{who[:200]}: {says}{did_you_mean(names, who)}; see them with: "
                             "trl4ml reviewers invitations")  # fmt: skip
        gone = tuple(_link(one, now) for one in fits if invitations.forget(engine, one))
        if not gone:
            says = "was used or withdrawn at this moment; look again with: trl4ml reviewers invitations"
            raise WrongInput(f"{who}: {says}")
        return gone


def _link(one: "Kept", now: datetime) -> Link:
    return Link(one.id, one.invitation.principal, one.invitation.roles, one.standing(now))


@contextmanager
def _opened(at: At) -> "Iterator[tuple[Engine, str]]":
    """The server's database, and the project's name in it. Raises WrongInput."""
    try:
        from sqlalchemy.exc import SQLAlchemyError

        from trl4ml.server import index
        from trl4ml.server.settings import Settings, checked
    except ModuleNotFoundError as error:
        raise WrongInput(f"reviewers {to_install((error.name or '').split('.')[0])}") from None
    root, data = find(at.project), folder(at.data)
    url = checked(Settings((root,), data, database=at.database)).url
    if not at.database and not data.is_dir():
        raise WrongInput(
            f"--data {data}: no server has run with this folder; name its folder or its --database"
        )
    project = load_all(root, {}).project.name
    engine = index.opened(url)
    try:
        yield engine, project
    except SQLAlchemyError as error:
        raise WrongInput(f"--database: {index.said(error)}; {index.REMEDY}") from None
    finally:
        engine.dispose()


def _address(data: Path) -> str:
    """Where the server that works with this folder is reached. Raises WrongInput."""
    try:
        return (data / ADDRESS).read_text(encoding="utf-8")
    except (OSError, ValueError):
        says = "does not say where the server is reached"
        raise WrongInput(f"--data {data}: {says}; name it with --origin https://…") from None
