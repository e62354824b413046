"""A model on the disk: a folder or one file. Links are followed only to a file inside the folder."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from trl4ml.provenance.errors import Refused
from trl4ml.provenance.model import Entry, Stamp
from trl4ml.provenance.names import shown

MOST = 1_000_000
"""Files of one model; a folder with more is refused."""


class OnDisk:
    """The folder or file at `path`. Raises Refused when there is neither."""

    def __init__(self, path: str | Path) -> None:
        """A link given as the path itself is followed: the caller named it."""
        self.path = Path(os.path.realpath(path))
        self.given = str(path)
        self.name = Path(path).name.strip(".") or self.path.name or "model"
        try:
            mode = self.path.stat().st_mode
            what = "is neither a file nor a folder"
        except (OSError, ValueError) as error:
            gone = isinstance(error, FileNotFoundError | NotADirectoryError)
            told = getattr(error, "strerror", None) or error
            mode, what = 0, "does not exist" if gone else f"cannot be read ({told})"
        self.single = stat.S_ISREG(mode)
        if not self.single and not stat.S_ISDIR(mode):
            raise Refused(f"{shown(self.given)} {what}; name a model's file or folder")

    def entries(self) -> dict[str, Entry]:
        """Sorted by code point. Raises Refused when a folder cannot be listed."""
        if self.single:
            return {self.name: _plain(self.path.stat())}
        found: dict[str, Entry] = {}
        pending = [""]
        while pending:
            here = pending.pop()
            for entry in self._listed(here):
                name = f"{here}/{entry.name}" if here else entry.name
                if entry.is_dir(follow_symlinks=False):
                    pending.append(name)
                else:
                    found[name] = self._seen(entry)
                if len(found) > MOST:
                    raise Refused(f"{shown(self.given)} holds more than {MOST:,} files; name the "
                                  "folder of one model")  # fmt: skip
        return dict(sorted(found.items()))

    def _listed(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.path / folder) as entries:
                return list(entries)
        except OSError as error:
            where = shown(str(self.path / folder))
            raise Refused(
                f"{where} cannot be listed ({error.strerror}); make it readable"
            ) from None

    def _seen(self, entry: os.DirEntry[str]) -> Entry:
        try:
            seen = entry.stat(follow_symlinks=False)
            if not stat.S_ISLNK(seen.st_mode):
                return _plain(seen)
            target = Path(os.path.realpath(entry.path, strict=True))
            seen = target.stat()
        except (OSError, RuntimeError):
            return Entry(0, True, "is a link that leads nowhere or in a circle")
        if not target.is_relative_to(self.path):
            return Entry(0, True, "is a link that leaves the model")
        if stat.S_ISDIR(seen.st_mode):
            return Entry(0, True, "is a link to a folder, whose files nobody lists")
        return _plain(seen)._replace(link=True)

    def inside(self, path: str | Path) -> tuple[str, ...]:
        """The path as a name in the model, to be left out of it; none when it lies elsewhere."""
        where = Path(path).parent.resolve() / Path(path).name
        return (where.relative_to(self.path).as_posix(),) if where.is_relative_to(self.path) else ()

    def open(self, name: str) -> BinaryIO:
        """Unbuffered; a device or a pipe is never waited for. Raises OSError."""
        path = Path(os.path.realpath(self.path if self.single else self.path / name))
        if not path.is_relative_to(self.path):
            raise OSError("it became a link that leaves the model")
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        return os.fdopen(handle, "rb", buffering=0)


def _plain(seen: os.stat_result) -> Entry:
    if not stat.S_ISREG(seen.st_mode):
        return Entry(0, False, "is no regular file")
    return Entry(seen.st_size, False, "", stamp(seen))


def stamp(seen: os.stat_result) -> Stamp:
    """What changes when a file does: size, times, inode, device."""
    return seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino, seen.st_dev
