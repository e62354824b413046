"""A review signed here: the report of this moment, and a note that is checked before it is kept."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from trl4ml import run
from trl4ml.core.evidence import Outcome
from trl4ml.core.report import Report
from trl4ml.core.standing import Checked, Standing
from trl4ml.errors import WrongInput
from trl4ml.ledger.errors import Refused
from trl4ml.reviews import reviewing
from trl4ml.reviews.trusting import Reviews

Progress = Callable[[str], None]


class Before(NamedTuple):
    """What there is to sign: the report as it is shown, and the reviews so far."""

    report: Report
    reviews: Reviews


def before(
    path: Path | None, base: str | None, trust: str | None, stored: bool, tell: Progress
) -> Before:
    """Measure anew, and check the reviews so far. Raises WrongInput where nothing can be signed."""
    done = run.gather(path, base=base, trust=trust, stored_only=stored, look=True, progress=tell)
    shown = run.shown(done)
    if shown.reviews is None:
        raise WrongInput("no reviews are in force, as neither this tree nor the base branch has "
                         ".trl4ml/trust; begin with: trl4ml reviewers add WHO --role ROLE --key FILE")  # fmt: skip
    if not usable(shown.reviews):
        raise WrongInput(shown.reviews.problem)
    if faults := shown.reviews.verified.faults:
        says = "nothing is signed while the ledger is not whole; see: trl4ml verify"
        raise WrongInput("\n".join((*faults, says)))
    if stored and (says := not_current(shown.reviews.base_report)):
        raise WrongInput(f"{says}; a review is signed on current evidence, so leave --stored away")
    return Before(shown.report, shown.reviews)


def usable(reviews: Reviews) -> bool:
    """Whether the ledger could be checked at all; where not, `problem` says why."""
    return reviews.trust is not None and bool(reviews.verified.notes or not reviews.ground.entries)


def not_current(report: Report) -> str:
    """The first evidence that is missing or out of date; empty where all of it is current."""
    for one in report.evidence.values():
        if one.outcome is Outcome.UNKNOWN and one.message.startswith("no current evidence: "):
            return f"{one.probe}: {one.message}"
    return ""


def kept(found: Before, signed: bytes, signature: str, now: datetime) -> Checked:
    """The note at its place, as the check of the ledger sees it there; and then its file, whole or
    not there. Raises WrongInput.
    """
    from trl4ml.ledger.disk import Ledger
    from trl4ml.ledger.note import Entry, Note, written

    ledger = Ledger(found.reviews.ground.root)
    try:
        entry = Entry(ledger.path_of(signed), written(signed, signature))
        then = reviewing.rechecked(found.reviews, [entry], now=now)
        digest = Note(signed, signature).digest
        own = next((one for one in then.verified.notes if one.digest == digest), None)
        if own is None or own.standing is Standing.REFUSED:
            says = own.says if own else then.problem or "it is not found where it belongs"
            raise WrongInput(f"nothing was written, as the note would be refused: {says}")
        ledger.append(signed, signature)
    except Refused as refused:
        raise WrongInput(f"nothing was written: {refused}") from None
    return own
