"""`trl4ml new`: a probe or a checklist to begin with."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.output import Format, put, talk
from trl4ml.render.plain import json_text, printable


class Kind(StrEnum):
    PROBE = "probe"
    CHECKLIST = "checklist"


def command(
    kind: Annotated[Kind, typer.Argument(help="What to make.")],
    name: Annotated[str, typer.Argument(help="Its id, as in data-fresh.")],
    into: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder to write into.")] = None,
    format: Annotated[Format, typer.Option(help="How to print what was written.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Make a working probe with its tests, or a checklist. Nothing is overwritten."""
    from trl4ml import drafting

    draft = (drafting.draft_probe if kind is Kind.PROBE else drafting.draft_checklist)(name, into)
    drafting.write(draft)
    written = [os.path.relpath(path) for path in draft.files]
    if format is Format.JSON:
        put(json_text({"written": written, "next": draft.next}))
    else:
        put("".join(f"{printable(path)}\n" for path in written))
        talk(f"next: {draft.next}")
    return errors.MET
