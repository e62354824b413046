"""`trl4ml waive`: somebody answers for an item that does not hold, until a day."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.output import put
from trl4ml.loading import CONFIG
from trl4ml.render.plain import printable
from trl4ml.waiving import day, waive


def command(
    item: Annotated[str, typer.Argument(help="The item's id.")],
    reason: Annotated[str, typer.Option(help="Why it may pass until then, in a sentence.")],
    owner: Annotated[str, typer.Option(help="Who answers for it.")],
    until: Annotated[str, typer.Option(metavar="DAY", help="The last day, as in 2027-01-31 or 90d; at most a year ahead.")],
    component: Annotated[str | None, typer.Option(help="Only for this component.")] = None,
    path: Annotated[Path | None, typer.Option(help="The project's folder.")] = None,
) -> int:  # fmt: skip
    """Write a waiver into trl4ml.yaml. It hides nothing: each report shows it, and it ends."""
    last = day(until, datetime.now(UTC).date())
    done = waive(path, item, component, owner, reason, last)
    where = f" on {done.component}" if done.component else ""
    says = f"{done.item}{where} is waived until {done.until}; every report says so. See {CONFIG}"
    put(f"{printable(says)}\n")
    return errors.MET
