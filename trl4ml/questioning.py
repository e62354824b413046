"""What needs a person: the project at one moment, and the questions that only people can answer."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from trl4ml import answering, run
from trl4ml.answering import SoFar
from trl4ml.core.answer import Said, names
from trl4ml.core.checklist import Item
from trl4ml.core.judging import Told
from trl4ml.core.report import ComponentReport, Report
from trl4ml.core.verdict import PASSES, Status, Verdict


class Look(NamedTuple):
    """The project at one moment: measured, judged, and judged as if all had agreed."""

    done: run.Gathered
    said: Told
    report: Report
    agreed: Report

    def component(self, name: str) -> ComponentReport:
        return next(one for one in self.report.components if one.name == name)

    def agreed_on(self, component: str) -> tuple[Verdict, ...]:
        return next(one for one in self.agreed.components if one.name == component).verdicts

    def item(self, id: str) -> Item:
        return next(one for one in self.done.items if one.id == id)


class Question(NamedTuple):
    """One item that needs a person, how it stands, and what was answered before."""

    item: Item
    verdict: Verdict
    before: tuple[SoFar, ...]

    @property
    def again(self) -> str:
        """Why the last answer no longer counts; empty when it does or there is none."""
        return self.before[-1].stale if self.before else ""


def look(path: Path | None, tell: Callable[[str], None] = lambda what: None) -> Look:
    """Look at the project: probes run only where something has changed. Raises WrongInput."""
    return judge(run.gather(path, progress=tell))


def judge(done: run.Gathered) -> Look:
    """What was gathered, with what people have answered by now. Raises WrongInput."""
    said = run.told_about(done)
    return Look(done, said, run.judged(done), answering.if_all_agreed(done, said))


def target(component: ComponentReport, level: int | None) -> int:
    """Up to which level to walk: as given, the wanted one, or the next."""
    if level is not None:
        return max(level, component.entry_level)
    if component.wanted is not None:
        return component.wanted
    return 9 if component.working_on is None else component.working_on


def at_level(look: Look, component: str, level: int) -> tuple[Verdict, ...]:
    """The verdicts of one level: gates first, in the order of the checklists."""
    written = [item.id for one in look.done.loaded.checklists for item in one.items]
    place = {id: n for n, id in enumerate(written)}
    mine = [v for v in look.component(component).verdicts if v.level == level]
    return tuple(sorted(mine, key=lambda v: (not v.gate, place.get(v.item, -1), v.item)))


def waiting(look: Look, component: str, level: int) -> tuple[Verdict, ...]:
    """What no answer could settle: it waits for the project."""
    agreed = {v.item: v.status in PASSES for v in look.agreed_on(component)}
    verdicts = at_level(look, component, level)
    return tuple(v for v in verdicts if v.status not in PASSES and not agreed[v.item])


def question(look: Look, component: str, id: str) -> Question | None:
    """The item as it stands for the component; None when it is no longer in force."""
    verdict = next((v for v in look.component(component).verdicts if v.item == id), None)
    if verdict is None:
        return None
    part = next(c for c in look.done.loaded.project.components if c.name == component)
    item = look.item(id)
    return Question(item, verdict, answering.so_far(look.done, look.said, item, part))


def questions(
    look: Look, component: str, level: int, by: str, every: bool = False
) -> tuple[str, ...]:
    """The ids of what needs this person now; with `every`, of what was answered too."""
    agreed = {v.item: v.status for v in look.agreed_on(component)}
    can_help = [
        found
        for v in at_level(look, component, level)
        if look.item(v.item).answered
        and agreed[v.item] in (Status.MET, Status.WAIVED)
        and (found := question(look, component, v.item))
    ]
    return tuple(q.item.id for q in can_help if needs(q, by) or (every and q.before))


def needs(question: Question, by: str) -> bool:
    """Whether it is not settled, and this person has not said what they think."""
    if question.verdict.status in PASSES:
        return False
    if not question.before or question.again:
        return True
    newest = question.before[-1].answer
    spoken = {name for one in question.before if not one.stale for name in names(one.answer.by)}
    return newest.answer is not Said.NO and spoken.isdisjoint(names(by))


def owner_alone(look: Look, component: str, item: Item, by: str) -> bool:
    """Whether the item takes somebody who does not own the component, and this person owns it."""
    project = look.done.loaded.project
    part = next(one for one in project.components if one.name == component)
    own = {name for owner in (*part.owners, *project.owners) for name in names(owner)}
    return "answer.independent" in item.names and not own.isdisjoint(names(by))


def found(look: Look, verdict: Verdict) -> tuple[str, ...]:
    """What the probes say that the item asks."""
    evidence = (look.report.evidence[digest] for digest in verdict.evidence)
    return tuple(one.message for one in evidence if one.probe != "answer")
