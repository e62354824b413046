"""Tables as New York City's Local Law 144 asks for them: reported, never judged.

6 RCNY 5-300 to 5-304 (read second-hand: check the primary text before you rely on it).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from trl4ml.slices.errors import Refused
from trl4ml.slices.regulatory.impact import AuditTable, Category, Counts, impact


@dataclass(frozen=True, slots=True)
class Audit:
    """The three tables and the seven elements (number, name, value) that are to be particulars."""

    kind: str
    tables: tuple[AuditTable, ...]
    applicants: int
    unknown: int
    median: float | None
    tied: int | None
    elements: tuple[tuple[int, str, str], ...]
    notices: tuple[str, ...]

    def table(self) -> list[dict[str, object]]:
        """One flat row of plain values per category; ratios and rates unrounded."""
        return [
            {
                "table": table.name,
                "category": str(row),
                "selected": row.selected,
                "n": row.n,
                "share": float(row.share),
                "rate": _plain(row.rate),
                "impact_ratio_all_categories": _plain(row.highest),
                "impact_ratio_eligible_categories": _plain(row.eligible),
                "excluded": row.excluded,
            }
            for table in self.tables
            for row in table.rows
        ]


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the publisher alone can say: dates and where the data are from."""

    date: str = ""
    source: str = ""
    period: str = ""
    distributed: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """The median of the full sample, how many have exactly it, and how many have no score."""

    median: Fraction
    tied: int
    missing: int = 0


def ll144(
    counts: Mapping[tuple[str, str], tuple[int, int]],
    *,
    particulars: Particulars | None = None,
    min_n: int = 0,
    scores: Scores | None = None,
) -> Audit:
    """The tables by sex, by race/ethnicity and by both.

    counts: (sex, race) → (selected, people); "(missing)" stands for unknown. With `scores`,
    selected are the people strictly above the median. min_n: fewest people of an eligible
    category. Raises Refused without people, or with more selected than people.
    """
    total = sum(n for _, n in counts.values())
    if not total:
        raise Refused("there are no applicants; Local Law 144 needs at least one")
    for category, (selected, n) in counts.items():
        if not 0 <= selected <= n:
            name = ", ".join(category)
            raise Refused(f"{name}: {selected} selected of {n} people is no count; check both")
    tables = tuple(
        impact(name, _marginal(counts, places), total, min_n)
        for name, places in (("sex", (0,)), ("race/ethnicity", (1,)), ("intersection", (0, 1)))
    )
    unknown = tables[-1].unknown
    kind = "scoring" if scores else "selection"
    return Audit(
        kind=kind,
        tables=tables,
        applicants=total,
        unknown=unknown,
        median=float(scores.median) if scores else None,
        tied=scores.tied if scores else None,
        elements=_elements(particulars or Particulars(), kind, total, unknown),
        notices=_notices(tables, scores),
    )


def _marginal(counts: Mapping[tuple[str, str], tuple[int, int]], places: tuple[int, ...]) -> Counts:
    out: dict[Category, tuple[int, int]] = {}
    for category, (selected, n) in counts.items():
        key = tuple(category[place] for place in places)
        k_so_far, n_so_far = out.get(key, (0, 0))
        out[key] = (k_so_far + selected, n_so_far + n)
    return out


def _elements(
    particulars: Particulars, kind: str, total: int, unknown: int
) -> tuple[tuple[int, str, str], ...]:
    missing = "not given"
    source = "; ".join(filter(None, [particulars.source, particulars.period])) or missing
    return (
        (1, "date of the audit", particulars.date or missing),
        (2, "source and explanation of the data, and its period", source),
        (3, "people in an unknown category", str(unknown)),
        (4, "applicants, those of unknown category included", str(total)),
        (5, f"{kind} rates of all categories", "in the tables"),
        (6, "impact ratios of all categories", "in the tables, by both conventions"),
        (7, "date on which the tool was distributed", particulars.distributed or missing),
    )


def _notices(tables: tuple[AuditTable, ...], scores: Scores | None) -> tuple[str, ...]:
    told = [f"{table.name}: {table.moved}" for table in tables if table.moved]
    for table in tables:
        if not any(row.rate for row in table.rows):
            told.append(f"{table.name}: nobody is selected, so no ratio is defined")
    if scores and scores.missing:
        told.append(f"{scores.missing:,} people have no score and are not counted")
    if scores and scores.tied:
        told.append(
            f"{scores.tied:,} people score exactly the median {float(scores.median):g} "
            "and are not above it"
        )
    return tuple(told)


def _plain(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
