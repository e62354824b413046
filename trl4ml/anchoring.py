"""Where the things that a project declares stand in its files, for annotations in a code host."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from trl4ml.load import disk
from trl4ml.load.files import document
from trl4ml.load.places import Node, locate
from trl4ml.loading import CONFIG
from trl4ml.render.alerts import Anchor, Anchors
from trl4ml.run import Audit


def anchors(done: Audit, today: date | None = None) -> Anchors:
    """The lines of components in trl4ml.yaml and of items in the project's own checklists, and the day."""
    outer = Anchors(done.folder)
    config = document(disk.read(done.root / CONFIG, CONFIG), CONFIG)
    components = {
        name: _at(outer.inside(CONFIG), config, ("components", at, "name"))
        for at, name in _named(config.data, "components", "name")
    }
    items: dict[str, Anchor] = {}
    for name in map(str, _list(config.data, "checklists")):
        if name.endswith((".yaml", ".yml")):
            items |= _items(done.root, name, outer)
    return Anchors(done.folder, components, items, today or datetime.now(UTC).date())


def _items(root: Path, name: str, outer: Anchors) -> dict[str, Anchor]:
    own = document(disk.read_inside(root, name), name)
    return {
        id: _at(outer.inside(name), own, ("items", at, "id"))
        for at, id in _named(own.data, "items", "id")
    }


def _named(data: Any, section: str, key: str) -> Iterator[tuple[int, str]]:
    """Number and name of each entry; none where the file has changed since it was audited."""
    for at, one in enumerate(_list(data, section)):
        if isinstance(one, dict) and isinstance(one.get(key), str):
            yield at, one[key]


def _list(data: Any, section: str) -> list[Any]:
    found = data.get(section) if isinstance(data, dict) else None
    return found if isinstance(found, list) else []


def _at(path: str, node: Node, where: tuple[int | str, ...]) -> Anchor:
    found = locate(node, where)
    return Anchor(path, found.line, found.column)
