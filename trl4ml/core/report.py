"""The report: all that a renderer may see. It has no clock in it, so same content, same digest."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from trl4ml.core.checklist import Checklist, Direction, Effort, Item
from trl4ml.core.evidence import Evidence, Held
from trl4ml.core.judging import NOTHING_TOLD, Judging, Told, longest
from trl4ml.core.level import Gate, gate, supported
from trl4ml.core.lifecycle import Covered, coverage
from trl4ml.core.noun import LevelNumber, Noun, Scalar, Slug, Text, checked
from trl4ml.core.project import ComponentKind, Criticality, Project, Waiver
from trl4ml.core.score import CHECKLIST
from trl4ml.core.switchback import Switchback
from trl4ml.core.verdict import Status, Verdict

SCHEMA_VERSION = "1"
EASIEST_FIRST = tuple(Effort)


class ChecklistUsed(Noun):
    checklist: Slug
    version: Text
    title: Text
    digest: Text


class ComponentReport(Noun):
    name: Slug
    kind: ComponentKind
    entry_level: LevelNumber
    claims: LevelNumber | None
    coupled: tuple[Slug, ...] = ()
    """The components that it takes something from."""
    switchbacks: tuple[Switchback, ...] = ()
    """Its ways back, oldest first."""
    wanted: LevelNumber | None
    """The level that must be met: the one asked for, or the higher of claim and requirement."""
    supported: LevelNumber | None
    """The last level whose gate is met; None is below the entry level."""
    gates: tuple[Gate, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def met(self) -> bool:
        return self.supported is not None and self.supported >= (self.wanted or 0)

    @property
    def working_on(self) -> int | None:
        """The first level whose gate is not met, None when all are."""
        level = self.entry_level if self.supported is None else self.supported + 1
        return level if level <= 9 else None


class Report(Noun):
    schema_version: str = SCHEMA_VERSION
    tool: Text
    """trl4ml and its version."""
    project: Slug
    owners: tuple[Text, ...]
    criticality: Criticality | None
    required_level: LevelNumber | None
    config_digest: Text
    checklists: tuple[ChecklistUsed, ...]
    partial: bool
    """Only some items were asked (`--only`), so no level is computed."""
    only_component: Slug | None = None
    """Only this component was asked, so the system has no level here."""
    supported: LevelNumber | None
    weakest: Slug
    """The component that holds the system back."""
    components: tuple[ComponentReport, ...]
    items: tuple[Item, ...]
    evidence: dict[str, Evidence]
    """By digest."""
    waivers: tuple[Waiver, ...] = ()
    registers: dict[str, Any] = {}
    """What the project declares under `registers`, by name, checked."""

    @property
    def met(self) -> bool:
        """Whether the gate is met: every component's, and no waiver has lapsed or is idle."""
        if self.lapsed_waivers:
            return False
        if self.partial:
            return all(v.status in (Status.MET, Status.WAIVED) for v in self.applicable)
        return all(component.met for component in self.components)

    @property
    def applicable(self) -> tuple[Verdict, ...]:
        verdicts = (v for c in self.components for v in c.verdicts)
        return tuple(v for v in verdicts if v.status is not Status.NOT_APPLICABLE)

    @property
    def lapsed_waivers(self) -> tuple[Verdict, ...]:
        """Verdicts whose waiver has ended, or that nothing needs any more."""
        waived = [v for c in self.components for v in c.verdicts if v.waiver]
        needed = {v.waiver for v in waived if v.status not in (Status.MET, Status.NOT_APPLICABLE)}
        return tuple(
            v
            for v in waived
            if v.status in (Status.NOT_MET, Status.UNKNOWN)
            or (v.status is not Status.WAIVED and v.waiver not in needed)
        )

    @property
    def switchbacks(self) -> tuple[Switchback, ...]:
        """Every way back of every component, oldest first."""
        every = (one for c in self.components for one in c.switchbacks)
        return tuple(sorted(every, key=lambda one: (one.at, one.component, one.to)))

    def current(self, assumption: str) -> bool | None:
        """Whether the assumption still counts, for every component; None when nobody knows."""
        name = f"current_{assumption.replace('-', '_')}"
        told = [one.measures[name].value for one in self.evidence.values()
                if one.probe == "assumptions" and name in one.measures]  # fmt: skip
        return False if False in told else None if not told or None in told else True

    def coverage(self) -> tuple[Covered, ...]:
        """Each step of the lifecycle, with how many items of it apply and are met."""
        tags = {item.id: item.tags for item in self.items}
        return coverage((tags[v.item], v.status is Status.MET) for v in self.applicable)

    def item(self, id: str) -> Item:
        return next(item for item in self.items if item.id == id)

    def counts(self) -> dict[Status, int]:
        every = [v.status for c in self.components for v in c.verdicts]
        return {status: every.count(status) for status in Status}


