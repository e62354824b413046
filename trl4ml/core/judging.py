"""One component judged: its probes' evidence, what people said of it, and its own constants."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from trl4ml.core.answer import Answer, attested
from trl4ml.core.canonical import digest
from trl4ml.core.checklist import Item
from trl4ml.core.evidence import Evidence, Held
from trl4ml.core.noun import Scalar, checked
from trl4ml.core.project import Component, Project, Waiver
from trl4ml.core.score import ml_test_score
from trl4ml.core.switchback import OWED, Switchback, backs
from trl4ml.core.verdict import Verdict, judge

SCORE = "ml-test-score"
Waived = Mapping[tuple[str, str | None], Waiver]
"""By item and component; None is all components."""


class Told(NamedTuple):
    """What people put down: answers, switchbacks, registers; the digests of files they link to; and
    what reviews come to, by component and the id of what their items ask for.
    """

    answers: Sequence[Answer] = ()
    switchbacks: Sequence[Switchback] = ()
    registers: Mapping[str, Any] = {}
    linked: Mapping[str, str] = {}
    reviews: Mapping[str, Mapping[str, Evidence]] = {}


NOTHING_TOLD = Told()


class Judging:
    """The verdicts on one component; `evidence` gathers by digest what they rest on."""

    def __init__(
        self, component: Component, project: Project, held: Mapping[str, Held], told: Told,
        today: date, tool: str, waived: Waived | None = None,
    ) -> None:  # fmt: skip
        """`waived` is what `longest` makes of the project's waivers, made once for all components."""
        self.component = component
        self.project = project
        self.told = told
        self.evidence = {one.digest: one.evidence for one in held.values()}
        reviews = told.reviews.get(component.name, {})
        self._held = {**held, **{id: self._hold(one) for id, one in reviews.items()}}
        self._today = today
        self._tool = tool
        self._backs = backs(told.switchbacks, component, today)
        self._waived = longest(project.policy.waivers) if waived is None else waived
        self._answers: dict[str, list[Answer]] = {}
        for answer in told.answers:
            self._answers.setdefault(answer.item, []).append(answer)

    def verdicts(
        self, items: Sequence[Item], scored: Collection[str], constants: Mapping[str, Scalar]
    ) -> tuple[Verdict, ...]:
        """One for each item from the entry level on; what asks for the score is judged last."""
        known = {**constants, **self._constants()}
        mine = [self._due(item) for item in items if self._concerns(item)]
        judged = {i.id: self._judge(i, known) for i in mine if SCORE not in i.asked}
        if len(judged) < len(mine):
            tests = [(i, self._test(i, judged, known)) for i in items if i.id in scored]
            if tests:
                self._held[SCORE] = self._hold(checked(Evidence, probe=SCORE, version=1, distribution=self._tool, reads={},
                    **dict(ml_test_score(tests)),
                ))  # fmt: skip
            judged |= {i.id: self._judge(i, known) for i in mine if SCORE in i.asked}
        return tuple(judged[item.id] for item in mine)

    def _concerns(self, item: Item) -> bool:
        mine = item.component in (None, self.component.name)
        return mine and (item.level >= self.component.entry_level or item.section in OWED)

    def _due(self, item: Item) -> Item:
        """What the project owes below its entry level is due at that level."""
        if item.level >= self.component.entry_level:
            return item
        return item.model_copy(update={"level": self.component.entry_level})

    def _test(
        self, item: Item, judged: Mapping[str, Verdict], known: Mapping[str, Scalar]
    ) -> Verdict:
        """Tests below the entry level count too."""
        return judged[item.id] if item.id in judged else self._judge(item, known)

    def _hold(self, evidence: Evidence) -> Held:
        held = Held(digest(evidence), evidence)
        self.evidence[held.digest] = evidence
        return held

    def _judge(self, item: Item, known: Mapping[str, Scalar]) -> Verdict:
        held = {id: self._held[id] for id in item.asked if id in self._held}
        if item.answered and (answer := self._attested(item)):
            held["answer"] = self._hold(answer)
        waiver = waiver_for(item, self.component, self._waived)
        evidence = {id: one.evidence for id, one in held.items()}
        rests_on = tuple(one.digest for one in held.values())
        return judge(item, evidence, known, waiver, self._today, rests_on)

    def _attested(self, item: Item) -> Evidence | None:
        answers = self._answers.get(item.id, ())
        if not answers:
            return None
        owners = (*self.component.owners, *self.project.owners)
        return attested(item, self.component, owners, answers, self.seen(item), self._backs,
                        self._today, self._tool)  # fmt: skip

    def seen(self, item: Item) -> dict[str, str]:
        """What there is to see for who answers the item: SHA-256 by name."""
        read = (self._held[id].evidence.reads for id in item.probes if id in self._held)
        return {**self.told.linked, **{name: d for one in read for name, d in one.items()}}

    def _constants(self) -> dict[str, Scalar]:
        criticality = self.project.criticality
        return {
            "component.kind": self.component.kind.value,
            "component.name": self.component.name,
            "component.owners": len(self.component.owners),
            "project.owners": len(self.project.owners),
            "project.criticality": criticality.value if criticality else "not stated",
        }


def longest(waivers: Sequence[Waiver]) -> Waived:
    """Of each item and component the waiver that lasts longest."""
    found: dict[tuple[str, str | None], Waiver] = {}
    for one in waivers:
        key = one.item, one.component
        if key not in found or found[key].until < one.until:
            found[key] = one
    return found


def waiver_for(item: Item, component: Component, waived: Waived) -> Waiver | None:
    """The waiver of this item that lasts longest, one for the component before one for all."""
    return waived.get((item.id, component.name)) or waived.get((item.id, None))
