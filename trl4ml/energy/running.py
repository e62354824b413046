"""The energy of the machine while a command runs: the command sees what it would see without us.

Input, output, exit status and signals pass through. A signal to us goes on to the command, except
for those of the terminal, which has sent them to the command already; the handlers that were there
are put back. When the command has ended the record is closed, also where it was killed.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from trl4ml.energy.booking import Options
from trl4ml.energy.commandline import veiled
from trl4ml.energy.errors import Refused
from trl4ml.energy.record import EnergyRecord, Exit
from trl4ml.energy.tracking import Tracker

PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT)
SUBREAPER = 36
GRACE_S = 0.1
NAMED = 3


def run_command(
    argv: tuple[str, ...], options: Options, **reading: Any
) -> tuple[int, EnergyRecord, Path | None]:
    """Run the command to its end: its exit status (128 + n for signal n), the record, its file.

    `reading` is what Tracker takes beside the options. Raises Refused before the command starts.
    """
    tracker = Tracker(options, **reading)
    if not argv or shutil.which(argv[0]) is None:
        raise Refused(f"the command '{' '.join(argv[:1])}' is not found, or may not be executed; nothing was run")  # fmt: skip
    before = set(_children())
    tracker.start(keep=False)
    with _adopting(), _passing_on() as target:
        try:
            child = subprocess.Popen(argv)
        except (OSError, ValueError) as error:
            tracker.abandon()
            raise Refused(f"the command '{argv[0]}' cannot be run: {error}") from None
        target.set(child)
        if options.stop_over:
            tracker.on_over = lambda: _stop(child)
        with suppress(Refused):
            tracker.keep()
        status = child.wait()
        tracker.notes += _left(before)
        tracker.stop(command=veiled(tuple(argv)), exit=_exit(status))
    if tracker.record is None:
        raise Refused("the record was closed in another process")
    return status if status >= 0 else 128 - status, tracker.record, tracker.path


class _Target:
    """The command to pass signals on to; those that come before it runs wait for it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._waiting: list[int] = []

    def set(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        for number in self._waiting:
            child.send_signal(number)

    def handle(self, number: int, frame: FrameType | None) -> None:
        if number in FROM_TERMINAL and _in_foreground():
            return
        if self._child is None:
            self._waiting.append(number)
        else:
            self._child.send_signal(number)


@contextmanager
def _passing_on() -> Iterator[_Target]:
    """Handlers for the signals that end programs; what was ignored stays ignored."""
    target, before = _Target(), {}
    if threading.current_thread() is threading.main_thread():
        for number in PASSED_ON:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, target.handle)
    try:
        yield target
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Whether we share the terminal's foreground group, to all of which it sends its signals."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _stop(child: subprocess.Popen[bytes]) -> None:
    """End the command and what it has started."""
    import psutil

    try:
        started = psutil.Process(child.pid).children(recursive=True)
    except psutil.Error:
        started = []
    child.terminate()
    for one in started:
        with suppress(psutil.Error):
            one.terminate()


@contextmanager
def _adopting() -> Iterator[None]:
    """On Linux processes that outlive the command become our children, so that they can be seen."""
    if sys.platform != "linux":
        yield
        return
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    prctl(SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(SUBREAPER, 0, 0, 0, 0)


def _children() -> dict[int, str]:
    import psutil

    found = {}
    for one in psutil.Process().children():
        with suppress(psutil.Error):
            if one.status() != psutil.STATUS_ZOMBIE:
                found[one.pid] = one.name()
    return found


def _left(before: set[int]) -> list[str]:
    """A sentence on what the command left running, after a moment in which it may end by itself."""
    if _children().keys() <= before:
        return []
    time.sleep(GRACE_S)
    names = sorted(name for pid, name in _children().items() if pid not in before)
    if not names:
        return []
    more = ", …" if len(names) > NAMED else ""
    they = "a process that it started still runs" if len(names) == 1 else f"{len(names)} processes that it started still run"  # fmt: skip
    return [f"the record ends with the command, but {they} ({', '.join(names[:NAMED])}{more}); what they draw from now on is not in it"]  # fmt: skip


def _exit(status: int) -> Exit:
    if status >= 0:
        return Exit(code=status)
    try:
        return Exit(signal=signal.Signals(-status).name)
    except ValueError:
        return Exit(signal=str(-status))
