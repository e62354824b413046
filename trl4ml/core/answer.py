"""What people answer: appended, never edited; the present is a fold of all of them.

The newest answer to an item counts. Of two of the same second the more cautious counts, so that the
fold does not depend on the order in which branches were merged. One from the future counts only as
long as there is no other, so that one wrong clock does not silence everybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import AwareDatetime, StringConstraints, model_validator

from trl4ml.core.checklist import Item
from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Evidence, Measure, Mode, Outcome
from trl4ml.core.noun import LevelNumber, Noun, Scalar, Slug, Text, checked, wrong
from trl4ml.core.project import Component

SHORTEST_REASON = 10


class Said(StrEnum):
    """From the least to the most cautious."""

    YES = "yes"
    NOT_APPLICABLE = "not_applicable"
    NO = "no"


class Answer(Noun):
    """One person's answer to one item, at one moment."""

    item: Slug
    component: Slug | None = None
    """Only about this component; without it, about all."""
    answer: Said
    by: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    """Who answered: a name, or `Name <address>`."""
    at: AwareDatetime
    """When, in UTC, to the second."""
    note: str = ""
    """In their own words; the reason, where the item does not apply."""
    link: str = ""
    """What shows it: an address, or a path in the project."""
    environment: Environment | None = None
    """Where what was answered about was observed."""
    saw: dict[str, str] = {}
    """SHA-256 of what was there to see, by name: if it changes, the answer is out of date."""
    checklist: Text = "unknown"
    """The checklist with its version."""

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if self.answer is Said.NOT_APPLICABLE and len(self.note.strip()) < SHORTEST_REASON:
            says = f"'not applicable' needs a reason of at least {SHORTEST_REASON} characters"
            raise wrong(says, "note")
        return self


def names(by: str) -> tuple[str, ...]:
    """The name and the address in `Name <address>`, in small letters, without what is empty."""
    name, _, address = by.removesuffix(">").partition("<")
    plain = (" ".join(part.casefold().split()) for part in (name, address))
    return tuple(part for part in plain if part) or (by.casefold(),)


class Back(NamedTuple):
    """The moment from which a component counts as switched back to a level."""

    at: datetime
    to: LevelNumber


CAUTION = {said: at for at, said in enumerate(Said)}


def order(answer: Answer) -> tuple[datetime, int, tuple[str, ...]]:
    """Oldest first; of one moment, the most cautious last."""
    rest = (answer.by, answer.component or "", answer.note, answer.link, str(answer.environment))
    return answer.at, CAUTION[answer.answer], (*rest, *answer.saw, *answer.saw.values())


def about(answers: Iterable[Answer], item: Item, component: Component) -> tuple[Answer, ...]:
    """The answers to the item for the component, oldest first."""
    fitting = (a for a in answers if a.item == item.id and a.component in (None, component.name))
    return tuple(sorted(fitting, key=order))


def ahead(answer: Answer, today: date) -> bool:
    """Whether its clock was wrong; another time zone may be a day ahead."""
    return answer.at.date() > today + timedelta(days=1)


def stale(answer: Answer, item: Item, seen: Mapping[str, str], backs: Sequence[Back],
          today: date) -> str:  # fmt: skip
    """Why the answer no longer counts; empty while it does.

    `seen` are the digests of what is there to see now, by name.
    """
    day = answer.at.date()
    if ahead(answer, today):
        return f"is dated in the future ({day})"
    if item.stale_after and (today - day).days > item.stale_after:
        return f"is older than {item.stale_after} days"
    for name, digest in answer.saw.items():
        if seen.get(name) != digest:
            return f"is older than the last change of {name}"
    for back in backs:
        if answer.at < back.at and item.level >= back.to:
            return f"is older than the switchback to level {back.to} on {back.at.date()}"
    return ""


def attested(
    item: Item, component: Component, owners: Sequence[str], answers: Iterable[Answer],
    seen: Mapping[str, str], backs: Sequence[Back], today: date, tool: str,
) -> Evidence | None:  # fmt: skip
    """What the answers to the item come to for the component; None when nobody has answered."""
    every = about(answers, item, component)
    if not every:
        return None
    counted = [a for a in every if not ahead(a, today)] or every
    newest = counted[-1]
    out_of_date = stale(newest, item, seen, backs, today)
    last = [everything[-1] for everything in by_person(counted)]
    fresh = [a for a in last if not stale(a, item, seen, backs, today)]
    said = {word: [a for a in fresh if a.answer is word] for word in Said}
    own = {name for owner in owners for name in names(owner)}
    return checked(
        Evidence,
        probe="answer",
        version=1,
        distribution=tool,
        outcome=Outcome.UNKNOWN if out_of_date else Outcome(newest.answer.value),
        message=_message(newest, out_of_date),
        measures={
            "people": _counted(len(said[Said.YES])),
            "independent": _independent(said[Said.YES], own),
            "against": _counted(len(said[Said.NO])),
            "excused": _independent(said[Said.NOT_APPLICABLE], own),
            "documented": _counted(documented(newest)),
            "by": _counted(newest.by),
            "on": _counted(newest.at.date().isoformat()),
        },
        places=(),
        environment=newest.environment,
        mode=Mode.ATTESTED,
        reads=newest.saw,
    )


def by_person(answers: Iterable[Answer]) -> list[list[Answer]]:
    """The answers of each person, in order; whoever shares a name or an address is one person."""
    people: list[tuple[set[str], list[Answer]]] = []
    for answer in answers:
        known = set(names(answer.by))
        same = [one for one in people if one[0] & known]
        people = [one for one in people if not one[0] & known]
        everything = sorted((a for _, own in same for a in own), key=order)
        people.append((known.union(*(own for own, _ in same)), [*everything, answer]))
    return [everything for _, everything in people]


def _independent(said: Sequence[Answer], own: set[str]) -> Measure:
    """How many of them do not own what they speak of."""
    if not own:
        reason = "nobody is named as owner, so nobody is known not to be one"
        return checked(Measure, undefined=reason)
    return _counted(sum(own.isdisjoint(names(a.by)) for a in said))


def _counted(value: Scalar) -> Measure:
    return checked(Measure, value=value)


def documented(answer: Answer) -> bool:
    """Whether it links to an address, or to a file that was seen."""
    return is_address(answer.link) or answer.link in answer.saw


def is_address(link: str) -> bool:
    """Whether it leads out of the project, as https://example.org/minutes does."""
    return "://" in link or link.startswith("mailto:")


def _message(answer: Answer, out_of_date: str) -> str:
    words = answer.answer.value.replace("_", " ")
    said = f"{words}, says {answer.by} ({answer.at.date()})"
    if out_of_date:
        return f"{said}, but that {out_of_date}; look again, and answer anew"
    link = f" ({answer.link})" if answer.link else ""
    note = " ".join(answer.note.split())
    return f"{said}: {note}{link}" if note else f"{said}{link}"
