"""The page of the four pillars (checklist `secure`): what is stated, and what each rests on."""

from typing import Any

from trl4ml.core.canonical import digest
from trl4ml.core.checklist import Item
from trl4ml.core.evidence import Evidence, Kind, Mode, Outcome
from trl4ml.core.report import ComponentReport, Report
from trl4ml.core.verdict import Status, Verdict
from trl4ml.render.markdown import escaped
from trl4ml.render.words import STATUS, flat

PILLARS = (
    "compute-efficient machine learning", "federated learning", "data sovereignty", "certificate",
)  # fmt: skip
KINDS = (Kind.DECLARED, Kind.MODELLED, Kind.ESTIMATED, Kind.COUNTED)
WORDS = {Kind.COUNTED: "measured", Kind.ESTIMATED: "measured, estimated"}
Row = dict[str, Any]


def page(report: Report, component: ComponentReport) -> Row:
    """The certificate's data: each pillar with its items, their verdicts and grades of evidence."""
    items = {item.id: item for item in report.items if item.section in PILLARS}
    rows = [_row(items[one.item], one, report) for one in component.verdicts if one.item in items]
    return {
        "project": report.project,
        "component": component.name,
        "report_sha256": digest(report),
        "pillars": [
            {"pillar": pillar, "items": [row for row in rows if row["pillar"] == pillar]}
            for pillar in PILLARS
        ],
    }


def _row(item: Item, one: Verdict, report: Report) -> Row:
    return {
        "pillar": item.section,
        "item": item.id,
        "ask": flat(item.ask),
        "status": str(one.status),
        "rests_on": grade(
            one, [report.evidence[key] for key in one.evidence if key in report.evidence]
        ),
        "says": flat(one.message),
    }


def grade(one: Verdict, evidence: list[Evidence]) -> str:
    """`measured`, `modelled`, `declared`, `stated, with a document`, `stated`, or `nothing`."""
    excused = one.status is Status.NOT_APPLICABLE
    if one.status is Status.UNKNOWN or (excused and not one.answered_by):
        return "nothing"
    looked = [found for found in evidence if found.mode is not Mode.ATTESTED and found.measures]
    shown = any(found.outcome is Outcome.YES for found in looked)
    said = one.answered_by and one.status is Status.MET and not shown
    if excused or said or not looked:
        return "stated, with a document" if one.documented else "stated"
    used = {
        measure.kind
        for found in looked
        for measure in found.measures.values()
        if not measure.undefined
    }
    weakest = next((kind for kind in KINDS if kind in used), Kind.COUNTED)
    return WORDS.get(weakest, str(weakest))


def markdown(data: Row) -> str:
    """The page to read; whatever comes from the project is escaped."""
    lines = [f"# {escaped(data['component'])}: energy, federated learning, data sovereignty", ""]
    lines += [f"Of {escaped(data['project'])}, by the report {data['report_sha256'][:16]}.", ""]
    for one in data["pillars"]:
        lines += [f"## {one['pillar'].capitalize()}", ""]
        lines += ["| Question | Answer | Rests on | What was found |", "|---|---|---|---|"]
        for row in one["items"]:
            cells = (row["ask"], STATUS[Status(row["status"])], row["rests_on"], row["says"])
            lines.append(f"| {' | '.join(str(escaped(cell)) for cell in cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
