"""A better metric may serve nobody: what the system is for must lead down to what is measured.

Reads the register `goals`: each system goal has user outcomes, each outcome a model metric.
"""

from trl4ml.core.evidence import Finding
from trl4ml.core.registers.goals import Goals
from trl4ml.core.registers.telling import counted, declared, judged, lack, nothing
from trl4ml.core.views import Registers

asks = "Every system goal leads over user outcomes to model metrics."
version = 1


def run(registers: Registers) -> Finding:
    rows = registers.rows(Goals)
    if not rows:
        return nothing(registers, Goals, "goals", "system goals")
    loose = [row for row in rows if not row.entry.linked]
    measures = declared(
        system_goals=len(rows),
        linked=len(rows) - len(loose),
        owned=sum(bool(row.entry.owner) for row in rows),
        accepted_failure=sum(bool(row.entry.accepted_failure) for row in rows),
        fallback=sum(bool(row.entry.fallback) for row in rows),
    )
    lacks = [lack("without a user outcome, or an outcome without a model metric", loose)]
    return judged(counted(len(rows), "system goal"), rows, lacks, measures)
