"""The registers a project declares: found, checked, and what follows from them."""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from trl4ml.core.checklist import Checklist
from trl4ml.core.project import Project
from trl4ml.errors import WrongInput
from trl4ml.load import disk

if TYPE_CHECKING:
    from trl4ml.load.registers import Register


class Declared:
    """One register; nothing of it is parsed before somebody reads it."""

    def __init__(
        self, name: str, shown: str, text: str, path: tuple[str, ...], digest: str
    ) -> None:
        self.digest = digest
        self.text_digest = _digest(text)
        self._made_of = (name, shown, text, path)

    @cached_property
    def parsed(self) -> "Register":
        from trl4ml.load.registers import Register

        return Register(*self._made_of)

    def noun(self, kind: type[Any]) -> Any:
        return self.parsed.noun(kind)

    def place(self, *path: str | int) -> Any:
        return self.parsed.place(*path)


def declared(root: Path, project: Project, config: str) -> dict[str, Declared]:
    """The registers by name, those in files read. Raises WrongInput, naming the line."""
    found, wrong = {}, []
    for name, given in project.registers.items():
        if not isinstance(given, str):
            digest = _digest(json.dumps(given, sort_keys=True))
            found[name] = Declared(name, disk.CONFIG, config, ("registers", name), digest)
            continue
        try:
            text = disk.read_inside(root, given)
        except WrongInput as error:
            wrong.append((("registers", name), str(error)))
            continue
        found[name] = Declared(name, given, text, (), _digest(text))
    if wrong:
        from trl4ml.load.files import config_complaints

        raise config_complaints(config, wrong)
    return found


def follows(
    registers: Mapping[str, Declared], config: str, project: Project,
    probes: Callable[[], list[str]],
) -> str:  # fmt: skip
    """What the registers put in force and what they say, as JSON, to be remembered.

    Raises Complaints with every line that is wrong in them.
    """
    if not registers:
        return ""
    from trl4ml.core.obligations import obligations
    from trl4ml.load.registers import check

    parsed = {name: one.parsed for name, one in registers.items()}
    nouns = check(parsed, config, [c.name for c in project.components], probes())
    owed = obligations(_entries(nouns, "assumptions"), _entries(nouns, "deployment"))
    told = {
        name: noun.model_dump(mode="json", exclude_defaults=True) for name, noun in nouns.items()
    }
    return json.dumps([owed.model_dump(mode="json") if owed else None, told])


def followed(kept: str) -> tuple[Checklist | None, dict[str, Any]]:
    """The checklist that follows from the registers, and the registers as plain data.

    Raises ValueError, TypeError or RecursionError for what `follows` did not write.
    """
    if not kept:
        return None, {}
    owed, told = json.loads(kept)
    if not isinstance(told, dict):
        raise TypeError("the registers are no mapping")
    return (Checklist.model_validate_json(json.dumps(owed)) if owed else None), told


def _entries(nouns: Mapping[str, BaseModel], name: str) -> tuple[Any, ...]:
    return tuple(getattr(nouns[name], "entries", ())) if name in nouns else ()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
