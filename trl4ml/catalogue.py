"""What there is, as plain data: items, probes, levels, checklists, exit codes."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trl4ml import resources
from trl4ml.core.checklist import Checklist, Item
from trl4ml.core.level import LEVELS
from trl4ml.errors import EXIT_CODES, WrongInput, did_you_mean
from trl4ml.loading import all_probes, bundled, checklist_names, find, load_all
from trl4ml.probes import Probe

Row = dict[str, Any]


@dataclass(frozen=True)
class Shelf:
    """The checklists in force in the project here; elsewhere all that come with trl4ml."""

    root: Path | None
    checklists: tuple[Checklist, ...]
    tightened: dict[str, float] = field(default_factory=dict)
    """The project's own thresholds."""
    notices: tuple[str, ...] = ()

    def only(self, name: str) -> "Shelf":
        """With one checklist: in force here, or one that comes with trl4ml. Raises WrongInput."""
        found = [one for one in self.checklists if one.checklist == name]
        if not found and name in checklist_names():
            found = [bundled(name)]
        if not found:
            known = sorted({*checklist_names(), *(one.checklist for one in self.checklists)})
            hint = did_you_mean(known, name) or f"; there is {', '.join(known)}"
            raise WrongInput(f"--checklist {name}: no checklist is called so{hint}")
        return Shelf(self.root, tuple(found), self.tightened)

    def items(self) -> list[tuple[Checklist, Item]]:
        """Each item with its checklist, by level, gates before advice."""
        pairs = [(one, item) for one in self.checklists for item in one.items]
        return sorted(pairs, key=lambda pair: (pair[1].level, not pair[1].gate, pair[1].id))


def shelf(tolerant: bool = False) -> Shelf:
    """Raises WrongInput when the project here cannot be loaded; if `tolerant`, a notice says so."""
    try:
        root = find(None)
    except WrongInput:
        return bundled_shelf()
    try:
        loaded = load_all(root, {})
    except WrongInput as error:
        if not tolerant:
            raise
        says = f"{str(error).splitlines()[0]} (so this is from the checklists of trl4ml itself)"
        return Shelf(None, bundled_shelf().checklists, notices=(says,))
    return Shelf(root, loaded.checklists, loaded.project.policy.thresholds)


def bundled_shelf() -> Shelf:
    """All the checklists that come with trl4ml."""
    return Shelf(None, tuple(bundled(name) for name in checklist_names()))


def list_items(on: Shelf) -> list[Row]:
    return [
        {"level": item.level, "kind": "gate" if item.gate else "advisory", "id": item.id,
         "ask": flat(item.ask), "checklist": one.checklist}
        for one, item in on.items()
    ]  # fmt: skip


def list_probes(asked_by: Shelf | None = None) -> list[Row]:
    """Every probe there is, or those that the items of a checklist ask."""
    probes = all_probes()
    if asked_by:
        wanted = {id for _, item in asked_by.items() for id in item.probes}
        probes = {id: probe for id, probe in probes.items() if id in wanted}
    return [
        {"id": id, "distribution": probe.distribution, "asks": said["asks"]}
        for id, probe in probes.items()
        if (said := said_by(probe))
    ]


def list_levels() -> list[Row]:
    return [{"level": n, "name": one.name, "phase": one.phase} for n, one in enumerate(LEVELS)]


def list_checklists(on: Shelf) -> list[Row]:
    return [
        {"id": c.checklist, "version": c.version, "items": len(c.items), "title": flat(c.title)}
        for c in on.checklists
    ]


def list_exit_codes() -> list[Row]:
    return [{"code": code, "means": means} for code, means in EXIT_CODES.items()]


def flat(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def said_by(probe: Probe) -> Row:
    """What the probe's file says of itself. It is read, not run: it may be anybody's code."""
    try:
        body = ast.parse(probe.code)
        version = probe.version
    except (OSError, SyntaxError, ValueError) as error:
        says = f"its file cannot be read ({type(error).__name__})"
        return {"asks": says, "version": 0, "why": "", "how": "", "options": []}
    why, _, how = (ast.get_docstring(body) or "").partition("\n\n")
    options = [n for n in body.body if isinstance(n, ast.ClassDef) and n.name == "Options"]
    return {
        "asks": next(_asks(body.body), ""),
        "version": version,
        "why": flat(why),
        "how": flat(how),
        "options": [row for one in options for row in _with_shared(one, body)],
    }


def _asks(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        text = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(text, ast.Constant) and [ast.unparse(one) for one in targets] == ["asks"]:
            yield flat(str(text.value))


def _with_shared(options: ast.ClassDef, body: ast.Module) -> list[Row]:
    """The fields of the class, behind those of a class of ours that it extends."""
    rows: dict[str, Row] = {}
    for node in body.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("trl4ml."):
            shared = {alias.name for alias in node.names} & {ast.unparse(b) for b in options.bases}
            file = resources.PACKAGE.joinpath(*(node.module or "").split(".")[1:]).with_suffix(
                ".py"
            )
            for one in ast.parse(file.read_text("utf-8")).body if shared else ():
                if isinstance(one, ast.ClassDef) and one.name in shared:
                    rows |= {row["name"]: row for row in _options(one.body)}
    return list((rows | {row["name"]: row for row in _options(options.body)}).values())


def _options(body: list[ast.stmt]) -> Iterator[Row]:
    """Each field with the docstring below it."""
    for node, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign):
            about = below.value if isinstance(below, ast.Expr) else None
            yield {
                "name": ast.unparse(node.target),
                "type": ast.unparse(node.annotation),
                "default": ast.unparse(node.value) if node.value else "",
                "about": flat(str(about.value)) if isinstance(about, ast.Constant) else "",
            }
