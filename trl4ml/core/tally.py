"""What the notes of the ledger come to: for each component and level, whether its panel approves.

Items beside those of the checklists ask for it, so that all that judges and shows items does so
here too: one for the panel of each level, one for each condition that a reviewer set.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from trl4ml.core.answer import SHORTEST_REASON, Answer, Said
from trl4ml.core.checklist import Effort, IfNot, Item
from trl4ml.core.evidence import Evidence, Measure, Mode, Outcome
from trl4ml.core.noun import checked
from trl4ml.core.panel import Panel, ReviewPolicy
from trl4ml.core.project import Component
from trl4ml.core.review import Decision, SignOff
from trl4ml.core.standing import Checked, Standing, Verified
from trl4ml.core.voices import (
    APPROVALS,
    about,
    approved_later,
    approving,
    counting,
    heard,
    in_order,
    lacking,
    newest,
    person,
    predicate,
    reach,
    rejections,
    role,
    speaks_of,
    why_barred,
)

SECTION = "reviews"
TOP = 9
MOST_WORDS, MOST_NAMED = 200, 3


def panel_id(level: int) -> str:
    """The id of the item that asks for the panel's approval, and of the evidence for it."""
    return f"review-level-{level}"


def panel_items(policy: ReviewPolicy) -> tuple[Item, ...]:
    """A gate item for each level whose gate needs a review."""
    panels = {level: policy.panel(level) for level in range(TOP + 1)}
    return tuple(_panel_item(level, panel) for level, panel in panels.items() if panel)


def condition_items(
    policy: ReviewPolicy, verified: Verified, components: Sequence[Component]
) -> tuple[Item, ...]:
    """A gate item of the next level for each condition under which something was approved.

    They end when the role later approves without conditions up to that level at least, or when the
    note is revoked; not when the note expires, or goes out of date.
    """
    ended = {
        one.name: approved_later(about(verified.notes, one), one, (Decision.APPROVE,))
        for one in components
    }
    found: list[Item] = []
    for note in in_order(verified.notes):
        said = heard(note, policy)
        if not said or said.decision is not Decision.CONDITIONS:
            continue
        concerned = [one for one in components if speaks_of(said, one)]
        if any(ended[one.name][note.digest] < said.level for one in concerned):
            name = concerned[0].name if said.component else None
            found += (_condition(note, said, n, name) for n in range(len(said.conditions)))
    return tuple(found)


def reviewed(
    policy: ReviewPolicy, verified: Verified, components: Sequence[Component], tool: str,
    problem: str = "", owners: Mapping[str, Collection[str]] = {},
) -> dict[str, dict[str, Evidence]]:  # fmt: skip
    """By component, and by the id of the panel's item: approved, rejected, or who is lacking.

    With a `problem`, or a ledger that is not whole, no panel is known to approve. `owners` are names
    in small letters, by component, whom to ask is in vain.
    """
    broken = problem or _flat("; ".join(verified.faults), 2 * MOST_WORDS)
    panels = {level: panel for level in range(TOP + 1) if (panel := policy.panel(level))}
    found = {}
    for one in components:
        said = _Said([], [], []) if broken else _said(policy, verified, one)
        own = frozenset(owners.get(one.name, ()))
        outcomes = {n: _outcome(policy, panels[n], n, said, own, broken) for n in panels}
        found[one.name] = {panel_id(n): _evidence(n, tool, *outcomes[n]) for n in panels}
    return found


def signed_answers(verified: Verified, components: Sequence[Component]) -> tuple[Answer, ...]:
    """What counting notes answer to items, as answers of their signers."""
    return tuple(
        checked(
            Answer, item=one.item, component=component.name, answer=one.answer, by=note.signer,
            at=said.at, note=one.remark, checklist="unknown",
        )
        for component in components
        for note in counting(verified.notes, component)
        if (said := predicate(note)) and said.decision in APPROVALS
        for one in said.answers
        if one.answer is not Said.NOT_APPLICABLE or len(one.remark.strip()) >= SHORTEST_REASON
    )  # fmt: skip


def stranger(policy: ReviewPolicy, verified: Verified, known: Collection[str]) -> str:
    """What is wrong with notes about components of other names than the known; or empty.

    Else a rejection would be gone once its component has another name.
    """
    for note in in_order(verified.notes):
        said = heard(note, policy)
        holds = said and said.decision in (Decision.REJECT, Decision.CONDITIONS)
        if said and holds and said.component is not None and said.component not in known:
            name = said.component
            return (f"{note.path}: is about the component '{name}', which trl4ml.yaml does not have; if "
                    f"it was renamed, say `formerly: [{name}]` in the component that it is now; if it "
                    "is no more, have the note answered or revoked before it is taken out")  # fmt: skip
    return ""


