"""Where the record of a run lies, and how it gets there: whole or not at all."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from errno import EINVAL
from hashlib import file_digest
from pathlib import Path
from stat import S_ISREG

from trl4ml.energy.errors import Refused
from trl4ml.energy.record import EnergyRecord, to_json

State = tuple[int, ...] | None


class Place:
    """The file of one run. A name made from the start is never that of a record already there."""

    def __init__(self, output: Path, activity: str, start: datetime) -> None:
        """`output` is a file where it ends in .json, and else a folder. Raises Refused."""
        given = output.suffix == ".json"
        self.path = output if given else output / f"{activity}-{start:%Y%m%dT%H%M%SZ}.json"
        self._new = not given
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Refused(_cannot(self.path.parent, error)) from None
        if not os.access(self.path.parent, os.W_OK) or self.path.is_dir():
            raise Refused(f"{self.path} cannot be written; name another file for the record")

    def write(self, record: EnergyRecord) -> None:
        """Replace what is there in one step. Raises Refused where it cannot be written."""
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            draft.write_text(to_json(record), encoding="utf-8")
            if self._new:
                self._claim(draft)
            else:
                draft.replace(self.path)
        except OSError as error:
            raise Refused(_cannot(self.path, error)) from None
        finally:
            with suppress(OSError):
                draft.unlink()

    def _claim(self, draft: Path) -> None:
        stem, number = self.path.stem, 1
        while True:
            try:
                os.link(draft, self.path)
            except FileExistsError:
                number += 1
                self.path = self.path.with_name(f"{stem}-{number}.json")
            else:
                self._new = False
                return


def state(name: str) -> State:
    """What changes when the file is written, even with the same bytes; None where there is none."""
    try:
        now = Path(name).stat()
    except (OSError, ValueError):
        return None
    return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns


def digests(
    files: tuple[str, ...], before: Mapping[str, State]
) -> tuple[dict[str, str], list[str]]:
    """SHA-256 of each file by its name, and a sentence for each that has none.

    `before` holds the state of files at the start of a run that makes them: one that nobody has
    written since is not of this run.
    """
    found, notes = {}, []
    for name in files:
        if before.get(name) is not None and before[name] == state(name):
            notes.append(
                f"the model {name} was not written by this run, so the record is not of it"
            )
            continue
        try:
            found[_plain(name)] = _sha256(name)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            notes.append(f"the model {name} was not hashed: {why.lower()}")
    return found, notes


def _sha256(name: str) -> str:
    with os.fdopen(os.open(name, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        if not S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(EINVAL, "is a directory" if Path(name).is_dir() else "no regular file")
        return file_digest(file, "sha256").hexdigest()


def _plain(name: str) -> str:
    path = Path(os.path.normpath(name))
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()


def _cannot(path: Path, error: OSError) -> str:
    why = re.sub(r"[.]$", "", error.strerror or str(error)).lower()
    return f"{path} cannot be written ({why}); name another file for the record"
