"""What is not written down as a requirement, with its check and its risk, is neither built nor shown.

Reads the register `requirements`: each needs a verification and a validation, p and value (risk is
p × value, as MLTRL scores it), a mitigation where the risk is high, and numbers without gaps. A
result of `passed` closes a requirement only with evidence.
"""

from trl4ml.core.evidence import Finding, Kind, Measure, undefined
from trl4ml.core.noun import Noun
from trl4ml.core.registers.requirements import (
    Requirement,
    RequirementKind,
    Requirements,
    Result,
    Score,
    missing_numbers,
)
from trl4ml.core.registers.telling import Lack, counted, declared, judged, lack, nothing
from trl4ml.core.views import Registers

asks = "The requirements are numbered without gaps, each with its checks, risk and mitigation."
version = 1


class Options(Noun):
    mitigate_from: Score = 3
    """The risk (0 to 10) from which a requirement needs a mitigation; project policy."""


def run(registers: Registers, options: Options) -> Finding:
    rows = registers.rows(Requirements)
    whole = registers.read(Requirements)
    if not rows or whole is None:
        return nothing(registers, Requirements, "requirements", "requirements")
    gaps = missing_numbers(one.id for one in whole.entries)
    unchecked = [r for r in rows if not (r.entry.verification and r.entry.validation)]
    unscored = [r for r in rows if r.entry.score is None]
    risky = [r for r in rows if (r.entry.score or 0) >= options.mitigate_from]
    bare = [r for r in risky if not r.entry.mitigation]
    lacks = [
        Lack("numbers missing", gaps),
        lack("without verification or validation", unchecked),
        lack("without p or value", unscored),
        lack(f"without mitigation at a risk of {options.mitigate_from:g} or more", bare),
    ]
    measures = declared(
        **counts([r.entry for r in rows]),
        without_vv=len(unchecked),
        without_risk=len(unscored),
        unmitigated=len(bare),
        id_gaps=len(gaps),
    )
    return judged(counted(len(rows), "requirement"), rows, lacks, measures)


def counts(every: list[Requirement]) -> dict[str, Measure | int]:
    still_open = [one for one in every if not closed(one)]
    scores = [one.score for one in every if one.score is not None]
    share = 1 - len(still_open) / len(every)
    highest = Measure(value=max(scores), n=len(scores), kind=Kind.DECLARED) if scores else None
    return {
        "total": len(every),
        "tested": sum(bool(one.evidence) for one in every),
        "open": len(still_open),
        "failed": sum(one.result is Result.FAILED for one in every),
        "closed_share": Measure(value=share, n=len(every), kind=Kind.DECLARED),
        "highest_risk": highest or undefined("no requirement has both p and value"),
        **{tag: sum(tag in one.tags for one in every) for tag in ("privacy", "security")},
        **{kind.value: sum(one.kind is kind for one in every) for kind in RequirementKind},
        **{
            f"{kind.value}_open": sum(one.kind is kind for one in still_open)
            for kind in RequirementKind
        },
    }


def closed(one: Requirement) -> bool:
    return one.result is Result.PASSED and bool(one.evidence)
