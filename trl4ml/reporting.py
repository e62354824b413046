"""`trl4ml report`: the pages of a project, or of a report JSON, in a folder that keeps its past."""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from trl4ml import run
from trl4ml.core.answer import names
from trl4ml.core.canonical import digest
from trl4ml.core.project import Component
from trl4ml.core.report import Report
from trl4ml.core.review import NAMESPACE
from trl4ml.dense import loads
from trl4ml.errors import WrongInput
from trl4ml.load import reports
from trl4ml.loading import find
from trl4ml.presenting import AUDIT, HISTORY, PREVIOUS, Earlier, Found, made
from trl4ml.render.pages.levels import Past
from trl4ml.render.pages.reviews import Passkey, Reviewed
from trl4ml.store.made import Made

if TYPE_CHECKING:
    from trl4ml.ledger.trust import Trust
    from trl4ml.reviews.trusting import Reviews

__all__ = [
    "AUDIT", "Earlier", "Found", "Written", "earlier", "folder", "made", "of_file", "of_project",
    "reviewed", "write",
]  # fmt: skip
MOST_PASTS = 1000
PASSKEY = "sk-ecdsa-sha2-nistp256@openssh.com"
"""The kind of key that a passkey is to OpenSSH."""


class Written(NamedTuple):
    """Where the pages lie, and which files of how many are not as they were."""

    folder: Path
    changed: tuple[str, ...]
    files: int
    notices: tuple[str, ...]


def of_project(
    path: str | Path | None = None, *, cache: bool = True, today: date | None = None,
    base: str | None = None, trust: str | None = None,
    progress: Callable[[str], None] = lambda what: None,
) -> Found:  # fmt: skip
    """Audit the project. Raises WrongInput.

    Whose reviews count is read from the revision `base`, or from the folder `trust`.
    """
    done = run.gather(path, cache=cache, today=today, base=base, trust=trust, progress=progress)
    report, reviews = run.shown(done)
    if not report.applicable:
        raise WrongInput("nothing was checked: no item in force applies to what was chosen")
    fresh = {held.digest: held.evidence for own in done.evidence.values() for held in own.values()}

    def attachment(of: str, name: str) -> str | None:
        one = fresh.get(of)
        if one is None or name not in one.attached:
            return None
        text = one.attachments.get(name)
        content = done.store.attachment(of, name) if text is None else text.encode()
        if content is None or sha256(content).hexdigest() != one.attached[name]:
            return None
        return content.decode()

    notices = tuple(done.store.notices)
    parts = done.loaded.project.components
    own = reviewed(reviews, done.history.top.prefix.rstrip("/")) if reviews else None
    return Found(report, attachment, parts, done.today, notices, own)


def reviewed(reviews: "Reviews", folder: str = "") -> Reviewed:
    """What pages show of the reviews; `folder` leads from the repository to the project.

    The commit that the rules were read at is left out: else each commit there would change pages.
    """
    trust, ground = reviews.trust, reviews.ground
    everyone = sorted({who for holders in reviews.policy.roles.values() for who in holders})
    owned = {
        name: {part for one in own for part in names(one)} for name, own in ground.owners.items()
    }
    return Reviewed(
        policy=reviews.policy,
        trusted_from=reviews.trusted_from.removesuffix(f" ({ground.branch.commit[:12]})"),
        report=reviews.base_report,
        digest=reviews.report,
        manifests=reviews.manifests,
        verified=reviews.verified,
        passkeys=_passkeys(trust, ground.now) if trust else (),
        owners={
            name: [who for who in everyone if who.casefold() in own] for name, own in owned.items()
        },
        folder=folder,
        problem=reviews.problem,
    )


def _passkeys(trust: "Trust", now: datetime) -> tuple[Passkey, ...]:
    """Those that may sign reviews now."""
    return tuple(
        Passkey(one.principal, b64encode(one.key).decode())
        for one in trust.signers
        if one.kind == PASSKEY and one.key not in trust.revoked and not one.lacks(NAMESPACE, now)
    )


def of_file(path: Path, today: date | None = None) -> Found:
    """The report in a JSON file. Raises WrongInput, also when it is not as it was written."""
    report = reports.report(path)
    if not _whole(report):
        raise WrongInput(
            f"{path}: not a report of trl4ml (what it names is not in it); {reports.MAKE}"
        )
    components = tuple(
        Component.model_construct(name=one.name, kind=one.kind, claims=one.claims,
                                  entry_level=one.entry_level, coupled=one.coupled)
        for one in report.components
    )  # fmt: skip
    return Found(report, lambda of, name: None, components, today or datetime.now(UTC).date())


def _whole(report: Report) -> bool:
    """Whether all that its verdicts name is in it, and its registers are lists of entries."""
    items = {item.id for item in report.items}
    verdicts = [v for component in report.components for v in component.verdicts]
    entries = [
        entry.get("entries", []) if isinstance(entry, dict) else [entry]
        for entry in report.registers.values()
    ]
    return (
        any(component.name == report.weakest for component in report.components)
        and items.issuperset(v.item for v in verdicts)
        and all(report.evidence.keys() >= set(v.evidence) for v in verdicts)
        and all(isinstance(e, list) and all(isinstance(o, dict) for o in e) for e in entries)
    )


def folder(path: Path | None) -> Path:
    """Where the pages of the project lie if nothing else is said. Raises WrongInput."""
    own = find(path) / "reports"
    if own.is_symlink():
        raise WrongInput(f"{own}: is a link; remove it, or write elsewhere with --output")
    return own


def write(found: Found, output: Path) -> Written:
    """The pages to `<output>/<project>/`. Raises WrongInput, and then writes nothing."""
    own = output / found.report.project
    before = earlier(own, found.report)
    files = made(found, before)
    return Written(own, Made(own).write(files), len(files), (*found.notices, *before.notices))


def earlier(own: Path, report: Report) -> Earlier:
    """What the folder of pages holds from earlier times. Raises WrongInput for a broken history."""
    there = Made(own)
    notices = []
    for name in (AUDIT, PREVIOUS):
        content = there.read(name)
        if content is None:
            continue
        try:
            last = reports.parsed(content, own / name)
        except WrongInput as why:
            notices.append(f"{why}; nothing is compared with it")
            continue
        if digest(last) != digest(report):
            return Earlier(last, _history(own), tuple(notices))
    return Earlier(None, _history(own), tuple(notices))


def _history(own: Path) -> tuple[Past, ...]:
    content = Made(own).read(HISTORY)
    if content is None:
        return ()
    try:
        every = loads(content)
        return tuple(Past.model_validate_json(json.dumps(one)) for one in every)[-MOST_PASTS:]
    except (ValueError, TypeError, RecursionError, ValidationError):
        raise WrongInput(f"{own / HISTORY}: not a history that trl4ml wrote; restore it, or remove it "
                         "to begin anew") from None  # fmt: skip
