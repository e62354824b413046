"""Safety is a property of the system: a promise inside the model alone holds until it is wrong.

Reads the register `guardrails`: each lies outside the model (code, a rule that learns nothing, or
hardware), and names its test and its owner.
"""

from trl4ml.core.evidence import Finding
from trl4ml.core.registers.guardrails import Guardrails, Layer
from trl4ml.core.registers.telling import counted, declared, judged, lack, nothing
from trl4ml.core.views import Registers

asks = "Every guardrail lies outside the model, and has a test and an owner."
version = 1


def run(registers: Registers) -> Finding:
    rows = registers.rows(Guardrails)
    if not rows:
        return nothing(registers, Guardrails, "guardrails", "guardrails")
    inside = [row for row in rows if row.entry.layer is Layer.MODEL]
    untested = [row for row in rows if not row.entry.test]
    unowned = [row for row in rows if not row.entry.owner]
    unlimited = [row for row in rows if not row.entry.limit]
    measures = declared(
        total=len(rows),
        outside_model=len(rows) - len(inside),
        tested=len(rows) - len(untested),
        owned=len(rows) - len(unowned),
        limited=len(rows) - len(unlimited),
    )
    lacks = [
        lack("only inside the model", inside),
        lack("without a test", untested),
        lack("without an owner", unowned),
    ]
    return judged(counted(len(rows), "guardrail"), rows, lacks, measures)
