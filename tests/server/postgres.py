"""A real PostgreSQL of the tests' own: on a Unix socket, in a folder of its own, ended afterwards."""

import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

FOUND = "/usr/lib/postgresql"
OWNER = "trl4ml"
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", "recovery_init_sync_method=syncfs",
           "listen_addresses=")  # fmt: skip


class Postgres:
    """The server, run by an unprivileged user as it demands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._bin = _installed()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = 0
        if as_root := os.geteuid() == 0:
            who = pwd.getpwnam("postgres")
            os.chown(folder, who.pw_uid, who.pw_gid)
        self._as: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": ()} if as_root else {}
        )
        self._run("initdb", "-D", self._data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale",
                  "--no-sync", "--no-instructions")  # fmt: skip

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def start(self) -> None:
        settings = [part for one in DURABLE for part in ("-c", one)]
        command = [str(self._bin / "postgres"), "-D", self._data, "-k", str(self.folder), *settings]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/",
                start_new_session=True, **self._as,
            )  # fmt: skip
        until = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text(errors="replace")
            assert time.monotonic() < until, self._log.read_text(errors="replace")
            time.sleep(0.05)

    def kill(self) -> None:
        """`kill -9` of all of its processes, as when the machine loses its power."""
        assert self._process is not None
        mother = self._process.pid
        children = Path(f"/proc/{mother}/task/{mother}/children").read_text().split()
        for one in (mother, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self._process.wait(30)

    def stop(self) -> None:
        """At once: nobody needs its data any more."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(60)

    def database(self) -> str:
        """The URL of a new, empty database."""
        self._asked += 1
        name = f"trl4ml_{self._asked}"
        self._run("createdb", "-h", str(self.folder), "-U", OWNER, name)
        return f"postgresql+psycopg://{OWNER}@/{name}?host={self.folder}"

    def _answers(self) -> bool:
        asked = [str(self._bin / "pg_isready"), "-q", "-h", str(self.folder), "-U", OWNER]
        return subprocess.run(asked, check=False).returncode == 0

    def _run(self, name: str, *words: str) -> None:
        done = subprocess.run(
            [str(self._bin / name), *words], cwd="/", capture_output=True, check=False, text=True, **self._as
        )  # fmt: skip
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Started; its folder is reachable for the user that runs it, which pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="trl4ml-pg-", dir="/tmp") as folder:
        server = Postgres(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _installed() -> Path:
    there = sorted(Path(FOUND).glob("*/bin"), key=lambda one: int(one.parts[-2]))
    assert there, "PostgreSQL is not installed: make postgresql"
    return there[-1]
