"""Reviews of a project: what there is to sign, who has signed it, and what that comes to."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from trl4ml import run
from trl4ml.core.canonical import digest
from trl4ml.core.evidence import Evidence
from trl4ml.core.panel import SSH
from trl4ml.core.review import REPORT, Digest, Statement, Subject, payload
from trl4ml.core.standing import Checked, Standing, Verified
from trl4ml.core.tally import panel_id
from trl4ml.errors import WrongInput
from trl4ml.ledger import counting
from trl4ml.ledger.counting import stands, withdrawn
from trl4ml.ledger.disk import Ledger
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.note import Entry
from trl4ml.reviews import trusting
from trl4ml.reviews.trust_files import POLICY, TRUST
from trl4ml.reviews.trusting import Ground, Reviews

__all__ = ["Ground", "Reviews", "also", "of", "panels", "rechecked", "subjects", "would"]
LEVELS = range(10)


def of(
    path: Path | None = None, *, base: str | None = None, trust: str | None = None,
    now: datetime | None = None, cache: bool = True, stored_only: bool = False,
    progress: Callable[[str], None] = lambda what: None,
) -> Reviews:  # fmt: skip
    """The reviews of the project as it is now, checked.

    Keys, roles and rules are read from the revision `base`, else origin's default branch, or from
    the folder `trust`. Raises WrongInput, also where no reviews are in force.
    """
    done = run.gather(path, base=base, trust=trust, now=now, cache=cache, stored_only=stored_only,
                      look=True, progress=progress)  # fmt: skip
    reviews = run.shown(done).reviews
    if reviews is None:
        raise WrongInput(f"{TRUST}: there is no {POLICY}, neither here nor in the base branch, so no "
                         "reviews are in force; begin with: trl4ml reviewers add")  # fmt: skip
    return reviews


def subjects(reviews: Reviews) -> tuple[Subject, ...]:
    """What a note is about: the report, and the manifest of each model, by their digests."""
    named = {REPORT: reviews.report, **reviews.manifests}
    return tuple(Subject(name=name, digest=Digest(sha256=one)) for name, one in named.items())


def panels(reviews: Reviews) -> dict[str, dict[int, Evidence]]:
    """What the panel of each level comes to, by component: approved, rejected, or who is lacking."""
    return {
        name: {level: found[panel_id(level)] for level in LEVELS if panel_id(level) in found}
        for name, found in trusting.panels(reviews, run.TOOL).items()
    }


def rechecked(
    reviews: Reviews, more: Sequence[Entry] = (), *, now: datetime | None = None
) -> Reviews:
    """The ledger on disk read anew, with more entries, and checked against the same report.

    Whom to trust, the base branch and the report stay as they were read. Raises WrongInput.
    """
    try:
        entries = {one.path: one for one in Ledger(reviews.ground.root).entries()}
    except Refused as error:
        raise WrongInput(str(error)) from None
    together = entries | {one.path: one for one in more}
    ground = reviews.ground._replace(entries=tuple(together.values()), now=now or datetime.now(UTC),
                                     memory={})  # fmt: skip
    return trusting.reviews(ground, reviews.base_report)


def also(reviews: Reviews, path: str, content: bytes, now: datetime | None = None) -> Verified:
    """The ledger checked again with one more note in it, at this path. Raises WrongInput."""
    return rechecked(reviews, [Entry(path, content)], now=now).verified


def would(reviews: Reviews, statement: Statement, signer: str) -> Checked:
    """How a note would stand that this person signs with an SSH key, without any signature yet."""
    ground, verified, policy = reviews.ground, reviews.verified, reviews.policy
    note = Checked(digest(payload(statement)), "", 0, Standing.COUNTS, "", statement, signer, SSH)
    authors = trusting.who_wrote(ground, verified, reviews.report)
    there_is = trusting.present(ground, reviews.report)
    weighed = stands(
        note, counting.Ground(policy, policy.digest, there_is, ground.now, ground.owners, authors)
    )
    good = [one for one in verified.notes if one.standing is not Standing.REFUSED]
    return withdrawn([*good, weighed])[-1]
