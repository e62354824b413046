"""What people decide: one small file for each answer and each switchback, added and never edited.

    .trl4ml/answers/<item>/<moment>-<digest>.json
    .trl4ml/switchbacks/<component>/<moment>-<digest>.json

These belong under version control. Two branches never write the same file, so they merge without a
conflict. The name holds the beginning of the SHA-256 of the content: an edited file is found out.
No record is passed over in silence: one that lies elsewhere, or behind a link, is complained of.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from trl4ml.core.answer import Answer, order
from trl4ml.core.pieces import TOLD, few
from trl4ml.core.switchback import Switchback
from trl4ml.errors import WrongInput

LARGEST = 100_000
DIGITS = 16
WRITING = ".writing-"
KINDS = ("answers", "switchbacks")
RecordT = TypeVar("RecordT", Answer, Switchback)


class Records:
    """The records of one project."""

    def __init__(self, project: Path) -> None:
        self.folder = project / ".trl4ml"

    def answers(self) -> tuple[Answer, ...]:
        """All answers, oldest first. Raises WrongInput when one is not as it was written."""
        return tuple(sorted(self._read(Answer, "answers"), key=order))

    def switchbacks(self) -> tuple[Switchback, ...]:
        """All switchbacks, oldest first. Raises WrongInput when one is not as it was written."""
        found = self._read(Switchback, "switchbacks")
        return tuple(sorted(found, key=lambda s: (s.at, s.component, s.to)))

    def check(self, name: str) -> None:
        """Raises WrongInput when the record, as in `answers/<item>/<file>`, is not as written."""
        steps = name.split("/")
        if len(steps) != 3 or steps[0] not in KINDS or not name.endswith(".json"):
            raise WrongInput(f"{self.folder / name}: lies where no record belongs; records are "
                             ".trl4ml/answers/ITEM/*.json and .trl4ml/switchbacks/COMPONENT/*.json")  # fmt: skip
        self._refuse_links(*steps[:2])
        path = str(self.folder / name)
        content = read_whole(path)
        if steps[0] == "answers":
            _record(Answer, path, content)
        else:
            _record(Switchback, path, content)

    def add(self, record: Answer | Switchback) -> Path:
        """The file of the new record: whole, or not there at all. Raises WrongInput."""
        kind = "answers" if isinstance(record, Answer) else "switchbacks"
        about = _about(record)
        content = text(record).encode()
        if len(content) > LARGEST:
            raise WrongInput(f"{about}: more than {LARGEST // 1000} kB to record; give a shorter note, "
                             "or link to a file that holds it")  # fmt: skip
        folder = self.folder / kind / about
        path = folder / f"{record.at:%Y-%m-%dT%H%M%SZ}-{_digest(content)}.json"
        try:
            self._refuse_links(kind, about)
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        except OSError as error:
            says = f"{path}: cannot be written ({error.strerror}); nothing was recorded"
            raise WrongInput(says) from None
        return path

    def _refuse_links(self, *steps: str) -> None:
        here = self.folder
        for step in ("", *steps):
            here = here / step
            if here.is_symlink():
                raise _link(here)

    def _read(self, kind: type[RecordT], name: str) -> list[RecordT]:
        self._refuse_links(name)
        return [_record(kind, path, content) for path, content in _files(self.folder / name)]


def text(record: Answer | Switchback) -> str:
    """The record as it is written: one key a line, sorted, what says nothing left out."""
    plain = record.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _about(record: Answer | Switchback) -> str:
    """The name of the folder that it belongs in."""
    return record.item if isinstance(record, Answer) else record.component


def _link(path: str | Path) -> WrongInput:
    return WrongInput(f"{path}: is a link; remove it, so that records stay in the project")


def _record(kind: type[RecordT], path: str, content: bytes) -> RecordT:
    named = Path(path).name.removesuffix(".json").rpartition("-")[2]
    if named != _digest(content):
        raise WrongInput(f"{path}: was changed after it was written, which its name shows; restore it "
                         f"(git checkout -- {path}), and record anew what has changed")  # fmt: skip
    if not few(content, TOLD):
        raise WrongInput(f"{path}: not a record of trl4ml (it holds more than one says); remove it")
    try:
        record = kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise WrongInput(f"{path}: not a record of trl4ml ({where}: {first['msg']})") from None
    folder = Path(path).parent
    if folder.name != _about(record):
        raise WrongInput(f"{path}: is about {_about(record)}, but lies with {folder.name}; "
                         f"move it to {folder.parent / _about(record)}")  # fmt: skip
    return record


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Path and content of each record in the folders below, in order. Raises WrongInput."""
    for about in _entries(str(folder)):
        if about.is_dir(follow_symlinks=False):
            for entry in _entries(about.path):
                if entry.is_dir(follow_symlinks=False):
                    raise WrongInput(f"{entry.path}: is a folder where only records belong; move the "
                                     f"records in it to {about.path}, and remove it")  # fmt: skip
                if entry.name.endswith(".json"):
                    yield entry.path, read_whole(entry.path)
        elif about.name.endswith(".json"):
            raise WrongInput(f"{about.path}: lies beside the folders of records; move it into the one "
                             "that is named after what it is about, or remove it")  # fmt: skip


def _entries(folder: str) -> list[Any]:
    """What is in the folder, in order, without files half written. Raises WrongInput for a link."""
    if not os.path.lexists(folder):
        return []
    try:
        with os.scandir(folder) as every:
            entries = sorted(every, key=lambda entry: entry.name)
    except OSError as error:
        raise WrongInput(f"{folder}: cannot be read ({error.strerror}); repair it") from None
    entries = [one for one in entries if not one.name.startswith(WRITING)]
    for entry in entries:
        if entry.is_symlink():
            raise _link(entry.path)
    return entries


def read_whole(path: str, largest: int = LARGEST) -> bytes:
    """The content, with plain ends of lines. Raises WrongInput, also for a link."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise WrongInput(f"{path}: cannot be read ({error.strerror})") from None
    if len(content) > largest:
        raise WrongInput(
            f"{path}: larger than {largest // 1000} kB, so no record of trl4ml; remove it"
        )
    return content.replace(b"\r\n", b"\n")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]


def write_whole(path: Path, content: bytes) -> None:
    """Beside its place, to the disk, and renamed: a killed writer leaves no half of a record."""
    handle, temporary = tempfile.mkstemp(prefix=WRITING, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o644)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
