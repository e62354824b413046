"""`Files` for one probe: a component's part of the tree; what was looked at stays in the trace."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any, BinaryIO

from trl4ml.core.unreadable import Unreadable
from trl4ml.readers.patterns import compiled, paths
from trl4ml.readers.tree import Tree

LIMIT = 4_000_000
ENDS = tuple(one.encode() for one in "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
LINE, TIMES, SPARE = 58, 7, 4_000_000
"""Bytes that a line takes beside its characters; what all lines may take of the size, and more."""


class Claims:
    """Which components claim which paths; of nested claims the longest path counts."""

    def __init__(self, paths: Mapping[str, Iterable[str]]) -> None:
        """`paths` by component."""
        self._by_path: dict[str, set[str]] = {}
        for component, own in paths.items():
            for path in own:
                self._by_path.setdefault(path, set()).add(component)
        self._known: dict[str, set[str]] = {}

    def owners(self, name: str) -> set[str]:
        """The components that claim the path; none when it is everybody's."""
        if name not in self._known:
            above = name
            while above and above not in self._by_path:
                above = above.rpartition("/")[0]
            self._known[name] = self._by_path.get(above, set())
        return self._known[name]

    def __bool__(self) -> bool:
        return bool(self._by_path)

    def __str__(self) -> str:
        return of(f"{path} {sorted(owners)}" for path, owners in sorted(self._by_path.items()))


NOBODY = Claims({})


class Part:
    """The files that one component sees: its own, and those that no component claims."""

    def __init__(
        self, tree: Tree, component: str = "", claims: Claims = NOBODY,
        declared: Mapping[str, Any] | None = None, today: date = date.min,
    ) -> None:  # fmt: skip
        """`declared` are the project's registers by name; `today` is what the calendar shows."""
        self.tree = tree
        self.component = component
        self.claims = claims
        self.declared = declared or {}
        self.today = today

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in self.tree.entries if self.sees(name))

    def sees(self, name: str) -> bool:
        """Whether the path is the component's own, or everybody's."""
        if not self.claims:
            return True
        owners = self.claims.owners(name)
        return not owners or self.component in owners

    @cached_property
    def digest(self) -> str:
        """Of the listing: while it stands, every pattern gives what it gave."""
        return of(self.names)


class FilesView:
    def __init__(self, part: Part) -> None:
        self._part = part
        self.patterns: dict[str, str] = {}
        self.on_disk: dict[str, str] = {}
        self.folders: dict[str, str] = {}
        self.read: dict[str, int | None] = {}
        self.sizes: dict[str, int] = {}

    def all(self) -> tuple[str, ...]:
        return self.matching("**/*")

    def matching(self, *patterns: str) -> tuple[str, ...]:
        fits = compiled(patterns).match
        names = tuple(name for name in self._part.names if fits(name))
        self.patterns["\n".join(patterns)] = of(names)
        return names

    def present(self, *patterns: str) -> tuple[str, ...]:
        every = {name for p in patterns for q in paths(p) for name in self._on_disk(q)}
        names = sorted(filter(self._part.sees, every))
        self.on_disk["\n".join(patterns)] = of(names)
        return tuple(names)

    def _on_disk(self, pattern: str) -> list[str]:
        if "**" in pattern or pattern.startswith("/") or ".." in pattern.split("/"):
            raise ValueError(f"'{pattern}': `present` takes patterns inside the project without **")
        found = [""]
        *folders, last = pattern.split("/")
        for step in folders:
            found = [n for f in found for n, folder in self._beside(f, step) if folder]
        return [name for f in found for name, folder in self._beside(f, last) if not folder]

    def _beside(self, folder: str, step: str) -> list[tuple[str, bool]]:
        entries = self._part.tree.folder(folder)
        self.folders[folder] = folder_digest(self._part.tree, folder)
        fits = compiled((step,)).match
        return [(f"{folder}/{n}".lstrip("/"), is_folder) for n, is_folder in entries if fits(n)]

    def size(self, path: str) -> int:
        if path not in self._part.tree.entries:
            with self._part.tree.open(path) as file:
                self.sizes[path] = os.fstat(file.fileno()).st_size
        else:
            self.sizes[path] = self._part.tree.entries[path].size
        return self.sizes[path]

    def bytes(self, path: str, limit: int = LIMIT) -> bytes:
        before = self.read.get(path, 0)
        self.read[path] = None if before is None else max(before, limit)
        return self._part.tree.read(path, limit)

    def open(self, path: str) -> BinaryIO:
        self.read[path] = None
        self._part.tree.digest(path, None)
        return self._part.tree.open(path)

    def text(self, path: str, limit: int = LIMIT) -> str:
        content = self.bytes(path, limit)
        if b"\0" in content[:8000]:
            raise Unreadable(path, "it is not text")
        if LINE * sum(map(content.count, ENDS)) > TIMES * len(content) + SPARE:
            raise Unreadable(path, "it holds so many short lines that they would take ten times its "
                             "size in memory; keep what counts in a smaller file")  # fmt: skip
        return content.decode("utf-8-sig", "replace")


def folder_digest(tree: Tree, folder: str) -> str:
    """Of what the folder holds, ignored files too."""
    return of(f"{name} {is_folder}" for name, is_folder in tree.folder(folder))


def of(names: Iterable[str]) -> str:
    return hashlib.sha256(json.dumps(list(names)).encode()).hexdigest()
