"""The index of accepted notes: rows that are chained, and never changed or removed.

Each row holds the SHA-256 of the row before it and of itself, so that an edit is found; triggers
refuse UPDATE and DELETE, and that `before` is unique keeps two writers from forking the chain. The
notes themselves are files of the ledger: a lost index is made again from them (`add` takes what is
missing), and a row without its file is a note that somebody removed (`missing`).
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError

from trl4ml.core.canonical import canonical
from trl4ml.errors import WrongInput
from trl4ml.ledger.errors import Refused
from trl4ml.server.tables import NOTES, TABLES

FIRST = "0" * 64
TRIES = 20
REMEDY = "see that it runs, and that this user may write there"


PATIENCE = {"connect_timeout": 10, "tcp_user_timeout": 20_000, "keepalives_idle": 10,
            "keepalives_interval": 5, "keepalives_count": 3}  # fmt: skip
"""With a server that does not answer any more; in seconds, and milliseconds in the second."""


class Row(NamedTuple):
    """One accepted note: `file` is the SHA-256 of the note's file as it was written."""

    project: str
    digest: str
    path: str
    file: str
    at: str


def opened(url: str) -> Engine:
    """The index at the URL, its tables made and its chain checked. Raises WrongInput."""
    try:
        given = make_url(url)
    except ArgumentError:
        raise WrongInput(
            "--database: no address of a database; as in sqlite:////srv/index.sqlite3"
        ) from None
    if given.drivername in ("postgresql", "postgres"):
        given = given.set(drivername="postgresql+psycopg")
    shown = given.render_as_string(hide_password=True)
    if given.drivername not in ("sqlite", "postgresql+psycopg"):
        raise WrongInput(f"--database {shown}: give sqlite:///FILE or postgresql+psycopg://…")
    if given.drivername == "sqlite" and (given.query or given.database in (None, "", ":memory:")):
        raise WrongInput(
            f"--database {shown}: name a file alone, as in sqlite:////srv/index.sqlite3"
        )
    try:
        limits: dict[str, Any] = {} if given.drivername == "sqlite" else PATIENCE
        engine = create_engine(given, pool_pre_ping=True, connect_args=limits)
    except ModuleNotFoundError as error:
        remedy = "pip install 'trl4ml[server]'"
        raise WrongInput(f"--database {shown}: needs {error.name}: {remedy}") from None
    try:
        if given.drivername == "sqlite":
            event.listen(engine, "connect", _durable)
        TABLES.create_all(engine)
        with engine.connect() as connection:
            _check(connection, shown)
    except BaseException as error:
        engine.dispose()
        if isinstance(error, SQLAlchemyError):
            raise WrongInput(
                f"--database {shown}: cannot be used ({said(error)}); {REMEDY}"
            ) from None
        raise
    return engine


def _durable(connection: Any, _: Any) -> None:
    for line in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {line}").close()


def said(error: Exception) -> str:
    """The first line of what is wrong: without the statement, and what was given to it.

    A fault of ours is called by its type, so that it can be reported.
    """
    lines = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines() or [""]
    known = isinstance(error, (WrongInput, Refused, SQLAlchemyError, OSError)) and lines[0]
    return lines[0][:300] if known else f"{type(error).__name__}: {lines[0][:300]}"


def chained(before: str, row: int, one: Row) -> str:
    """The link: SHA-256 over the link before and the whole row, as canonical JSON."""
    return hashlib.sha256(canonical([before, row, *one])).hexdigest()


def _check(connection: Connection, shown: str) -> None:
    before = FIRST
    for number, found in enumerate(connection.execute(select(NOTES).order_by(NOTES.c.row)), 1):
        one = Row(found.project, found.digest, found.path, found.file, found.at)
        if (found.row, found.before) != (number, before) or found.chained != chained(
            before, number, one
        ):
            says = f"row {found.row} of the index is not as it was written"
            remedy = "restore the database, or give an empty one: it is made again from the ledger"
            raise WrongInput(f"--database {shown}: {says}; {remedy}")
        before = found.chained


def add(engine: Engine, rows: Sequence[Row]) -> None:
    """Append what is not there yet, all or nothing. Another writer's row is waited for."""
    for left in reversed(range(TRIES)):
        try:
            with engine.begin() as connection:
                _append(connection, rows)
            return
        except IntegrityError:
            if not left:
                raise


def _append(connection: Connection, rows: Iterable[Row]) -> None:
    newest = select(NOTES.c.row, NOTES.c.chained).order_by(NOTES.c.row.desc()).limit(1)
    last = connection.execute(newest).first()
    number, before = (last.row, last.chained) if last else (0, FIRST)
    for one in rows:
        there = select(NOTES.c.row).where(
            NOTES.c.project == one.project, NOTES.c.digest == one.digest
        )
        if connection.execute(there).first():
            continue
        number += 1
        link = chained(before, number, one)
        connection.execute(
            NOTES.insert().values(row=number, before=before, chained=link, **one._asdict())
        )
        before = link


def rows(engine: Engine, project: str) -> tuple[Row, ...]:
    """All of a project, in the order in which they were accepted."""
    asked = select(NOTES).where(NOTES.c.project == project).order_by(NOTES.c.row)
    with engine.connect() as connection:
        return tuple(
            Row(r.project, r.digest, r.path, r.file, r.at) for r in connection.execute(asked)
        )


def missing(known: Iterable[Row], files: dict[str, str]) -> tuple[str, ...]:
    """A sentence for each row whose file is gone or another; `files` are digests by path."""
    says = []
    for one in known:
        there = files.get(one.path)
        if there is None:
            says.append(f"{one.path}: was accepted at {one.at} and is gone; restore it from the "
                        "repository's history or a backup")  # fmt: skip
        elif there != one.file:
            says.append(f"{one.path}: is not as it was accepted at {one.at}; restore it")
    return tuple(says)
