"""One note at the door: whether it is one, who signed it, its place, and what the check says."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

from trl4ml.core.review import NAMESPACE, Statement
from trl4ml.core.standing import Checked, Standing, Verified
from trl4ml.ledger import keys
from trl4ml.ledger import note as notes
from trl4ml.ledger.chain import place
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.note import Entry, Note
from trl4ml.ledger.signing import known, signer
from trl4ml.reviews.trusting import Reviews
from trl4ml.server.clock import now
from trl4ml.server.limits import Refusal

TAKEN = (Standing.COUNTS, Standing.REVOKED)
"""A note that counts, or that another of the same batch takes back."""
STATUS = {Standing.STALE: 409}
REFUSED = 422
NAMED = "the note: "
NO_PREV = "names a note before it that this ledger does not hold; open the page again and sign anew"


class Answer(NamedTuple):
    status: int
    body: Mapping[str, Any]


class Offered(NamedTuple):
    """A note that waits for its answer."""

    note: Note
    statement: Statement
    answer: "Future[Answer]"

    @property
    def digest(self) -> str:
        return self.note.digest


def read(content: bytes) -> Offered:
    """The note of a request's body. Raises Refusal where it is none."""
    try:
        one = notes.read(content)
        return Offered(one, notes.statement(one), Future())
    except Refused as why:
        raise Refusal(REFUSED, f"{NAMED}{why}") from None


def signed(one: Offered, reviews: Reviews) -> None:
    """Whether a key that the project trusts made the signature. Raises Refusal.

    Asked before the note is queued, so that strangers cause no check of the ledger.
    """
    if reviews.trust is None:
        raise Refusal(REFUSED, reviews.problem)
    try:
        found = signer(one.note.signature, known(reviews.trust), NAMESPACE, now())
        origins = reviews.trust.policy.origins
        keys.verify(found.signature, one.note.payload, NAMESPACE, origins)
    except Refused as why:
        raise Refusal(REFUSED, f"{NAMED}{why}") from None


def placed(
    new: Sequence[Offered], verified: Verified
) -> tuple[dict[str, Entry], dict[str, Answer]]:  # fmt: skip
    """Each note at its place in the ledger, by digest; and those that follow a note unknown here."""
    numbers = {one.digest: one.number for one in verified.notes if one.digest}
    entries: dict[str, Entry] = {}
    waiting = list(new)
    while True:
        later = []
        for one in waiting:
            prev = one.statement.predicate.prev
            number = 1 if prev is None else numbers.get(prev, 0) + 1 if prev in numbers else 0
            if not number:
                later.append(one)
                continue
            numbers[one.digest] = number
            content = notes.written(one.note.payload, one.note.signature)
            entries[one.digest] = Entry(place(number, one.statement, one.digest), content)
        if len(later) == len(waiting):
            return entries, {
                one.digest: _no(one.digest, Standing.REFUSED, NO_PREV) for one in later
            }
        waiting = later


def refused(entries: Mapping[str, Entry], after: Reviews, before: Verified) -> dict[str, Answer]:
    """Those of the notes that the check does not let count, each with its sentence."""
    found = {one.path: one for one in after.verified.notes}
    lost = {}
    for digest, entry in entries.items():
        one = found.get(entry.path)
        if one is None:
            lost[digest] = _no(digest, Standing.REFUSED, after.problem or "it cannot be checked")
        elif one.standing not in TAKEN:
            lost[digest] = _no(digest, one.standing, one.says)
    worse = [says for says in after.verified.faults if says not in before.faults]
    if worse and not lost:
        lost = {digest: _no(digest, Standing.REFUSED, worse[0]) for digest in entries}
    return lost


def _no(digest: str, standing: Standing, says: str) -> Answer:
    body = {"says": f"{NAMED}{says}", "standing": standing, "digest": digest}
    return Answer(STATUS.get(standing, REFUSED), body)


def told(one: Checked, seen: bool) -> Answer:
    if one.standing is Standing.REFUSED:
        return _no(one.digest, one.standing, one.says)
    body = {
        "digest": one.digest, "path": one.path, "standing": one.standing, "says": one.says,
        "next": "nothing: the note was here already" if seen else "the pages show it in a moment",
    }  # fmt: skip
    return Answer(200 if seen else 201, body)
