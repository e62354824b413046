"""What a search found, as plain values."""

from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.intervals import clopper_pearson
from trl4ml.slices.search.divergence import bayesian_t, divergences
from trl4ml.slices.search.leaves import Predicates

INTERVAL = "Clopper-Pearson {:.0%}, for all slices tested at once"


class Tests(NamedTuple):
    """One slice against the rest of the rows; None where untested or not adjusted."""

    z: float | None = None
    p_value: float | None = None
    adjusted: float | None = None
    confirmed: bool = False


class Looked(NamedTuple):
    """What a search looked at.

    enumerated: slices that are large enough; None where the bounds of a score left some unseen.
    tested:     those with enough rows in the rate's own denominator and some rows outside;
                undefined: those with none; small: those with too few.
    """

    enumerated: int | None
    tested: int
    undefined: int
    small: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One slice, with all it takes to judge it.

    predicates: (attribute, level) in the order of the cube.
    aliases:    other descriptions of exactly the same rows.
    rows:       rows of the slice; k of n are the rate's numerator and own denominator.
    lower, upper: bounds of the rate that hold for all slices tested at once; None where the
                slices were not counted, or errors are sums.
    divergence: rate − overall; excess: k − n · overall.
    score:      of SliceLine; None in a search for divergence.
    t:          DivExplorer's, against all rows: descriptive. None where errors are sums.
    z, p_value: slice against the rest of the rows: pooled z, and the exact two-sided p, twice the
                smaller hypergeometric tail. None where untested.
    adjusted:   p over the whole search; None when the search is exploratory or nothing was tested.
    confirmed:  adjusted p at most 1 − level.
    contributions: Shapley share of each predicate in the divergence; () when not computed.
    """

    predicates: Predicates
    aliases: tuple[Predicates, ...]
    rows: int
    k: float
    n: int
    rate: float
    lower: float | None
    upper: float | None
    divergence: float
    excess: float
    score: float | None = None
    t: float | None = None
    z: float | None = None
    p_value: float | None = None
    adjusted: float | None = None
    confirmed: bool = False
    contributions: tuple[float, ...] = ()

    def __str__(self) -> str:
        return described(self.predicates)


def described(predicates: Predicates) -> str:
    """`sex=Female, age=(25, 45]`."""
    return ", ".join(f"{name}={level}" for name, level in predicates)


@dataclass(frozen=True, slots=True)
class Search:
    """The findings, worst first, and how they were looked for.

    support:    fewest rows of a slice; levels: most predicates of a slice.
    control:    what bounds false discoveries, in words; exploratory: nothing does.
    """

    kind: str
    rate: str
    k: float
    n: int
    overall: float | None
    rows: int
    support: int
    levels: int
    looked: Looked
    control: str
    exploratory: bool
    interval: str
    notices: tuple[str, ...]
    findings: tuple[Finding, ...]

    def table(self) -> list[dict[str, object]]:
        """One flat row of plain values per finding."""
        rows = []
        for finding in self.findings:
            row: dict[str, object] = {"slice": str(finding), "rate_of": self.rate}
            row |= {
                name: value
                for name, value in asdict(finding).items()
                if name not in ("predicates", "aliases", "contributions")
            }
            row["aliases"] = "; ".join(map(described, finding.aliases))
            row["contributions"] = "; ".join(
                f"{name}={level}: {share:+.6g}"
                for (name, level), share in zip(
                    finding.predicates, finding.contributions, strict=False
                )
            )
            rows.append(row)
        return rows


def finding_of(
    names: list[Predicates],
    counts: NDArray[np.int64],
    bound: float | None,
    tests: Tests,
    contributions: tuple[float, ...] = (),
    score: float | None = None,
) -> Finding:
    """The finding of `counts` (2, 3): all rows first, then the slice; `bound` is its own level."""
    k, n = int(counts[1, 0]), int(counts[1, :2].sum())
    lower, upper = clopper_pearson(k, n, bound) if bound else (None, None)
    overall = int(counts[0, 0]) / int(counts[0, :2].sum())
    return Finding(
        predicates=names[0],
        aliases=tuple(names[1:]),
        rows=int(counts[1].sum()),
        k=k,
        n=n,
        rate=k / n,
        lower=None if lower is None else float(lower),
        upper=None if upper is None else float(upper),
        divergence=float(divergences(counts)[1]),
        excess=k - n * overall,
        score=score,
        t=float(bayesian_t(counts)[1]),
        z=tests.z,
        p_value=tests.p_value,
        adjusted=tests.adjusted,
        confirmed=tests.confirmed,
        contributions=contributions,
    )


def looked_at(counts: NDArray[np.int64], tested: NDArray[np.bool_], min_n: int) -> Looked:
    """What was looked at, of the slices of `counts` (slices, 3), all rows first."""
    n = counts[1:, :2].sum(axis=1)
    small = (n > 0) & (n < min_n)
    return Looked(len(n), int(tested.sum()), int((n == 0).sum()), int(small.sum()))
