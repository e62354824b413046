"""A bundle of evidence that is read and checked without us: a zip with a list of SHA-256 sums.

    unzip bundle.zip && sha256sum --check SHA256SUMS

The same audit gives the same bytes: names sorted, no clock, no owner, no compression to differ.
"""

import hashlib
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.canonical import canonical, digest
from trl4ml.dense import SPARE, TIMES, loads, told
from trl4ml.enclosing import declared, plain
from trl4ml.errors import WrongInput
from trl4ml.load.reports import parsed
from trl4ml.render.plain import json_text
from trl4ml.render.statements import statements
from trl4ml.run import Audit, render
from trl4ml.store.evidence import Store
from trl4ml.store.records import read_whole, write_whole

SUMS = "SHA256SUMS"
ABOUT = "README.txt"
EPOCH = (1980, 1, 1, 0, 0, 0)
ATTESTATIONS = "attestations"
LARGEST_STATEMENT = 4_000_000
LARGEST, MOST_FILES = 200_000_000, 20_000
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
PLAIN = (0, stat.S_IFREG)
"""What an entry may be: unzip makes links of others, and nobody knows what sha256sum then reads."""
LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)")
TOLD = """What this bundle is: the evidence of one audit by {tool}, of the project {project}.

Check that nothing was changed:   sha256sum --check SHA256SUMS
The report:                       report.md, and as data report.json (digest {digest})
What each probe found:            evidence/<sha256 of the file>.json, with what belongs to it
The same as in-toto statements:   statements/
What was declared, and by whom:   declared/, with answers and switchbacks as people recorded them,
                                  and with reviews as they were signed

The sums show that the files belong together, not who made them: for that, sign SHA256SUMS.
"""


class Checked(NamedTuple):
    """A bundle that is whole: its project, the digest of its report, how many files it has."""

    project: str
    digest: str
    files: int


def bundle(done: Audit) -> bytes:
    """The bundle of an audit. Raises WrongInput when a file that belongs in it cannot be read."""
    report = done.report
    whole = digest(report)
    parts: dict[str, bytes] = {
        ABOUT: TOLD.format(tool=report.tool, project=report.project, digest=whole).encode(),
        "report.json": render(report, "json").encode(),
        "report.md": render(report, "markdown").encode(),
    }
    store = Store(done.root)
    for of, one in report.evidence.items():
        parts[f"evidence/{of}.json"] = canonical(one)
        for name, sum in one.attached.items():
            content = store.attachment(of, name)
            if content is not None and hashlib.sha256(content).hexdigest() == sum:
                parts[f"evidence/{of}.{name}"] = content
    for name, statement in statements(report).items():
        parts[f"statements/{name}"] = json_text(statement, sort_keys=True).encode()
    parts |= declared(done)
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted(parts.items())
    )
    return _zipped({**parts, SUMS: sums.encode()})


