"""Two reports compared: pure, and the same whichever of them comes first, mirrored."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from trl4ml.core.canonical import digest
from trl4ml.core.checklist import Item
from trl4ml.core.diff import (
    ChecklistChange,
    Edition,
    ItemEdit,
    ItemSeen,
    Judged,
    LevelChange,
    MeasureChange,
    ProbeChange,
    ReportDiff,
    Setting,
    Source,
    VerdictChange,
)
from trl4ml.core.evidence import Evidence, Measure
from trl4ml.core.noun import Noun, Scalar
from trl4ml.core.project import Waiver
from trl4ml.core.report import ComponentReport, Report

OF_THE_AUDIT = ("tool", "project", "criticality", "required_level", "partial", "config_digest")
OF_A_COMPONENT = ("kind", "entry_level", "claims", "wanted")
OF_AN_ITEM = ("level", "gate", "wants", "applies")
Key = TypeVar("Key", bound=str | tuple[str, str])
Value = TypeVar("Value")
Facts = Mapping[tuple[str, str], Evidence]


def compare(before: Report, after: Report) -> ReportDiff:
    """What changed from one report to the other; components are matched by name."""
    old, new = ({c.name: c for c in report.components} for report in (before, after))
    items, new_items = ({item.id: item for item in report.items} for report in (before, after))
    facts, new_facts = _evidence(before), _evidence(after)
    both = sorted(old.keys() & new.keys())
    partial = before.partial or after.partial
    return ReportDiff.model_construct(
        before=digest(before),
        after=digest(after),
        partial=partial,
        levels=() if partial else tuple(_levels(before, after)),
        verdicts=tuple(change for name in both for change in _verdicts(old[name], new[name])),
        measures=_measures(facts, new_facts),
        probes=_probes(both, facts, new_facts),
        checklists=tuple(
            ChecklistChange.model_construct(checklist=name, before=was, after=now)
            for name, was, now in _changed(_editions(before), _editions(after))
        ),
        settings=tuple(_settings(before, after)),
        item_edits=tuple(
            ItemEdit.model_construct(item=id, field=field, before=was, after=now)
            for id in sorted(items.keys() & new_items.keys())
            for field, was, now in _changed(
                _named(items[id], OF_AN_ITEM), _named(new_items[id], OF_AN_ITEM)
            )
        ),
        items_added=_seen(new_items, items),
        items_removed=_seen(items, new_items),
        components_added=tuple(sorted(new.keys() - old.keys())),
        components_removed=tuple(sorted(old.keys() - new.keys())),
        waivers_added=_waivers(after, before),
        waivers_removed=_waivers(before, after),
    )


def _changed(
    before: Mapping[Key, Value], after: Mapping[Key, Value]
) -> Iterator[tuple[Key, Value | None, Value | None]]:
    """What differs under each key; None where it is missing."""
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was != now:
            yield key, was, now


def _named(noun: Noun, names: Iterable[str]) -> dict[str, Scalar | None]:
    return {name: getattr(noun, name) for name in names}


def _levels(before: Report, after: Report) -> Iterator[LevelChange]:
    old, new = ({c.name: c.supported for c in r.components} for r in (before, after))
    several = len(old | new) > 1
    if several and before.supported != after.supported:
        yield LevelChange.model_construct(
            component=None, before=before.supported, after=after.supported
        )
    for name, was, now in _changed(old, new):
        if name in old and name in new:
            yield LevelChange.model_construct(component=name, before=was, after=now)


def _verdicts(before: ComponentReport, after: ComponentReport) -> Iterator[VerdictChange]:
    for item, was, now in _changed(_judged(before), _judged(after)):
        if was is None or now is None or was.status is not now.status:
            yield VerdictChange.model_construct(
                component=before.name, item=item, before=was, after=now
            )


def _judged(component: ComponentReport) -> dict[str, Judged]:
    return {
        v.item: Judged.model_construct(
            level=v.level, gate=v.gate, status=v.status, message=v.message
        )
        for v in component.verdicts
    }


def _evidence(report: Report) -> dict[tuple[str, str], Evidence]:
    """The evidence that verdicts rest on, by component and probe."""
    return {
        (component.name, found.probe): found
        for component in report.components
        for verdict in component.verdicts
        for one in verdict.evidence
        if (found := report.evidence.get(one))
    }


def _measures(before: Facts, after: Facts) -> tuple[MeasureChange, ...]:
    grouped: dict[tuple[str, str, Measure | None, Measure | None], MeasureChange] = {}
    for component, probe in sorted(before.keys() & after.keys()):
        old, new = before[component, probe].measures, after[component, probe].measures
        for name, was, now in _changed(old, new):
            same = (probe, name, was, now)
            others = grouped[same].components if same in grouped else ()
            grouped[same] = MeasureChange.model_construct(
                components=(*others, component), probe=probe, measure=name, before=was, after=now
            )
    return tuple(sorted(grouped.values(), key=lambda c: (c.probe, c.measure, c.components)))


def _probes(components: Iterable[str], before: Facts, after: Facts) -> tuple[ProbeChange, ...]:
    grouped: dict[tuple[str, Source | None, Source | None], tuple[str, ...]] = {}
    for (component, probe), was, now in _changed(_sources(before), _sources(after)):
        if component in components:
            grouped[probe, was, now] = (*grouped.get((probe, was, now), ()), component)
    changes = [
        ProbeChange.model_construct(components=names, probe=probe, before=was, after=now)
        for (probe, was, now), names in grouped.items()
    ]
    return tuple(sorted(changes, key=lambda c: (c.probe, c.components)))


def _sources(facts: Facts) -> dict[tuple[str, str], Source]:
    return {
        key: Source.model_construct(
            outcome=one.outcome, version=one.version, distribution=one.distribution
        )
        for key, one in facts.items()
    }


def _editions(report: Report) -> dict[str, Edition]:
    return {
        c.checklist: Edition.model_construct(version=c.version, digest=c.digest)
        for c in report.checklists
    }


def _settings(before: Report, after: Report) -> Iterator[Setting]:
    new = {component.name: component for component in after.components}
    pairs: list[tuple[str | None, Noun, Noun, tuple[str, ...]]] = [
        (None, before, after, OF_THE_AUDIT)
    ]
    for one in sorted(before.components, key=lambda c: c.name):
        if one.name in new:
            pairs.append((one.name, one, new[one.name], OF_A_COMPONENT))
    for component, old, other, names in pairs:
        for name, was, now in _changed(_named(old, names), _named(other, names)):
            yield Setting.model_construct(component=component, name=name, before=was, after=now)


def _seen(there: Mapping[str, Item], elsewhere: Mapping[str, Item]) -> tuple[ItemSeen, ...]:
    items = [there[id] for id in sorted(there.keys() - elsewhere.keys())]
    return tuple(
        ItemSeen.model_construct(item=i.id, level=i.level, gate=i.gate, ask=i.ask) for i in items
    )


def _waivers(there: Report, elsewhere: Report) -> tuple[Waiver, ...]:
    others = {*elsewhere.waivers}
    only = [w for w in there.waivers if w not in others]
    return tuple(sorted(only, key=lambda w: (w.item, w.component or "", w.until, w.owner)))
