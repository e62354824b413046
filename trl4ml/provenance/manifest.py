"""The manifest of a model: names, sizes and SHA-256 of its files, and one digest of them all.

The digest is SHA-256 over the RFC 8785 JSON of the list of files, names and sizes included; unlike
the root digest of OpenSSF Model Signing it therefore changes when a file is renamed.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import rfc8785

from trl4ml.provenance import strict
from trl4ml.provenance.errors import Refused
from trl4ml.provenance.hashing import Part, digests
from trl4ml.provenance.model import Model, unchanged
from trl4ml.provenance.names import GIT, collapsing, fault, shown, within

FORMAT = "trl4ml-model-manifest/1"
LIMIT = 256_000_000
KEYS = {"name", "size", "sha256"}


@dataclass(frozen=True, order=True)
class File:
    """Name in the model, size in bytes, SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The files of one model, sorted by name by code point."""

    name: str
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        """In bytes, of all files."""
        return sum(one.size for one in self.files)

    @property
    def digest(self) -> str:
        """Of names, sizes and contents; not of what the model is called."""
        return hashlib.sha256(rfc8785.dumps(self._rows())).hexdigest()

    def _rows(self) -> list[Any]:
        return [{"name": f.name, "size": f.size, "sha256": f.sha256} for f in self.files]

    def to_json(self) -> str:
        """The manifest as it is kept: a line a file, so that git shows which one changed."""
        head = {"manifest": FORMAT, "model": self.name, "digest": self.digest}
        lines = ",\n".join(f"    {json.dumps(row)}" for row in self._rows())
        return f'{json.dumps(head, indent=2)[:-2]},\n  "files": [\n{lines}\n  ]\n}}\n'


def make(
    model: Model, exclude: Iterable[str] = (), told: Callable[[int], None] = lambda read: None,
    cores: int | None = None,
) -> Manifest:  # fmt: skip
    """Hash every file of the model. `exclude` are names in it, such as of the manifest itself.

    Raises Refused for a model without files, for a link that leads out, a device, a name that no
    manifest may hold, and for whatever changes meanwhile.
    """
    alone, before = set(exclude), model.entries()
    kept = {n: entry for n, entry in before.items() if n not in alone and not within(n, GIT)}
    if not kept:
        raise Refused(f"{shown(model.name)} holds no file; name the folder that holds the model")
    for name, entry in kept.items():
        if why := fault(name) or entry.fault:
            raise Refused(
                f"{shown(name)} {why}; a manifest cannot vouch for it: remove or rename it"
            )
    found = digests(model, map(Part, kept), told=told, cores=cores)
    unchanged(model, before)
    files = (File(name, entry.size, found[Part(name)]) for name, entry in kept.items())
    return Manifest(model.name, tuple(sorted(files)))


def read(text: bytes, where: str = "the manifest") -> Manifest:
    """The manifest in the text. Raises Refused, which begins with `where`."""
    data = strict.mapping(strict.parsed(text, where, LIMIT), where)
    if data.get("manifest") != FORMAT:
        raise Refused(f"{where} is no model manifest ('manifest' should be '{FORMAT}'); make one "
                      "with: trl4ml provenance manifest MODEL")  # fmt: skip
    files = [_file(row, where) for row in strict.listed(data.get("files"), f"{where}: 'files'")]
    names = [one.name for one in files]
    if not files or names != sorted(set(names)):
        raise Refused(f"{where}: names of files are not sorted and unique; make it again")
    if pairs := collapsing(names):
        raise Refused(f"{where}: '{pairs[0][0]}' and '{pairs[0][1]}' are one file on some disks; "
                      "rename one and make the manifest again")  # fmt: skip
    made = Manifest(strict.text(data.get("model"), f"{where}: 'model'"), tuple(files))
    if data.get("digest") != made.digest:
        raise Refused(f"{where}: 'digest' is not that of the files listed; the manifest was edited, "
                      "make it again from the reviewed model")  # fmt: skip
    return made


def _file(row: Any, where: str) -> File:
    found = strict.mapping(row, f"{where}: an entry of 'files'")
    if set(found) != KEYS:
        raise Refused(f"{where}: an entry of 'files' should have name, size and sha256 alone")
    name = strict.text(found["name"], f"{where}: 'name'")
    if why := fault(name):
        raise Refused(f"{where}: the name '{shown(name)}' {why}; make the manifest again")
    size, sha256 = found["size"], found["sha256"]
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**53:
        raise Refused(f"{where}: the size of {shown(name)} is no number of bytes")
    if not isinstance(sha256, str) or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise Refused(f"{where}: sha256 of {shown(name)} is not 64 hex digits")
    return File(name, size, sha256)
