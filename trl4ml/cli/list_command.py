"""`trl4ml list`: what there is."""

from enum import StrEnum
from typing import Annotated

import typer

from trl4ml import catalogue, errors
from trl4ml.cli.output import Format, put, table
from trl4ml.render.plain import json_text


class Subject(StrEnum):
    ITEMS = "items"
    PROBES = "probes"
    LEVELS = "levels"
    CHECKLISTS = "checklists"
    EXIT_CODES = "exit-codes"


def command(
    what: Annotated[Subject, typer.Argument(help="What to list.", show_choices=True)],
    checklist: Annotated[str | None, typer.Option(metavar="NAME", help="Only this checklist: its items, or the probes they ask.")] = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:  # fmt: skip
    """List items, probes, levels, checklists or exit codes. In a project: those in force."""
    rows = _rows(what, checklist)
    if format is Format.JSON:
        put(json_text(rows))
    else:
        columns = [key for key in rows[0] if key != "checklist"] if rows else []
        put(table([tuple(str(row[key]) for key in columns) for row in rows]))
    return errors.MET


def _rows(what: Subject, checklist: str | None) -> list[catalogue.Row]:
    if what in (Subject.LEVELS, Subject.EXIT_CODES):
        if checklist:
            raise errors.WrongInput(f"--checklist {checklist}: {what} belong to no checklist")
        return catalogue.list_levels() if what is Subject.LEVELS else catalogue.list_exit_codes()
    if what is Subject.PROBES and not checklist:
        return catalogue.list_probes()
    on = catalogue.shelf()
    if checklist:
        on = on.only(checklist)
    if what is Subject.PROBES:
        return catalogue.list_probes(on)
    return catalogue.list_items(on) if what is Subject.ITEMS else catalogue.list_checklists(on)
