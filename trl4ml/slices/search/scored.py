"""The slices of the highest SliceLine score, with what may be claimed of them."""

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from trl4ml.slices.cube import Cube
from trl4ml.slices.errors import Refused
from trl4ml.slices.search.best import Scored, best
from trl4ml.slices.search.control import CONTROLS, EXPLORATORY, Judged, against_rest, judge
from trl4ml.slices.search.findings import INTERVAL, Finding, Looked, Search, finding_of, looked_at
from trl4ml.slices.search.lattice import Lattice, lattice
from trl4ml.slices.search.leaves import Leaves, leaves_of
from trl4ml.slices.search.search import Claims, check, rows_of

ALPHA = Fraction(19, 20)
_CONTROLS = tuple(one for one in CONTROLS if one != "split")


def sliceline(
    cube: Cube,
    *,
    by: Sequence[str] = (),
    support: float | None = None,
    levels: int | None = 3,
    top: int = 10,
    alpha: float | str | Fraction = ALPHA,
    control: str = "max-t",
    level: float = 0.95,
    replicates: int = 999,
    seed: int = 0,
    min_n: int = 30,
) -> Search:
    """The `top` slices of a cube by SliceLine score, exactly; ties at the last rank all return.

    Errors are the sums of the cube's error column, else the wrong rows among those with a label
    and a prediction. `support` is as in `search`, by default max(32, ⌈n/100⌉) rows. `alpha` above
    0 and at most 1 weighs the size of the errors against the size of the slice.

    Wrong rows are tested against the rest, adjusted over every large enough slice (not only over
    those that the score left in the race). Error sums are exploratory. Raises Refused.
    """
    leaves, notices = _known(leaves_of(cube, "error_rate", by, errors=True))
    exact = Fraction(str(alpha))
    check(_CONTROLS, control, top, level, replicates, levels)
    if not 0 < exact <= 1:
        raise Refused(f"alpha {alpha} does not lie above 0 and at most at 1; .95 is usual")
    fewest = max(32, -(-leaves.rows // 100)) if support is None else rows_of(support, leaves.rows)
    scored = best(leaves, fewest, exact, top, levels)
    claims = Claims(control, level, replicates, seed, min_n)
    found, told, looked = _judged(scored, leaves, fewest, levels, claims)
    errors = float(leaves.error_sums.sum())
    return Search(
        kind="sliceline",
        rate="error" if leaves.errors is not None else "error_rate",
        k=errors,
        n=leaves.rows,
        overall=errors / leaves.rows,
        rows=leaves.rows,
        support=fewest,
        levels=min(levels or len(leaves.names), len(leaves.names)),
        control=told,
        exploratory=told == EXPLORATORY,
        interval=INTERVAL.format(level) if looked.tested else "",
        notices=notices if errors else (*notices, "there are no errors: nothing to find"),
        findings=found,
        looked=looked,
    )


def _judged(
    scored: list[list[Scored]], leaves: Leaves, support: int, levels: int | None, claims: Claims
) -> tuple[tuple[Finding, ...], str, Looked]:
    """The findings, what bounds false ones, and what was looked at."""
    control, level, replicates, seed, min_n = claims
    unseen = Looked(None, 0, 0, 0)
    if leaves.errors is not None:
        return tuple(_of_sums(one, leaves) for one in scored), EXPLORATORY, unseen
    if control == "none":
        return _of_counts(scored, leaves, None, level, min_n), EXPLORATORY, unseen
    whole = lattice(leaves.codes, leaves.counts, support, levels)
    judged = judge(whole, leaves, control, min_n, replicates, seed)
    found = _of_counts(scored, leaves, (whole, judged), level, min_n)
    return found, judged.says, looked_at(whole.counts, judged.tested, min_n)


def _known(leaves: Leaves) -> tuple[Leaves, tuple[str, ...]]:
    """The cells with a known error, and how many rows were left out for having none."""
    if leaves.errors is not None:
        return leaves, ()
    known = leaves.counts * np.array([1, 1, 0])
    kept = known.any(axis=1)
    if not kept.any():
        raise Refused("no row has a label and a prediction; SliceLine needs errors")
    left_out = int(leaves.counts[:, 2].sum())
    told = (f"{left_out:,} rows without a label or a prediction are left out",) if left_out else ()
    return replace(leaves, codes=leaves.codes[:, kept], counts=known[kept]), told


def _of_sums(aliases: list[Scored], leaves: Leaves) -> Finding:
    one = aliases[0]
    overall = Fraction(math.fsum(leaves.error_sums)) / leaves.rows
    mean = one.errors / one.rows
    names = [leaves.named(other.items) for other in aliases]
    return Finding(
        predicates=names[0],
        aliases=tuple(names[1:]),
        rows=one.rows,
        k=float(one.errors),
        n=one.rows,
        rate=float(mean),
        lower=None,
        upper=None,
        divergence=float(mean - overall),
        excess=float(one.errors - one.rows * overall),
        score=float(one.score),
    )


def _of_counts(
    scored: list[list[Scored]],
    leaves: Leaves,
    judging: tuple[Lattice, Judged] | None,
    level: float,
    min_n: int,
) -> tuple[Finding, ...]:
    inside = [leaves.counts[leaves.under(aliases[0].items)] for aliases in scored]
    counts = np.array([leaves.counts.sum(axis=0), *(one.sum(axis=0) for one in inside)])
    numbers = list(range(1, len(counts)))
    judged = Judged(*against_rest(counts, min_n), np.full(len(counts), np.nan), EXPLORATORY)
    if judging:
        whole, judged = judging
        numbers = [whole.number(aliases[0].items) for aliases in scored]
    bound = 1 - (1 - level) / max(1, int(judged.tested.sum())) if judging else None
    return tuple(
        finding_of(
            [leaves.named(one.items) for one in aliases],
            counts[[0, i]],
            bound,
            score=float(aliases[0].score),
            tests=judged.of(number, level),
        )
        for i, (aliases, number) in enumerate(zip(scored, numbers, strict=True), 1)
    )
