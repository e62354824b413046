"""A deployment nobody can describe is one that nobody can take back.

Reads the register `deployment` and speaks of what is live, or of everything listed while nothing
is. Of several it takes the worst: the most automated, the slowest drill, a way back only where each
has one. What is dated in the future has not happened; a rollback drilled more than 365 days ago
counts no longer, which is project policy.
"""

from trl4ml.core.evidence import Finding, Kind, Measure, no, undefined, yes
from trl4ml.core.noun import Scalar
from trl4ml.core.registers.deployment import Automation, Deployment, Deployments, Pattern
from trl4ml.core.registers.entry import A_YEAR
from trl4ml.core.registers.telling import counted, declared, named, nothing
from trl4ml.core.views import Calendar, Registers

asks = "A deployment is declared."
version = 2

NOT_STATED = "the degree of automation is not stated"


def run(registers: Registers, calendar: Calendar) -> Finding:
    if registers.read(Deployments) is None:
        return nothing(registers, Deployments, "deployment", "deployments")
    rows = registers.rows(Deployments)
    live = [r for r in rows if r.entry.live_since and calendar.reached(r.entry.live_since)]
    spoken = [row.entry for row in live or rows]
    drills = [seconds(one, calendar) for one in spoken]
    measures = declared(
        live=bool(live),
        **ways(spoken),
        rollback_drilled=bool(drills) and None not in drills,
        rollback_s=slowest(drills),
        **{p.value: any(row.entry.pattern is p for row in rows)
           for p in (Pattern.SHADOW, Pattern.CANARY)},
    )  # fmt: skip
    if not rows:
        return no("registers.deployment lists no deployment of this component", (), **measures)
    versions = [f"{one.id} {one.version} ({one.pattern})" for one in spoken]
    told = f"live: {named(versions)}" if live else f"none is live: {named(versions)}"
    places = [row.place for row in live or rows]
    old = [f"{one.id} (on {one.rollback.drilled})" for one in spoken
           if one.rollback and calendar.reached(one.rollback.ends)]  # fmt: skip
    ago = f"; drilled more than {A_YEAR} days ago: {named(old)}" if old else ""
    return yes(f"{counted(len(rows), 'deployment')}, {told}{ago}", places, **measures)


def seconds(one: Deployment, calendar: Calendar) -> float | None:
    """How long the last drill took; None without one that still counts."""
    if one.rollback is None or not calendar.reached(one.rollback.drilled):
        return None
    return None if calendar.reached(one.rollback.ends) else one.rollback.seconds


def slowest(drills: list[float | None]) -> Measure:
    done = [one for one in drills if one is not None]
    if done and len(done) == len(drills):
        return Measure(value=max(done), unit="s", n=len(done), kind=Kind.DECLARED)
    which = "not every" if done else "no"
    return undefined(f"{which} rollback was drilled within {A_YEAR} days", "s")


def ways(spoken: list[Deployment]) -> dict[str, Measure | Scalar]:
    stated = [one.automation for one in spoken if one.automation]
    patterns = list(dict.fromkeys(one.pattern.value for one in spoken))
    stated_by_all = len(stated) == len(spoken)
    most = max(stated, key=list(Automation).index, default=None)
    return {
        "pattern": ", ".join(patterns) if patterns else undefined("no deployment is listed"),
        "automation": most.value if most and stated_by_all else undefined(NOT_STATED),
        "override": bool(spoken) and all(one.override for one in spoken),
        "fallback": bool(spoken) and all(one.fallback for one in spoken),
    }
