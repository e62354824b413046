"""The slices on which a rate lies furthest from its value on all rows."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from trl4ml.slices.cube import Cube
from trl4ml.slices.errors import Refused
from trl4ml.slices.metrics import HIGHER_IS_WORSE
from trl4ml.slices.rates import EMPTY_DENOMINATOR, RATES
from trl4ml.slices.search.control import CONTROLS, judge
from trl4ml.slices.search.findings import INTERVAL, Search, looked_at
from trl4ml.slices.search.halves import confirmed, halves
from trl4ml.slices.search.lattice import lattice
from trl4ml.slices.search.leaves import Leaves, leaves_of
from trl4ml.slices.search.ranking import Wanted, findings

RANKS = ("divergence", "excess", "significance")
Rank = Literal["divergence", "excess", "significance"]
Direction = Literal["higher", "lower", "either"]

WORSE: dict[str, Direction] = {
    rate: "higher" if rate in HIGHER_IS_WORSE else "lower"
    for rate in RATES
    if rate not in ("selection_rate", "base_rate")
}
"""The direction in which a rate gets worse; a rate that is not here is worse in neither."""
SIGNS = {"higher": 1, "lower": -1, "either": 0}


def search(
    cube: Cube,
    rate: str = "error_rate",
    *,
    by: Sequence[str] = (),
    support: float = 0.01,
    levels: int | None = 3,
    rank: Rank = "divergence",
    direction: Direction | None = None,
    top: int = 10,
    redundancy: float = 0.01,
    control: str = "max-t",
    level: float = 0.95,
    replicates: int = 999,
    seed: int = 0,
    min_n: int = 30,
) -> Search:
    """The `top` slices of a cube where `rate` is worst, after looking at every large enough slice.

    by:         axes of the cube to slice by; all by default.
    support:    fewest rows of a slice: a share of all rows below 1, else a number of rows.
    levels:     most predicates of a slice; None: as many as there are axes.
    rank:       by |D|, by the rows k − n·overall, or by |z|; rates that are worse in one
                direction (`direction`) leave out slices that lie in the other.
    redundancy: slices are left out where dropping one predicate changes D by less than this.
    control:    "max-t", "holm", "bonferroni", "bh" or "by" over all slices tested; "split" looks
                for slices in one half of the rows and tests `top` of them with Holm in the other;
                "none" says that the findings are exploratory.
    min_n:      fewest rows in the rate's own denominator.

    Raises Refused, with one sentence, for what cannot be searched.
    """
    check(CONTROLS, control, top, level, replicates, levels)
    if rank not in RANKS or direction not in (None, *SIGNS):
        raise Refused(f"rank by {', '.join(RANKS)}; direction is {', '.join(SIGNS)}")
    wanted = Wanted(rank, SIGNS[direction or WORSE.get(rate, "either")], top, redundancy)
    claims = Claims(control, level, replicates, seed, min_n)
    return _searched(leaves_of(cube, rate, by), rate, support, levels, wanted, claims)


class Claims(NamedTuple):
    """What is to be claimed of the findings."""

    control: str
    level: float
    replicates: int
    seed: int
    min_n: int


def _searched(
    whole: Leaves, rate: str, support: float, levels: int | None, wanted: Wanted, claims: Claims
) -> Search:
    control, level, replicates, seed, min_n = claims
    leaves, rest = halves(whole, seed) if control == "split" else (whole, whole)
    fewest = rows_of(support, leaves.rows)
    found = lattice(leaves.codes, leaves.counts, fewest, levels)
    judged = judge(found, leaves, control, min_n, replicates, seed)
    worst, says = findings(found, leaves, wanted, judged, level), judged.says
    if control == "split":
        worst, says = confirmed(worst, rest, min_n, level, seed)
    k, n = int(whole.counts[:, 0].sum()), int(whole.counts[:, :2].sum())
    return Search(
        kind="divergence",
        rate=rate,
        k=k,
        n=n,
        overall=k / n if n else None,
        rows=whole.rows,
        support=fewest,
        levels=min(levels or len(whole.names), len(whole.names)),
        looked=looked_at(found.counts, judged.tested, min_n),
        control=says,
        exploratory=control == "none",
        interval=INTERVAL.format(level),
        notices=_notices(rate, k, n, len(found) - 1, fewest),
        findings=worst,
    )


def rows_of(support: float, rows: int) -> int:
    """A share of the rows, rounded up, or a number of rows; never less than 1."""
    if not support > 0 or (support >= 1 and support != int(support)):
        raise Refused(
            f"support {support:g} is neither a share of the rows below 1 nor a number of rows"
        )
    exact = Fraction(str(support))
    return max(1, math.ceil(exact * rows) if exact < 1 else int(exact))


def check(
    controls: Sequence[str],
    control: str,
    top: int,
    level: float,
    replicates: int,
    levels: int | None,
) -> None:
    """Raises Refused where an option of a search is out of its range."""
    if control not in controls:
        raise Refused(f"the control '{control}' is not known; take one of {', '.join(controls)}")
    if top < 1 or replicates < 1 or (levels is not None and levels < 1):
        raise Refused("top, replicates and levels are whole numbers from 1")
    if not 0 < level < 1:
        raise Refused(f"the level {level:g} does not lie between 0 and 1; .95 is usual")


def _notices(rate: str, k: int, n: int, enumerated: int, support: int) -> tuple[str, ...]:
    told = []
    if not n:
        told.append(f"{rate} is undefined: {EMPTY_DENOMINATOR[rate]}")
    elif k in (0, n):
        told.append(f"{rate} is {k // n} on all rows: every slice is the same")
    if not enumerated:
        told.append(f"no slice has {support:,} rows; lower the support")
    return tuple(told)
