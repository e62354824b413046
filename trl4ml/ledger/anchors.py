"""Anchors: signed git tags that hold the tip of the ledger outside of it.

The chain shows that a note in the middle was dropped, and the base branch that one of its notes
was. Against a whole history that was written anew, only a mark made elsewhere helps.
"""

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from trl4ml.core.canonical import canonical
from trl4ml.core.standing import Standing, Verified
from trl4ml.ledger import keys, signing
from trl4ml.ledger.chain import Chain, heads
from trl4ml.ledger.errors import Missing, Refused
from trl4ml.ledger.sshsig import BEGIN
from trl4ml.ledger.strict import parsed
from trl4ml.ledger.trust import Trust

PREFIX = "trl4ml-ledger/"
PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-/")
"""What any part of a tag's name may hold."""
NAMESPACE = "git"
LARGEST = 256_000
TAGGER = re.compile(rb"tagger .* ([0-9]{1,11}) [+-][0-9]{4}")
DIGEST = re.compile(r"[0-9a-f]{64}")
ANEW = "if the ledger is whole, delete the tag and anchor anew with trl4ml ledger anchor"


class Anchor(NamedTuple):
    """What a tag says of the ledger."""

    name: str
    heads: tuple[str, ...]
    notes: int
    tip: str


def folder(inside: str) -> str:
    """What the names of a project's tags begin with, by its path in the repository (`apps/shop/`).

    Tags are the repository's, and another project of it has another ledger.
    """
    path = os.fsencode(inside)
    return PREFIX + "".join(chr(byte) if byte in PLAIN else f"%{byte:02X}" for byte in path)


def own(tags: Mapping[str, bytes], inside: str) -> dict[str, bytes]:
    """Those of the tags that anchor the ledger of the project at this path."""
    start = folder(inside)
    every = ((one, one.removeprefix(start)) for one in tags if one.startswith(start))
    return {one: tags[one] for one, rest in every if "/" not in rest}


def name(number: int, tip: str) -> str:
    """The last part of the name of the tag that anchors this tip."""
    return f"{number:06}-{tip[:12]}"


def stated(found: Verified, inside: str = "") -> tuple[str, str]:
    """The name and the message of the tag for the ledger as it was checked: one line of JSON.

    `inside` is the project's path in its repository, as in `apps/shop/`. Raises Refused where the
    ledger has a fault or no note.
    """
    if found.faults:
        raise Refused(f"the ledger is not whole, so it is not anchored: {found.faults[0]}")
    good = [one for one in found.notes if one.statement and one.standing is not Standing.REFUSED]
    if not good or not found.tip:
        raise Refused("the ledger has no note to anchor; sign one first with trl4ml sign")
    before = {one.digest: one.statement.predicate.prev for one in found.notes if one.statement}
    tops = heads({one.digest: before[one.digest] for one in good})
    number = max(one.number for one in good)
    said = {"heads": tops, "notes": len(below(tops, before)), "tip": found.tip}
    return folder(inside) + name(number, found.tip), canonical(said).decode()


def below(tops: Iterable[str], before: Mapping[str, str | None]) -> set[str]:
    """The digests of these notes and of all that they follow. Raises Refused where one is missing."""
    found: set[str] = set()
    for top in tops:
        here: str | None = top
        while here is not None and here not in found:
            if here not in before:
                raise Refused(f"the note {here[:12]} that it anchors is missing: it was dropped or "
                              "edited since; restore the ledger from git")  # fmt: skip
            found.add(here)
            here = before[here]
    return found


def compared(tags: Mapping[str, bytes], trust: Trust, chain: Chain) -> tuple[str, tuple[str, ...]]:
    """The newest anchor that holds, and what is wrong with the others, one sentence a tag.

    `tags` are the raw tag objects, as `git cat-file tag` gives them, by the tag's name.
    """
    held, faults = [], []
    for one in sorted(tags):
        try:
            _fits(read(tags[one], one, trust), chain)
            held.append(one)
        except Missing:
            raise
        except Refused as why:
            faults.append(f"{one}: {why}")
    return max(held, key=lambda one: (len(one), one), default=""), tuple(faults)


def read(tag: bytes, named: str, trust: Trust) -> Anchor:
    """What the tag says, when somebody signed it whom the trust folder lets sign for git.

    Raises Refused; what it says does not name the tag.
    """
    if len(tag) > LARGEST:
        raise Refused(f"the tag is larger than {LARGEST // 1000} kB; {ANEW}")
    signed, begin, armour = tag.partition(BEGIN.encode())
    head, _, text = signed.partition(b"\n\n")
    if not begin:
        raise Refused(f"the tag is not signed, so it anchors nothing; {ANEW}")
    lines = head.split(b"\n")
    tagged = [match for line in lines if (match := TAGGER.fullmatch(line))]
    if f"tag {named}".encode() not in lines or len(tagged) != 1:
        raise Refused(f"the tag was made under another name, or is not whole; {ANEW}")
    at = datetime.fromtimestamp(int(tagged[0][1]), UTC)
    try:
        armoured = (begin + armour).decode("utf-8", "replace")
        found = signing.signer(armoured, signing.known(trust), NAMESPACE, at)
        keys.verify(found.signature, signed, NAMESPACE, ())
        return _said(parsed(text, "the tag's message"), named)
    except Missing:
        raise
    except Refused as why:
        raise Refused(f"{why}; {ANEW}") from None


def _said(plain: Any, named: str) -> Anchor:
    try:
        found = Anchor(named, tuple(plain["heads"]), plain["notes"], plain["tip"])
        whole = all(map(DIGEST.fullmatch, (*found.heads, found.tip))) and len(plain) == 3
        whole = whole and bool(found.heads) and type(found.notes) is int
    except (TypeError, KeyError):
        whole = False
    if not whole:
        raise Refused("the tag's message is not what trl4ml ledger anchor writes")
    return found


def _fits(anchor: Anchor, chain: Chain) -> None:
    every = below(anchor.heads, {one.digest: one.prev for one in chain.links})
    if len(every) != anchor.notes or anchor.tip not in every:
        raise Refused(f"it anchors {anchor.notes} notes up to {anchor.tip[:12]}, and they come to "
                      f"{len(every)} here; restore the ledger from git")  # fmt: skip
    number = chain.numbers.get(anchor.tip, 0)
    if anchor.name.rpartition("/")[2] != name(number, anchor.tip):
        raise Refused(f"it anchors {anchor.tip[:12]}, which is number {number} here; "
                      "restore the ledger from git")  # fmt: skip
