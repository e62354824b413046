"""The model card of one component: the nine sections of Mitchell et al. (2019), from evidence.

Nothing is invented: a field says what was measured, declared or answered, and where nothing was, how
to state it. The results are those of the tables that probes attached to their evidence.
"""

from typing import Any

from trl4ml.core.modelcard.known import Attachment, Measured, ModelCard, Row, Written
from trl4ml.core.modelcard.results import gaps, results
from trl4ml.core.modelcard.sections import sections
from trl4ml.core.project import Component, ComponentKind
from trl4ml.core.report import Report
from trl4ml.core.trlcard.known import Known

TEXTS = ("license", "license_name", "license_link", "library_name", "pipeline_tag")
LISTS = ("language", "tags", "datasets", "base_model")


def model_card(
    report: Report, component: Component, attachment: Attachment, written: Written | None = None
) -> ModelCard:
    """The card of the component, with what a hand-written card says beside what was measured."""
    known = Known(report, component)
    measured = Measured(report, known, attachment)
    tables = tuple(measured.tables())
    found = results(tables)
    front = {**_licence(known), **(declared(written.front) if written else {})}
    checklists = (f"{c.checklist} {c.version}" for c in report.checklists)
    return ModelCard(
        project=report.project,
        component=component.name,
        sections=sections(known, tables, found, str(front.get("license", "")), written),
        results=found,
        gaps=gaps(tables),
        level=tables[0].get("settings", {}).get("level") if tables else None,
        front=front,
        data=_data(known, tables),
        energy=measured.energy(),
        made_from=(report.tool, *checklists, f"trl4ml.yaml {report.config_digest[:12]}"),
    )


def in_report(report: Report, name: str) -> Component:
    """The component as far as a report tells of it. Raises StopIteration without one."""
    one = next(one for one in report.components if one.name == name)
    return Component(name=one.name, kind=one.kind, coupled=one.coupled)


def is_model(report: Report, name: str) -> bool:
    return any(c.name == name and c.kind is ComponentKind.MODEL for c in report.components)


def declared(front: dict[str, Any]) -> dict[str, Any]:
    """Of front matter what no evidence holds: texts that are texts, lists that hold texts."""
    kept: dict[str, Any] = {key: front[key] for key in TEXTS if _text(front.get(key))}
    for key in LISTS:
        given = front.get(key)
        every = given if isinstance(given, list) else [given]
        if every and all(_text(one) for one in every):
            kept[key] = given
    return kept


def _licence(known: Known) -> dict[str, str]:
    one = known.evidence.get("model-card")
    held = one.measures.get("license") if one else None
    return {"license": str(held.value)} if held and held.value else {}


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 200


def _data(known: Known, tables: tuple[Row, ...]) -> tuple[str, ...]:
    """The data sets that metrics were computed on, else the files that were read."""
    uses = {"test", "metrics"}
    named = [str(r["id"]) for r in known.entries("datasets") if uses & {*r.get("used_for", ())}]
    one = known.evidence.get("slice-performance") or known.evidence.get("fairness")
    return tuple(named) or (tuple(sorted(one.reads)) if tables and one else ())
