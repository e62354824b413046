"""What of the checklists is judged, about what."""

from collections.abc import Sequence

from trl4ml.core.checklist import Checklist, Item
from trl4ml.core.project import Component, Project
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.loading import CONFIG


def choose(
    checklists: Sequence[Checklist], level: int | None, only: Sequence[str],
    more: Sequence[Item] = (),
) -> list[Item]:  # fmt: skip
    """The items to judge: up to the level, and of those the ones named, by id or by probe.

    `more` are items beside those of the checklists.
    """
    listed = [item for one in checklists for item in one.items]
    every = [*more, *listed]
    if twice := {item.id for item in more} & {item.id for item in listed}:
        raise WrongInput(f"item '{min(twice)}': a checklist has an item of that name too; call it "
                         "otherwise")  # fmt: skip
    if only:
        _refuse_strangers(every, only)
    chosen = [item for item in every if level is None or item.level <= level]
    if only:
        chosen = [item for item in chosen if {item.id, *item.asked} & set(only)]
    if any("ml_test_score" in item.wants for item in chosen):
        tests = (i for one in checklists if one.checklist == "ml-test-score" for i in one.items)
        already = {item.id for item in chosen}
        chosen += [item for item in tests if item.id not in already]
    return sorted(chosen, key=lambda item: (item.level, not item.gate, item.id))


def _refuse_strangers(every: Sequence[Item], only: Sequence[str]) -> None:
    names = {item.id for item in every} | {name for item in every for name in item.asked}
    for name in only:
        if name not in names:
            raise WrongInput(f"--only {name}: no item or probe in force has that id"
                             f"{did_you_mean(names, name)}")  # fmt: skip


def components(project: Project, name: str | None) -> tuple[Component, ...]:
    names = [one.name for one in project.components]
    if name is not None and name not in names:
        raise WrongInput(f"--component {name}: {CONFIG} has no such component"
                         f"{did_you_mean(names, name)}; it has {', '.join(names)}")  # fmt: skip
    return tuple(one for one in project.components if name in (None, one.name))
