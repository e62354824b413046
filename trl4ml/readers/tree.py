"""The audited project on the disk: its listing, and reading that never leaves it.

Symbolic links are followed only to a regular file inside the project. A path that is not UTF-8 is
shown with `\\xNN`. Contents are hashed once and remembered by size, times and inode, the way git's
index does.
"""

import hashlib
import os
import stat
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.unreadable import Unreadable
from trl4ml.readers.generated import generated
from trl4ml.readers.git import History

OWN_FOLDER = ".trl4ml"
NEVER = frozenset(
    f"{OWN_FOLDER} .git .hg .svn .venv venv node_modules __pycache__ .tox .nox .eggs .cache "
    ".mypy_cache .ruff_cache .pytest_cache .hypothesis .ipynb_checkpoints site-packages".split()
)
RACY_NS = 50_000_000
LARGEST_PAGE = 50_000_000
Stamp = tuple[int, int, int, int]
Known = dict[str, tuple[Stamp, str]]


class Entry(NamedTuple):
    path: bytes
    size: int
    linked: bool


class Tree:
    """One project folder. `known` maps what was read to the stamp and digest it had."""

    def __init__(
        self, root: Path, known: Known | None = None, saved_ns: int = 0,
        history: History | None = None,
    ) -> None:  # fmt: skip
        self.root = root.resolve()
        self.history = history or History(self.root)
        self.known: Known = dict(known or {})
        self._saved_ns = saved_ns
        self._fresh: dict[str, str] = {}
        self._real: dict[bytes, bool] = {}
        self._folders: dict[str, list[tuple[str, bool]]] = {}

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Shown path → what the listing knows of it, of every regular file, sorted.

        Pages that a report made are left out.
        """
        found = {}
        for path in self._listed():
            if not self._folder_stays(path.rpartition(b"/")[0]):
                continue
            try:
                seen = os.stat(self._full(path), follow_symlinks=False)
                linked = stat.S_ISLNK(seen.st_mode)
                if linked:
                    seen = self._followed(path)
            except OSError:
                continue
            if stat.S_ISREG(seen.st_mode):
                found[shown(path)] = Entry(path, seen.st_size, linked)
        made = generated(found, lambda name: self._page(found[name]))
        return {name: found[name] for name in sorted(found) if name not in made}

    def _page(self, entry: Entry) -> bytes:
        """A file that is no link; nothing where it cannot be read or is too large."""
        if entry.linked or entry.size > LARGEST_PAGE:
            return b""
        try:
            handle = os.open(self._full(entry.path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                return file.read(LARGEST_PAGE)
        except OSError:
            return b""

    def _folder_stays(self, folder: bytes) -> bool:
        """Whether no link on the way to the folder leads elsewhere; git may list a path behind one."""
        if folder not in self._real:
            full = self._full(folder) if folder else os.fsencode(self.root)
            self._real[folder] = os.path.realpath(full) == full
        return self._real[folder]

    def names_by_path(self) -> dict[bytes, str]:
        return {entry.path: name for name, entry in self.entries.items()}

    def _listed(self) -> list[bytes]:
        if self.history.exists:
            return [
                p for p in self.history.paths if OWN_FOLDER not in p.decode("latin-1").split("/")
            ]
        return list(self._walk(b""))

    def _walk(self, folder: bytes) -> list[bytes]:
        paths = []
        pending = [folder]
        while pending:
            here = pending.pop()
            try:
                entries = list(os.scandir(self._full(here)))
            except OSError:
                continue
            for entry in entries:
                path = here + b"/" + entry.name if here else entry.name
                if not entry.is_dir(follow_symlinks=False):
                    paths.append(path)
                elif os.fsdecode(entry.name) not in NEVER:
                    pending.append(path)
        return paths

    def folder(self, name: str) -> list[tuple[str, bool]]:
        """The files and folders in a folder, ignored ones too, and which are folders; no links out."""
        if name not in self._folders:
            try:
                entries = list(os.scandir(os.path.join(self.root, name)))
            except OSError:
                entries = []
            self._folders[name] = sorted(
                (entry.name, entry.is_dir(follow_symlinks=False))
                for entry in entries
                if entry.name.isprintable() and entry.name != OWN_FOLDER and self._stays(entry)
            )
        return self._folders[name]

    def _stays(self, entry: os.DirEntry[str]) -> bool:
        """Whether it is no link, or one to a file inside the project."""
        if not entry.is_symlink():
            return True
        try:
            path = os.path.relpath(entry.path, self.root)
            return stat.S_ISREG(self._followed(os.fsencode(path)).st_mode)
        except OSError:
            return False

    def _full(self, path: bytes) -> bytes:
        return os.path.join(os.fsencode(self.root), path)

    def _followed(self, path: bytes) -> os.stat_result:
        """The stat of the file that a link inside the project leads to. Raises OSError."""
        target = os.path.realpath(self._full(path), strict=True)
        if not target.startswith(os.fsencode(self.root) + b"/"):
            raise OSError("the link leaves the project")
        return os.stat(target)

    def open(self, name: str) -> BufferedReader:
        """The file, opened without following a link out. Raises Unreadable."""
        return os.fdopen(self._handle(name), "rb")

    def _handle(self, name: str) -> int:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            if name in self.entries and not self.entries[name].linked:
                handle = os.open(self._full(self.entries[name].path), flags)
            else:
                handle = os.open(self._target(name), flags)
        except OSError as error:
            raise Unreadable(name, error.strerror or str(error)) from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise Unreadable(name, "it is not a regular file")
        return handle

    def _target(self, name: str) -> bytes:
        """What a link, or a path that git ignores, leads to. Raises OSError or Unreadable."""
        try:
            path = self.entries[name].path if name in self.entries else os.fsencode(name)
            target = os.path.realpath(self._full(path), strict=True)
        except ValueError:  # half a character, or a null
            raise Unreadable(name, "no file has such a name") from None
        if not target.startswith(os.fsencode(self.root) + b"/"):
            raise Unreadable(name, "it is a link that leaves the project")
        return target

    def place(self, name: str) -> bytes:
        """The path on the disk, links followed, for what opens files by itself. Raises Unreadable."""
        try:
            return self._target(name)
        except OSError as error:
            raise Unreadable(name, error.strerror or str(error)) from None

    def read(self, name: str, limit: int) -> bytes:
        """The first `limit` bytes. Raises Unreadable, also when the file keeps changing."""
        for _ in range(3):
            handle = self._handle(name)
            try:
                before = stamp(os.fstat(handle))
                content = _first(handle, min(limit, before[0]))
                if before == stamp(os.fstat(handle)):
                    self._remember(key(name, limit), before, hashlib.sha256(content).hexdigest())
                    return content
            finally:
                os.close(handle)
        raise Unreadable(name, "it changes while it is read; run again when nothing writes to it")

    def digest(self, name: str, limit: int | None) -> str:
        """SHA-256 of the first `limit` bytes (None: of all), from memory when nothing moved."""
        what = key(name, limit)
        if what in self._fresh:
            return self._fresh[what]
        with self.open(name) as file:
            now = stamp(os.fstat(file.fileno()))
            known = self.known.get(what)
            if known and known[0] == now and max(now[1], now[2]) < self._saved_ns - RACY_NS:
                self._fresh[what] = known[1]
            elif limit is None:
                self._remember(what, now, hashlib.file_digest(file, "sha256").hexdigest())
            else:
                self.read(name, limit)
        return self._fresh[what]

    def _remember(self, what: str, at: Stamp, digest: str) -> None:
        self.known[what] = (at, digest)
        self._fresh[what] = digest


def _first(handle: int, wanted: int) -> bytes:
    content = os.read(handle, wanted)
    while len(content) < wanted and (more := os.read(handle, wanted - len(content))):
        content += more
    return content


def key(name: str, limit: int | None) -> str:
    return name if limit is None else f"{name}[:{limit}]"


def stamp(entry: os.stat_result) -> Stamp:
    return entry.st_size, entry.st_mtime_ns, entry.st_ctime_ns, entry.st_ino


def shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
