"""A system reaches people whom nobody asked: through those who use its output again.

Reads the register `second-order-effects`: at least one effect, or `none_found` with the method and
the name of who looked. An effect is overdue from the day of its `review` on.
"""

from trl4ml.core.evidence import Finding, unknown
from trl4ml.core.registers.second_order_effects import SecondOrderEffects
from trl4ml.core.registers.telling import counted, declared, judged, lack, nothing
from trl4ml.core.views import Calendar, Registers

asks = "Second-order effects are recorded, or were looked for, and none is overdue for review."
version = 1


def run(registers: Registers, calendar: Calendar) -> Finding:
    whole = registers.read(SecondOrderEffects)
    if whole is None:
        return nothing(
            registers, SecondOrderEffects, "second-order-effects", "second-order effects"
        )
    rows = registers.rows(SecondOrderEffects)
    none = whole.none_found
    if none and not calendar.reached(none.on):
        return unknown(f"none_found.on is {none.on}, a day that has not come; correct it")
    if not rows and not none:
        how = "list them, or say under none_found by which method, by whom and when"
        return unknown(f"registers.second-order-effects lists none for this component: {how}")
    overdue = [r for r in rows if r.entry.review and calendar.reached(r.entry.review)]
    measures = declared(
        total=len(rows),
        monitored=sum(bool(row.entry.monitor) for row in rows),
        owned=sum(bool(row.entry.owner) for row in rows),
        overdue_reviews=len(overdue),
        downstream_users=len(whole.downstream_users),
        refused_uses=len(whole.refused_uses),
        none_found=none is not None,
    )
    says = f"{none.by} looked for second-order effects and found none" if none else ""
    about = says or counted(len(rows), "second-order effect")
    return judged(about, rows, [lack("overdue for review", overdue)], measures)
