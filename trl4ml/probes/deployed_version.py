"""What was reviewed is what was deployed; anything else has no review and goes back to level 7.

Hashes the files that live deployments name under `artefacts` in the register `deployment`, and
compares with what was deployed. A file that is not here (fetched on demand) leaves it unknown.
"""

import hashlib
from typing import NamedTuple

from trl4ml.core.evidence import Finding, Measure, not_applicable, undefined, unknown
from trl4ml.core.registers.deployment import Deployment, Deployments
from trl4ml.core.registers.telling import Lack, counted, declared, judged, named, nothing
from trl4ml.core.views import Calendar, Files, Registers, Row, Unreadable

asks = "The files in the project are those that were deployed."
version = 1


class Compared(NamedTuple):
    row: Row[Deployment]
    path: str
    trouble: str
    """Why it cannot be read, else empty."""
    same: bool


def run(registers: Registers, calendar: Calendar, files: Files) -> Finding:
    if registers.read(Deployments) is None:
        return nothing(registers, Deployments, "deployment", "deployments")
    rows = registers.rows(Deployments)
    live = [r for r in rows if r.entry.live_since and calendar.reached(r.entry.live_since)]
    if not live:
        return not_applicable("no deployment of this component is live")
    found = [compared(row, path, files) for row in live for path in sorted(row.entry.artefacts)]
    changed = [one for one in found if not one.same and not one.trouble]
    broken = [one for one in found if one.trouble]
    bare = [row for row in live if not row.entry.artefacts]
    if not changed and (broken or bare):
        return untold(broken, bare)
    measures = {
        "live": Measure(value=len(live)),
        "artefacts": Measure(value=len(found)),
        "changed": Measure(value=len(changed)),
        "missing": Measure(value=len(broken)),
        **declared(returns_to=back_to(changed)),
    }
    lacks = [Lack("changed since", [o.path for o in changed], [o.row.place for o in changed])]
    about = f"{counted(len(found), 'deployed file')} of {named([row.entry.id for row in live])}"
    return judged(about, live, lacks, measures)


def compared(row: Row[Deployment], path: str, files: Files) -> Compared:
    try:
        with files.open(path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    except Unreadable as error:
        return Compared(row, path, error.reason, same=False)
    return Compared(row, path, "", same=digest == row.entry.artefacts[path])


def untold(broken: list[Compared], bare: list[Row[Deployment]]) -> Finding:
    """Which file or list is missing, and how to give it."""
    if broken:
        first = broken[0]
        says = f"{first.path} cannot be read ({first.trouble}); fetch it, or correct its path"
        return unknown(says, [one.row.place for one in broken])
    ids = named([row.entry.id for row in bare])
    how = "list path and SHA-256 (as sha256sum prints it) under artefacts"
    return unknown(f"no file is named for {ids}: {how}", [row.place for row in bare])


def back_to(changed: list[Compared]) -> Measure | int:
    levels = [one.row.entry.returns_to for one in changed]
    return min(levels) if levels else undefined("nothing changed since it was deployed")
