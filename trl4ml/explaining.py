"""Everything there is to know about one item, probe or level, as plain data."""

import re
from collections.abc import Iterator
from pathlib import Path

from trl4ml import run
from trl4ml.catalogue import Row, Shelf, flat, list_items, said_by
from trl4ml.core.canonical import digest
from trl4ml.core.checklist import Checklist, Item
from trl4ml.core.evidence import Evidence
from trl4ml.core.level import LEVELS
from trl4ml.core.report import thresholds
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.loading import all_probes
from trl4ml.probes import Probe
from trl4ml.store.evidence import Store

POLICY = "policy."
REVIEWS = ("review-level-", "condition-")


def explain(name: str, on: Shelf) -> dict[str, list[Row]]:
    """All that goes by the name: `items`, `probes`, `levels`. Raises WrongInput for a stranger."""
    probes = all_probes()
    id = slug(name.partition(".")[0])
    numbers = [n for n in range(len(LEVELS)) if slug(name) in _names_of_level(n)]
    found = {
        "items": [_item(one, item, on) for one, item in on.items() if item.id == id]
        or list(_of_reviews(id, on)),
        "probes": [_probe(probes[id], on)] if id in probes else [],
        "levels": [_level(n, on) for n in numbers],
    }
    if not any(found.values()):
        names = {item.id for _, item in on.items()} | probes.keys()
        names |= {one for n in range(len(LEVELS)) for one in _names_of_level(n)}
        levels = f"; the levels are 0 to {len(LEVELS) - 1}" if name.isdigit() else ""
        hint = levels or did_you_mean(sorted(names), id) or "; see: trl4ml list items"
        raise WrongInput(f"no item, probe or level is called '{name}'{hint}")
    return found


def _names_of_level(number: int) -> tuple[str, ...]:
    return str(number), f"level-{number}", slug(LEVELS[number].name)


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _of_reviews(id: str, on: Shelf) -> Iterator[Row]:
    """The item that asks for a panel, or that a reviewer set as a condition: no checklist has it."""
    if on.root and id.startswith(REVIEWS):
        own = Checklist.model_construct(
            checklist="reviews", version="", title="", about="", items=(), thresholds={}
        )
        report = run.audit(on.root, stored_only=True).report
        yield from (_item(own, item, on) for item in report.items if item.id == id)


def _item(one: Checklist, item: Item, on: Shelf) -> Row:
    together = on.checklists if on.root else (one,)
    every = {name: t for c in together for name, t in c.thresholds.items()}
    in_force = thresholds(together, on.tightened)
    named = [name.removeprefix(POLICY) for name in item.names if name.startswith(POLICY)]
    probes = all_probes()
    return {
        "item": item.id,
        "checklist": f"{one.checklist} {one.version}".strip(),
        "level": item.level,
        "gate": item.gate,
        "ask": flat(item.ask),
        "why": flat(item.why),
        "wants": item.wants,
        "applies": item.applies,
        "probes": [
            {"id": id, "asks": said_by(probes[id])["asks"] if id in probes else "there is none"}
            for id in item.probes if id != item.id
        ],
        "answered": by_people(item),
        "thresholds": [
            {"name": name, "value": in_force[POLICY + name], "default": every[name].value,
             "tightens": every[name].tightens.value, "about": flat(every[name].about)}
            for name in named if name in every
        ],
        "remedy": flat(item.if_not.remedy),
        "effort": item.if_not.effort.value,
        "refs": [flat(ref) for ref in item.refs],
        "section": item.section,
        "tags": list(item.tags),
        "since": item.since,
        "here": _verdicts(on.root, item.id) if on.root else [],
    }  # fmt: skip


def by_people(item: Item) -> str:
    """How a person answers the item; empty where none does."""
    if not item.answered:
        return ""
    says = [f"trl4ml answer {item.id} yes --note …"]
    if item.environment:
        says.append(f"about what was observed in {item.environment} or nearer to use")
    if item.stale_after:
        says.append(f"anew after {item.stale_after} days")
    return ", ".join(says)


def _verdicts(root: Path, id: str) -> list[Row]:
    """The verdict on the item here, by component, from stored evidence alone."""
    try:
        components = run.audit(root, stored_only=True).report.components
    except WrongInput:
        return []
    return [
        {"component": one.name, "status": verdict.status.value, "message": verdict.message}
        for one in components
        for verdict in one.verdicts
        if verdict.item == id
    ]


def _probe(probe: Probe, on: Shelf) -> Row:
    last = _last_evidence(on.root, probe.id) if on.root else {}
    return {
        "probe": probe.id,
        "distribution": probe.distribution,
        **said_by(probe),
        "asked_by": [item.id for _, item in on.items() if probe.id in item.probes],
        "last": [
            {"component": scope, "outcome": one.outcome.value, "message": one.message,
             "measures": {k: m.model_dump(mode="json") for k, m in sorted(one.measures.items())},
             "attached": [f".trl4ml/store/evidence/{digest(one)}.{name}" for name in one.attached]}
            for scope, one in last.items()
        ],
    }  # fmt: skip


def _last_evidence(root: Path, probe: str) -> dict[str, Evidence]:
    """What the probe gave when it last ran here, current or not, by component (`all`: for all)."""
    store = Store(root)
    found = {
        name.partition("@")[2]: store.evidence(kept.evidence)
        for name, kept in sorted(store.state().kept.items())
        if name.partition("@")[0] == probe
    }
    return {scope: one for scope, one in found.items() if one}


def _level(number: int, on: Shelf) -> Row:
    one = LEVELS[number]
    items = [row for row in list_items(on) if row["level"] == number]
    return {"level": number, "name": one.name, "phase": one.phase, "code_tier": one.code_tier,
            "question": one.question, "items": items}  # fmt: skip
