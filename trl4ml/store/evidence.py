"""The evidence store of one project: content-addressed evidence and one index, the state.

    .trl4ml/store/evidence/<sha256>.json   canonical JSON; a file that does not hash to its name is
                                           reported and made again
    .trl4ml/store/evidence/<sha256>.<name> what a probe attached to that evidence, such as tables
    .trl4ml/store/state.json               which evidence each probe gave, having looked at what
    .trl4ml/store/lock                     held while writing; the system frees it after a kill

Every file is written beside its place and renamed, so a reader sees the old or the new, whole.
"""

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from trl4ml.core.canonical import canonical
from trl4ml.core.evidence import Evidence
from trl4ml.core.pieces import noun
from trl4ml.store.reading import read_file
from trl4ml.store.state import NOT_OURS, Kept, State, read, written

__all__ = ["Kept", "State", "Store"]

LARGEST = 100_000_000
STALE_TEMPORARY_S = 3600
PARTS = ("evidence", "lock", "state.json")


class Store:
    """`notices` are what a person should hear: files that could not be read or written."""

    def __init__(self, project: Path) -> None:
        self.folder = project / ".trl4ml" / "store"
        self.notices: list[str] = []

    def safe(self) -> bool:
        """Whether no part of it is a link: who wrote the project may not point us elsewhere."""
        parts = (self.folder.parent, self.folder, *(self.folder / name for name in PARTS))
        linked = next((part for part in parts if part.is_symlink()), None)
        if linked:
            self.notices.append(f"{linked}: is a link, so no evidence is stored; remove it")
        return not linked

    def state(self) -> State:
        """The index; an empty one when it is missing, broken or of another version."""
        path = self.folder / "state.json"
        try:
            content = read_file(path, LARGEST)
        except FileNotFoundError:
            return State()
        except OSError as error:
            self.notices.append(f"{path}: cannot be read ({error.strerror}); all probes run again")
            return State()
        try:
            state = read(content)
        except NOT_OURS:
            self.notices.append(f"{path}: not readable as state; all probes run again")
            return State()
        if state is None:
            self.notices.append(f"{path}: another schema version; all probes run again")
            return State()
        return state

    def evidence(self, digest: str) -> Evidence | None:
        """The evidence of that digest; None when it is missing or not what its name says."""
        path = self._path(digest)
        try:
            content = read_file(path, LARGEST)
        except FileNotFoundError:
            return None
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() == digest:
            with suppress(*NOT_OURS):
                return noun(Evidence, content)
        self.notices.append(f"{path}: not what its name says; its probe runs again")
        return None

    def attachment(self, digest: str, name: str) -> bytes | None:
        """What was attached to that evidence under that name; None when it is not stored."""
        try:
            return read_file(self._path(digest).with_suffix(f".{name}"), LARGEST)
        except (OSError, ValueError):
            return None

    def save(self, found: State, evidence: Mapping[str, Evidence]) -> None:
        """Add to what is stored. When the disk refuses, a notice says so and nothing is lost."""
        try:
            with self._locked():
                for digest, one in evidence.items():
                    self._write(self._path(digest), canonical(one))
                    for name, text in one.attachments.items():
                        self._write(self._path(digest).with_suffix(f".{name}"), text.encode())
                before = Store(self.folder.parent.parent).state()
                state = State.model_construct(
                    saved_ns=time.time_ns(),
                    known={**before.known, **found.known},
                    kept={**before.kept, **found.kept},
                    nouns=found.nouns,
                )
                self._write(self.folder / "state.json", written(state))
                self._sweep({k.evidence for k in state.kept.values()})
        except OSError as error:
            self.notices.append(f"{self.folder}: evidence was not stored ({error.strerror})")

    def _path(self, digest: str) -> Path:
        return self.folder / "evidence" / f"{digest}.json"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        (self.folder / "evidence").mkdir(parents=True, exist_ok=True)
        ignore = self.folder.parent / ".gitignore"
        if not ignore.exists():
            self._write(ignore, b"/store/\n/.gitignore\n")
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, path: Path, content: bytes) -> None:
        if path.parent.name == "evidence" and path.exists() and path.read_bytes() == content:
            return
        handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise

    def _sweep(self, wanted: set[str]) -> None:
        """Remove evidence nobody refers to, and what a killed writer left."""
        for path in (self.folder / "evidence").iterdir():
            if path.name[0] != "." and path.name.partition(".")[0] not in wanted:
                path.unlink(missing_ok=True)
        for path in [*self.folder.glob(".writing-*"), *self.folder.glob("evidence/.writing-*")]:
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > STALE_TEMPORARY_S:
                    path.unlink()
