"""`trl4ml verify`: is every review what it says, by whom it says, and is none missing?"""

from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.audit_command import Base, Trust
from trl4ml.cli.output import Format, progress, put, talk


def command(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    base: Base = None,
    trust: Trust = None,
    anchor: Annotated[str | None, typer.Option(metavar="TAG", help="An anchor that must be there, and hold.")] = None,
    stored: Annotated[bool, typer.Option("--stored", help="Run no probe; without current evidence notes are stale.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what is wrong.")] = False,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Check every review offline: form, signature, key, role, evidence, and that none was dropped."""
    from trl4ml.reviews import reviewing, signing, verifying

    with progress() as tell:
        found = reviewing.of(path, base=base, trust=trust, stored_only=stored, progress=tell)
    told = verifying.verified(found, anchor)
    if stored and not quiet and (says := signing.not_current(found.base_report)):
        talk(f"{says}; until then every review is stale")
    if quiet:
        talk(*verifying.complaints(found, anchor))
    else:
        put(told.json if format is Format.JSON else told.text)
    return errors.MET if told.holds else errors.NOT_MET