class NextStep(Noun):
    """One thing to do: an item that blocks, on which components, and what it would lift."""

    item: Item
    components: tuple[Slug, ...]
    message: str
    status: Status


def build_report(
    project: Project,
    declared: Sequence[str],
    checklists: Sequence[Checklist],
    items: Sequence[Item],
    evidence: Mapping[str, Mapping[str, Held]],
    today: date,
    tool: str,
    level: int | None = None,
    partial: bool = False,
    only_component: str | None = None,
    said: Told = NOTHING_TOLD,
) -> Report:
    """Judge every item for every component; `evidence` is by component and probe id.

    `declared` are the digests of trl4ml.yaml and of each checklist.
    """
    scored = frozenset(i.id for c in checklists if c.checklist == CHECKLIST for i in c.items)
    constants = thresholds(checklists, project.policy.thresholds)
    waived = longest(project.policy.waivers)
    judges = {
        component.name: Judging(
            component, project, evidence[component.name], said, today, tool, waived
        )
        for component in project.components
        if component.name in evidence
    }
    components = tuple(_component(one, items, scored, constants, level) for one in judges.values())
    weakest = min(components, key=lambda c: -1 if c.supported is None else c.supported)
    return checked(
        Report,
        tool=tool,
        project=project.name,
        owners=project.owners,
        criticality=project.criticality,
        required_level=project.required_level,
        config_digest=declared[0],
        checklists=tuple(
            checked(
                ChecklistUsed, checklist=c.checklist, version=c.version, title=c.title, digest=file
            )
            for c, file in zip(checklists, declared[1:], strict=True)
        ),
        partial=partial,
        only_component=only_component,
        supported=None if partial or only_component else weakest.supported,
        weakest=weakest.name,
        components=components,
        items=tuple(items),
        evidence={d: one for judging in judges.values() for d, one in judging.evidence.items()},
        waivers=project.policy.waivers,
        registers=dict(said.registers),
    )


def thresholds(
    checklists: Sequence[Checklist], tightened: Mapping[str, float]
) -> dict[str, Scalar]:
    """`policy.NAME` → number. Raises ValueError for an unknown name or a loosened threshold."""
    defaults = {name: t for c in checklists for name, t in c.thresholds.items()}
    for name, value in tightened.items():
        if name not in defaults:
            known = ", ".join(sorted(defaults)) or "none"
            raise ValueError(f"policy.thresholds: no threshold '{name}' (there is: {known})")
        default = defaults[name]
        looser = (
            value < default.value if default.tightens is Direction.UP else value > default.value
        )
        if looser:
            raise ValueError(
                f"policy.thresholds: {name} {value:g} is looser than the checklist's "
                f"{default.value:g}; a policy only tightens ({default.tightens})"
            )
    return {
        f"policy.{name}": tightened.get(name, default.value) for name, default in defaults.items()
    }


def _component(
    judging: Judging, items: Sequence[Item], scored: Collection[str],
    constants: Mapping[str, Scalar], level: int | None,
) -> ComponentReport:  # fmt: skip
    component, project = judging.component, judging.project
    verdicts = judging.verdicts(items, scored, constants)
    gates = tuple(gate(n, verdicts) for n in range(component.entry_level, 10))
    wishes = [n for n in (component.claims, project.required_level) if n is not None]
    wanted = max(wishes, default=None) if level is None else level
    if wanted is not None:
        wanted = max(wanted, component.entry_level)
    return checked(
        ComponentReport,
        name=component.name,
        kind=component.kind,
        entry_level=component.entry_level,
        claims=component.claims,
        coupled=component.coupled,
        switchbacks=tuple(s for s in judging.told.switchbacks if s.component == component.name),
        wanted=wanted,
        supported=supported(component.entry_level, gates),
        gates=gates,
        verdicts=verdicts,
    )


def next_steps(report: Report) -> tuple[NextStep, ...]:
    """What blocks the next gate of each component, least effort first."""
    open_items: dict[str, list[tuple[str, Verdict]]] = {}
    for component in report.components:
        for verdict in component.verdicts:
            if verdict.level == component.working_on and blocks(verdict):
                open_items.setdefault(verdict.item, []).append((component.name, verdict))
    steps = [
        checked(
            NextStep,
            item=report.item(item),
            components=tuple(name for name, _ in found),
            message="; ".join(dict.fromkeys(v.message for _, v in found)),
            status=found[0][1].status,
        )
        for item, found in open_items.items()
    ]
    return tuple(
        sorted(steps, key=lambda s: (EASIEST_FIRST.index(s.item.if_not.effort), s.item.id))
    )


def blocks(verdict: Verdict) -> bool:
    """Whether the verdict holds its gate back."""
    return verdict.gate and verdict.status in (Status.NOT_MET, Status.UNKNOWN)
