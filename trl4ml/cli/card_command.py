"""`trl4ml card`: what is known about a component, as a card for people."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import carding, errors, run
from trl4ml.cli.output import progress, put, talk
from trl4ml.core.trlcard.known import TrlCard
from trl4ml.render.plain import printable


class Subject(StrEnum):
    TRL = "trl"


class CardFormat(StrEnum):
    MARKDOWN = "markdown"
    JSON = "json"


def command(
    subject: Annotated[Subject, typer.Argument(help="Which card.")],
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    component: Annotated[str | None, typer.Option(help="Only this component.")] = None,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Where to write it, - for the screen; else cards/COMPONENT/level-N.md.")] = None,
    format: Annotated[CardFormat, typer.Option(help="JSON goes to the screen unless --out says otherwise.")] = CardFormat.MARKDOWN,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a card that somebody edited.")] = False,
) -> int:  # fmt: skip
    """Write the TRL card of each component, and say what is still to be stated on it."""
    with progress() as tell:
        done = run.gather(path, progress=tell)
    talk(*done.store.notices)
    every = carding.cards(done, component)
    if format is CardFormat.JSON:
        put(carding.json_of(every), None if out == "-" else out)
    elif out is None:
        put("".join(f"{_told(one)}\n" for one in carding.write(done, every, force)))
    else:
        put(carding.text(done, _only(every), _folder(out)), None if out == "-" else out)
    return errors.MET


def _only(every: list[TrlCard]) -> TrlCard:
    if len(every) > 1:
        known = ", ".join(one.component for one in every)
        raise errors.WrongInput(f"--out: there are {len(every)} cards; choose one with --component "
                                f"({known}), or leave --out away")  # fmt: skip
    return every[0]


def _folder(out: str) -> Path | None:
    return None if out == "-" else Path(out).parent


def _told(one: carding.Written) -> str:
    how = "written" if one.changed else "is up to date"
    missing = one.card.missing
    rest = f", {missing} {'field' if missing == 1 else 'fields'} to be stated" if missing else ""
    return printable(f"{one.path} {how}{rest}")
