"""The nine sections of a model card (Mitchell et al. 2019), each filled from what is known."""

from collections.abc import Iterable

from trl4ml.core.evidence import Outcome
from trl4ml.core.level import LEVELS
from trl4ml.core.modelcard.known import Result, Row, Written
from trl4ml.core.trlcard.known import Field, Known, Section, stated
from trl4ml.core.verdict import Status

LABELS = {
    "versioned-release": "Release", "model-manifest-current": "Files as listed",
    "model-signed": "Signature", "watermark-verified": "Watermark",
    "exported-model-parity": "Export", "input-schema": "Inputs", "error-analysis": "Errors",
    "slice-performance": "Quality of slices", "goals": "Goals", "data-card": "Datasheet",
    "data-versioned": "Versions of the data", "fairness": "Groups compared",
    "guardrails": "Guardrails", "energy-recorded": "Energy", "energy-plausible": "Energy checked",
}  # fmt: skip
"""What the finding of a probe is called on a card."""
METHODS = {"training": ("training", "exploration"), "evaluation": ("validation", "test", "metrics")}


def sections(
    known: Known,
    tables: tuple[Row, ...],
    results: tuple[Result, ...],
    licence: str,
    written: Written | None,
) -> tuple[Section, ...]:
    """Every section has its fields, and the paragraphs of the hand-written card below them."""
    wrote = known.wrote
    fields: dict[str, tuple[Field, ...]] = {
        "Model details": _details(known, licence),
        "Intended use": (
            wrote("Intended", "intended_use"), wrote("Unacceptable", "unacceptable_use"),
            *_of_effects(known, "Refused", "refused_uses"),
            *_of_effects(known, "Used again by", "downstream_users"),
        ),
        "Factors": (_groups(tables), *_found(known, "error-analysis")),
        "Metrics": (_metrics(tables, results), *_found(known, "slice-performance", "goals")),
        "Evaluation data": (_data(known, "evaluation"), *_rows(known, tables)),
        "Training data": (
            _data(known, "training"), wrote("Findings", "data"),
            *_found(known, "data-card", "data-versioned"),
        ),
        "Quantitative analyses": (wrote("In short", "results"), *_found(known, "fairness")),
        "Ethical considerations": (
            wrote("Ethics", "ethics"), *_effects(known),
            *_found(known, "guardrails", "energy-recorded", "energy-plausible"),
        ),
        "Caveats and recommendations": _caveats(known),
    }  # fmt: skip
    return tuple(
        Section(title=title, fields=(*fields[title], *_written(written, title))) for title in fields
    )


def _details(known: Known, licence: str) -> tuple[Field, ...]:
    level = known.standing.supported
    stands = (
        f"below level {known.standing.entry_level}"
        if level is None
        else (f"level {level}, {LEVELS[level].name}")
    )
    return (
        known.wrote("What it is", "tldr"),
        known.wrote("How it works", "algorithm"),
        stated("Owners", known.owners, "add `owners` to trl4ml.yaml"),
        stated("Licence", filter(None, [licence]), "name the licence in the front matter of the model card"),
        Field(name="Readiness that the evidence supports", says=(stands,)),
        *_found(known, "versioned-release", "model-manifest-current", "model-signed",
                "watermark-verified", "exported-model-parity", "input-schema"),
    )  # fmt: skip


def _found(known: Known, *probes: str) -> tuple[Field, ...]:
    """What these probes found, where they were asked; that it is unknown is said."""
    asked = (known.evidence[id] for id in probes if id in known.evidence)
    return tuple(
        Field(
            name=LABELS[one.probe],
            says=(
                f"{'' if one.outcome in (Outcome.YES, Outcome.NO) else 'not known: '}{one.message}",
            ),
        )
        for one in asked
    )


def _of_effects(known: Known, name: str, key: str) -> tuple[Field, ...]:
    given = tuple(known.report.registers.get("second-order-effects", {}).get(key, ()))
    return (Field(name=name, says=given),) if given else ()


def _groups(tables: Iterable[Row]) -> Field:
    says = dict.fromkeys(
        f"{axis['name']}: {', '.join(map(str, axis['levels']))}"
        for table in tables
        for axis in table.get("axes", ())
    )
    todo = "declare the groups as `by` under probes.slice-performance or probes.fairness"
    return stated("Groups that were measured", says, todo)


def _metrics(tables: tuple[Row, ...], results: Iterable[Result]) -> Field:
    names = list(dict.fromkeys(one.metric for one in results))
    if not names:
        todo = "declare the predictions under probes.slice-performance in trl4ml.yaml"
        return stated("Measured", (), todo)
    settings = tables[0].get("settings", {})
    return Field(name="Measured", says=(
        ", ".join(names).replace("_", " "),
        f"intervals at {float(settings.get('level', 0.95)):.0%}; below {settings.get('min_n', 0)} "
        "rows a slice is shown and compared with nothing",
    ))  # fmt: skip


def _data(known: Known, use: str) -> Field:
    rows = [
        row for row in known.entries("datasets") if {*METHODS[use]} & {*row.get("used_for", ())}
    ]
    todo = f"list the data under registers.datasets, with `used_for: [{METHODS[use][0]}]`"
    return stated("Data sets", (dataset(row) for row in rows), todo)


def dataset(row: Row) -> str:
    """`study: benchmark, version 3, readiness B2, by Ada`."""
    facts = [str(row["kind"])]
    facts += [f"version {row['version']}"] if row.get("version") else ["no version"]
    facts += [f"readiness {row['band']}"] if row.get("band") else []
    facts += [f"kept by {row['owner']}"] if row.get("owner") else []
    return f"{row['id']}: {', '.join(facts)}"


def _rows(known: Known, tables: Iterable[Row]) -> tuple[Field, ...]:
    rows = next((table.get("rows") for table in tables), None)
    one = known.evidence.get("slice-performance") or known.evidence.get("fairness")
    if rows is None or one is None:
        return ()
    where = f" in {', '.join(sorted(one.reads))}" if one.reads else ""
    seen = f", observed in: {one.environment}" if one.environment else ""
    return (Field(name="Rows", says=(f"{rows}{where}{seen}",)),)


def _effects(known: Known) -> tuple[Field, ...]:
    return tuple(
        Field(name=str(row["id"]), says=(f"{row['effect']} (reaches {row['affected']})",))
        for row in known.entries("second-order-effects")
    )


def _caveats(known: Known) -> tuple[Field, ...]:
    held = tuple(f"{row['id']}: {row['statement']}" for row in known.entries("assumptions"))
    open_ones = tuple(f"{e['date']}: {e['what']}" for e in known.entries("incidents")
                      if e.get("status", "open") == "open")  # fmt: skip
    waived = tuple(f"{v.item}: {v.message}" for v in known.standing.verdicts if v.waiver)
    unknown = sum(v.status is Status.UNKNOWN for v in known.standing.verdicts)
    more = (("It rests on", held), ("Open incidents", open_ones), ("Waived", waived))
    return (
        known.wrote("Caveats", "caveats"),
        *(Field(name=name, says=says) for name, says in more if says),
        Field(name="Not known", says=(f"{unknown} of the items asked are unknown",)),
    )


def _written(written: Written | None, title: str) -> tuple[Field, ...]:
    says = written.sections.get(title.lower(), ()) if written else ()
    return (Field(name=f"As {written.path} says", says=says),) if written and says else ()
