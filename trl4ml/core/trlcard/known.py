"""The nouns of a TRL card, and what a report holds about one component, ready to be asked."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from trl4ml.core.answer import names
from trl4ml.core.evidence import Evidence
from trl4ml.core.noun import LevelNumber, Noun, Slug, Text
from trl4ml.core.project import Component
from trl4ml.core.report import ComponentReport, Report
from trl4ml.core.verdict import Status, Verdict

HANDED_OVER = 5
"""From this level on the product leads (MLTRL)."""


class Field(Noun):
    name: Text
    says: tuple[str, ...] = ()
    todo: str = ""
    """What to do: where nothing is said, or where what is said does not suffice. Markdown of our own:
    nothing from outside may be in it."""


class Section(Noun):
    title: Text
    fields: tuple[Field, ...]


class TrlCard(Noun):
    component: Slug
    level: LevelNumber
    """The level that is worked on; 9 once all gates are met."""
    summary: tuple[Field, ...]
    sections: tuple[Section, ...]
    made_from: tuple[Text, ...]
    """trl4ml, the checklists, and the digest of trl4ml.yaml."""

    @property
    def missing(self) -> int:
        """How many fields there is something to do about."""
        every = [*self.summary, *(field for one in self.sections for field in one.fields)]
        return sum(bool(field.todo) for field in every)


class Known:
    """What the report holds about one component, ready to be asked."""

    def __init__(self, report: Report, component: Component) -> None:
        self.report = report
        self.component = component
        self.standing: ComponentReport = next(
            one for one in report.components if one.name == component.name
        )
        self.level = 9 if self.standing.working_on is None else self.standing.working_on
        self.owners = component.owners or report.owners

    @cached_property
    def text(self) -> dict[str, Any]:
        """What people wrote for this card: the component's own entry, else that of all."""
        entries = self.entries("cards")
        return next((one for one in entries if one.get("component")), (entries or [{}])[0])

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        """By probe; answers aside, which are about one item each."""
        digests = dict.fromkeys(d for v in self.standing.verdicts for d in v.evidence)
        every = (self.report.evidence[digest] for digest in digests)
        return {one.probe: one for one in every if one.probe != "answer"}

    def entries(self, register: str) -> list[dict[str, Any]]:
        """The entries of a register that speak of this component or of all."""
        every = self.report.registers.get(register, {}).get("entries", ())
        return [e for e in every if e.get("component") in (None, self.component.name)]

    def verdicts(self, level: int | None = None) -> list[Verdict]:
        """Those of one level, the worked on by default."""
        wanted = self.level if level is None else level
        return [v for v in self.standing.verdicts if v.level == wanted]

    def found(self, *probes: str) -> tuple[Field, ...]:
        """A field for each of these probes that was asked."""
        asked = (self.evidence[id] for id in probes if id in self.evidence)
        return tuple(Field(name=e.probe, says=(f"{_word(e)}: {e.message}",)) for e in asked)

    def wrote(self, name: str, key: str, due: int = 0) -> Field:
        """What somebody wrote under the key of registers.cards."""
        given = self.text.get(key)
        says = (given,) if isinstance(given, str) else tuple(given or ())
        return stated(name, says, f"{self.when(due)}{to_add(key)}")

    def when(self, due: int) -> str:
        return f"due from level {due}; " if self.level < due else ""

    @cached_property
    def reviewers(self) -> tuple[str, ...]:
        """As written on the card; else who reviewed this level without being an owner."""
        asks = {i.id for i in self.report.items if "answer.independent" in i.names}
        met = (v for v in self.verdicts() if v.item in asks and v.status is Status.MET)
        answered = tuple(dict.fromkeys(v.answered_by for v in met))
        return tuple(self.text.get("reviewers", ())) or answered


def stated(name: str, says: Iterable[str], todo: str) -> Field:
    """The field, with what to do only where nothing is said."""
    said = tuple(says)
    return Field(name=name, says=said, todo="" if said else todo)


def to_add(key: str) -> str:
    return f"add `{key}` under registers.cards in trl4ml.yaml"


def same_person(some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether somebody is among both."""
    theirs = {name for other in others for name in names(other)}
    return any(not theirs.isdisjoint(names(one)) for one in some)


def _word(evidence: Evidence) -> str:
    return evidence.outcome.value.replace("_", " ")