def write(path: Path, content: bytes) -> None:
    """A new file, whole or not there at all. Raises WrongInput, also for a file that is there."""
    if path.exists():
        raise WrongInput(f"{path}: is there already; name another file with --output")
    try:
        write_whole(path, content)
    except OSError as error:
        raise WrongInput(f"{path}: cannot be written ({error.strerror})") from None


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    memory_file = io.BytesIO()
    with zipfile.ZipFile(memory_file, "w", zipfile.ZIP_STORED) as whole:
        for name, content in sorted(parts.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            whole.writestr(entry, content)
    return memory_file.getvalue()


def check(path: Path) -> Checked:
    """The bundle, when every sum is right and nothing is missing or added. Raises WrongInput."""
    return checked(path, opened(path))


def checked(path: Path, parts: Mapping[str, bytes]) -> Checked:
    """The same of the files of the bundle, by name. Raises WrongInput."""
    listed = _listed(path, parts)
    for name in sorted(parts.keys() - listed.keys() - {SUMS}):
        raise WrongInput(f"{path}: {name} is not in {SUMS}, so somebody added it")
    for name, sum in listed.items():
        if name not in parts:
            raise WrongInput(f"{path}: {name} is in {SUMS}, but missing")
        if hashlib.sha256(parts[name]).hexdigest() != sum:
            raise WrongInput(f"{path}: {name} was changed; ask for the bundle again")
    for name, content in parts.items():
        folder, _, file = name.partition("/")
        own = folder == "evidence" and re.fullmatch(r"[0-9a-f]{64}\.json", file)
        if own and hashlib.sha256(content).hexdigest() != file.removesuffix(".json"):
            raise WrongInput(f"{path}: {name} is not what its name says")
    if "report.json" not in parts:
        raise WrongInput(f"{path}: holds no report.json")
    report = parsed(parts["report.json"], f"{path}: report.json")
    for of, one in report.evidence.items():
        if digest(one) != of or f"evidence/{of}.json" not in parts:
            raise WrongInput(f"{path}: report.json rests on other evidence than the bundle holds")
    return Checked(report.project, digest(report), len(parts))


def taken(root: Path, path: Path) -> tuple[Path, ...]:
    """Puts the statements of a bundle, or one statement, into the project. Raises WrongInput."""
    if packed := path.is_file() and zipfile.is_zipfile(path):
        whole = opened(path)
        checked(path, whole)
        own = (name for name in whole if name.startswith("statements/"))
        parts = {name.removeprefix("statements/"): whole[name] for name in own}
    else:
        parts = {path.name: read_whole(str(path), LARGEST_STATEMENT)}
    if not parts:
        raise WrongInput(f"{path}: holds no statement")
    folder = root / ATTESTATIONS
    if folder.is_symlink():
        raise WrongInput(
            f"{folder}: is a link; remove it, so that attestations stay in the project"
        )
    for name, content in parts.items():
        _refuse(f"{path}: {name}" if packed else str(path), content)
        _refuse_place(folder, name, content)
    try:
        folder.mkdir(exist_ok=True)
        for name, content in parts.items():
            write_whole(folder / name, content)
    except OSError as error:
        raise WrongInput(f"{folder}: cannot be written ({error.strerror})") from None
    return tuple(folder / name for name in sorted(parts))


def _refuse_place(folder: Path, name: str, content: bytes) -> None:
    """A statement would not be read there, or would do away with another one."""
    path = folder / name
    if not name.endswith(".json") or "/" in name:
        says = "would not be read there; give it a plain name that ends in .json"
        raise WrongInput(f"{path}: {says}")
    if os.path.lexists(path) and read_whole(str(path), LARGEST_STATEMENT) != content:
        says = "is there already and says otherwise; remove it first, or name the new one otherwise"
        raise WrongInput(f"{path}: {says}")


def _refuse(shown: str, content: bytes) -> None:
    from trl4ml.probes.attested_tests import statement

    try:
        data = loads(content)
    except (ValueError, RecursionError) as error:
        raise WrongInput(f"{shown}: {told(error, 'not JSON, so no statement')}") from None
    said = statement(shown, data)
    if isinstance(said, str):
        raise WrongInput(f"{shown}: {said}")


def _listed(path: Path, parts: Mapping[str, bytes]) -> dict[str, str]:
    try:
        lines = parts[SUMS].decode().splitlines()
    except (KeyError, UnicodeDecodeError):
        raise WrongInput(f"{path}: holds no {SUMS}, so it is no bundle of evidence") from None
    found = [LINE.fullmatch(line) for line in lines]
    if not all(found):
        raise WrongInput(f"{path}: {SUMS} is not as sha256sum writes it")
    listed = {one[2]: one[1] for one in found if one}
    if len(listed) < len(found):
        raise WrongInput(f"{path}: {SUMS} names a file twice")
    return listed


def opened(path: Path) -> dict[str, bytes]:
    """The files of a zip by name. Raises WrongInput for what is no bundle, is huge, or hostile."""
    if path.exists() and not path.is_file():
        raise WrongInput(f"{path}: is no file, so no bundle of evidence")
    try:
        with zipfile.ZipFile(path) as whole:
            entries = whole.infolist()
            most = min(LARGEST, TIMES * path.stat().st_size + SPARE)
            if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > most:
                raise WrongInput(
                    f"{path}: larger than any bundle of evidence; is it the right file?"
                )
            if any(one.compress_type not in PACKED for one in entries):
                raise WrongInput(f"{path}: is packed in a way that no bundle of evidence is")
            if any(stat.S_IFMT(one.external_attr >> 16) not in PLAIN for one in entries):
                raise WrongInput(f"{path}: holds a link, which no bundle of evidence does")
            seen: set[str] = set()
            for name in (one.filename for one in entries):
                if name in seen or name != plain(name) or not name.isprintable():
                    raise WrongInput(
                        f"{path}: the name {name!r} in it is twice there, or leads out"
                    )
                seen.add(name)
            return {one.filename: whole.read(one) for one in entries}
    except (
        OSError,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
        zlib.error,
    ) as error:
        says = getattr(error, "strerror", None) or "not a zip file"
        raise WrongInput(f"{path}: cannot be opened ({says})") from None
