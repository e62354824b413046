"""A project stands on what it assumes; when an assumption ends nothing breaks, it is only wrong.

Reads the register `assumptions`: each was verified on a day that has come, has not failed and has
not expired. Without a day in `expires` it counts for 365 days after `last_verified`; project policy.
One that was never verified is not current, whatever its status says.
"""

from trl4ml.core.evidence import Finding, Kind, Measure, undefined
from trl4ml.core.registers.assumptions import Assumption, Assumptions, AssumptionStatus
from trl4ml.core.registers.entry import A_YEAR
from trl4ml.core.registers.telling import Lack, counted, declared, judged, nothing
from trl4ml.core.views import Calendar, Registers, Row

asks = "Every assumption was verified, and none has failed or expired."
version = 2

MOST_NAMED = 500
STATES = ("failed", "expired", "unverified", "current")


def run(registers: Registers, calendar: Calendar) -> Finding:
    rows = registers.rows(Assumptions)
    if not rows:
        return nothing(registers, Assumptions, "assumptions", "assumptions")
    found: dict[str, list[Row[Assumption]]] = {name: [] for name in STATES}
    for row in rows:
        found[state(row.entry, calendar)].append(row)
    every = [row.entry for row in rows]
    lacks = [
        Lack(name, [since(row.entry, name) for row in found[name]], [r.place for r in found[name]])
        for name in STATES[:-1]
    ]
    measures = declared(
        total=len(rows),
        **{name: len(one) for name, one in found.items()},
        owned=sum(bool(one.owner) for one in every),
        simulation=sum(one.simulation for one in every),
        **{f"current_{one.id.replace('-', '_')}": current(name, one)
           for name in STATES for one in (row.entry for row in found[name][:MOST_NAMED])},
    )  # fmt: skip
    return judged(counted(len(rows), "assumption"), rows, lacks, measures)


def state(one: Assumption, calendar: Calendar) -> str:
    if one.status is AssumptionStatus.FAILED:
        return "failed"
    if one.ends and calendar.reached(one.ends):
        return "expired"
    verified = one.last_verified and calendar.reached(one.last_verified)
    return "current" if verified and one.status is AssumptionStatus.HOLDS else "unverified"


def since(one: Assumption, state: str) -> str:
    """The id, with the day that shows it."""
    if state == "expired":
        if one.expires:
            return f"{one.id} (on {one.expires})"
        return f"{one.id} (verified {one.last_verified}, which counts for {A_YEAR} days)"
    if one.last_verified and one.status is not AssumptionStatus.OPEN:
        verb = "verified" if state == "failed" else "not before"
        return f"{one.id} ({verb} {one.last_verified})"
    return one.id


def current(state: str, one: Assumption) -> Measure:
    if state == "unverified":
        return undefined(f"the assumption {one.id} was never verified")
    return Measure(value=state == "current", kind=Kind.DECLARED)
