"""The audited project as its `trl4ml.yaml` declares it."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from trl4ml.core.noun import LevelNumber, Noun, Slug, Text, wrong


class Criticality(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


REQUIRED_LEVEL = {
    Criticality.LOW: 4,
    Criticality.MEDIUM: 6,
    Criticality.HIGH: 7,
    Criticality.CRITICAL: 8,
}
"""Our policy, not MLTRL's: what happens when the system is wrong decides how ready it must be."""


class ComponentKind(StrEnum):
    MODEL = "model"
    DATA = "data"
    SERVICE = "service"
    LIBRARY = "library"


EntryLevel = Annotated[int, Field(ge=0, le=4)]
"""Nothing enters later: 5 is the hand-over of what was reached at 4."""
PlannedSwitchback = Annotated[str, StringConstraints(pattern=r"^[0-9] -> [0-9]$")]


def _inside(path: str) -> str:
    """The path in its plain form. Raises ValueError when it leaves the project or is all of it."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    if path.startswith(("/", "~")) or ":" in path.split("/", maxsplit=1)[0] or ".." in parts:
        raise ValueError(f"'{path}' leaves the project; give a path relative to trl4ml.yaml")
    if not parts:
        raise ValueError(f"'{path}' is the whole project; leave `paths` out")
    return "/".join(parts)


class Component(Noun):
    """What carries a level: a model, a data pipeline, a service, a library."""

    name: Slug
    kind: ComponentKind = ComponentKind.MODEL
    """One of model, data, service, library; items may apply to some kinds only."""
    claims: LevelNumber | None = None
    """The MLTRL level that the owner says it has (0 to 9). A claim is checked, never evidence."""
    entry_level: EntryLevel = 0
    """Where it entered, at most 4; levels below are not assessed. Above 0 it needs an
    `entry_reason`."""
    entry_reason: str = ""
    formerly: tuple[Slug, ...] = ()
    """Names that it had: what was answered and recorded under them is its own."""
    coupled: tuple[Slug, ...] = ()
    """The components that it takes something from."""
    planned_switchbacks: tuple[PlannedSwitchback, ...] = ()
    """Ways back that are part of the process, as in "4 -> 2"."""
    paths: tuple[Text, ...] = ()
    """Folders and files that are this component's alone; what nobody claims is everybody's."""
    owners: tuple[Text, ...] = ()

    @field_validator("paths")
    @classmethod
    def _plain(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_inside(path) for path in paths)

    @model_validator(mode="after")
    def _entered(self) -> Self:
        if self.entry_level and not self.entry_reason:
            raise wrong("entry_level above 0 needs an entry_reason", "entry_level")
        if self.claims is not None and self.claims < self.entry_level:
            raise wrong(f"{self.claims} is below entry_level {self.entry_level}", "claims")
        for at, plan in enumerate(self.planned_switchbacks):
            above, below = int(plan[0]), int(plan[-1])
            if not self.entry_level <= below < above:
                says = f"'{plan}' should lead from a later level to an earlier one, {self.entry_level} at the least"
                raise wrong(says, "planned_switchbacks", at)
        return self


class Waiver(Noun):
    """A gate item that somebody answers for until a day; it is shown, never hidden."""

    item: Slug
    component: Slug | None = None
    """Only for this component; without it, for all."""
    owner: Text
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10)]
    until: date
    """The last day it holds, as in 2027-01-31."""


class Policy(Noun):
    """What the team tightens, and what it has waived."""

    required_level: LevelNumber | None = None
    """Raises the level that the criticality requires; it cannot lower it."""
    thresholds: dict[str, float] = {}
    """Thresholds of the checklists in force, by name; only in the stricter direction."""
    waivers: tuple[Waiver, ...] = ()
    baseline: Text | None = None
    """A YAML file of what did not hold when trl4ml was adopted: `trl4ml baseline` writes it."""


class Project(Noun):
    """`trl4ml.yaml`: what is audited, how critical it is, and by which checklists."""

    name: Slug
    owners: tuple[Text, ...] = ()
    criticality: Criticality | None = None
    """low, medium, high or critical: sets the required level (4, 6, 7, 8)."""
    components: tuple[Component, ...] = ()
    """What carries a level. Without any, the loader makes the whole project one component."""
    retired: tuple[Slug, ...] = ()
    """Components that are no more; their records stay."""
    checklists: tuple[Text, ...] = ("mltrl",)
    """Names of checklists that come with trl4ml or a plug-in, or paths of your own."""
    policy: Policy = Policy()
    probes: dict[Slug, dict[str, Any]] = {}
    """Options of probes, by probe id."""
    registers: dict[Slug, Any] = {}
    """Requirements, assumptions, data sets …: each a list, or the path of a YAML file."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for field, names in (
            ("components", [c.name for c in self.components]),
            ("checklists", list(self.checklists)),
        ):
            for at, name in enumerate(names):
                if name in names[:at]:
                    raise wrong(f"'{name}' is named twice", field, at)
        self._check_former_names()
        self._check_couplings()
        if not self.checklists:
            raise wrong("name at least one checklist, such as mltrl", "checklists")
        least = REQUIRED_LEVEL[self.criticality] if self.criticality else 0
        if self.policy.required_level is not None and self.policy.required_level < least:
            says = f"{self.policy.required_level} is below the {least} that criticality "
            raise wrong(f"{says}{self.criticality} requires; a policy only tightens",
                        "policy", "required_level")  # fmt: skip
        return self

    @property
    def former_names(self) -> dict[str, str]:
        """The name that a component has now, by the names it had."""
        return {old: one.name for one in self.components for old in one.formerly}

    def _check_former_names(self) -> None:
        """Else one component could take over what was answered about another."""
        taken = {one.name for one in self.components} | set(self.retired)
        for at, one in enumerate(self.components):
            for number, name in enumerate(one.formerly):
                if name in taken:
                    says = f"'{name}' is another component, a retired one, or named before"
                    raise wrong(says, "components", at, "formerly", number)
                taken.add(name)

    def _check_couplings(self) -> None:
        coupled = {c.name: c.coupled for c in self.components}
        for at, one in enumerate(self.components):
            for number, other in enumerate(one.coupled):
                where = ("components", at, "coupled", number)
                if other not in coupled:
                    known = ", ".join(coupled)
                    raise wrong(f"no component is called '{other}' (there is {known})", *where)
                if circle := _way(coupled, other, one.name):
                    says = " -> ".join((one.name, *circle))
                    raise wrong(
                        f"{says} is a circle: name only what a component takes from", *where
                    )

    @property
    def required_level(self) -> int | None:
        """The level that the criticality or the stricter policy asks for; None when neither does."""
        by_criticality = REQUIRED_LEVEL[self.criticality] if self.criticality else None
        return (
            self.policy.required_level if self.policy.required_level is not None else by_criticality
        )


def _way(coupled: Mapping[str, tuple[str, ...]], start: str, end: str) -> tuple[str, ...]:
    """The names on a way along the couplings from start to end; none when there is no way."""
    ways: dict[str, tuple[str, ...]] = {start: (start,)}
    pending = [start]
    while pending:
        here = pending.pop()
        if here == end:
            return ways[here]
        for name in coupled.get(here, ()):
            if name not in ways:
                ways[name] = (*ways[here], name)
                pending.append(name)
    return ()
