"""`trl4ml init`: a first trl4ml.yaml, by a look at what is there."""

import os
import secrets
import shlex
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.output import Format, put, talk
from trl4ml.loading import CONFIG
from trl4ml.render.plain import json_text

LATER = "later, for signed reviews: trl4ml reviewers add WHO --role ROLE --key FILE"


def command(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    only_print: Annotated[bool, typer.Option("--print", help="Print the file instead of writing it.")] = False,
    format: Annotated[Format, typer.Option(help="How to print what was found.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Look at a repository and write a trl4ml.yaml that names what it holds."""
    from trl4ml.scout import scout, written

    folder = path or Path()
    target = folder / CONFIG
    if not os.path.isdir(folder):  # noqa: PTH112  Path.is_dir raises for some names
        raise errors.WrongInput(f"{folder}: not a folder; give the folder of a project")
    if not only_print and os.path.lexists(target):
        raise _exists(target)
    found = scout(folder)
    text = written(found)
    if not only_print:
        write_new(target, text)
    if format is Format.JSON:
        put(json_text({"written": None if only_print else str(target), "found": asdict(found)}))
    elif only_print:
        put(text)
    if not only_print:
        audit = f"trl4ml audit{f' {shlex.quote(str(path))}' if path else ''}"
        talk(f"wrote {target}", f"next: {audit}", LATER)
    return errors.MET


def write_new(target: Path, text: str) -> None:
    """The whole text at once, and only where nothing is. Raises WrongInput."""
    beside = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        beside.write_text(text, encoding="utf-8")
        try:
            os.link(beside, target)
        except OSError:  # it is there already, or the file system has no links
            target.touch(exist_ok=False)
            beside.replace(target)
    except FileExistsError:
        raise _exists(target) from None
    except OSError as error:
        raise errors.WrongInput(
            f"{target}: cannot be written ({error.strerror}); "
            "make the folder writable, or print the file with: trl4ml init --print"
        ) from None
    finally:
        with suppress(OSError):
            beside.unlink()


def _exists(target: Path) -> errors.WrongInput:
    return errors.WrongInput(
        f"{target}: is already there and stays as it is; "
        "see what would be written with: trl4ml init --print"
    )
