"""A real `trl4ml serve` in its own process group, many who send to it at once, and `kill -9`."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.server.made import Note, awaited

READY_S = 60


class Answer(NamedTuple):
    """What one request came to: status 0 where no whole answer arrived."""

    status: int = 0
    body: Mapping[str, Any] = {}

    @property
    def acknowledged(self) -> bool:
        return self.status in (200, 201)


class Live:
    """`trl4ml serve`, started, killed and started again over the same folders."""

    def __init__(self, project: Path, data: Path, database: str = "", *more: str) -> None:
        self.project, self.data, self.database = project, data, database
        self._more = more
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'index.sqlite3'}"

    @property
    def log(self) -> Path:
        return self.data.with_name(f"{self.data.name}.log")

    def begin(self, *, script: str = "") -> None:
        """Start the process, without waiting. `script` is run in it before the command."""
        first = ["-m", "trl4ml"] if not script else ["-c", f"{script}\n{MAIN}"]
        database = ["--database", self.database] if self.database else []
        command = [sys.executable, *first, "serve", str(self.project), "--data", str(self.data),
                   "--port", str(self.port), "--rate", "100000", *database, *self._more]  # fmt: skip
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def ready(self) -> None:
        """Wait until it answers."""
        assert self._process is not None
        until = time.monotonic() + READY_S
        while " until Ctrl-C" not in (said := self.log.read_text()):
            assert self._process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.02)
        self.port = int(said.rpartition("http://localhost:")[2].partition("/")[0])
        while self.ask("GET", "/healthz").status != 200:
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.02)

    def start(self, **given: str) -> "Live":
        self.begin(**given)
        self.ready()
        return self

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """`kill -9` of the server and whatever it has started."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)

    def died(self, within: float = 30) -> bool:
        """Whether it was ended by `kill -9`, from inside."""
        assert self._process is not None
        return self._process.wait(within) == -signal.SIGKILL

    def end(self) -> str:
        """Stop it as Ctrl-C does; what it has said."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        assert self._process.wait(60) == 0, self.log.read_text()
        return self.log.read_text()

    def send(self, notes: Sequence[Note], kill_after: int | None = None) -> list[Answer]:
        """All at once, each over its own connection; killed when so many are acknowledged."""

        async def every() -> list[Answer]:
            counted = 0

            async def one(note: Note) -> Answer:
                nonlocal counted
                answer = await self._asked(posted(note), barrier)
                counted += answer.acknowledged
                if counted == kill_after and answer.acknowledged:
                    self.kill()
                return answer

            barrier = asyncio.Barrier(len(notes))
            return await asyncio.gather(*(one(note) for note in notes))

        return awaited(every())

    def ask(self, method: str, path: str, **headers: str) -> Answer:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        sent = f"{method} {path} HTTP/1.1\r\nHost: x\r\n{head}Connection: close\r\n\r\n"
        return self.raw(sent.encode())

    def raw(self, sent: bytes) -> Answer:
        """Bytes as they are, and the answer to them."""
        received = b""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 30) as one:
            one.sendall(self._named(sent))
            while part := one.recv(65536):
                received += part
        return understood(received)

    def _named(self, sent: bytes) -> bytes:
        return sent.replace(b"Host: x", f"Host: localhost:{self.port}".encode(), 1)

    async def _asked(self, sent: bytes, barrier: asyncio.Barrier) -> Answer:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            reader, writer = asyncio.StreamReader(), None
        await barrier.wait()
        if writer is None:
            return Answer()
        try:
            writer.write(self._named(sent))
            await writer.drain()
            return understood(await reader.read())
        except OSError:
            return Answer()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


MAIN = "from trl4ml.__main__ import main; main()"


def posted(note: Note) -> bytes:
    """The request that sends a note; `Host: x` is put right when it is sent."""
    body = json.dumps(note.body).encode()
    head = f"POST /api/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def understood(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\ncontent-length: *([0-9]+)", head)
    if not head.startswith(b"HTTP/1.1 "):
        return Answer()
    status, whole = int(head.split()[1]), length is not None and int(length[1]) == len(body)
    if not whole and status < 400:
        return Answer()
    try:
        return Answer(status, json.loads(body))
    except ValueError:
        return Answer(status, {"text": body.decode("utf-8", "replace")})


def acknowledged(notes: Iterable[Note], answers: Iterable[Answer]) -> list[Note]:
    pairs = zip(notes, answers, strict=True)
    return [note for note, answer in pairs if answer.acknowledged]
