"""The report: all that a renderer may see. It has no clock in it, so same content, same digest."""

from collections.abc import Mapping, Sequence
from datetime import date

from trl4ml.core.checklist import Checklist, Direction, Effort, Item
from trl4ml.core.evidence import Evidence, Held
from trl4ml.core.level import Gate, gate, supported
from trl4ml.core.noun import LevelNumber, Noun, Scalar, Slug, Text
from trl4ml.core.project import Component, ComponentKind, Criticality, Project, Waiver
from trl4ml.core.verdict import Status, Verdict, judge

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
        needed = [v.waiver for v in waived if v.status not in (Status.MET, Status.NOT_APPLICABLE)]
        return tuple(
            v
            for v in waived
            if v.status in (Status.NOT_MET, Status.UNKNOWN)
            or (v.status is not Status.WAIVED and v.waiver not in needed)
        )

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
) -> Report:
    """Judge every item for every component; `evidence` is by component and probe id.

    `declared` are the digests of trl4ml.yaml and of each checklist.
    """
    constants = thresholds(checklists, project.policy.thresholds)
    components = tuple(
        _component(component, project, items, evidence[component.name], constants, today, level)
        for component in project.components
        if component.name in evidence
    )  # fmt: skip
    weakest = min(components, key=lambda c: -1 if c.supported is None else c.supported)
    return Report.model_construct(
        tool=tool,
        project=project.name,
        owners=project.owners,
        criticality=project.criticality,
        required_level=project.required_level,
        config_digest=declared[0],
        checklists=tuple(
            ChecklistUsed.model_construct(
                checklist=c.checklist, version=c.version, title=c.title, digest=file
            )
            for c, file in zip(checklists, declared[1:], strict=True)
        ),
        partial=partial,
        only_component=only_component,
        supported=None if partial or only_component else weakest.supported,
        weakest=weakest.name,
        components=components,
        items=tuple(items),
        evidence={held.digest: held.evidence for one in evidence.values() for held in one.values()},
        waivers=project.policy.waivers,
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
    component: Component, project: Project, items: Sequence[Item], held: Mapping[str, Held],
    constants: Mapping[str, Scalar], today: date, level: int | None,
) -> ComponentReport:  # fmt: skip
    known = {
        **constants,
        "component.kind": component.kind.value,
        "component.name": component.name,
        "component.owners": len(component.owners),
        "project.owners": len(project.owners),
        "project.criticality": project.criticality.value if project.criticality else "not stated",
    }
    evidence = {probe: one.evidence for probe, one in held.items()}
    verdicts = []
    for item in items:
        if item.level < component.entry_level:
            continue
        waiver = waiver_for(item, component, project.policy.waivers)
        verdict = judge(item, evidence, known, waiver, today)
        rests_on = tuple(held[p].digest for p in item.probes if p in held)
        verdicts.append(verdict.model_copy(update={"evidence": rests_on}))
    gates = tuple(gate(n, verdicts) for n in range(component.entry_level, 10))
    wishes = [n for n in (component.claims, project.required_level) if n is not None]
    wanted = max(wishes, default=None) if level is None else level
    if wanted is not None:
        wanted = max(wanted, component.entry_level)
    return ComponentReport.model_construct(
        name=component.name,
        kind=component.kind,
        entry_level=component.entry_level,
        claims=component.claims,
        wanted=wanted,
        supported=supported(component.entry_level, gates),
        gates=gates,
        verdicts=tuple(verdicts),
    )


def waiver_for(item: Item, component: Component, waivers: Sequence[Waiver]) -> Waiver | None:
    """The waiver of this item that lasts longest, one for the component before one for all."""
    fitting = [w for w in waivers if w.item == item.id and w.component in (None, component.name)]
    return max(fitting, key=lambda w: (w.component is not None, w.until), default=None)


def next_steps(report: Report) -> tuple[NextStep, ...]:
    """What blocks the next gate of each component, least effort first."""
    open_items: dict[str, list[tuple[str, Verdict]]] = {}
    for component in report.components:
        for verdict in component.verdicts:
            if verdict.level == component.working_on and blocks(verdict):
                open_items.setdefault(verdict.item, []).append((component.name, verdict))
    steps = [
        NextStep.model_construct(
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
