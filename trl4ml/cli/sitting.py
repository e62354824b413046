"""One person's walk: asks, keeps each answer at once, and shows what it changes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from trl4ml import answering, questioning
from trl4ml.cli.dialogue import Dialogue, silent
from trl4ml.cli.output import progress, talk
from trl4ml.core.answer import SHORTEST_REASON, Said
from trl4ml.core.checklist import Item
from trl4ml.core.environment import Environment
from trl4ml.core.verdict import Verdict
from trl4ml.errors import WrongInput
from trl4ml.given import Given, link_in, note_in, reason_in, where_in
from trl4ml.loading import CONFIG
from trl4ml.questioning import Look, Question
from trl4ml.render.walk import Words
from trl4ml.walking import Place, Walk

TYPED = {
    "y": "y", "yes": "y", "n": "n", "no": "n", "a": "a", "na": "a", "n/a": "a",
    "not applicable": "a", "not-applicable": "a", "s": "s", "skip": "s", "b": "b", "back": "b",
    "?": "?", "h": "?", "help": "?", "p": "p", "probes": "p", "q": "q", "quit": "q", "exit": "q",
}  # fmt: skip
SAYS = {"y": Said.YES, "n": Said.NO, "a": Said.NOT_APPLICABLE}
NOTE = "Note, Enter for none: "
LINK = "Link (an address, or a file of the project), Enter for none: "
REASON = f"Why does it not apply? At least {SHORTEST_REASON} characters, Enter to go back: "
WHERE = f"Where was it observed: {', '.join(Environment)}? Enter to go back: "


class Sitting:
    """`quit` says whether the person left before the end."""

    def __init__(self, path: Path | None, look: Look, by: str, words: Words, every: bool) -> None:
        self.look = look
        self.quit = False
        self._path, self._by, self._every = path, by, every
        self._words, self._with = words, Dialogue(words)
        self._place = Place(look.done.store)
        self._walk = Walk((), self._open)
        self._saved = 0
        self._returned = False
        self._told: set[str] = set()

    def walk(self, targets: Sequence[tuple[str, int]]) -> None:
        """Up to each target. Raises KeyboardInterrupt and EOFError as they come."""
        plan = [
            (name, level)
            for name, to in targets
            for level in range(self.look.component(name).entry_level, to + 1)
        ]
        self._walk = Walk(plan, self._open)
        count = sum(len(self._open(*one)) for one in plan)
        self._with.say(self._words.welcome(targets, self._by, count))
        self._begin()
        while not self.quit:
            item = self._walk.round.current
            if item is not None:
                self._step(item)
                continue
            self._end_level()
            if not self._walk.forward():
                self._place.forget()
                reached = [(self.look.component(name), to) for name, to in targets]
                left = sum(len(self._open(*one)) for one in plan)
                self._with.say(self._words.end(reached, self._saved, left))
                return
            self._head_level()
        self.stopped()

    def stopped(self) -> None:
        """Say what is safe, and how to go on."""
        self._with.say(self._words.stopped(self._saved))

    def _begin(self) -> None:
        """At the first level, or where the last walk stopped."""
        try:
            component, item = self._place.read() or ("", "")
        except WrongInput as error:
            talk(str(error))
            component, item = "", ""
        level = next((one.level for one in self.look.done.items if one.id == item), 0)
        found = self._walk.start_at(component, level)
        self._walk.forward()
        if found:
            at = questioning.at_level(self.look, component, level)
            self._walk.round.start_at(item, [one.item for one in at])
            where = f"level {level} of {component}, where the last walk stopped"
            self._say(f"Going on at {where} ({item}).")
        self._head_level()

    def _open(self, component: str, level: int) -> tuple[str, ...]:
        return questioning.questions(self.look, component, level, self._by, self._every)

    def _idle(self) -> bool:
        """Whether the level is met, and had nothing to ask."""
        now = self._walk.round
        gates = self.look.component(now.component).gates
        return not now.items and any(one.level == now.level and one.met for one in gates)

    def _head_level(self) -> None:
        now = self._walk.round
        if self._idle():
            self._with.say(self._words.passed(now.component, now.level))
            return
        verdicts = questioning.at_level(self.look, now.component, now.level)
        waits = len(questioning.waiting(self.look, now.component, now.level))
        self._with.say(self._words.level(now.component, now.level, verdicts, waits, len(now.items)))

    def _end_level(self) -> None:
        if self._idle():
            return
        now = self._walk.round
        component = self.look.component(now.component)
        gate = next(one for one in component.gates if one.level == now.level)
        verdicts = questioning.at_level(self.look, now.component, now.level)
        held = self._items([one for one in verdicts if one.item in gate.blocked_by])
        self._with.say(self._words.end_of_level(component, now.level, held))

    def _say(self, text: str) -> None:
        self._with.say(self._words.say(text))

    def _items(self, verdicts: Sequence[Verdict]) -> list[tuple[Verdict, Item]]:
        return [(one, self.look.item(one.item)) for one in verdicts]

    def _step(self, item: str) -> None:
        """One question; it falls away when something else has settled it."""
        now = self._walk.round
        question = questioning.question(self.look, now.component, item)
        asked_for = self._returned or self._every
        if question is None or not (asked_for or questioning.needs(question, self._by)):
            now.settle()
            return
        if now.once_more and not self._returned:
            self._say("Once more, what was skipped at this level.")
        self._returned = False
        self._place.keep(now.component, item)
        last = question.before[-1].answer if question.before else None
        found = questioning.found(self.look, question.verdict)
        alone = questioning.owner_alone(self.look, now.component, question.item, self._by)
        self._with.say(self._words.question(
            question.item, now.number, len(now.items), found, question.verdict, last, question.again,
            alone,
        ))  # fmt: skip
        while not self._heard(question):
            pass

    def _heard(self, question: Question) -> bool:
        """Whether the line that was typed leads on to another question."""
        typed = TYPED.get(self._with.ask(self._words.prompt).strip().casefold(), "")
        if typed in SAYS:
            given = self._given(question.item, SAYS[typed])
            return given is not None and self._keep(question.item, given)
        if typed == "s":
            self._walk.round.skip()
        elif typed == "b":
            return self._back()
        elif typed == "q":
            self.quit = True
        else:
            self._tell(typed, question)
        return typed in ("s", "q")

    def _tell(self, typed: str, question: Question) -> None:
        now = self._walk.round
        if typed == "?":
            self._with.say(self._words.more(question.item, question.before))
        elif typed == "p":
            waits = questioning.waiting(self.look, now.component, now.level)
            self._with.say(self._words.held(self._items(waits)))
            if not waits:
                self._say("Nothing at this level waits for the project.")
        else:
            self._say(f"Please type one of these: {self._words.keys}")

    def _back(self) -> bool:
        before = self._walk.round
        self._returned = self._walk.back()
        now = self._walk.round
        if not self._returned:
            self._say("This is the first question.")
        elif now is not before:
            self._say(f"Back to level {now.level} of {now.component}.")
        return self._returned

    def _given(self, item: Item, answer: Said) -> Given | None:
        """The answer with what belongs to it; None when the person thinks again."""
        note, where = "", None
        if answer is Said.NOT_APPLICABLE:
            note = self._with.until_right(REASON, reason_in)
            if not note:
                return None
        if answer is Said.YES and item.environment:
            where = self._with.until_right(WHERE, where_in)
            if where is None:
                return None
        if answer is Said.NO:
            self._with.say(self._words.to_do(item))
        note = note or self._with.until_right(NOTE, note_in)
        link = self._with.until_right(LINK, lambda typed: link_in(self.look.done, typed))
        return Given(answer, note, link, where)

    def _keep(self, item: Item, given: Given) -> bool:
        """Whether it was recorded; the project is looked at once more before."""
        now = self._walk.round
        self._look_again()
        done = self.look.done
        try:
            paths = answering.record(
                done, item, now.component, given, self._by, datetime.now(UTC)
            )  # fmt: skip
        except WrongInput as error:
            self._with.complain(error)
            return False
        self._saved += 1
        now.settle()
        self._with.say(self._words.kept(item, given.answer, given.environment))
        for warning in answering.warnings(done, paths, given.link):
            if warning not in self._told:
                self._told.add(warning)
                talk(warning)
        self._show(questioning.judge(done))
        return True

    def _look_again(self) -> None:
        try:
            with progress() as tell:
                look = questioning.look(self._path, silent if self._words.plain else tell)
        except WrongInput as error:
            if str(error) not in self._told:
                self._told.add(str(error))
                self._with.complain(error)
                self._say("The walk goes on with the project as it was before.")
            return
        names = {one.name for one in look.report.components}
        gone = [c.name for c in self.look.report.components if c.name not in names]
        if gone:
            raise WrongInput(f"{CONFIG}: {', '.join(gone)} is no component any more, so this answer was "
                             "not kept; start again with: trl4ml walk")  # fmt: skip
        self._show(look)

    def _show(self, look: Look) -> None:
        """Take it as the present; a level that moved is told."""
        for name, (old, new) in answering.moved(self.look.report, look.report).items():
            self._with.say(self._words.moved(look.component(name), old, new))
        self.look = look
