"""Where the things that a project declares stand in its files, for annotations in a code host."""

from pathlib import Path

from trl4ml.load import disk
from trl4ml.load.files import document
from trl4ml.load.text import locate
from trl4ml.loading import CONFIG
from trl4ml.render.alerts import Anchor, Anchors
from trl4ml.run import Audit


def anchors(done: Audit) -> Anchors:
    """The lines of components in trl4ml.yaml, and of items in the project's own checklists."""
    outer = Anchors(done.folder)
    config = document(disk.read(done.root / CONFIG, CONFIG), CONFIG)
    declared = config.data if isinstance(config.data, dict) else {}
    components = {
        str(one["name"]): _at(outer.inside(CONFIG), config.node, ("components", at, "name"))
        for at, one in enumerate(declared.get("components") or ())
    }
    items: dict[str, Anchor] = {}
    for name in declared.get("checklists") or ():
        if str(name).endswith((".yaml", ".yml")):
            items |= _items(done.root, str(name), outer)
    return Anchors(done.folder, components, items)


def _items(root: Path, name: str, outer: Anchors) -> dict[str, Anchor]:
    own = document(disk.read_inside(root, name), name)
    return {
        str(one["id"]): _at(outer.inside(name), own.node, ("items", at, "id"))
        for at, one in enumerate(own.data["items"])
    }


def _at(path: str, node: object, where: tuple[int | str, ...]) -> Anchor:
    mark = locate(node, where).start_mark  # type: ignore[arg-type]
    return Anchor(path, mark.line + 1, mark.column + 1)
