"""TRL cards on disk: one file for each component and level, renewed only where nobody edited it."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from trl4ml import resources
from trl4ml.cards.trl import marked, untouched
from trl4ml.core.trlcard import trl_card
from trl4ml.core.trlcard.known import TrlCard
from trl4ml.errors import WrongInput
from trl4ml.load import disk
from trl4ml.run import Gathered, judged
from trl4ml.store.records import write_whole
from trl4ml.switching import find_component

FOLDER = "cards"
NAME = re.compile(r"level-([0-9])\.md")
REMARK = "change what it says in trl4ml.yaml, and write it anew"


class Written(NamedTuple):
    """A card, its path below the project, and whether the file was not the same before."""

    card: TrlCard
    path: str
    changed: bool


def cards(done: Gathered, component: str | None) -> list[TrlCard]:
    """The card of the component, or of each. Raises WrongInput for one that does not exist."""
    every = done.loaded.project.components
    chosen = every if component is None else (find_component(done, component),)
    report = judged(done)
    return [trl_card(report, one) for one in chosen]


def text(done: Gathered, card: TrlCard, seen_from: Path | None = None) -> str:
    """The card as Markdown, with links to those of other levels as seen from that folder."""
    from trl4ml.render.trlcard import markdown

    here = done.root / FOLDER / card.component
    found = {int(n[1]): here / n[0] for one in _names(here) if (n := NAME.fullmatch(one))}
    start = (seen_from or here).resolve()
    links = [
        (level, Path(os.path.relpath(path.resolve(), start)).as_posix())
        for level, path in sorted(found.items())
        if level != card.level
    ]
    return marked(markdown(card, links, resources.folder("templates")), REMARK)


def json_of(every: Sequence[TrlCard]) -> str:
    from trl4ml.render.trlcard import jsonfile

    return jsonfile(every)


def write(done: Gathered, every: Sequence[TrlCard], force: bool) -> list[Written]:
    """Each card to cards/<component>/level-<n>.md. Raises WrongInput, and then writes none."""
    planned = []
    for card in every:
        path = f"{FOLDER}/{card.component}/level-{card.level}.md"
        old, new = _old(done.root, path), text(done, card)
        if old and not force and not untouched(old):
            raise WrongInput(f"{path}: was not written by trl4ml, or was edited since, and stays as it is; "
                             "print the new card with --out -, or overwrite it with --force")  # fmt: skip
        planned.append((Written(card, path, old != new), new))
    for one, new in planned:
        if one.changed:
            _write(done.root / one.path, new)
    return [one for one, _ in planned]


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _old(root: Path, path: str) -> str:
    """What the file holds; empty where there is none."""
    if os.path.lexists(root / path):
        return disk.read_inside(root, path)
    if not (root / path).resolve().is_relative_to(root.resolve()):
        raise WrongInput(f"{path} leaves the project; remove the link that leads there")
    return ""


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content.encode())
    except OSError as error:
        raise WrongInput(f"{path}: cannot be written ({error.strerror})") from None
