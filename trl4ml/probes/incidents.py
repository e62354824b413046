"""What went wrong once goes wrong again, unless it is named, dated and learned from.

Reads the register `incidents`: each has the label of its kind, and a closed one its post-mortem.
An empty log says nothing, unless `none_found` says who looked, how and when.
"""

from trl4ml.core.evidence import Finding, unknown
from trl4ml.core.registers.incidents import Incidents, IncidentStatus
from trl4ml.core.registers.telling import counted, declared, judged, lack, nothing
from trl4ml.core.views import Calendar, Registers

asks = "Every incident is labelled by its kind, and every closed one has a post-mortem."
version = 1


def run(registers: Registers, calendar: Calendar) -> Finding:
    whole = registers.read(Incidents)
    if whole is None:
        return nothing(registers, Incidents, "incidents", "incidents")
    rows = registers.rows(Incidents)
    none = whole.none_found
    if none and not calendar.reached(none.on):
        return unknown(f"none_found.on is {none.on}, a day that has not come; correct it")
    if not rows and not none:
        how = "list them, or say under none_found by which method, by whom and when"
        return unknown(f"registers.incidents lists none for this component: {how}")
    unlabelled = [row for row in rows if row.entry.kind is None]
    still_open = [row for row in rows if row.entry.status is IncidentStatus.OPEN]
    written = [row for row in rows if row.entry.post_mortem]
    future = [row for row in rows if not calendar.reached(row.entry.date)]
    measures = declared(
        total=len(rows),
        labelled=len(rows) - len(unlabelled),
        postmortems=len(written),
        open=len(still_open),
        none_found=none is not None,
    )
    lacks = [
        lack("dated in the future", future),
        lack("without the label of a kind", unlabelled),
        lack(
            "closed without a post-mortem",
            [row for row in rows if row not in still_open and row not in written],
        ),
    ]
    says = f"{none.by} looked for incidents and found none" if none else ""
    return judged(says or counted(len(rows), "incident"), rows, lacks, measures)
