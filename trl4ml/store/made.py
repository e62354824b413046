"""Generated files in a folder that people may use too: only what was made here is ever replaced.

`data/manifest.json` lists what was made, with its SHA-256. A file that is not listed, or that was
edited since, is nobody's to overwrite. Every file is written beside its place and renamed; what is
about to be written is listed first, so that a killed writer leaves nothing that it cannot replace.
"""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from trl4ml.dense import loads
from trl4ml.errors import WrongInput
from trl4ml.store.records import read_whole, write_whole

MANIFEST = "data/manifest.json"
MADE_BY = "trl4ml report"
LARGEST = 50_000_000
Digests = dict[str, set[str]]


class Made:
    """The generated files of one folder, by path below it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> bytes | None:
        """What the file holds; None where there is none. Raises WrongInput, also for a link."""
        self._refuse_links()
        path = self.folder / name
        return read_whole(str(path), LARGEST) if os.path.lexists(path) else None

    def whole(self) -> dict[str, bytes]:
        """Every file that was made here, as it was made. Raises WrongInput."""
        ours = self._ours()
        if not ours:
            raise WrongInput(
                f"{self.folder}: holds no pages that trl4ml made; make them with: trl4ml report"
            )
        found = {name: self.read(name) for name in sorted(ours)}
        for name, content in found.items():
            if content is None or _sha(content) not in ours[name]:
                how = "is missing" if content is None else "was edited since trl4ml made it"
                raise WrongInput(f"{self.folder / name}: {how}; make it anew with: trl4ml report")
        return {name: content for name, content in found.items() if content is not None}

    def write(self, files: Mapping[str, str]) -> tuple[str, ...]:
        """The paths of the files that were not so before; what is no longer made is removed.

        Raises WrongInput, and then nothing was written.
        """
        ours = self._ours()
        if odd := [name for name in files if not _inside(name)]:
            raise WrongInput(f"{self.folder}: {odd[0]!r} is no name of a file in it")
        wanted = {name: text.encode() for name, text in files.items()}
        here = {name: self._digest(name) for name in {*wanted, *ours}}
        for name, content in wanted.items():
            if here[name] not in ({None, _sha(content)} | ours.get(name, set())):
                raise WrongInput(
                    f"{self.folder / name}: was not made by trl4ml, or was edited since, and stays as "
                    "it is; move it away, or write elsewhere with --output"
                )
        changed = tuple(name for name, content in wanted.items() if here[name] != _sha(content))
        gone = [name for name in ours.keys() - wanted.keys() if here[name] in ours[name]]
        try:
            self._write(wanted, changed, gone, ours)
        except OSError as error:
            raise WrongInput(f"{self.folder}: cannot be written ({error.strerror})") from None
        return changed

    def _write(
        self, wanted: dict[str, bytes], changed: tuple[str, ...], gone: list[str], ours: Digests
    ) -> None:
        """The list of what was and will be; the files; the list of what is."""
        now = {name: {_sha(content)} for name, content in wanted.items()}
        (self.folder / MANIFEST).parent.mkdir(parents=True, exist_ok=True)
        if changed or gone:
            both = {name: ours.get(name, set()) | now.get(name, set()) for name in {*ours, *now}}
            self._list(both)
        for name in changed:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / name, wanted[name])
        for name in gone:
            (self.folder / name).unlink(missing_ok=True)
        if self._ours() != now:
            self._list(now)

    def _list(self, digests: Digests) -> None:
        plain = {
            "made_by": MADE_BY,
            "files": {name: sorted(digests[name]) for name in sorted(digests)},
        }
        write_whole(self.folder / MANIFEST, (json.dumps(plain, indent=1) + "\n").encode())

    def _ours(self) -> Digests:
        """What was made here, and the digests that each may have. Raises WrongInput."""
        content = self.read(MANIFEST)
        if content is None:
            return {}
        try:
            listed = loads(content)["files"]
            found = {str(name): {str(one) for one in sums} for name, sums in listed.items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise WrongInput(f"{self.folder / MANIFEST}: is not the list of made files that trl4ml wrote; "
                             "restore it, or write elsewhere with --output") from None  # fmt: skip
        return {name: sums for name, sums in found.items() if _inside(name)}

    def _digest(self, name: str) -> str | None:
        content = self.read(name)
        return None if content is None else _sha(content)

    def _refuse_links(self) -> None:
        for path in (self.folder, self.folder / "data"):
            if path.is_symlink():
                raise WrongInput(f"{path}: is a link; remove it, or write elsewhere with --output")


def _inside(name: str) -> bool:
    """Whether it is a plain name in the folder, or in its `data`."""
    plain = name.removeprefix("data/")
    return plain not in ("", ".", "..") and not set(plain) & set("/\\\0")


def _sha(content: bytes) -> str:
    return sha256(content).hexdigest()
