"""Asking and telling in lines: at a terminal, with a screen reader, or from a pipe."""

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

from trl4ml.cli.output import put
from trl4ml.errors import WrongInput
from trl4ml.render.walk import Words

LONGEST = 100_000
ReadT = TypeVar("ReadT")


def at_terminal() -> bool:
    """Whether a person types, and sees what is asked."""
    return all(one is not None and one.isatty() for one in (sys.stdin, sys.stdout))


def plain_wanted(given: bool) -> bool:
    """Whether as asked for, or because there is no terminal that could do more."""
    dumb = os.environ.get("TERM") == "dumb"
    return given or dumb or not at_terminal()


def silent(what: str) -> None:
    """Progress that is not told: it would move the cursor."""


class Dialogue:
    """One question, one line of answer. Bytes that are no text come through, and are refused later."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._edits = not words.plain
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(errors="surrogateescape")
        if self._edits:
            with suppress(ImportError):
                import readline  # noqa: F401

    def say(self, lines: Iterable[str]) -> None:
        put("".join(f"{line}\n" for line in lines))

    def ask(self, prompt: str) -> str:
        """The line without its end. Raises EOFError when there are no more."""
        try:
            return input(prompt) if self._edits else self._line(prompt)
        except OSError:  # the terminal is gone
            raise EOFError from None

    def _line(self, prompt: str) -> str:
        put(prompt)
        line = rest = sys.stdin.readline(LONGEST) if sys.stdin else ""
        while rest and not rest.endswith("\n"):
            rest = sys.stdin.readline(LONGEST)
        if not at_terminal():
            put("\n")
        if not line:
            raise EOFError
        return line.rstrip("\n")

    def until_right(self, prompt: str, read: Callable[[str], ReadT]) -> ReadT:
        """What `read` makes of the line; asks again as long as it raises WrongInput."""
        while True:
            try:
                return read(self.ask(prompt))
            except WrongInput as error:
                self.complain(error)

    def complain(self, error: WrongInput) -> None:
        self.say(line for text in str(error).splitlines() for line in self._words.say(text))
