"""What the walk says. On a terminal lines of at most 80 columns or so; plain, a sentence a line."""

from collections.abc import Iterable, Sequence

from trl4ml.core.answer import Answer, Said
from trl4ml.core.checklist import Item
from trl4ml.core.environment import Environment
from trl4ml.core.level import LEVELS
from trl4ml.core.report import ComponentReport
from trl4ml.core.verdict import PASSES, Status, Verdict
from trl4ml.render.terminal import COLOUR, Page
from trl4ml.render.words import STATUS, flat

BOLD = "1"
MOST = 8
UNWRAPPED = 1_000_000
PROMPT = "yes, no, not applicable, skip, back, ? for more, quit [y/n/a/s/b/?/q] "
PLAIN_PROMPT = "Answer yes, no, not applicable, skip, back, help, probes or quit: "
KEYS = (
    ("y", "you may add a note, and a link to what shows it"),
    ("n", "the gate is held until somebody says yes"),
    ("a", "you say why"),
    ("s", "it comes once more at the end of the level"),
    ("b", "to the question before; a new answer is added, the old one stays in the files"),
    ("p", "what waits for the project at this level, and what to do about it"),
    ("q", "all answers are kept already"),
)
NAMED = {"y": "yes", "n": "no", "a": "not applicable", "s": "skip", "b": "back", "p": "probes",
         "q": "quit"}  # fmt: skip


