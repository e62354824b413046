"""The largest gap is not the largest gain: a type of error counts by how often it comes.

Reads the register `error-analysis` and computes anew: gap = human level − accuracy, potential =
gap × share, in points. Types that exclude each other sum to 100 %, and their potential to the gap
over all. A gap may be negative; it is kept.
"""

import math
from collections.abc import Iterator

from trl4ml.core.evidence import Finding, Kind, Measure, undefined
from trl4ml.core.registers.error_analysis import ErrorAnalysis, ErrorType, Overall
from trl4ml.core.registers.telling import Lack, counted, declared, judged, lack, named, nothing
from trl4ml.core.views import Registers

asks = "Every type of error has a human level, and the arithmetic is right."
version = 1

TOLERANCE = 0.01
ROUNDING = 0.1
"""Of a sum: each term may have been rounded."""
DUST = 1e-9


def run(registers: Registers) -> Finding:
    rows = registers.rows(ErrorAnalysis)
    whole = registers.read(ErrorAnalysis)
    if not rows or whole is None:
        return nothing(registers, ErrorAnalysis, "error-analysis", "types of errors")
    every = [row.entry for row in rows]
    wrong = [row for row in rows if any(differences(row.entry))]
    unknown_level = [row for row in rows if row.entry.human_level is None]
    overall = whole.overall if len(rows) == len(whole.entries) else None
    sums = list(wrong_sums(every, overall)) if whole.exclusive else []
    gains = gain(every)
    lacks = [
        Lack("wrong arithmetic", [told(row.entry) for row in wrong], [row.place for row in wrong]),
        Lack("wrong sums", sums, [rows[0].place]),
        lack("without a human level", unknown_level),
    ]
    measures = declared(
        rows=len(rows),
        wrong_rows=len(wrong),
        wrong_sums=len(sums),
        without_human_level=len(unknown_level),
        **gains,
    )
    total, largest = gains["potential_total"], gains["largest"]
    most = f", {total.value:g} points to gain, most in {largest.value}" if largest.value else ""
    return judged(f"{counted(len(rows), 'type')} of errors{most}", rows, lacks, measures)


def differences(one: ErrorType) -> Iterator[str]:
    """Each figure that was written and is not what it computes to."""
    for name, written, computed in (
        ("gap", one.gap, one.computed_gap),
        ("potential", one.potential, one.computed_potential),
    ):
        if written is not None and computed is not None and apart(written, computed, TOLERANCE):
            yield f"{name} is {computed:g}, not {written:g}"


def told(one: ErrorType) -> str:
    return f"{one.id} ({' and '.join(differences(one))})"


def wrong_sums(every: list[ErrorType], overall: Overall | None) -> Iterator[str]:
    shares = math.fsum(one.share for one in every)
    if apart(shares, 100, ROUNDING):
        yield f"the shares sum to {shares:g}, not 100"
    potential = [one.computed_potential for one in every]
    known = [one for one in potential if one is not None]
    if overall and len(known) == len(every):
        total, wanted = math.fsum(known), overall.human_level - overall.accuracy
        if apart(total, wanted, ROUNDING):
            yield f"the potential sums to {total:g}, the gap over all is {wanted:g}"


def apart(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) > tolerance + DUST


def gain(every: list[ErrorType]) -> dict[str, Measure]:
    """The total, and the types with the most; unknown while a human level is."""
    silent = [one.id for one in every if one.human_level is None]
    if silent:
        reason = f"no human level is given for {named(silent)}"
        return {"potential_total": undefined(reason, "points"), "largest": undefined(reason)}
    potential = {one.type: one.computed_potential or 0.0 for one in every}
    most = [type for type, points in potential.items() if points == max(potential.values())]
    total = round(math.fsum(potential.values()), 6)
    return {
        "potential_total": Measure(value=total, unit="points", n=len(every), kind=Kind.MODELLED),
        "largest": Measure(value=", ".join(most), kind=Kind.MODELLED),
    }
