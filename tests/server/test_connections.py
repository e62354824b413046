"""Who sends slowly, reads nothing, or comes with too many, over real sockets."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.live import Live
from tests.server.made import project
from trl4ml.errors import WrongInput
from trl4ml.server import app, connections
from trl4ml.server.settings import Settings

pytestmark = pytest.mark.slow

IMPATIENT = """
from trl4ml.server import connections
connections.HEAD_S, connections.WHOLE_S, connections.MOST = 0.5, 1.0, 20
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    here = tmp_path_factory.mktemp("slow")
    made = Live(project(here / "loans"), here / "data").start(script=IMPATIENT)
    yield made
    said = made.end()
    assert "Traceback" not in said and "Invalid HTTP" not in said


def lasts(one: socket.socket, most: float = 5) -> float:
    """How long the other end keeps the connection."""
    began = time.monotonic()
    one.settimeout(most)
    try:
        while one.recv(65536):
            pass
    except ConnectionError:
        pass
    return time.monotonic() - began


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX: "])
def test_a_head_that_never_ends_is_not_waited_for(live: Live, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", live.port)) as one:
        one.sendall(sent)
        assert 0.3 < lasts(one) < 4


def test_a_head_that_comes_letter_by_letter_is_not_waited_for_either(live: Live) -> None:
    with socket.create_connection(("127.0.0.1", live.port)) as one:
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            while time.monotonic() - began < 5:
                one.sendall(b"G")
                time.sleep(0.05)


def test_who_asks_much_and_reads_nothing_is_dropped(live: Live) -> None:
    asked = f"GET /style.css HTTP/1.1\r\nHost: localhost:{live.port}\r\n\r\n".encode()
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", live.port))
        one.sendall(asked * 500)
        until = time.monotonic() + 8
        with pytest.raises(ConnectionError):
            while time.monotonic() < until:
                one.sendall(asked)
                time.sleep(0.05)
    assert live.ask("GET", "/healthz").status == 200


def test_more_connections_than_there_is_room_for_are_not_kept(live: Live) -> None:
    with ExitStack() as held:
        many = [socket.create_connection(("127.0.0.1", live.port)) for _ in range(40)]
        for one in many:
            held.enter_context(one)
        assert sum(lasts(one) < 0.3 for one in reversed(many)) >= 20
    time.sleep(0.1)
    assert live.ask("GET", "/healthz").status == 200


def test_what_is_no_http_is_not_written_to_the_operators_log(live: Live) -> None:
    assert live.raw(b"\x16\x03\x01\r\n\r\n").status == 400


def test_there_is_room_for_as_many_as_the_system_has_files(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"now": (256, 1024)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, to: limits.update(now=to))
    assert connections.room() == 1024 - connections.SPARE
    limits["now"] = (256, -1)
    assert connections.room() == connections.MOST
    limits["now"] = (50, 50)
    assert connections.room() == 1


def test_two_servers_do_not_listen_at_one_place(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    one = app.listening(Settings((), tmp_path, socket=path))
    again = app.listening(Settings((), tmp_path, socket=path))  # nobody listens there yet
    app.opened(Settings((), tmp_path, socket=path), again)
    with pytest.raises(
        WrongInput, match=r"--socket .*: another server listens there; name another"
    ):
        app.listening(Settings((), tmp_path, socket=path))
    here = Settings((), tmp_path, port=0)
    first = app.listening(here)
    here = app.ready(here, first)
    second = app.listening(here)
    app.opened(here, first)
    with pytest.raises(WrongInput, match=rf"--port {here.port}: Address already in use"):
        app.opened(here, second)
    for each in (one, again, first, second):
        each.close()
