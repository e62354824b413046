"""What a project adopts trl4ml with: the debts it has on that day, all with one end."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from trl4ml.core.noun import Noun, Slug, Text, checked
from trl4ml.core.project import Project, Waiver


class Exempt(Noun):
    """An item that did not hold on one component when trl4ml was adopted."""

    item: Slug
    component: Slug


class Baseline(Noun):
    """What did not hold when trl4ml was adopted: it may not grow, and ends on a day."""

    owner: Text
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10)]
    until: date
    """The last day it holds, as in 2027-01-31."""
    components: dict[Slug, tuple[Slug, ...]] = {}
    """The items that did not hold, by component."""
    items: tuple[Exempt, ...] = ()
    """The same, each with its component, which is longer."""

    @property
    def exempt(self) -> tuple[Exempt, ...]:
        """All of them, in the order in which they are written."""
        grouped = (
            checked(Exempt, item=item, component=component)
            for component, items in self.components.items()
            for item in items
        )
        return (*self.items, *grouped)

    @property
    def places(self) -> tuple[tuple[str | int, ...], ...]:
        """Where each of them is written in the file, in that order."""
        alone = (("items", at) for at in range(len(self.items)))
        grouped = (
            ("components", name, at)
            for name, items in self.components.items()
            for at in range(len(items))
        )
        return (*alone, *grouped)

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """What it exempts, as waivers."""
        return tuple(
            checked(
                Waiver, item=one.item, component=one.component, owner=self.owner,
                reason=self.reason, until=self.until,
            )
            for one in self.exempt
        )  # fmt: skip

    def left_with(self, exempt: Iterable[Exempt]) -> "Baseline":
        """The same with these alone, by component."""
        grouped: dict[str, tuple[str, ...]] = {}
        for one in sorted(exempt, key=lambda one: (one.component, one.item)):
            grouped[one.component] = (*grouped.get(one.component, ()), one.item)
        return self.model_copy(update={"components": grouped, "items": ()})

    def added_to(self, project: Project) -> Project:
        """The project whose waivers hold what this exempts, too."""
        waivers = (*project.policy.waivers, *self.waivers)
        policy = project.policy.model_copy(update={"waivers": waivers})
        return project.model_copy(update={"policy": policy})
