"""The folder of notes of a project: read without following links, and only ever added to.

Whether a note counts is no matter here; only that it is whole, and in its place.
"""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from trl4ml.ledger.chain import FOLDER, NAME, place
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.note import LARGEST, Entry, Note, read, statement, written

MOST, WHOLE = 100_000, 1_000_000_000
"""Files of one ledger, and bytes in all of them."""
WRITING = ".writing-"
ONLY = "only notes belong in this folder; move it away"


class Ledger:
    """The ledger of the project at `project`."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.folder = project / FOLDER

    def entries(self) -> tuple[Entry, ...]:
        """Every file, by path; what begins with a dot is none. Raises Refused, which names a path.

        A link, a folder too deep and a file too large are entries with a problem.
        """
        found, size = [], 0
        for name in self._names():
            found.append(self._entry(name))
            size += len(found[-1].content)
            if len(found) > MOST or size > WHOLE:
                raise Refused(f"{self.folder}: holds more than {MOST:,} files or {WHOLE // 10**6:,} "
                              "MB; move away what is no note")  # fmt: skip
        return tuple(sorted(found))

    def swept(self, before: datetime) -> int:
        """Remove what killed writers left before that moment; how many files those were.

        Raises Refused.
        """
        self._safe(self.folder)
        found = 0
        for one in self.folder.glob(f"*/{WRITING}*"):
            with suppress(OSError):
                seen = one.lstat()
                old = stat.S_ISREG(seen.st_mode) and seen.st_mtime < before.timestamp()
                if old and not one.parent.is_symlink():
                    one.unlink()
                    found += 1
        return found

    def _names(self) -> Iterator[str]:
        """What lies in the ledger, and in the folders in it, without what begins with a dot."""
        self._safe(self.folder)
        for one in self._listed("") if os.path.lexists(self.folder) else ():
            if one.is_dir(follow_symlinks=False):
                yield from (f"{one.name}/{file.name}" for file in self._listed(one.name))
            else:
                yield one.name

    def path_of(self, payload: bytes) -> str:
        """Where the note of this payload belongs in the project, with `/`.

        Raises Refused where its `prev` is not in the ledger, or the payload is no review.
        """
        note = Note(payload, "")
        said = statement(note)
        prev = said.predicate.prev
        return place(self._number(prev) + 1 if prev else 1, said, note.digest)

    def append(self, payload: bytes, signature: str) -> Path:
        """Write the note, whole and to the disk, and return its path.

        A note that is there already is left as it is. Raises Refused, also where another signature
        stands there: nobody has said that it is good.
        """
        path = self.project / self.path_of(payload)
        self._safe(path.parent)
        try:
            _made(path.parent, self.project)
            if not os.path.lexists(path):
                _write(path, written(payload, signature))
            _synced(path, self.project)
        except OSError as error:
            raise Refused(f"{path}: cannot be written ({error.strerror}); make room or give the "
                          "right to write there") from None  # fmt: skip
        if not _holds(path, Note(payload, signature)):
            raise Refused(f"{path}: is another file than this note, or has another signature; "
                          "restore it from git, or sign anew")  # fmt: skip
        return path

    def _number(self, prev: str) -> int:
        """Of the note with this digest. Raises Refused when it is not here."""
        for name in self._names():
            named = NAME.fullmatch(name.rpartition("/")[2])
            if named and named["digest"] == prev[:12]:
                with suppress(Refused, OSError):
                    if read(_content(self.folder / name)).digest == prev:
                        return int(named["number"])
        raise Refused(f"{self.folder}: has no note {prev[:12]}, which this one names as the last "
                      "that its signer saw; get that note first, or sign anew")  # fmt: skip

    def _entry(self, name: str) -> Entry:
        path = f"{FOLDER}/{os.fsencode(name).decode('utf-8', 'backslashreplace')}"
        try:
            return Entry(path, _content(self.folder / name))
        except Refused as why:
            return Entry(path, b"", str(why))
        except OSError as error:
            return Entry(path, b"", f"cannot be read ({error.strerror}); repair it")

    def _safe(self, folder: Path) -> None:
        """Raises Refused where a part of the way there is a link, or no folder."""
        for part in (*reversed(folder.relative_to(self.project).parents), folder):
            here = self.project / part
            if here != self.project and os.path.lexists(here):
                if here.is_symlink():
                    raise Refused(f"{here}: is a link, and the ledger follows none; put the folder "
                                  "itself there")  # fmt: skip
                if not here.is_dir():
                    raise Refused(f"{here}: is no folder; move it away")

    def _listed(self, name: str) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(self.folder / name) as every:
                return sorted((one for one in every if not one.name.startswith(".")), key=_name)
        except OSError as error:
            raise Refused(
                f"{self.folder / name}: cannot be listed ({error.strerror}); repair it"
            ) from None


def _holds(path: Path, note: Note) -> bool:
    try:
        found = read(_content(path))
    except (Refused, OSError):
        return False
    return found.payload == note.payload and _plain(found.signature) == _plain(note.signature)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _name(one: "os.DirEntry[str]") -> str:
    return one.name


def _content(path: Path) -> bytes:
    """What the file holds. Raises OSError and Refused, which does not name the file."""
    mode = path.lstat().st_mode
    if not stat.S_ISREG(mode):
        raise Refused(f"is {'a link' if stat.S_ISLNK(mode) else 'no file'}; {ONLY}")
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused(f"is larger than {LARGEST // 1000} kB, so no note; remove it")
    return content


def _made(folder: Path, project: Path) -> None:
    for here in (*reversed(folder.relative_to(project).parents), folder.relative_to(project)):
        (project / here).mkdir(exist_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Beside its place, to the disk, and linked: never over another, never half written."""
    handle, temporary = tempfile.mkstemp(prefix=WRITING, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(handle, 0o644)
            os.fsync(handle)
        _named(temporary, path)
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def _named(temporary: str, path: Path) -> None:
    """Linked, or renamed where a disk has no links: the name follows from the content."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    except OSError:
        os.replace(temporary, path)


def _synced(path: Path, project: Path) -> None:
    """The file and the folders above it are on the disk, whoever wrote them."""
    for here in (path, *(project / part for part in path.relative_to(project).parents)):
        handle = os.open(here, os.O_RDONLY | os.O_NONBLOCK)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
