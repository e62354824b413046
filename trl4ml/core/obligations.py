"""What a project's own registers put in force: items beside those of the checklists.

An assumption that failed or expired holds back the level that rests on it; a deployed version that
was changed goes back to the level it names, until the change is reviewed.
"""

from collections.abc import Iterable

from trl4ml.core.canonical import digest
from trl4ml.core.checklist import Checklist, Effort, IfNot, Item
from trl4ml.core.registers.assumptions import Assumption
from trl4ml.core.registers.deployment import Deployment
from trl4ml.core.switchback import OWED

NAME = "registers"
LONGEST = 80


def obligations(assumptions: Iterable[Assumption], deployments: Iterable[Deployment]) -> Checklist | None:  # fmt: skip
    """The items that follow from the registers, as a checklist; None when nothing does."""
    items = (
        *map(_assumed, assumptions),
        *(_reviewed(one) for one in deployments if one.live),
    )
    if not items:
        return None
    return Checklist(
        checklist=NAME, version="1", title="What the project's own registers put in force",
        about="Assumptions that a level rests on, and changes to versions that are in use.",
        items=items,
    )  # fmt: skip


def _assumed(one: Assumption) -> Item:
    current = f"assumptions.current_{one.id.replace('-', '_')} == true"
    return Item(
        id=_named("assumption", one.id),
        section=OWED[1],
        level=one.level,
        ask=f"Does it still hold: {one.statement}",
        why="A level that rests on an assumption is lost with it.",
        wants=f"{current} and ({one.check})" if one.check else current,
        component=one.component,
        if_not=IfNot(
            remedy=(
                "Verify the assumption again and write the day under `last_verified`; "
                "if it no longer holds, change what rests on it."
            ),
            effort=Effort.HOURS,
        ),
        refs=("MLTRL assumptions",),
    )


def _reviewed(one: Deployment) -> Item:
    about = one.component or "the system"
    return Item(
        id=_named("deployed-change-reviewed", one.id),
        section=OWED[1],
        level=one.returns_to,
        ask=f"Is {about} as it is here the version in use, or was the change since then reviewed?",
        why="A change to a deployed version returns it to level 7 or earlier until it is reviewed.",
        wants="deployed_version or (deployed_version.changed >= 1 and answer and "
        "answer.independent >= 1 and answer.people >= 1 and answer.against == 0)",
        component=one.component,
        if_not=IfNot(
            remedy=(
                "Have somebody who does not own it review the change and answer this item; "
                "or record how far it goes back: trl4ml switchback."
            ),
            effort=Effort.DAYS,
        ),
        refs=("MLTRL switchbacks",),
    )


def _named(prefix: str, id: str) -> str:
    """An id of at most 80 characters; a longer one ends in a digest of itself."""
    whole = f"{prefix}-{id}"
    return whole if len(whole) <= LONGEST else f"{whole[:71].rstrip('-')}-{digest(whole)[:8]}"
