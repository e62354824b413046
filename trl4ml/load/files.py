"""`trl4ml.yaml` and checklists from the disk, checked against each other."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from trl4ml.core.baseline import Baseline
from trl4ml.core.checklist import CONSTANTS, Checklist, Item
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.project import Component, Project, Waiver
from trl4ml.core.report import thresholds
from trl4ml.core.switchback import OWED
from trl4ml.errors import Complaint, Complaints, did_you_mean
from trl4ml.load.disk import CONFIG
from trl4ml.load.nouns import build, spots_of, validated
from trl4ml.load.places import Node, locate
from trl4ml.load.text import Refused, parse

MOST_SAID = 100_000
"""Characters about thresholds: each complaint may name all that there are."""
OF_REVIEWS = ("review-level-", "condition-")
"""How the ids of items begin that reviews put in force."""


def document(text: str, shown: str) -> Node:
    """The YAML document of the text. Raises Complaints."""
    try:
        return parse(text)
    except Refused as refused:
        raise Complaints([Complaint(shown, *s) for s in refused.spots]) from None


@lru_cache(maxsize=8)
def _node(text: str, shown: str) -> Node:
    return document(text, shown)


def project(text: str) -> Project:
    """The project that the text of trl4ml.yaml declares. Raises Complaints.

    Without components the whole project is one, of its name.
    """
    declared = build(document(text, CONFIG), CONFIG, Project)
    whole = declared.components or (Component(name=declared.name),)
    return declared.model_copy(update={"components": whole})


def checklist(text: str, shown: str) -> Checklist:
    """The checklist that the text declares. Raises Complaints."""
    return build(document(text, shown), shown, Checklist)


def review_policy(text: str, shown: str) -> ReviewPolicy:
    """The rules of reviews that the text declares. Raises Complaints."""
    return build(document(text, shown), shown, ReviewPolicy)


def baseline(text: str, shown: str) -> Baseline:
    """The baseline that the text declares. Raises Complaints."""
    return build(document(text, shown), shown, Baseline)


def check_checklists(checklists: Sequence[tuple[str, Checklist]], probes: Iterable[str],
                     text_of: Mapping[str, str], components: Iterable[str],
                     reserved: Iterable[str]) -> None:  # fmt: skip
    """Probes, thresholds and components must exist, and ids be unique across the checklists.

    Raises Complaints at the lines of the items.
    """
    known = sorted(probes)
    names = {f"policy.{name}" for _, c in checklists for name in c.thresholds}
    seen: dict[str, str] = {}
    wrong: list[tuple[str, tuple[int | str, ...], str]] = []
    owners: dict[str, str] = {}
    for shown, one in checklists:
        if shown != f"checklists/{one.checklist}.yaml" and one.checklist in reserved:
            says = f"'{one.checklist}' is a checklist of trl4ml; call yours otherwise"
            wrong.append((shown, ("checklist",), says))
        for name in one.thresholds:
            if name in owners:
                wrong.append(
                    (shown, ("thresholds", name), f"threshold '{name}' is also in {owners[name]}")
                )
            owners[name] = shown
        for at, item in enumerate(one.items):
            if item.id in seen or item.id.startswith(OF_REVIEWS):
                wrong.append((shown, ("items", at, "id"), _taken(item.id, shown, seen)))
            seen[item.id] = shown
            if item.component and item.component not in components:
                says = f"item {item.id}: no component '{item.component}'"
                hint = did_you_mean(components, item.component, len(wrong))
                wrong.append((shown, ("items", at, "component"), says + hint))
            strange = _strange(item, known, names, len(wrong))
            wrong += [(shown, ("items", at, "wants"), says) for says in strange]
    if wrong:
        raise Complaints([_at(text_of[shown], shown, path, says) for shown, path, says in wrong])


def _strange(
    item: Item, probes: Sequence[str], thresholds: Collection[str], told: int
) -> list[str]:
    """What is to be said of probes and thresholds that the item wants and that there are not."""
    says = [
        f"item {item.id} wants probe '{probe}'{did_you_mean(probes, probe, told)}"
        for probe in item.probes
        if probe not in probes
    ]
    missing = [
        name for name in item.names if name.split(".")[0] == CONSTANTS[0] and name not in thresholds
    ]
    return says + [
        f"item {item.id}: no threshold '{name}'{did_you_mean(thresholds, name, told)}"
        for name in missing
    ]


def _taken(id: str, shown: str, seen: Mapping[str, str]) -> str:
    if id in seen:
        again = "appears twice" if seen[id] == shown else f"is also in {seen[id]}"
        return f"item '{id}' {again}"
    return f"item '{id}' begins like those that reviews put in force; call it otherwise"


def check_project(text: str, project: Project, checklists: Sequence[Checklist]) -> None:
    """Waivers and thresholds must speak of what the checklists hold. Raises Complaints."""
    wrong = _strangers(
        project.policy.waivers,
        [("policy", "waivers", at) for at in range(len(project.policy.waivers))],
        project,
        checklists,
    )
    room = MOST_SAID
    for name, value in project.policy.thresholds.items():
        try:
            thresholds(checklists, {name: value})
        except ValueError as error:
            wrong.append((("policy", "thresholds", name), str(error)))
            room -= len(str(error))
            if room < 0:
                break
    if wrong:
        raise config_complaints(text, wrong)


def check_baseline(
    text: str, declared: Baseline, project: Project, checklists: Sequence[Checklist]
) -> None:
    """It must speak of items and components that there are. Raises Complaints."""
    shown = project.policy.baseline or ""
    wrong = _strangers(declared.waivers, declared.places, project, checklists)
    if wrong:
        raise Complaints([_at(text, shown, path, says) for path, says in wrong])


def _strangers(
    waivers: Sequence[Waiver], places: Sequence[tuple[int | str, ...]], project: Project,
    checklists: Sequence[Checklist],
) -> list[tuple[tuple[int | str, ...], str]]:  # fmt: skip
    """Waivers, each with its place, of what the checklists and the project do not hold."""
    items = {item.id: item for one in checklists for item in one.items}
    components = {one.name: one for one in project.components}
    wrong: list[tuple[tuple[int | str, ...], str]] = []
    seen: set[tuple[str, str | None]] = set()
    for place, waiver in zip(places, waivers, strict=True):
        among = (
            [components[waiver.component]]
            if waiver.component in components
            else components.values()
        )
        if waiver.item not in items:
            hint = did_you_mean(items, waiver.item, len(wrong))
            wrong.append(((*place, "item"), f"no item '{waiver.item}' is in force{hint}"))
        if waiver.component and waiver.component not in components:
            hint = did_you_mean(components, waiver.component, len(wrong))
            says = f"no component '{waiver.component}'{hint}"
            wrong.append(((*place, "component"), says))
        elif waiver.item in items and not _asks(items[waiver.item], among):
            says = f"'{waiver.item}' is not asked of {waiver.component or 'any component'}, so nothing needs this"
            wrong.append(((*place, "item"), says))
        if (waiver.item, waiver.component) in seen:
            wrong.append(((*place, "item"), f"'{waiver.item}' is there already, further up"))
        seen.add((waiver.item, waiver.component))
    return wrong


def _asks(item: Item, among: Iterable[Component]) -> bool:
    """Whether the item is asked of any of them."""
    return any(
        item.component in (None, one.name)
        and (item.level >= one.entry_level or item.section in OWED)
        for one in among
    )


def check_options(
    text: str,
    options: Mapping[str, Any],
    kinds: Mapping[str, type[BaseModel] | None],
    known: Iterable[str],
) -> None:
    """The options of each probe must fit its own `Options`. Raises Complaints."""
    complaints: list[Complaint] = []
    for id, given in options.items():
        kind = kinds.get(id)
        if kind is None:
            near = did_you_mean(known, id, len(complaints))
            says = "takes no options" if id in kinds else f"is not a probe{near}"
            complaints.append(_at(text, CONFIG, ("probes", id), f"'{id}' {says}", key=True))
            continue
        try:
            validated(given, kind)
        except ValidationError as error:
            root = _node(text, CONFIG)
            spots = spots_of(locate(root, ("probes", id)), error, kind)
            complaints += [Complaint(CONFIG, s.line, s.column, f"{id}: {s.says}") for s in spots]
    if complaints:
        raise Complaints(complaints)


def _at(
    text: str, shown: str, path: tuple[int | str, ...], says: str, key: bool = False
) -> Complaint:
    return Complaint(shown, *locate(_node(text, shown), path, key).spot(says))


def config_complaints(text: str, wrong: Sequence[tuple[tuple[int | str, ...], str]]) -> Complaints:
    """Complaints about places in trl4ml.yaml."""
    return Complaints([_at(text, CONFIG, path, says) for path, says in wrong])
