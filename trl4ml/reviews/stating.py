"""What a reviewer decides, made into the statement that is signed, and whether it would count."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from pydantic import ValidationError

from trl4ml.core.answer import SHORTEST_REASON
from trl4ml.core.answer import Said as Answered
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.report import Report
from trl4ml.core.review import (
    Decision,
    Digest,
    ReviewAnswer,
    SignOff,
    Statement,
    days,
    first_fault,
)
from trl4ml.core.standing import Checked, Standing
from trl4ml.core.verdict import Status
from trl4ml.core.voices import newest, person, predicate
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.ledger.signers import Signer
from trl4ml.reviews import reviewing
from trl4ml.reviews.signing import Before

APPROVES = (Decision.APPROVE, Decision.CONDITIONS)
AS_UTC = "%Y-%m-%dT%H:%M:%SZ"
OPTIONS = {"conditions": "condition", "answers": "answer", "revokes": "revoke"}
"""As the command calls what the statement calls otherwise."""
OPEN = (Status.UNKNOWN, Status.NOT_MET)


class Said(NamedTuple):
    """What a reviewer decides; what is empty is still to be asked for."""

    decision: Decision | None = None
    role: str = ""
    reason: str = ""
    level: int | None = None
    component: str | None = None
    conditions: Sequence[str] = ()
    answers: Sequence[ReviewAnswer] = ()
    expires: datetime | None = None
    revokes: Checked | None = None


def draft(found: Before, said: Said, reviewer: str, now: datetime) -> Statement:
    """The statement that is going to be signed. Raises WrongInput, which names the option."""
    reviews = found.reviews
    assert said.decision
    component = known_component(found.report, said.component)
    _answerable(found.report, said)
    level = said.level if said.level is not None else _level(found, said.role, component)
    prev = next((n for n in reviews.verified.notes if n.digest == reviews.verified.tip), None)
    at = now.replace(microsecond=0)
    if prev and prev.statement:
        at = max(at, prev.statement.predicate.at)
    if said.expires and said.expires <= at:
        raise WrongInput(f"--expires {said.expires.date()}: is past; give a later day")
    try:
        return Statement(
            subject=reviewing.subjects(reviews),
            predicate=SignOff(
                decision=said.decision, project=found.report.project, component=component,
                level=level, role=said.role, reviewer=reviewer, reason=said.reason,
                conditions=tuple(said.conditions), answers=tuple(said.answers),
                policy=Digest(sha256=reviews.policy.digest), created_at=f"{at:{AS_UTC}}",
                expires_at=f"{said.expires:{AS_UTC}}" if said.expires else None,
                prev=reviews.verified.tip, revokes=said.revokes.digest if said.revokes else None,
            ),
        )  # fmt: skip
    except ValidationError as error:
        raise WrongInput(_fault(error)) from None


def _fault(error: ValidationError) -> str:
    """`--reason: …`, as the options are called."""
    one = error.errors(include_url=False, include_input=False)[0]
    where = (*one["loc"], *one.get("ctx", {}).get("path", ()))
    name = str(where[0]) if where else "statement"
    return f"--{OPTIONS.get(name, name)}: {first_fault(error).partition(': ')[2]}"


def known_component(report: Report, name: str | None) -> str | None:
    """The name. Raises WrongInput where no component is called so."""
    names = [one.name for one in report.components]
    if name is not None and name not in names:
        raise WrongInput(f"--component {name}: there is no such component"
                         f"{did_you_mean(names, name)}; there is {', '.join(names)}")  # fmt: skip
    return name


def _level(found: Before, role: str, component: str | None) -> int:
    """The first level not reached yet whose panel asks for the role; else the one worked on."""
    own = [one for one in found.report.components if component in (None, one.name)]
    worked_on = min(9 if one.working_on is None else one.working_on for one in own)
    for level in range(worked_on, 10):
        panel = found.reviews.policy.panel(level)
        if panel and role in panel.roles:
            return level
    return worked_on


def _answerable(report: Report, said: Said) -> None:
    known = [item.id for item in report.items if item.answered]
    for one in said.answers:
        if one.item not in known:
            raise WrongInput(f"--answer {one.item}: no item that people answer is called so"
                             f"{did_you_mean(known, one.item)}")  # fmt: skip
        if one.answer is Answered.NOT_APPLICABLE and len(one.remark) < SHORTEST_REASON:
            raise WrongInput(f"--answer {one.item}=na: say why it does not apply, in at least "
                             f"{SHORTEST_REASON} characters after a colon")  # fmt: skip


def doubts(found: Before, statement: Statement, signer: Signer) -> tuple[str, ...]:
    """Why the note would not count, or not as its signer may think; one sentence each."""
    said, policy = statement.predicate, found.reviews.policy
    against = not_counting(found, statement, signer.principal)
    says = [f"it would not count: {one}" for one in against]
    panel = policy.panel(said.level)
    if said.decision in APPROVES and panel and said.role not in panel.roles:
        lower = [n for n in range(said.level) if said.role in roles_of(policy, n)]
        fills = f"; it fills a place up to level {lower[-1]}" if lower else ""
        says.append(f"the panel of level {said.level} asks for {', '.join(panel.roles)}, not for "
                    f"{said.role}{fills}")  # fmt: skip
    if said.decision in APPROVES and not against:
        says += (_displaced(own, said.level) for own in displaced(found, said))
    latest = said.at + days(policy.expires_after)
    if said.ends and said.ends > latest:
        says.append(f"it ends on {latest.date()} all the same: the policy lets none hold longer than "
                    f"{policy.expires_after}")  # fmt: skip
    problem = found.reviews.problem
    return (*says, *([f"no panel approves as long as this is so: {problem}"] if problem else ()))


def displaced(found: Before, said: SignOff) -> Collection[SignOff]:
    """Approvals of this person in another role that no longer speak once this is said.

    One person fills one role: of each the newest note about a gate speaks (core/voices.py).
    """
    mine = [
        note for note in found.reviews.verified.notes
        if (own := predicate(note)) and note.standing is Standing.COUNTS
        and person(note) == said.reviewer.casefold()
        and (said.component is None or own.component in (None, said.component))
    ]  # fmt: skip
    spoken: dict[str, SignOff] = {}
    for level in range(said.level + 1):
        asked = set(roles_of(found.reviews.policy, level)) - {said.role}
        for note in newest(mine, level):
            own = predicate(note)
            if own and own.decision in APPROVES and own.role in asked:
                spoken[note.digest] = own
    return spoken.values()


def _displaced(own: SignOff, level: int) -> str:
    return (f"your approval as {own.role} of {own.created_at[:10]} speaks no more up to level {level}: one "
            "person fills one role, the one named last")  # fmt: skip


def roles_of(policy: ReviewPolicy, level: int) -> Collection[str]:
    """The roles that the panel of the level asks for."""
    panel = policy.panel(level)
    return panel.roles if panel else ()


def not_counting(found: Before, statement: Statement, signer: str) -> tuple[str, ...]:
    """What the check of the note would say against it if this person signed it; none if it counts."""
    stood = reviewing.would(found.reviews, statement, signer)
    parts = stood.barred.values() if stood.standing is Standing.COUNTS else ()
    return tuple(dict.fromkeys(one for one in (stood.says, *parts) if one))


def note_called(found: Before, name: str) -> Checked:
    """The note with this digest, the beginning of it, or this path. Raises WrongInput."""
    notes = found.reviews.verified.notes
    fits = [
        n for n in notes if n.path == name or (len(name) >= 6 and n.digest.startswith(name.lower()))
    ]
    if len(fits) != 1 or not fits[0].statement:
        says = f"{len(fits)} notes are called so" if len(fits) > 1 else "there is no such note"
        raise WrongInput(f"--revoke {name}: {says}; see trl4ml ledger show, and give its digest")
    return fits[0]


def taking_back(said: Said, note: Checked) -> Said:
    """A revocation of the note, in the role, at the level and about the component of that note."""
    assert note.statement
    own = note.statement.predicate
    return said._replace(decision=Decision.REVOKE, role=said.role or own.role, level=own.level,
                         component=own.component, revokes=note)  # fmt: skip


def digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()


def first_moment(text: str, now: datetime) -> datetime:
    """The moment at which `2027-05-21` begins, or at which `90d` from today are over."""
    try:
        number = text.removesuffix("d")
        day = (
            now.date() + timedelta(days=int(number))
            if text.endswith("d") and number.isascii() and number.isdigit() and len(number) < 5
            else date.fromisoformat(text)
        )
    except (ValueError, OverflowError):
        says = f"'{text}' is no day; give one as in 2027-05-21, or a number of days as in 90d"
        raise WrongInput(f"--expires: {says}") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def open_answers(report: Report, level: int, component: str | None) -> Iterable[str]:
    """The items up to the level that wait for somebody's answer."""
    return (one for one in _open(report, level, component) if report.item(one).answered)


def open_gates(report: Report, level: int, component: str | None) -> Iterable[str]:
    """The gate items up to the level that are unknown or not met."""
    return (one for one in _open(report, level, component) if report.item(one).gate)


def _open(report: Report, level: int, component: str | None) -> Iterable[str]:
    for part in report.components:
        if component in (None, part.name):
            yield from (v.item for v in part.verdicts if v.level <= level and v.status in OPEN)
