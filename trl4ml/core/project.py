"""The audited project as its `trl4ml.yaml` declares it."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import StringConstraints, field_validator, model_validator

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
    entry_level: LevelNumber = 0
    """Where it entered; levels below are not assessed. Above 0 it needs an `entry_reason`."""
    entry_reason: str = ""
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


class Project(Noun):
    """`trl4ml.yaml`: what is audited, how critical it is, and by which checklists."""

    name: Slug
    owners: tuple[Text, ...] = ()
    criticality: Criticality | None = None
    """low, medium, high or critical: sets the required level (4, 6, 7, 8)."""
    components: tuple[Component, ...] = ()
    """What carries a level. Without any, the loader makes the whole project one component."""
    checklists: tuple[Text, ...] = ("mltrl",)
    """Names of checklists that come with trl4ml or a plug-in, or paths of your own."""
    policy: Policy = Policy()
    probes: dict[Slug, dict[str, Any]] = {}
    """Options of probes, by probe id."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for field, names in (
            ("components", [c.name for c in self.components]),
            ("checklists", list(self.checklists)),
        ):
            for at, name in enumerate(names):
                if name in names[:at]:
                    raise wrong(f"'{name}' is named twice", field, at)
        if not self.checklists:
            raise wrong("name at least one checklist, such as mltrl", "checklists")
        least = REQUIRED_LEVEL[self.criticality] if self.criticality else 0
        if self.policy.required_level is not None and self.policy.required_level < least:
            says = f"{self.policy.required_level} is below the {least} that criticality "
            raise wrong(f"{says}{self.criticality} requires; a policy only tightens",
                        "policy", "required_level")  # fmt: skip
        return self

    @property
    def required_level(self) -> int | None:
        """The level that the criticality or the stricter policy asks for; None when neither does."""
        by_criticality = REQUIRED_LEVEL[self.criticality] if self.criticality else None
        return (
            self.policy.required_level if self.policy.required_level is not None else by_criticality
        )