class Words:
    """The texts of the walk, as lines; all that comes from outside is made printable."""

    def __init__(self, plain: bool, colour: bool, width: int, again: str = "trl4ml walk") -> None:
        """`again` is the command that goes on with this walk."""
        self.plain = plain
        self._again = again
        self._page = Page(colour and not plain, UNWRAPPED if plain else width)

    @property
    def prompt(self) -> str:
        return PLAIN_PROMPT if self.plain else PROMPT

    @property
    def keys(self) -> str:
        """What may be typed, in one line."""
        return ", ".join(NAMED.values()) if self.plain else ", ".join(
            f"{key} {word}" for key, word in NAMED.items()
        )  # fmt: skip

    def say(self, text: str, style: str | None = None, indent: int = 0) -> list[str]:
        """One paragraph."""
        first = "" if self.plain else " " * indent
        lines = self._page.wrapped(first, text, indent=indent)
        return [self._page.paint(line, style) for line in lines]

    def welcome(self, targets: Sequence[tuple[str, int]], by: str, count: int) -> list[str]:
        far = " and ".join(f"{name} up to level {level}" for name, level in targets)
        return [
            *self.say(f"A walk of {far}: {_many(count, 'question')} for {by}."),
            *self.say("Each answer is kept at once in .trl4ml/answers. Stop whenever you like."),
        ]

    def passed(self, component: str, level: int) -> list[str]:
        """A level with nothing left to do, in one line."""
        says = f"Level {level} of {component}, {LEVELS[level].name}: met, nothing to ask."
        return self.say(says, COLOUR[Status.MET])

    def level(
        self, component: str, level: int, verdicts: Sequence[Verdict], waiting: int, open: int
    ) -> list[str]:
        """The heading of a level: what it asks, what is settled, what is to come."""
        name = LEVELS[level]
        said = sum(bool(v.answered_by) and v.status in PASSES for v in verdicts)
        passed = sum(v.status in PASSES for v in verdicts) - said
        counts = f"{passed} of {len(verdicts)} items settled by probes, {said} by people"
        more = f"{waiting} {'waits' if waiting == 1 else 'wait'} for the project"
        see = "type probes" if self.plain else "p"
        waits = f"; {more} ({see})" if waiting else ""
        to_come = f"{_many(open, 'question')} for you" if open else "Nothing to ask"
        return [
            "",
            *self.say(f"Level {level} of {component}: {name.name} ({name.phase}).", BOLD),
            *self.say(name.question, indent=2),
            *self.say(f"{counts}{waits}.", indent=2),
            *self.say(f"{to_come}.", indent=2),
        ]

    def question(
        self, item: Item, number: int, of: int, found: Iterable[str], verdict: Verdict,
        last: Answer | None, stale: str, alone: bool,
    ) -> list[str]:  # fmt: skip
        """The question, why it is asked, and what is there to see; `alone` when an owner is asked
        what owners cannot settle alone."""
        kind = "gate" if item.gate else "advice"
        sentence = f"Question {number} of {of}, {kind}, {item.id}."
        heading = sentence if self.plain else f"{number} of {of}, {kind}: {item.id}"
        lines = ["", *self.say(heading, BOLD)]
        lines += self.say(flat(item.ask), indent=2)
        lines += self.say(f"Why: {flat(item.why)}", indent=2)
        for message in found:
            lines += self.say(f"Found: {message}", indent=2)
        if alone:
            says = "You own it: somebody who does not own it must say yes too."
            lines += self.say(says, COLOUR[Status.UNKNOWN], 2)
        if last and stale:
            lines += self.say(
                f"Asked again: {said(last)}; that {stale}.", COLOUR[Status.UNKNOWN], 2
            )
        elif last:
            lines += self.say(f"So far: {verdict.message}", indent=2)
        return lines

    def more(self, item: Item, answers: Iterable[tuple[Answer, str]]) -> list[str]:
        """Everything else about the question, and what may be typed."""
        lines = self.say(f"Met when: {item.wants}", indent=2)
        lines += self.to_do(item)
        if item.environment:
            lines += self.say(f"It must be observed in: {nearer(item.environment)}.", indent=2)
        if item.stale_after:
            lines += self.say(f"An answer counts for {item.stale_after} days.", indent=2)
        if item.refs:
            lines += self.say(f"From: {'; '.join(item.refs)}", indent=2)
        for answer, stale in answers:
            gone = f"; no longer counts, it {stale}" if stale else ""
            lines += self.say(f"Answered: {said(answer)}{gone}", indent=2)
        for key, what in KEYS:
            shown = NAMED[key] if self.plain else f"{key} {NAMED[key]}"
            lines += self.say(f"{shown}: {what}.", indent=2)
        return lines

    def to_do(self, item: Item) -> list[str]:
        remedy = flat(item.if_not.remedy)
        return self.say(f"If not: {remedy} ({item.if_not.effort})", indent=2)

    def held(self, verdicts: Sequence[tuple[Verdict, Item]]) -> list[str]:
        """One entry for each: how it stands, and what to do."""
        lines = []
        for verdict, item in verdicts[:MOST]:
            advice = "" if item.gate else " (advice)"
            status = STATUS[verdict.status]
            lines += self.say(f"{item.id}{advice}: {status}: {verdict.message}", indent=2)
            lines += self.say(f"To do: {flat(item.if_not.remedy)} ({item.if_not.effort})", indent=4)
        if len(verdicts) > MOST:
            more = len(verdicts) - MOST
            lines += self.say(f"And {more} more; see them with: trl4ml audit --all", indent=2)
        return lines

    def end_of_level(
        self, component: ComponentReport, level: int, held: Sequence[tuple[Verdict, Item]]
    ) -> list[str]:
        """Whether the gate is met, and what holds it if not."""
        gate = next(one for one in component.gates if one.level == level)
        if gate.met:
            return ["", *self.say(f"Level {level} of {component.name} is met.", COLOUR[Status.MET])]
        if not held:
            says = f"Level {level} of {component.name} is not met: none of its gate items applies."
            return ["", *self.say(says)]
        says = f"Level {level} of {component.name} is not met yet. It waits for {_many(len(held), 'item')}:"
        return ["", *self.say(says, BOLD), *self.held(held)]

    def moved(self, component: ComponentReport, old: int | None, new: int | None) -> list[str]:
        """The level rose, or fell."""
        entry = component.entry_level
        before, after = (entry - 1 if n is None else n for n in (old, new))
        if after > before:
            met = [f"Level {n} is met." for n in range(before + 1, after + 1)]
            says = f"{' '.join(met)} {component.name} now supports level {after}."
            return ["", *self.say(says, COLOUR[Status.MET])]
        now = f"is below level {entry}" if new is None else f"supports level {new} only"
        return ["", *self.say(f"{component.name} now {now}.", COLOUR[Status.NOT_MET])]

    def kept(self, item: Item, answer: Said, where: Environment | None) -> list[str]:
        """What was recorded; and if it does not count, why."""
        lines = self.say(f"Kept: {answer.replace('_', ' ')}.", indent=2)
        if where and item.environment and where.nearness < item.environment.nearness:
            lines += self.say(f"But {where} does not count here; {nearer(item.environment)} would.",
                              COLOUR[Status.UNKNOWN], 2)  # fmt: skip
        return lines

    def stopped(self, saved: int) -> list[str]:
        return ["", *self.say(f"Stopped. {kept(saved)} Go on with: {self._again}")]

    def end(
        self, targets: Sequence[tuple[ComponentReport, int]], saved: int, left: int
    ) -> list[str]:
        """How far it came, and how to go on."""
        lines = ["", *self.say(f"The walk is done. {kept(saved)}")]
        for component, target in targets:
            lines += self.say(_stands(component, target))
        if left:
            lines += self.say(
                f"{_many(left, 'question')} for you {'is' if left == 1 else 'are'} open; ask again with: {self._again}"
            )
        short = [t for c, t in targets if c.supported is None or c.supported < t]
        furthest = max(t for _, t in targets)
        if short:
            lines += self.say("What else to do: trl4ml audit")
        elif furthest < 9:
            lines += self.say(f"Go on with: {self._again} --level {furthest + 1}")
        return lines


def _stands(component: ComponentReport, target: int) -> str:
    at = (
        "is below its entry level"
        if component.supported is None
        else f"supports level {component.supported}"
    )
    if component.supported is not None and component.supported >= target:
        return f"{component.name} {at}."
    blocked = sum(len(g.blocked_by) for g in component.gates if g.level <= target)
    return f"{component.name} {at}; {_many(blocked, 'gate item')} up to level {target} {'is' if blocked == 1 else 'are'} open."


def said(answer: Answer) -> str:
    """`yes, says Ada (2026-11-21): the note`."""
    words = answer.answer.replace("_", " ")
    note = f": {answer.note}" if answer.note else ""
    return f"{words}, says {answer.by} ({answer.at.date()}){note}"


def nearer(least: Environment) -> str:
    """`lab, shadow, production`."""
    return ", ".join(one for one in Environment if one.nearness >= least.nearness)


def kept(saved: int) -> str:
    """One sentence on what is safe."""
    if not saved:
        return "No answer was given."
    return f"{_many(saved, 'answer')} {'is' if saved == 1 else 'are'} kept in .trl4ml/answers."


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
