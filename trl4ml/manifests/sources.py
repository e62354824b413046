"""What one file says, and what the files of one folder come to together."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

PROVIDED = frozenset({"python", "pip"})


class Requirement(NamedTuple):
    """A name as PEP 503 writes it, and whether only one version or commit will do."""

    name: str
    pinned: bool


class Include(NamedTuple):
    """Another file that counts too, relative to the one that names it."""

    path: str
    constraint: bool = False


class Sort(IntEnum):
    """The first sort that names anything in a folder declares, and so does a list with loose ones."""

    MANIFEST = 1
    LIST = 2
    LOCK = 3


@dataclass(frozen=True)
class Source:
    """What one file says; `own` is the name of the project itself."""

    sort: Sort
    entries: tuple[Requirement | Include, ...]
    own: str = ""
    hashed: bool = False

    @property
    def names(self) -> dict[str, bool]:
        """Each name once; it is pinned where every line about it is."""
        found: dict[str, bool] = {}
        for one in self.entries:
            if isinstance(one, Requirement) and one.name not in PROVIDED:
                found[one.name] = one.pinned and found.get(one.name, True)
        return found

    @property
    def includes(self) -> tuple[Include, ...]:
        return tuple(one for one in self.entries if isinstance(one, Include))


@dataclass(frozen=True)
class Account:
    """The declared names with the file that declares each, those not pinned, and the locks."""

    declared: Mapping[str, str]
    loose: frozenset[str]
    locks: tuple[str, ...]
    hashed: bool


def account(sources: Mapping[str, Source]) -> Account:
    """Of the files of one folder, by path: a name is pinned when any of them pins it."""
    said = [(path, one, one.names) for path, one in sources.items()]
    first = min((one.sort for _, one, names in said if names), default=None)
    own = {normal(source.own) for source in sources.values() if source.own}
    declared: dict[str, str] = {}
    pinned: dict[str, bool] = {}
    locks: list[str] = []
    for path, one, names in said:
        loose = not all(names.values())
        if one.sort is first or (one.sort is Sort.LIST and loose):
            declared = dict.fromkeys(names.keys() - own, path) | declared
        if names and not loose and one.sort is not Sort.MANIFEST:
            locks.append(path)
        for name in (name for name, exact in names.items() if exact):
            pinned[name] = pinned.get(name, False) or one.hashed
    hashed = bool(declared) and all(pinned.get(name) for name in declared)
    return Account(declared, frozenset(declared) - pinned.keys(), tuple(locks), hashed)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
