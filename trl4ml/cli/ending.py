"""How every command ends: with an exit code, never with a traceback."""

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

import typer

from trl4ml import errors
from trl4ml.render.plain import printable


def ended(command: Callable[..., int]) -> Callable[..., None]:
    """The command with its errors turned into one sentence on stderr and an exit code."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            code = command(*args, **kwargs)
        except errors.WrongInput as error:
            _tell("\n".join(printable(line) for line in str(error).splitlines()))
            code = errors.WRONG_INPUT
        except KeyboardInterrupt:
            _tell("interrupted")
            code = errors.INTERRUPTED
        except Exception as error:  # ours to fix: the log, not the terminal, gets the traceback
            _tell(_crashed(error))
            code = errors.BROKEN
        raise typer.Exit(code)

    return run


def _tell(text: str) -> None:
    sys.stderr.write(f"trl4ml: {text}\n" if "\n" not in text else f"{text}\n")


def _crashed(error: Exception) -> str:
    """Write a bug report to a file; says where it is."""
    import platform
    import tempfile
    import traceback

    from trl4ml import __version__

    text = (
        f"trl4ml {__version__} broke: {type(error).__name__}\n\n"
        f"Python {platform.python_version()} on {platform.platform()}\n"
        f"Arguments: {sys.argv[1:]}\n\n```\n{''.join(traceback.format_exception(error))}```\n"
    )
    handle, path = tempfile.mkstemp(prefix="trl4ml-broke-", suffix=".md")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return f"trl4ml itself broke ({type(error).__name__}); please report {path}"
