"""Whose note speaks for a gate of a component, and which rejections stand.

Of each person the newest note that counts and is about the gate speaks: an approval holds up to its
level, a rejection from its level on. A rejection by a role with veto stands until its role approves
later, or its signer takes it back; to be out of date, or barred, does not end it, as the names of
authors are claims: else one could silence a rejection by a commit in its signer's name.

Later is what has both a greater number and no earlier time. Numbers alone can be driven up on a
branch, so that what was said there before somebody rejected seems to come after it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby

from trl4ml.core.panel import PANELS, Panel, ReviewPolicy
from trl4ml.core.project import Component
from trl4ml.core.review import Decision, SignOff
from trl4ml.core.standing import Checked, Standing

APPROVALS = (Decision.APPROVE, Decision.CONDITIONS)
WERE_SAID = (Standing.COUNTS, Standing.STALE, Standing.EXPIRED)
"""Standings of what was rightly said, by somebody who might, at the time."""
CAUTION = {decision: at for at, decision in enumerate(Decision)}


def predicate(note: Checked) -> SignOff | None:
    """What a note says that somebody rightly signed; None of any other."""
    return note.statement.predicate if note.statement and note.signer else None


def role(note: Checked) -> str:
    said = predicate(note)
    return said.role if said else ""


def reach(note: Checked) -> int:
    """Up to which level it approves, or from which on it rejects."""
    said = predicate(note)
    return said.level if said else -1


def heard(note: Checked, policy: ReviewPolicy) -> SignOff | None:
    """What somebody in that role rightly signed, whether or not it still counts.

    What is barred for a component is heard; what is barred for all, as by the policy, is not.
    """
    said = predicate(note)
    stood = note.standing in WERE_SAID or (note.standing is Standing.BARRED and bool(note.barred))
    return said if said and stood and policy.holds(note.signer, said.role) else None


def speaks_of(said: SignOff, component: Component) -> bool:
    return said.component in (None, component.name, *component.formerly)


def about(notes: Iterable[Checked], component: Component) -> list[Checked]:
    """The notes that speak of the component, in the order of the ledger."""
    every = ((note, predicate(note)) for note in in_order(notes))
    return [note for note, said in every if said and speaks_of(said, component)]


def in_order(notes: Iterable[Checked]) -> list[Checked]:
    return sorted(notes, key=lambda note: (note.number, note.digest))


def why_barred(note: Checked, component: Component) -> str:
    """Why it does not count for the component; empty where nothing bars it."""
    if note.standing is Standing.BARRED:
        return note.says
    named = (note.barred.get(name, "") for name in (component.name, *component.formerly))
    return next(filter(None, named), "")


def counting(notes: Iterable[Checked], component: Component) -> list[Checked]:
    """The notes that count for the component, less what somebody said before a recusal."""
    found = [
        note for note in about(notes, component)
        if note.standing is Standing.COUNTS and not why_barred(note, component)
    ]  # fmt: skip
    recused: dict[str, list[Checked]] = {}
    for note in found:
        if _decision(note) is Decision.RECUSE:
            recused.setdefault(person(note), []).append(note)
    return [
        note for note in found
        if _decision(note) is Decision.RECUSE
        or all(later(note, one) for one in recused.get(person(note), ()))
    ]  # fmt: skip


def _decision(note: Checked) -> Decision | None:
    said = predicate(note)
    return said.decision if said else None


def later(one: Checked, than: Checked) -> bool:
    """Whether the first was said after the second, by its place and by its time."""
    said, before = predicate(one), predicate(than)
    return bool(said and before and one.number > than.number and said.at >= before.at)


def person(note: Checked) -> str:
    """Who signed it, however the name is written."""
    return note.signer.casefold()


def newest(notes: Iterable[Checked], level: int) -> list[Checked]:
    """Of each person the newest note about the gate; of two at one place, the more cautious.

    An approval speaks only when it is later than all that its signer said against.
    """
    found: dict[str, Checked] = {}
    against: dict[str, datetime] = {}
    signed = [(note, said) for note in notes if (said := predicate(note))]
    for note, said in sorted(
        signed, key=lambda one: (one[0].number, CAUTION[one[1].decision], one[0].digest)
    ):
        who, approves = person(note), said.decision in APPROVALS
        holds = said.level >= level if approves else said.level <= level
        if said.decision is Decision.RECUSE or (holds and said.decision is Decision.REJECT):
            found[who], against[who] = note, max(said.at, against.get(who, said.at))
        elif approves and holds and said.at >= against.get(who, said.at):
            found[who] = note
    return in_order(found.values())


def approving(spoken: Iterable[Checked]) -> list[Checked]:
    return [note for note in spoken if (said := predicate(note)) and said.decision in APPROVALS]


def lacking(panel: Panel, notes: Sequence[Checked]) -> dict[str, int]:
    """How many more people it takes beside who approve, by role; under no role, in all."""
    roles = [role(note) for note in notes]
    few = {one: count - roles.count(one) for one, count in panel.roles.items()}
    found = {one: count for one, count in few.items() if count > 0}
    more = panel.people - sum(one in panel.roles for one in roles)
    return found or ({"": more} if more > 0 else {})


def approved_later(
    notes: Sequence[Checked], component: Component, decisions: Collection[Decision]
) -> dict[str, int]:
    """For each note, the highest level up to which its role approved later; or -1.

    What shares a number was said at once, and none of it later. `notes` are in order.
    """
    last: dict[str, dict[int, datetime]] = {}
    found: dict[str, int] = {}
    for _, same in groupby(reversed(notes), key=lambda note: note.number):
        spoken = [(note, said) for note in same if (said := predicate(note))]
        for note, said in spoken:
            known = last.get(said.role, {})
            found[note.digest] = max(
                (level for level in known if known[level] >= said.at), default=-1
            )
        for note, said in spoken:
            valid = note.standing in WERE_SAID and not why_barred(note, component)
            if valid and said.decision in decisions:
                known = last.setdefault(said.role, {})
                known[said.level] = max(said.at, known.get(said.level, said.at))
    return found


def rejections(
    policy: ReviewPolicy, notes: Sequence[Checked], component: Component
) -> list[Checked]:
    """The rejections of roles with veto that stand; `notes` are in order."""
    answered = approved_later(notes, component, APPROVALS)
    return [
        note for note in notes
        if (said := heard(note, policy)) and said.decision is Decision.REJECT
        and policy.has_veto(said.role) and answered[note.digest] < said.level
    ]  # fmt: skip


def filled(policy: ReviewPolicy, notes: Iterable[Checked]) -> bool:
    """Whether these approvals, each as if it counted, fill the panel of any level."""
    every = tuple(notes)
    panels = ((level, policy.panel(level)) for level in PANELS)
    return any(
        panel and not lacking(panel, approving(newest(every, level))) for level, panel in panels
    )
