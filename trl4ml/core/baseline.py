"""What a project adopts trl4ml with: the debts it has on that day, all with one end."""

from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from trl4ml.core.noun import Noun, Slug, Text
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
    items: tuple[Exempt, ...]

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """What it exempts, as waivers."""
        return tuple(
            Waiver(
                item=one.item, component=one.component, owner=self.owner, reason=self.reason,
                until=self.until,
            )
            for one in self.items
        )  # fmt: skip

    def added_to(self, project: Project) -> Project:
        """The project whose waivers hold what this exempts, too."""
        waivers = (*project.policy.waivers, *self.waivers)
        policy = project.policy.model_copy(update={"waivers": waivers})
        return project.model_copy(update={"policy": policy})
