"""The sections of a TRL card: from the two sentences at the top to the debrief of the stage."""

from typing import Any

from trl4ml.core.trlcard.known import HANDED_OVER, Field, Known, Section, stated
from trl4ml.core.verdict import PASSES, Status


def sections(known: Known) -> tuple[Section, ...]:
    wrote, found = known.wrote, known.found
    effects = known.report.registers.get("second-order-effects", {})
    refused = effects.get("refused_uses", ())
    return (
        Section(title="TL;DR", fields=(wrote("In short", "tldr"),)),
        Section(title="Top-level requirements", fields=_requirements(known)),
        Section(title="Model and algorithm info", fields=(
            wrote("How it works", "algorithm"),
            *found("model-card", "input-schema", "versioned-release"),
        )),
        Section(title="Intended use", fields=(
            wrote("Intended", "intended_use"),
            wrote("Unacceptable", "unacceptable_use", HANDED_OVER),
            *([Field(name="Refused", says=tuple(refused))] if refused else []),
        )),
        Section(title="Metrics and results", fields=(
            wrote("Results", "results"),
            *found("slice-performance", "fairness", "experiments-tracked", "ml-test-score"),
        )),
        Section(title="Testing status", fields=(
            wrote("Tested, and still to be tested", "testing"),
            *found("tests-present", "test-results", "coverage", "ci-configured", "reproducible"),
        )),
        Section(title="Data considerations", fields=(
            wrote("Findings", "data"), _datasets(known), *found("data-card", "data-versioned"),
        )),
        Section(title="Caveats, known edge cases, recommendations", fields=_caveats(known)),
        Section(title="Key assumptions", fields=_assumptions(known)),
        Section(title="Stage debrief", fields=_debrief(known)),
    )  # fmt: skip


def _requirements(known: Known) -> tuple[Field, ...]:
    rows = sorted(known.entries("requirements"), key=_numbers)
    top = [row for row in rows if "." not in row["id"]] or rows
    if not rows:
        how = "list them under registers.requirements in trl4ml.yaml"
        return (stated("Requirements", [], how),)
    return tuple(Field(name=row["id"], says=(_requirement(row),)) for row in top)


def _numbers(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(map(int, row["id"].split(".")))


def _requirement(row: dict[str, Any]) -> str:
    p, value = row.get("p"), row.get("value")
    risk = "unknown" if p is None or value is None else f"{p * value:g}"
    return f"{row['statement']} ({row['kind']}; risk {risk}; {row.get('result', 'open')})"


def _datasets(known: Known) -> Field:
    says = [_dataset(row) for row in known.entries("datasets")]
    return stated("Data sets", says, "list them under registers.datasets in trl4ml.yaml")


def _dataset(row: dict[str, Any]) -> str:
    facts = (
        row["kind"],
        f"version {row['version']}" if row.get("version") else "no version",
        f"readiness {row['band']}" if row.get("band") else "no readiness band",
        f"for {', '.join(row['used_for'])}" if row.get("used_for") else "use not stated",
    )
    return f"{row['id']}: {', '.join(facts)}"


def _caveats(known: Known) -> tuple[Field, ...]:
    open_ones = [f"{e['date']}: {e['what']}" for e in known.entries("incidents")
                 if e.get("status", "open") == "open"]  # fmt: skip
    waived = [f"{v.item}: {v.message}" for v in known.standing.verdicts if v.waiver]
    more = (("Open incidents", open_ones), ("Waived", waived))
    return (
        known.wrote("Caveats", "caveats"),
        *(Field(name=name, says=tuple(says)) for name, says in more if says),
    )


def _assumptions(known: Known) -> tuple[Field, ...]:
    rows = known.entries("assumptions")
    if not rows:
        how = "list them under registers.assumptions in trl4ml.yaml"
        return (stated("Assumptions", [], how),)
    return tuple(
        Field(
            name=row["id"],
            says=(f"{row['statement']} ({row['kind']}; {_stands(known, row)})",),
            todo="" if row.get("last_verified") else "it was never verified",
        )
        for row in rows
    )


def _stands(known: Known, row: dict[str, Any]) -> str:
    said = str(row.get("status", "open"))
    return f"{said}, but out of date" if known.report.current(row["id"]) is False else said


def _debrief(known: Known) -> tuple[Field, ...]:
    rows = (one for one in known.text.get("debriefs", ()) if one["level"] == known.level)
    wrote: dict[str, Any] = next(rows, {})
    gates = [v for v in known.verdicts() if v.gate and v.status is not Status.NOT_APPLICABLE]
    passed = sum(v.status in PASSES for v in gates)
    people = ", ".join(dict.fromkeys(v.answered_by for v in known.verdicts() if v.answered_by))
    answered = f", answered by {people}" if people else ""
    counted = f"{passed} of {len(gates)} gate items of level {known.level} pass{answered}"
    backs = [f"back from {s.left} to {s.to} on {s.at.date()}: {s.reason}"
             for s in known.standing.switchbacks]  # fmt: skip
    asked: tuple[tuple[str, str, list[str]], ...] = (
        ("What was done, and by whom?", "done", [counted]),
        ("What was dropped or put off?", "dropped", backs),
        ("What was learned?", "learned", []),
        ("Which technical debt was taken on or paid back?", "debt", []),
    )
    how = f"add it to `debriefs` (level {known.level}) under registers.cards in trl4ml.yaml"
    return tuple(
        Field(
            name=question,
            says=tuple([wrote[key]] if wrote.get(key) else []) + tuple(facts),
            todo="" if wrote.get(key) else how,
        )
        for question, key, facts in asked
    )
