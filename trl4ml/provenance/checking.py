"""Is a model what somebody trusted signed? Steps 1 to 12 of a check, every finding at once.

After OpenSSF Model Signing 1.0. What a signature does not cover: modes, empty folders, times, and
what files do when they are loaded.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from trl4ml.provenance import bundle as bundles
from trl4ml.provenance import statement as statements
from trl4ml.provenance.errors import Refused
from trl4ml.provenance.hashing import MAKERS, Part, digests
from trl4ml.provenance.model import Entry, Model, unchanged
from trl4ml.provenance.names import GIT, collapsing, fault, shown, within
from trl4ml.provenance.parts import Covered, parts
from trl4ml.provenance.signer import Current, signer
from trl4ml.provenance.statement import Statement
from trl4ml.provenance.trust import Trust

STATUSES = ("verified", "verified_but_extra", "unknown", "failed")


class Finding(NamedTuple):
    """One thing that does not fit (or, `open`, could not be settled), of one step of the check."""

    step: int
    says: str
    name: str = ""
    """The file, where there is one."""
    open: bool = False


@dataclass
class Checked:
    """What a check found. Counts are of files, bytes of what lies there now."""

    method: str
    signer: str = ""
    valid_until: str = ""
    payload_sha256: str = ""
    """The signature's identity: of one payload many signatures are possible."""
    signed: int = 0
    changed: int = 0
    missing: int = 0
    unsigned: int = 0
    ignored: int = 0
    signed_bytes: int = 0
    unsigned_bytes: int = 0
    ignored_bytes: int = 0
    legacy: bool = False
    extras_allowed: bool = False
    findings: list[Finding] = field(default_factory=list)

    @property
    def status(self) -> str:
        """One of STATUSES; `verified_but_extra` is weaker: unsigned files lie beside the signed."""
        if any(not one.open for one in self.findings):
            return "failed"
        if self.findings:
            return "unknown"
        return "verified_but_extra" if self.unsigned else "verified"

    def to_json(self) -> dict[str, Any]:
        """Plain data, the status first."""
        plain = asdict(self)
        plain["findings"] = [one._asdict() for one in sorted(self.findings)]
        return {"status": self.status, **plain}


def check(
    model: Model, text: bytes, trust: Trust, *, current: Current, where: str = "the bundle",
    exclude: Iterable[str] = (), allow_extra: bool = False,
    told: Callable[[int], None] = lambda read: None, cores: int | None = None,
) -> Checked:  # fmt: skip
    """Check the model against a bundle. `exclude` names the bundle itself where it lies inside.

    Raises Refused for a bundle that is none (step 1), and for files that change meanwhile (12).
    """
    bundle = bundles.read(text, where)
    found = Checked(bundle.method, payload_sha256=sha256(bundle.payload).hexdigest())
    found.extras_allowed = allow_extra
    who = signer(bundle, trust, current)
    found.signer, found.valid_until = who.name, who.valid_until
    found.legacy = who.open.startswith("the signature is of the format before")
    if who.wrong or who.open:
        steps = {"key": 3, "certificate": 4, "sigstore": 5}
        found.findings.append(
            Finding(steps[bundle.method], who.wrong or who.open, open=not who.wrong)
        )
    try:
        if statements.predicate_type(bundle.payload) == statements.LEGACY:
            found.legacy = True
            found.findings.append(Finding(6, "legacy format, not verified; sign the model again with "
                                          "model-signing 1.0 or newer", open=True))  # fmt: skip
            return found
        statement = statements.read(bundle.payload)
    except Refused as why:
        found.findings.append(Finding(6, str(why)))
        return found
    found.findings += [Finding(6, says) for says in statement.faults]
    _files(found, model, statement, tuple(exclude), (told, cores))
    return found


def _files(
    found: Checked, model: Model, statement: Statement, excluded: tuple[str, ...],
    how: tuple[Callable[[int], None], int | None],
) -> None:  # fmt: skip
    """Steps 7 to 12: names, files present, ignored paths, links, shards, contents."""
    entries = model.entries()
    covered, faults = parts(statement, next(iter(entries)) if model.single else "")
    say = found.findings.append
    for says in [*faults, *statements.contradictions(statement, [*covered])]:
        say(Finding(7, says))
    passed = (*GIT, *statement.ignored)
    ignored = {n: e for n, e in entries.items() if n in excluded or within(n, passed)}
    present = {n: e for n, e in entries.items() if n not in ignored}
    for one, other in collapsing([*covered, *present]):
        say(Finding(7, f"{shown(one)} and {shown(other)} are one file on some disks", other))
    found.ignored, found.ignored_bytes = len(ignored), sum(e.size for e in ignored.values())
    found.signed = len(covered)
    for name in sorted(covered.keys() - present.keys()):
        found.missing += 1
        say(Finding(8, f"{shown(name)} is missing", name))
    _links(found, present, statement.allow_links)
    _extras(found, present, covered, statement.method)
    _contents(found, model, statement, covered, present, how)
    unchanged(model, entries)


def _links(found: Checked, present: dict[str, Entry], allowed: bool) -> None:
    for name, entry in present.items():
        why = entry.fault or (
            "is a link, and links are not signed" if not allowed and entry.link else ""
        )
        if why:
            found.findings.append(Finding(10, f"{shown(name)} {why}", name))


def _extras(found: Checked, present: dict[str, Entry], covered: Covered, method: str) -> None:
    for name in sorted(present.keys() - covered.keys()):
        found.unsigned += 1
        found.unsigned_bytes += present[name].size
        if why := fault(name):
            found.findings.append(Finding(7, f"{shown(name)} {why}", name))
        if not found.extras_allowed:
            empty = (
                " (an empty file, which shards cannot sign)"
                if method == "shards" and not present[name].size
                else ""
            )
            found.findings.append(Finding(8, f"{shown(name)} is not signed{empty}", name))


def _contents(
    found: Checked, model: Model, statement: Statement, covered: Covered,
    present: dict[str, Entry], how: tuple[Callable[[int], None], int | None],
) -> None:  # fmt: skip
    readable = {n: covered[n] for n in covered if n in present and not present[n].fault}
    found.signed_bytes = sum(present[name].size for name in readable)
    if statement.algorithm not in MAKERS:
        found.findings.append(Finding(8, f"digests are {statement.algorithm}, which trl4ml does not "
                              "compute; sign the model with sha256", open=True))  # fmt: skip
        return
    whole = {name: pieces for name, pieces in readable.items() if _fits(pieces, present[name].size)}
    wanted = {part: digest for pieces in whole.values() for part, digest in pieces}
    got = digests(model, wanted, statement.algorithm, *how)
    other = {part.name for part, digest in wanted.items() if got[part] != digest}
    for name in sorted(other | (readable.keys() - whole.keys())):
        found.changed += 1
        found.findings.append(Finding(8, f"{shown(name)} has changed", name))


def _fits(pieces: list[tuple[Part, str]], size: int) -> bool:
    """Whether the parts end where the file does, and each lies inside it."""
    ends = [size if part.end is None else part.end for part, _ in pieces]
    inside = all(part.start <= end <= size for (part, _), end in zip(pieces, ends, strict=True))
    return inside and ends[-1] == size
