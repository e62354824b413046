"""Switchbacks: a component goes back to an earlier level, which is normal, recorded, and has rules.

The kinds are those of Lavin et al. (2022): a discovery during work, the outcome of a review, or one
that is built into the process. What is sent back is judged anew from that level on.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, StringConstraints, model_validator

from trl4ml.core.answer import Back
from trl4ml.core.canonical import digest
from trl4ml.core.checklist import Effort, IfNot, Item
from trl4ml.core.noun import LevelNumber, Noun, Slug, Text, wrong
from trl4ml.core.project import Component

LATEST_AFTER_DEPLOYMENT = 7
OWED = ("switchbacks", "registers")
"""The sections of items that a project owes by its own records, whatever its entry level."""


class SwitchbackKind(StrEnum):
    DISCOVERY = "discovery"
    REVIEW = "review"
    EMBEDDED = "embedded"


class Switchback(Noun):
    """One component sent back, by whom and why; `left` is the level it had."""

    component: Slug
    left: LevelNumber
    to: LevelNumber
    kind: SwitchbackKind
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10)]
    review: str = ""
    """Which review decided it."""
    by: Text
    at: AwareDatetime

    @model_validator(mode="after")
    def _backwards(self) -> Self:
        if self.to > self.left:
            raise wrong(f"{self.to} is above the level it left, {self.left}", "to")
        if self.kind is SwitchbackKind.REVIEW and not self.review.strip():
            raise wrong("a switchback by review names the review", "review")
        return self

    @property
    def settled_by(self) -> str:
        """The id of the item that settles it."""
        return (
            f"settled-{self.at:%Y-%m-%d}-{digest([self.at.isoformat(), self.to, self.reason])[:6]}"
        )


def refused(
    component: Component, supported: int | None, to: int, kind: SwitchbackKind, returns_to: int | None
) -> str:  # fmt: skip
    """Why the component may not be switched back so; empty when it may.

    `returns_to` is the level to which a change sends a version that is in use; None when none is.
    """
    name = component.name
    if to < component.entry_level:
        return (f"{name} entered at level {component.entry_level}, so levels below it were never "
                f"done; switch back to {component.entry_level} or later")  # fmt: skip
    if supported is None or to > supported:
        at = (
            f"below level {component.entry_level}" if supported is None else f"at level {supported}"
        )
        return (
            f"{name} is {at}, so level {to} is still ahead of it; there is nothing to go back from"
        )
    if returns_to is not None and to > returns_to:
        return (f"{name} is in use, and a change to a deployed version returns it to level "
                f"{returns_to} or earlier; switch back to {returns_to} or below")  # fmt: skip
    if kind is SwitchbackKind.EMBEDDED and not any(
        to == int(plan[-1]) and supported >= int(plan[0]) - 1
        for plan in component.planned_switchbacks
    ):
        return (f"an embedded switchback of {name} to level {to} is not planned; write it under "
                f"`planned_switchbacks` of the component, as in \"{supported + 1} -> {to}\"")  # fmt: skip
    return ""


def backs(switchbacks: Iterable[Switchback], component: Component, today: date) -> tuple[Back, ...]:
    """From when on, and down to which level, the component was sent back; never from a later day."""
    latest = datetime.combine(today, time.min, UTC)
    return tuple(Back(min(s.at, latest) if s.at.date() > today else s.at, s.to)
                 for s in switchbacks if s.component == component.name)  # fmt: skip


def settling(switchbacks: Iterable[Switchback]) -> tuple[Item, ...]:
    """One gate item for each: that what sent the component back is settled."""
    return tuple(
        Item.model_construct(
            id=one.settled_by,
            level=one.to,
            gate=True,
            ask=f"Is what sent {one.component} back to level {one.to} settled: {one.reason}",
            why="A component that went back shows that it may go forward again.",
            wants="answer and answer.people >= 1",
            applies="",
            component=one.component,
            environment=None,
            stale_after=None,
            section=OWED[0],
            if_not=IfNot.model_construct(
                remedy=f"Settle it, then say so: trl4ml answer {one.settled_by} yes",
                effort=Effort.DAYS,
            ),
            refs=("MLTRL switchbacks",),
            tags=(),
            since="",
        )
        for one in switchbacks
    )
