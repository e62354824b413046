"""`trl4ml baseline`: adopt trl4ml in an old project; its debts are listed, and only shrink."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors, run
from trl4ml.cli.output import progress, put, talk
from trl4ml.render.plain import printable
from trl4ml.waiving import Kept, adopt, day, prune


def command(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    reason: Annotated[str, typer.Option(help="Why it may be so until then, in a sentence.")] = "",
    owner: Annotated[str, typer.Option(help="Who answers for it.")] = "",
    until: Annotated[str, typer.Option(metavar="DAY", help="The last day, as in 2027-01-31 or 90d; at most a year ahead.")] = "",
    pruned: Annotated[bool, typer.Option("--prune", help="Take out what holds by now.")] = False,
) -> int:  # fmt: skip
    """List what does not hold today: it passes until a day, may not grow, and ends with that day."""
    last = None if pruned else day(until, datetime.now(UTC).date())
    with progress() as tell:
        done = run.audit(path, progress=tell)
    talk(*done.notices)
    kept = prune(done) if last is None else adopt(done, owner, reason, last)
    put(f"{printable(_said(kept, done.root))}\n")
    return errors.MET


def _said(kept: Kept, root: Path) -> str:
    name = kept.path.relative_to(root).as_posix()
    if kept.dropped:
        gone = ", ".join(f"{one.item} on {one.component}" for one in kept.dropped)
        return f"{len(kept.dropped)} of {name} hold by now and are gone from it: {gone}; {len(kept.left)} are left"
    if not kept.left:
        return f"{name} is empty; remove it, and `baseline` from the policy"
    return (f"{len(kept.left)} gate items that do not hold are listed in {name}; they pass until {kept.until}, "
            f"and what is repaired leaves with: trl4ml baseline --prune")  # fmt: skip