def _panel_item(level: int, panel: Panel) -> Item:
    who = ", ".join(f"{count} {name}" for name, count in panel.roles.items())
    if panel.people > sum(panel.roles.values()):
        who += f"; {panel.people} people in all"
    return Item.model_construct(
        id=panel_id(level), level=level, gate=True,
        ask=f"Does the panel of level {level} approve what was found ({who})?",
        why="People who answer for it have seen this very report.",
        wants=panel_id(level).replace("-", "_"), applies="", component=None, environment=None,
        stale_after=None, section=SECTION, tags=(), since="",
        if_not=IfNot.model_construct(
            remedy=f"Ask for the review, then have it signed: trl4ml request-review --level {level}",
            effort=Effort.DAYS,
        ),
        refs=("MLTRL gated reviews",),
    )  # fmt: skip


def _condition(note: Checked, said: SignOff, at: int, component: str | None) -> Item:
    id = f"condition-{note.digest[:12]}-{at + 1}"
    words = " ".join(said.conditions[at].split())
    return Item.model_construct(
        id=id, level=min(said.level + 1, TOP), gate=True,
        ask=f"Is the condition met that {note.signer} ({said.role}) set: {words}",
        why=f"Level {said.level} was approved under this condition ({note.path}).",
        wants="answer.independent >= 1 and answer.against == 0",
        applies="", component=component, environment=None, stale_after=None, section=SECTION,
        tags=(), since="",
        if_not=IfNot.model_construct(
            remedy=f"Meet the condition ({_flat(words)}), then let somebody who is no owner say so: trl4ml "
            f"answer {id} yes",
            effort=Effort.DAYS,
        ),
        refs=("MLTRL gated reviews",),
    )  # fmt: skip


class _Said(NamedTuple):
    """What the notes say about one component."""

    counting: list[Checked]
    against: list[Checked]
    in_vain: list[tuple[Checked, str]]
    """Approvals that do not count, the newest first, and why."""


def _said(policy: ReviewPolicy, verified: Verified, component: Component) -> _Said:
    mine = about(verified.notes, component)
    why = ((note, why_barred(note, component) or note.says) for note in reversed(approving(mine)))
    vain = [(note, says) for note, says in why if says and note.standing is not Standing.REVOKED]
    return _Said(counting(mine, component), rejections(policy, mine, component), vain)


def _outcome(
    policy: ReviewPolicy, panel: Panel, level: int, mine: _Said, own: Collection[str], broken: str
) -> tuple[Outcome, str, Sequence[Checked]]:
    """What the notes about a component come to, in words, and the notes that speak."""
    if broken:
        return Outcome.UNKNOWN, broken, ()
    if against := [note for note in mine.against if reach(note) <= level]:
        return Outcome.NO, "; ".join(map(_rejected, against[:MOST_NAMED])), against
    spoken = newest(mine.counting, level)
    approvals = [note for note in approving(spoken) if role(note) in panel.roles]
    if few := lacking(panel, approvals):
        speak = {person(note) for note in spoken}
        vain: dict[str, tuple[Checked, str]] = {}
        for note, why in mine.in_vain:
            if reach(note) >= level and role(note) in panel.roles and person(note) not in speak:
                vain.setdefault(person(note), (note, why))
        who = [
            *_who_may(policy, few, spoken, own),
            *map(_in_vain, islice(vain.values(), MOST_NAMED)),
        ]
        return Outcome.UNKNOWN, f"the panel lacks {'; '.join(who)}", approvals
    names = ", ".join(f"{note.signer} ({role(note)})" for note in approvals)
    return Outcome.YES, f"approved by {names}", approvals


def _evidence(
    level: int, tool: str, outcome: Outcome, says: str, notes: Sequence[Checked]
) -> Evidence:
    return checked(
        Evidence, probe=panel_id(level), version=1, distribution=tool, outcome=outcome, message=says,
        measures={"people": checked(Measure, value=len(approving(notes)))}, places=(), environment=None,
        mode=Mode.ATTESTED, reads={note.path: note.digest for note in notes},
    )  # fmt: skip


def _rejected(note: Checked) -> str:
    said = predicate(note)
    assert said
    return (f"rejected by {note.signer} ({said.role}): {_flat(said.reason)} ({note.path}); this stands "
            f"until {said.role} approves level {said.level}, or {note.signer} revokes it")  # fmt: skip


def _who_may(
    policy: ReviewPolicy, few: Mapping[str, int], spoken: Sequence[Checked], own: Collection[str]
) -> list[str]:
    """`1 engineering (ben@example.org)`, for each role that lacks somebody."""
    done = {note.signer for note in spoken}
    found = []
    for name, count in few.items():
        if not name:
            found.append(f"{count} more of its roles")
            continue
        holders = policy.roles.get(name, ())
        left = [who for who in holders if who not in done and who.casefold() not in own]
        more = f" or {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
        who = f"{' or '.join(left[:MOST_NAMED])}{more}" if left else "nobody else holds this role"
        found.append(f"{count} {name} ({who})")
    return found


def _in_vain(found: tuple[Checked, str]) -> str:
    note, why = found
    return f"{note.path} by {note.signer} does not count: {_flat(why)}"


def _flat(text: str, most: int = MOST_WORDS) -> str:
    """On one line, and no longer than a sentence or two."""
    whole = " ".join(text.split())
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"
