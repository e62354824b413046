"""The whole check of a ledger, offline: form, place, signature, key, and what there is now.

Pure: the same files, trust and time give the same answer, in whatever order the files come. The
order is form, place, key, signature, time, project; then whether the signer may speak at all, and what was
reviewed. Each note stops at its first fault.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from trl4ml.core.review import NAMESPACE, SignOff
from trl4ml.core.standing import Checked, Standing, Verified
from trl4ml.ledger import chain, keys
from trl4ml.ledger.anchors import compared
from trl4ml.ledger.chain import NAME, SLACK, Link
from trl4ml.ledger.counting import Ground, stands, withdrawn
from trl4ml.ledger.errors import Missing, Refused
from trl4ml.ledger.note import AT_HAND, Entry, opened
from trl4ml.ledger.signing import Known, known, signer
from trl4ml.ledger.sshsig import Signature
from trl4ml.ledger.trust import Base, Now, Trust


class Held(NamedTuple):
    """What a signature is held against."""

    known: Known
    origins: tuple[str, ...]
    project: str
    base: Base
    now: datetime


def checked(
    entries: Sequence[Entry], trust: Trust, present: Now, *, now: datetime, base: Base,
    owners: Mapping[str, Iterable[str]], authors: Mapping[str, Collection[str]],
    anchors: Mapping[str, bytes] = {},
) -> Verified:  # fmt: skip
    """Every note of the ledger with its standing, and what is wrong with the ledger itself.

    `owners` are the entries of trl4ml.yaml, `authors` names and addresses in small letters, both by
    component; `anchors` the raw objects of the tags that anchor the ledger, by the tag's name.
    Raises Missing where `cryptography` is not installed.
    """
    links, odd = _read(sorted(entries))
    placed = chain.linked(links)
    wrong = chain.misplaced(placed)
    held = Held(known(trust), trust.policy.origins, present.project, base, now)
    first = [_signed(one, placed.numbers.get(one.digest, 0), wrong, held) for one in links]
    ground = Ground(trust.policy, trust.policy.digest, present, now, owners, authors)
    good = [stands(one, ground) for one in first if one.standing is not Standing.REFUSED]
    refused = [one for one in first if one.standing is Standing.REFUSED]
    every = sorted((*odd, *refused, *withdrawn(good)), key=_place)
    anchored, broken = compared(anchors, trust, placed)
    faults = {one.path: one.says for one in odd} | wrong | chain.lost(entries, base, placed)
    told = tuple(f"{path}: {says}" for path, says in sorted(faults.items()))
    tip = max(good, key=_place).digest if good else None
    return Verified(tuple(every), (*told, *broken), tip, anchored)


def _place(one: Checked) -> tuple[int, str, str]:
    return one.number, one.digest, one.path


def _read(entries: Iterable[Entry]) -> tuple[list[Link], list[Checked]]:
    """The notes that can be read, and the files that are none."""
    links, odd = [], []
    for one in entries:
        try:
            if one.problem:
                raise Refused(one.problem)
            links.append(Link(one.path, *opened(one.content)))
        except Refused as why:
            named = NAME.fullmatch(one.path.rpartition("/")[2])
            number = int(named["number"]) if named else 0
            odd.append(Checked("", one.path, number, Standing.REFUSED, str(why)))
    return links, odd


def _signed(one: Link, number: int, wrong: Mapping[str, str], held: Held) -> Checked:
    """The note, refused or not, by its place, its signature, its time and its project."""
    found = Checked(one.digest, one.path, number, Standing.COUNTS, "", one.statement)
    said, merged = one.statement.predicate, one.path in held.base.notes
    brought = held.base.brought.get(one.path) if merged else None
    try:
        if one.path in wrong:
            raise Refused(wrong[one.path])
        made = signer(one.note.signature, held.known, NAMESPACE, _at(brought, held.now))
        grade = _grade(made.signature, one.note.payload, held.origins)
        found = found._replace(signer=made.signer.principal, grade=grade,
                               key=keys.fingerprint(made.signer.key))  # fmt: skip
        if made.signer.principal != said.reviewer:
            raise Refused(f"names {said.reviewer} as its reviewer, and the key is that of "
                          f"{made.signer.principal}; sign in your own name")  # fmt: skip
        _timely(said, brought, held.now)
        if said.project != held.project and not merged:
            raise Refused(f"is about the project {said.project}, not {held.project}; "
                          "sign what this project's own report says")  # fmt: skip
    except Missing:
        raise
    except Refused as why:
        return found._replace(standing=Standing.REFUSED, says=str(why))
    return found


@lru_cache(maxsize=AT_HAND)
def _grade(signature: Signature, payload: bytes, origins: tuple[str, ...]) -> str:
    """How it was signed; a ledger that is checked again is most of it the same."""
    return keys.verify(signature, payload, NAMESPACE, origins)


def _at(brought: datetime | None, now: datetime) -> datetime:
    """When a key must have been good: as the note came to the base branch; a commit may lie ahead."""
    return min(brought, now) if brought else now


def _timely(said: SignOff, brought: datetime | None, now: datetime) -> None:
    """A note is no younger than now, nor than the commit that brought it."""
    if said.at > now + SLACK:
        raise Refused(
            f"is dated in the future ({said.created_at}); sign anew with a clock that is right"
        )
    if brought and said.at > brought + SLACK:
        raise Refused(f"says that it was signed at {said.created_at}, after the commit that brought "
                      f"it to the base branch ({brought:%Y-%m-%dT%H:%M:%SZ})")  # fmt: skip
