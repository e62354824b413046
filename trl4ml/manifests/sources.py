"""What one file says, and what the files of one folder come to together."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

PROVIDED = frozenset({"python", "pip"})


class Malformed(ValueError):
    """A text is not what its name says; `line` is where, if that is known."""

    def __init__(self, says: str, line: int | None = None) -> None:
        super().__init__(says)
        self.line = line


class Requirement(NamedTuple):
    """A name as PEP 503 writes it, and whether only one version or commit will do."""

    name: str
    pinned: bool


class Include(NamedTuple):
    """Another file that counts too, relative to the one that names it."""

    path: str
    constraint: bool = False


class Sort(Enum):
    MANIFEST = "it declares"
    LIST = "it declares; one that pins all is a lock where there is a manifest"
    LOCK = "it fixes, and declares only where nothing else does"
    CONSTRAINT = "it fixes and never declares"


@dataclass(frozen=True)
class Source:
    """What one file says; `computed` when only a program knows all of it."""

    sort: Sort
    entries: tuple[Requirement | Include, ...]
    own: str = ""
    hashed: bool = False
    computed: bool = False

    @property
    def names(self) -> dict[str, bool]:
        """Each name once; it is pinned where every line about it is."""
        found: dict[str, bool] = {}
        for one in self.entries:
            if isinstance(one, Requirement) and one.name not in PROVIDED:
                found[one.name] = one.pinned and found.get(one.name, True)
        return found


@dataclass(frozen=True)
class Account:
    """The declared names with the file that declares each, those not pinned, and the locks."""

    declared: Mapping[str, str]
    loose: frozenset[str]
    locks: tuple[str, ...]
    hashed: bool


def account(sources: Mapping[str, Source]) -> Account:
    """Of the files of one folder, by path: a name is pinned when any of them pins it.

    The first sort that names anything declares, and so do all lists in which something is loose.
    """
    names = {path: source.names for path, source in sources.items()}
    full = {path for path, found in names.items() if found and all(found.values())}
    sorts = (Sort.MANIFEST, Sort.LIST, Sort.LOCK)
    first = next((s for s in sorts if any(names[p] for p, o in sources.items() if o.sort is s)), None)
    own = {normal(source.own) for source in sources.values()}
    declared: dict[str, str] = {}
    pinned: dict[str, bool] = {}
    for path, one in sources.items():
        if one.sort is first or (one.sort is Sort.LIST and path not in full):
            declared = dict.fromkeys(names[path].keys() - own, path) | declared
        for name in (name for name, exact in names[path].items() if exact):
            pinned[name] = pinned.get(name, False) or one.hashed
    return Account(
        declared,
        loose=frozenset(declared.keys() - pinned.keys()),
        locks=tuple(path for path in sources if path in full and sources[path].sort is not sorts[0]),
        hashed=bool(declared) and all(pinned.get(name) for name in declared),
    )


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
