"""Commands of the project run in clean copies of it, with limits; only when a person allows it.

A copy is clean, not a jail: the command has the rights of who runs the audit, so absolute paths, the
network and `../..` lead out of it. A process that leaves its group (a daemon) outlives the run, and
after `kill -9` of the audit itself the copies and the command stay.
"""

import hashlib
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from trl4ml.core.unreadable import Unreadable
from trl4ml.core.views import Rerun
from trl4ml.readers.files import FilesView, Part
from trl4ml.readers.limited import NOT_STARTED

LOOK_S = 0.02
OUTPUT, LINES = 64_000, 20
LARGEST_METRICS = 64_000_000
LIMITED = Path(__file__).with_name("limited.py")


class RerunsView:
    """`refused` says that nothing came of what was asked: not allowed, or a run did not end well."""

    def __init__(self, part: Part, files: FilesView, allowed: bool) -> None:
        self._part = part
        self._files = files
        self._allowed = allowed
        self.refused = False

    @property
    def allowed(self) -> bool:
        self.refused = self.refused or not self._allowed
        return self._allowed

    def twice(
        self, command: tuple[str, ...], metrics: tuple[str, ...], artefacts: tuple[str, ...],
        environment: tuple[str, ...], seconds: int, megabytes: int,
    ) -> tuple[Rerun, ...]:  # fmt: skip
        self.refused = True
        with _removed_afterwards() as base:
            folders = [base / "1", base / "2"]
            try:
                self._copy(folders[0] / "copy", {*metrics, *artefacts})
                shutil.copytree(folders[0] / "copy", folders[1] / "copy")
            except (OSError, shutil.Error) as error:
                why = getattr(error, "strerror", "") or "a file cannot be copied"
                raise Unreadable("the clean copy", f"it cannot be made: {why}") from None
            runs: list[Rerun] = []
            for folder in folders:
                status, tail = _run(folder, command, environment, seconds, megabytes)
                runs.append(_left(folder / "copy", metrics, artefacts, status, tail))
                if status != 0:
                    break
            else:
                self.refused = False
        return tuple(runs)

    def _copy(self, to: Path, outputs: set[str]) -> None:
        """All but virtual environments, and but what the command is there to make."""
        names = self._files.all()
        venvs = {name[: -len("pyvenv.cfg")] for name in names if name.endswith("/pyvenv.cfg")}
        to.mkdir(parents=True)
        for name in names:
            if name.startswith(tuple(venvs)):
                continue
            place = to / os.fsdecode(self._part.tree.entries[name].path)
            place.parent.mkdir(parents=True, exist_ok=True)
            if name not in outputs:
                self._copy_file(name, place)

    def _copy_file(self, name: str, place: Path) -> None:
        copied = hashlib.sha256()
        with self._files.open(name) as source, place.open("wb") as target:
            while chunk := source.read(1 << 20):
                copied.update(chunk)
                target.write(chunk)
            os.fchmod(target.fileno(), os.fstat(source.fileno()).st_mode & 0o777)
        if copied.hexdigest() != self._part.tree.digest(name, None):
            says = "it changes while it is copied; run again when nothing writes to it"
            raise Unreadable(name, says)


@contextmanager
def _removed_afterwards() -> Iterator[Path]:
    """A temporary folder; SIGTERM interrupts as Ctrl-C does, so that it is removed then too."""
    ours = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler) if ours else None
    try:
        with TemporaryDirectory(prefix="trl4ml-", ignore_cleanup_errors=True) as folder:
            yield Path(folder).resolve()
    finally:
        if ours:
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _run(
    folder: Path, command: Sequence[str], environment: Sequence[str], seconds: int, megabytes: int
) -> tuple[int | None, str]:
    """The exit status (None: not in time) and the last lines that were printed."""
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    given = {name: os.environ[name] for name in ("PATH", *environment) if name in os.environ}
    own = {"LANG": "C.UTF-8", "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}
    limited = [sys.executable, "-I", "-S", str(LIMITED), str(megabytes * 1_000_000)]
    try:
        process = subprocess.Popen(
            [*limited, *command], cwd=folder / "copy", env={**own, **given}, bufsize=0,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        return NOT_STARTED, str(getattr(error, "strerror", "") or error)
    with process:
        try:
            output = _watched(process, seconds)
            status = process.poll()
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    return status, _last_lines(output, folder)


def _watched(process: subprocess.Popen[bytes], seconds: int) -> bytes:
    """What it printed last, when it has ended or the time is over."""
    pipe = process.stdout
    assert pipe
    os.set_blocking(pipe.fileno(), False)
    more = select.poll()
    more.register(pipe, select.POLLIN)
    output, deadline = b"", time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        chunk = pipe.read(OUTPUT)
        output = (output + (chunk or b""))[-OUTPUT:]
        if chunk is None:
            more.poll(LOOK_S * 1000)
        elif not chunk:
            time.sleep(LOOK_S)
    return (output + (pipe.read(1 << 20) or b""))[-OUTPUT:]


def _last_lines(output: bytes, folder: Path) -> str:
    """Without the name of the folder, which is another each time."""
    text = output.decode("utf-8", "replace")
    text = text.replace(str(folder / "copy"), ".").replace(str(folder), "..")
    lines = [line.strip() for line in text.splitlines() if line.strip()][-LINES:]
    return "\n".join("".join(c if c.isprintable() else "?" for c in line) for line in lines)


def _left(
    copy: Path, metrics: Sequence[str], artefacts: Sequence[str], status: int | None, tail: str
) -> Rerun:
    contents, digests = {}, {}
    for name in {*metrics, *artefacts}:
        place = Path(os.path.realpath(copy / name))
        if not place.is_relative_to(copy) or not place.is_file():
            continue
        with suppress(OSError), place.open("rb") as file:
            if name in metrics:
                contents[name] = file.read(LARGEST_METRICS)
                file.seek(0)
            if name in artefacts:
                digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return Rerun(status, tail, contents, digests)
