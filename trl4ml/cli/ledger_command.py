"""`trl4ml ledger`: the reviews in order, and a signed tag that makes sure that none can be lost."""

from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.audit_command import Base, Trust
from trl4ml.cli.output import Format, progress, put
from trl4ml.render.plain import printable

ABOUT = "Show the reviews in order, or anchor them in a signed git tag."
Project = Annotated[Path | None, typer.Argument(help="The project's folder.")]


def show(
    path: Project = None,
    base: Base = None,
    trust: Trust = None,
    stored: Annotated[bool, typer.Option("--stored", help="Run no probe; without current evidence notes are stale.")] = False,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Show every review, oldest first, with how it stands today."""
    from trl4ml.reviews import reviewing, verifying

    with progress() as tell:
        found = reviewing.of(path, base=base, trust=trust, stored_only=stored, progress=tell)
    told = verifying.listed(found)
    put(told.json if format is Format.JSON else told.text)
    return errors.MET


def anchor(
    path: Project = None,
    key: Annotated[str | None, typer.Option(metavar="FILE", help="Your key, which the trust lets sign for git; else it is looked for.")] = None,
    agent: Annotated[bool, typer.Option("--agent", help="Look for your key in ssh-agent alone.")] = False,
    base: Base = None,
    trust: Trust = None,
) -> int:  # fmt: skip
    """Write a signed tag that names the newest reviews. It is not pushed: do that yourself."""
    from trl4ml.reviews import mooring, reviewing

    with progress() as tell:
        found = reviewing.of(path, base=base, trust=trust, stored_only=True, progress=tell)
    name, new = mooring.anchored(found, key, agent)
    says = f"anchored by the tag {name}" if new else f"anchored already, by the tag {name}"
    put(printable(says) + f"\nnext: git push REMOTE refs/tags/{name}\n")
    return errors.MET


SUBCOMMANDS = {"show": show, "anchor": anchor}
