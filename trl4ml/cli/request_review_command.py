"""`trl4ml request-review`: what is to be reviewed, by whom, as a text to paste."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.audit_command import Base, Trust
from trl4ml.cli.output import Format, progress, put, talk
from trl4ml.render.plain import json_text, printable


def command(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    level: Annotated[int | None, typer.Option(min=0, max=9, help="Up to which level; else as far as the evidence leads.")] = None,
    component: Annotated[str | None, typer.Option(help="Only this component.")] = None,
    stored: Annotated[bool, typer.Option("--stored", help="Take stored evidence, if all of it is current; run no probe.")] = False,
    base: Base = None,
    trust: Trust = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Say whose review is lacking and why, with a text to paste. Sends nothing."""
    from trl4ml.reviews import requesting, signing

    with progress() as tell:
        found = signing.before(path, base, trust, stored, tell)
    made = requesting.request(found, level, component, datetime.now(UTC))
    if format is Format.JSON:
        put(json_text(requesting.plain(made)))
    else:
        put("".join(f"{printable(line)}\n" for line in requesting.text(made).splitlines()))
    if made.pages:
        talk(made.pages)
    return errors.MET
