"""What people say: who answers, what was there to see, the record of it, and what it changes."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.answer import SHORTEST_REASON, Answer, Said, about, is_address, stale
from trl4ml.core.checklist import Item
from trl4ml.core.environment import Environment
from trl4ml.core.judging import Judging, Told
from trl4ml.core.project import Component
from trl4ml.core.report import Report, build_report
from trl4ml.core.switchback import backs
from trl4ml.core.verdict import PASSES, Verdict
from trl4ml.core.weighing import people_suffice
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.given import Given
from trl4ml.loading import CONFIG
from trl4ml.run import TOOL, Gathered, told_about
from trl4ml.store.records import Records
from trl4ml.telling import digest_of

FOLDER = ".trl4ml/answers"
PEOPLE = "answer.people"
FURTHEST_AHEAD = timedelta(hours=23)


class SoFar(NamedTuple):
    """An answer that was given, and why it no longer counts; the reason is empty while it does."""

    answer: Answer
    stale: str


def find_item(done: Gathered, id: str) -> Item:
    """The item in force that a person answers. Raises WrongInput."""
    found = next((item for item in done.items if item.id == id), None)
    if found is None:
        hint = did_you_mean([item.id for item in done.items], id)
        raise WrongInput(f"{id}: no item in force is called so{hint or '; see trl4ml list items'}")
    if not found.answered:
        probes = " and ".join(found.asked) or f"what {CONFIG} says"
        verb = "decide" if len(found.asked) > 1 else "decides"
        remedy = " ".join(found.if_not.remedy.split())
        raise WrongInput(f"{id}: no person answers this, {probes} {verb} it ({found.wants}); "
                         f"if it is not met: {remedy}")  # fmt: skip
    return found


def check(item: Item, given: Given) -> None:
    """Raises WrongInput when something is missing that the answer needs."""
    if given.answer is Said.NOT_APPLICABLE and len(given.note) < SHORTEST_REASON:
        raise WrongInput(f"{item.id}: 'not applicable' needs a reason of at least {SHORTEST_REASON} "
                         "characters; give it with --note")  # fmt: skip
    if given.answer is Said.NOT_APPLICABLE and PEOPLE in item.names:
        raise WrongInput(f"{item.id}: is a thing to do, which 'not applicable' does not settle; "
                         "answer yes when it is done, or no")  # fmt: skip
    if item.environment and given.answer is Said.YES and given.environment is None:
        known = ", ".join(Environment)
        raise WrongInput(f"{item.id}: say with --environment where it was observed ({known}); "
                         f"what is further from use than {item.environment} does not count")  # fmt: skip


def record(
    done: Gathered, item: Item, component: str | None, given: Given, by: str, now: datetime
) -> tuple[Path, ...]:
    """The files of the answer: one; or one for each component, if they see different things.

    Raises WrongInput, and then nothing is recorded.
    """
    check(item, given)
    if item.component and component not in (None, item.component):
        raise WrongInput(f"{item.id}: is only about {item.component}, not {component}")
    name = item.component or component
    parts = [one for one in done.loaded.project.components if name in (None, one.name)]
    if given.answer is Said.YES:
        _refuse_idle(done, item, [one.name for one in parts])
    seen = {one.name: _saw(done, item, one, given.link) for one in parts}
    alike = all(one == seen[parts[0].name] for one in seen.values())
    kept = Records(done.root)
    answer = Answer(
        item=item.id, answer=given.answer, by=by, at=_moment(done, item, kept, now),
        note=given.note, link=given.link, environment=given.environment,
        checklist=_checklist(done, item),
    )  # fmt: skip
    about_each = {name: seen[parts[0].name]} if alike else seen
    return tuple(
        kept.add(answer.model_copy(update={"component": one, "saw": saw}))
        for one, saw in about_each.items()
    )


def _refuse_idle(done: Gathered, item: Item, components: Sequence[str]) -> None:
    """A yes confirms what probes found; where they found nothing there is nothing to confirm."""
    if people_suffice(item):
        return
    then = verdicts(if_all_agreed(done, told_about(done)), item.id)
    waiting = [then[name] for name in components if name in then]
    if waiting and all(one.status not in PASSES for one in waiting):
        raise WrongInput(f"{item.id}: there is nothing to say yes to yet ({waiting[0].message}); first: "
                         f"{' '.join(item.if_not.remedy.split())}")  # fmt: skip


def _saw(done: Gathered, item: Item, component: Component, link: str) -> dict[str, str]:
    """What the answer rests on; one that stands for itself does not rest on what probes read."""
    shown = {link: digest_of(done.tree, link)} if link and not is_address(link) else {}
    seen = _judging(done, component, Told(linked=shown)).seen(item)
    return {name: seen[name] for name in (shown if people_suffice(item) else sorted(seen))}


def _judging(done: Gathered, component: Component, told: Told) -> Judging:
    held = done.evidence[component.name]
    return Judging(component, done.loaded.project, held, told, done.today, TOOL)


def _moment(done: Gathered, item: Item, kept: Records, now: datetime) -> datetime:
    """Now, to the second; after what was answered before, so that the new answer is the newest.

    A clock that is further ahead than a time zone may be does not push this answer ahead too.
    """
    latest = now + FURTHEST_AHEAD
    others = [a.at for a in kept.answers() if a.item == item.id and a.at <= latest]
    sent_back = [one.at for one in kept.switchbacks() if one.at.date() <= done.today]
    at_once = [now.replace(microsecond=0), *sent_back]
    return max([*at_once, *(at + timedelta(seconds=1) for at in others)])


def _checklist(done: Gathered, item: Item) -> str:
    lists = done.loaded.checklists
    return next((f"{one.checklist} {one.version}" for one in lists if item in one.items), "none")


def so_far(done: Gathered, said: Told, item: Item, component: Component) -> tuple[SoFar, ...]:
    """All answers to the item for the component, oldest first."""
    answers = about(said.answers, item, component)
    if not answers:
        return ()
    seen = _judging(done, component, said).seen(item)
    back = backs(said.switchbacks, component, done.today)
    return tuple(SoFar(a, stale(a, item, seen, back, done.today)) for a in answers)


def if_all_agreed(done: Gathered, said: Told) -> Report:
    """The report if three people who own nothing had just said yes to everything.

    What even then is not met waits for the project, not for an answer.
    """
    then = datetime.combine(done.today, time.max, UTC)
    yes = [
        Answer(item=item.id, answer=Said.YES, by=by, at=then, link="https://example.org",
               environment=Environment.PRODUCTION)
        for item in done.items if item.answered for by in ("nobody 1", "nobody 2", "nobody 3")
    ]  # fmt: skip
    return build_report(
        done.loaded.project, done.loaded.digests, done.loaded.checklists, done.items,
        done.evidence, done.today, TOOL, said=said._replace(answers=yes),
    )  # fmt: skip


def verdicts(report: Report, item: str) -> dict[str, Verdict]:
    """The verdicts on the item, by component."""
    return {c.name: v for c in report.components for v in c.verdicts if v.item == item}


def moved(before: Report, after: Report) -> dict[str, tuple[int | None, int | None]]:
    """The components whose level is another now, with the level before and after."""
    was = {c.name: c.supported for c in before.components}
    levels = {c.name: (was[c.name], c.supported) for c in after.components}
    return {name: (old, new) for name, (old, new) in levels.items() if old != new}


def warnings(done: Gathered, paths: Sequence[Path], link: str) -> tuple[str, ...]:
    """What others will not see, because git ignores it."""
    says = []
    if any(done.history.ignores(str(path.relative_to(done.root))) for path in paths):
        says.append(f"git ignores {FOLDER}, so nobody else will see the answers; "
                    "take the line out of .gitignore")  # fmt: skip
    if link and not is_address(link) and done.history.ignores(link):
        says.append(f"git ignores {link}, so elsewhere the answer will count as out of date; "
                    "link to what git keeps, or to an address")  # fmt: skip
    return tuple(says)
