"""`trl4ml provenance`: a manifest of a model's files, and whether a model is what was signed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from trl4ml.errors import WrongInput, to_install
from trl4ml.provenance.errors import Refused
from trl4ml.render.plain import json_text, printable

Progress = Callable[[str], None]
T = TypeVar("T")
COUNTS = ("signed", "changed", "missing", "unsigned", "ignored")
SAYS = {
    "verified": "VERIFIED",
    "verified_but_extra": "VERIFIED, BUT UNSIGNED FILES LIE BESIDE IT",
    "unknown": "UNKNOWN",
    "failed": "NOT VERIFIED",
}


class Wanted(NamedTuple):
    """What a model is compared with: a manifest, a signature and whom it is trusted to be of."""

    manifest: str | None = None
    signature: str | None = None
    trust: str | None = None
    keys: Sequence[str] = ()
    ignore_unsigned: bool = False


class Compared(NamedTuple):
    """What came out: lines for people, plain data, and whether all of it holds."""

    lines: list[str]
    data: dict[str, Any]
    holds: bool


def manifest(model: str, out: str | None, tell: Progress) -> str:
    """The manifest of the model as text; `out`, where it lies inside, is no part of it."""
    return str(guarded(lambda: _made(model, [out] if out else [], tell).to_json()))


def verify(model: str, wanted: Wanted, tell: Progress) -> Compared:
    """Compare with what is wanted. Raises WrongInput for whatever cannot be compared."""
    if not wanted.manifest and not wanted.signature:
        raise WrongInput("nothing to verify against: give --manifest FILE, or --signature FILE with "
                         "--key PEM or --trust FILE")  # fmt: skip
    if wanted.signature and not wanted.trust and not wanted.keys:
        raise WrongInput("--signature: whose? give the signer's public key with --key PEM, or a trust "
                         "file with --trust FILE; the key in a bundle proves nothing")  # fmt: skip
    beside = [one for one in (wanted.manifest, wanted.signature) if one]
    found = []
    if wanted.manifest:
        found.append(guarded(lambda: against_manifest(model, str(wanted.manifest), beside, tell)))
    if wanted.signature:
        found.append(guarded(lambda: against_signature(model, wanted, beside, tell)))
    lines = [line for one in found for line in one.lines]
    data = {key: value for one in found for key, value in one.data.items()}
    return Compared(lines, data, all(one.holds for one in found))


def text(done: Compared) -> str:
    """For the terminal."""
    return "".join(f"{printable(line)}\n" for line in done.lines)


def as_json(done: Compared) -> str:
    """For machines: `manifest` and `signature`, as far as they were asked for."""
    return json_text({"holds": done.holds, **done.data})


def against_manifest(model: str, file: str, beside: Sequence[str], tell: Progress) -> Compared:
    """Names, sizes and SHA-256 against the manifest in the file. Raises Refused."""
    from trl4ml.provenance.comparing import compare
    from trl4ml.provenance.manifest import LIMIT, read
    from trl4ml.provenance.names import counted

    reviewed = read(content(file, LIMIT), file)
    present = _made(model, beside, tell)
    other = compare(reviewed, present)
    about = f"{model}: {counted(len(present.files), 'file')}, {counted(present.size, 'byte')}"
    if not other:
        lines = [f"AS IN THE MANIFEST  {about}", f"  digest {present.digest}"]
    else:
        lines = [f"NOT AS IN THE MANIFEST  {about}", *(f"  {one}" for one in other)]
    unseen = _of_git(model)
    if unseen:
        lines.append(
            f"  not looked at: {counted(len(unseen), 'file')} of git's, such as {unseen[0]}"
        )
    rows = [{**one._asdict(), "says": str(one)} for one in other]
    data = {"digest": present.digest, "reviewed": reviewed.digest, "differences": rows,
            "not_looked_at": unseen}  # fmt: skip
    return Compared(lines, {"manifest": data}, not other)


def against_signature(
    model: str, wanted: Wanted, beside: Sequence[str], tell: Progress
) -> Compared:
    """The twelve steps of a check. Raises Refused."""
    from trl4ml.provenance.bundle import LIMIT
    from trl4ml.provenance.checking import check
    from trl4ml.provenance.disk import OnDisk

    bundle, place = str(wanted.signature), OnDisk(model)
    now = datetime.now(UTC)
    found = check(
        place, content(bundle, LIMIT), _trust(wanted), where=bundle,
        exclude=[name for one in beside for name in place.inside(one)],
        allow_extra=wanted.ignore_unsigned, current=lambda start, end: start <= now <= end,
        told=counting(tell, model),
    )  # fmt: skip
    by = f", signed by {found.signer}" if found.signer else ""
    counts = ", ".join(f"{getattr(found, name)} {name}" for name in COUNTS)
    lines = [f"{SAYS[found.status]}  {model}{by}", f"  files: {counts}"]
    lines += [f"  {'unknown: ' * one.open}{one.says}" for one in sorted(found.findings)]
    return Compared(lines, {"signature": found.to_json()}, found.status.startswith("verified"))


def _trust(wanted: Wanted) -> Any:
    from trl4ml.provenance import trust

    keys = [trust.pinned(content(one, trust.LIMIT), Path(one).name, one) for one in wanted.keys]
    if not wanted.trust:
        return trust.Trust(tuple(keys))
    found = trust.read(content(wanted.trust, trust.LIMIT), wanted.trust)
    return trust.Trust((*found.keys, *keys), found.roots)


def _made(model: str, beside: Sequence[str], tell: Progress) -> Any:
    from trl4ml.provenance.disk import OnDisk
    from trl4ml.provenance.manifest import make

    place = OnDisk(model)
    exclude = [name for one in beside for name in place.inside(one)]
    return make(place, exclude, counting(tell, model))


def _of_git(model: str) -> list[str]:
    """The files at the top of a model that no manifest lists."""
    from trl4ml.provenance.disk import OnDisk
    from trl4ml.provenance.names import GIT, shown, within

    return [shown(name) for name in OnDisk(model).entries() if within(name, GIT)]


def counting(tell: Progress, model: str) -> Callable[[int], None]:
    """Adds up what was read, and tells."""
    read = 0

    def told(more: int) -> None:
        nonlocal read
        read += more
        tell(f"{model}: {read / 1e9:.1f} GB hashed")

    return told


def content(file: str, limit: int) -> bytes:
    """At most one byte more than the limit. Raises Refused, which names the file."""
    try:
        with Path(file).open("rb") as opened:
            return opened.read(limit + 1)
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror}); give another file") from None


def guarded(do: Callable[[], T]) -> T:
    """What it gives. Raises WrongInput for what the library refuses or lacks."""
    try:
        return do()
    except Refused as refused:
        raise WrongInput(str(refused)) from None
    except ModuleNotFoundError as error:
        raise WrongInput(f"signatures: {to_install((error.name or '').split('.')[0])}") from None
