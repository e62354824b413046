"""`trl4ml serve`: what was asked for becomes a running server, or one sentence on why not."""

import fcntl
import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trl4ml.errors import WrongInput, to_install
from trl4ml.loading import find

if TYPE_CHECKING:
    from trl4ml.server.settings import Settings
    from trl4ml.server.setup import Server

LOCK = "lock"
ADDRESS = "address"
"""In the server's folder: where browsers reach it, for whoever invites."""


class Wanted(NamedTuple):
    """The options, as they were given."""

    projects: tuple[Path, ...]
    data: Path | None
    host: str
    port: int
    socket: Path | None
    database: str
    origin: str
    git_author: str
    commit: bool
    proxy_header: str
    proxy_from: tuple[str, ...]
    private: bool
    base: str | None
    trust: str | None
    refresh: float
    rate: int


class Opened(NamedTuple):
    """Settings that are safe, and the socket, bound already."""

    settings: "Settings"
    listening: socket.socket


class Ready(NamedTuple):
    server: "Server"
    listening: socket.socket

    @property
    def address(self) -> str:
        return f"{self.server.settings.origins[0]}/"

    def run(self) -> None:
        from trl4ml.server.app import run

        run(self.server, self.listening)


@contextmanager
def opened(wanted: Wanted) -> Iterator[Opened]:
    """The settings checked, the server's folder held by this process alone. Raises WrongInput."""
    try:
        from trl4ml.server import app
        from trl4ml.server.settings import Settings, checked
    except ModuleNotFoundError as error:
        raise WrongInput(f"serve {to_install((error.name or '').split('.')[0])}") from None
    roots = tuple(dict.fromkeys(find(one).resolve() for one in wanted.projects))
    data = folder(wanted.data)
    inside = next((one for one in roots if data.is_relative_to(one)), None)
    if inside:
        raise WrongInput(
            f"--data {data}: lies in the project {inside}; name a folder outside of it"
        )
    settings = checked(Settings(roots, data, *wanted[2:]))
    with _held(data), app.listening(settings) as listening:
        yield Opened(app.ready(settings, listening), listening)


def ready(opened: Opened, progress: Callable[[str], None]) -> Ready:
    """Every project audited, the index checked, the pages built. Raises WrongInput."""
    from sqlalchemy.exc import SQLAlchemyError

    from trl4ml.server import app, index
    from trl4ml.server.setup import set_up

    settings = opened.settings
    try:
        server = set_up(settings, progress)
        (settings.data / ADDRESS).write_text(settings.origins[0], encoding="utf-8")
    except SQLAlchemyError as error:
        raise WrongInput(f"--database: {index.said(error)}; {index.REMEDY}") from None
    except OSError as error:
        raise WrongInput(f"--data {settings.data}: cannot be written ({error.strerror})") from None
    app.opened(settings, opened.listening)
    return Ready(server, opened.listening)


def folder(given: Path | None) -> Path:
    """The server's own folder, where none is given that of this user."""
    try:
        state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
        return (given or Path(state).expanduser() / "trl4ml" / "serve").resolve()
    except RuntimeError:
        raise WrongInput("--data: this user has no home folder; name a folder") from None


@contextmanager
def _held(data: Path) -> Iterator[None]:
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise WrongInput(
            f"--data {data}: cannot be written ({error.strerror}); name another"
        ) from None
    try:
        if data.stat().st_mode & stat.S_IWOTH:
            says = "everybody on this machine may write there"
            raise WrongInput(f"--data {data}: {says}; chmod o-w, or name another")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            says = "another server works with this folder; stop it, or name another"
            raise WrongInput(f"--data {data}: {says}") from None
        yield
    finally:
        os.close(handle)
