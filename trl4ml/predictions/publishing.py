"""The tables of NYC Local Law 144 as plain data: reported, never judged."""

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from trl4ml.predictions.tables import rounded

if TYPE_CHECKING:
    from trl4ml.slices import Cube
    from trl4ml.slices.regulatory import Audit, AuditTable

Row = dict[str, Any]


class Ll144(NamedTuple):
    """What the tables are made of; `particulars` are the dates and origins that people must give."""

    sex: str = "sex"
    race: str = "race"
    particulars: Mapping[str, str] = {}
    four_fifths: bool = False


def published(cube: "Cube", wanted: Ll144, scoring: bool) -> Row:
    """Selection rates, or scoring rates, by both conventions. Raises `slices.Refused`."""
    from trl4ml.slices.regulatory import POLICY, Particulars, ll144_of

    audit = ll144_of(
        cube, sex=wanted.sex, race=wanted.race, scoring=scoring,
        particulars=Particulars(**wanted.particulars),
    )  # fmt: skip
    made = _plain(audit)
    if wanted.four_fifths:
        rows = {table.name: _four_fifths(table) for table in audit.tables}
        made["four_fifths"] = {"policy": POLICY, "tables": rows}
    return made


def _four_fifths(table: "AuditTable") -> list[Row]:
    from trl4ml.slices.regulatory import four_fifths

    return [
        {
            "category": one.category, "against": one.against, "k": one.k, "n": one.n,
            "against_k": one.against_k, "against_n": one.against_n, "ratio": _number(one.ratio),
            "below": one.below, "lower": rounded(one.lower), "upper": rounded(one.upper),
            "p_value": rounded(one.p_value),
        }
        for one in four_fifths(table)
    ]  # fmt: skip


def _plain(audit: "Audit") -> Row:
    return {
        "kind": audit.kind, "applicants": audit.applicants, "unknown": audit.unknown,
        "median": rounded(audit.median), "tied": audit.tied,
        "elements": [{"number": n, "name": name, "value": v} for n, name, v in audit.elements],
        "tables": [_table(one) for one in audit.tables], "notices": list(audit.notices),
    }  # fmt: skip


def _table(one: "AuditTable") -> Row:
    return {
        "name": one.name,
        "rows": [
            {
                "category": list(row.category), "selected": row.selected, "n": row.n,
                "share": _number(row.share), "rate": _number(row.rate),
                "impact_ratio_a": _number(row.highest), "impact_ratio_b": _number(row.eligible),
                "excluded": row.excluded,
            }
            for row in one.rows
        ],
        "comparator_a": [", ".join(c) for c in one.comparator_a],
        "comparator_b": [", ".join(c) for c in one.comparator_b],
        "moved": one.moved, "unknown": one.unknown,
    }  # fmt: skip


def _number(exact: Fraction | None) -> Any:
    return None if exact is None else rounded(float(exact))
