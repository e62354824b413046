"""Where output goes: data to stdout or a file, talk to stderr, colour only to a terminal."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from trl4ml.errors import WrongInput
from trl4ml.render.plain import printable

QUIET_S = 2


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def coloured() -> bool:
    """Whether stdout wants colour: NO_COLOR, FORCE_COLOR and TERM=dumb are heeded."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """The columns of the terminal, at most 100; 80 where there is none and COLUMNS does not say."""
    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return min(shutil.get_terminal_size().columns, 100) if known else 80


def talk(*lines: str) -> None:
    """Say something to the person, on stderr."""
    for line in lines:
        sys.stderr.write(f"{printable(line)}\n")


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Tells on stderr what is being done, on a terminal and once it has taken two seconds."""
    start = time.monotonic()
    told = False

    def tell(what: str) -> None:
        nonlocal told
        if sys.stderr.isatty() and time.monotonic() - start > QUIET_S:
            told = True
            sys.stderr.write(f"\r\x1b[K{printable(what)[: width() - 1]}")
            sys.stderr.flush()

    try:
        yield tell
    finally:
        if told:
            sys.stderr.write("\r\x1b[K")


def put(text: str, file: str | None = None) -> None:
    """Data to stdout, or to a file, whole or not at all; into a device or pipe as it comes."""
    if file is None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if not isinstance(error, BrokenPipeError):  # else nobody reads on: the exit code tells
                raise WrongInput(f"the output cannot be written ({error.strerror})") from None
        return
    path = Path(file)
    if not path.name:
        raise WrongInput(f"{file}: cannot be written (not a file)")
    beside = path.with_name(f".{path.name}.writing-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_text(text, encoding="utf-8")
            return
        with beside.open("x", encoding="utf-8") as whole:
            whole.write(text)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise WrongInput(f"{file}: cannot be written ({error.strerror})") from None


def table(rows: list[tuple[str, ...]]) -> str:
    """Columns aligned on two spaces, the last one wrapped to the terminal."""
    import textwrap

    rows = [tuple(printable(cell) for cell in row) for row in rows]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]) - 1)] if rows else []
    lines = []
    for *cells, last in rows:
        first = "".join(f"{cell:{w}}  " for cell, w in zip(cells, widths, strict=True))
        lines += textwrap.wrap(
            last, max(width(), len(first) + 30), initial_indent=first,
            subsequent_indent=" " * len(first), break_on_hyphens=False,
        ) or [first.rstrip()]  # fmt: skip
    return "".join(f"{line}\n" for line in lines)
