"""The four-fifths rule of thumb: a named, optional policy of another regime than Local Law 144.

EEOC Uniform Guidelines, 29 CFR 1607.4(D), read second-hand. A rate below four fifths of the
highest is a hint, not a finding: with few people it is often chance, so the interval and the
exact test stand beside it.
"""

from dataclasses import dataclass
from fractions import Fraction

from trl4ml.slices.intervals import katz
from trl4ml.slices.regulatory.impact import AuditTable, Row
from trl4ml.slices.significance import fisher

POLICY = "EEOC four-fifths (29 CFR 1607.4(D))"
LIMIT = Fraction(4, 5)


@dataclass(frozen=True, slots=True)
class FourFifths:
    """A category's rate over the highest rate of the eligible ones, with k and n of both.

    below: ratio < 4/5, exactly; 4/5 itself is not below. None where the ratio is undefined.
    lower, upper: Katz interval of the ratio at 95 %; None where it has a zero cell.
    p_value: Fisher's exact test, two-sided. None for a category against itself.
    """

    policy: str
    category: str
    against: str
    k: int
    n: int
    against_k: int
    against_n: int
    ratio: Fraction | None
    below: bool | None
    lower: float | None
    upper: float | None
    p_value: float | None


def four_fifths(table: AuditTable) -> tuple[FourFifths, ...]:
    """Each eligible category against the highest; of tied highest ones the first."""
    rows = [row for row in table.rows if not row.excluded and row.rate is not None]
    best = next((row for row in rows if row.category in table.comparator_b), None)
    return tuple(_against(row, best) for row in rows) if best else ()


def _against(row: Row, best: Row) -> FourFifths:
    lower, upper, patched = katz(row.selected, row.n, best.selected, best.n)
    known = not patched and row.category != best.category and row.eligible is not None
    return FourFifths(
        policy=POLICY,
        category=str(row),
        against=str(best),
        k=row.selected,
        n=row.n,
        against_k=best.selected,
        against_n=best.n,
        ratio=row.eligible,
        below=None if row.eligible is None else row.eligible < LIMIT,
        lower=float(lower) if known else None,
        upper=float(upper) if known else None,
        p_value=None
        if row.category == best.category
        else fisher(row.selected, row.n, best.selected, best.n),
    )
