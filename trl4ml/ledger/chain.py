"""The order of the ledger, and that nothing in it was dropped, edited, reordered or back-dated.

Each note names the note that its signer saw last, `prev`. Its number is one more than that one's;
two people who sign at once name the same `prev` and share a number. So the place of a note follows
from its content, and a file that lies elsewhere is wrong.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from trl4ml.core.review import Statement
from trl4ml.ledger.note import LARGEST, Entry, Note
from trl4ml.ledger.trust import Base

FOLDER = ".trl4ml/reviews"
NAME = re.compile(r"(?P<number>[0-9]{6,9})-(?P<digest>[0-9a-f]{12})\.json")
SLACK = timedelta(minutes=5)
"""How far two clocks may be apart."""
RESTORE = "restore it, as in: git checkout"


class Link(NamedTuple):
    """A note that could be read, where it lies."""

    path: str
    note: Note
    statement: Statement
    digest: str

    @property
    def prev(self) -> str | None:
        return self.statement.predicate.prev


class Chain(NamedTuple):
    """The notes that could be read, and the number of each whose place is known."""

    links: tuple[Link, ...]
    numbers: Mapping[str, int]
    """By digest."""

    def place(self, link: Link) -> str:
        """The path at which the note belongs; empty where what came before it is missing."""
        number = self.numbers.get(link.digest)
        return place(number, link.statement, link.digest) if number else ""


def place(number: int, statement: Statement, digest: str) -> str:
    """The path of a note in its project, with `/`."""
    return f"{FOLDER}/{statement.report[:12]}/{number:06}-{digest[:12]}.json"


def linked(links: Iterable[Link]) -> Chain:
    """Number the notes from the first on, each one more than the note that it names as `prev`."""
    every = tuple(links)
    after: dict[str | None, set[str]] = defaultdict(set)
    for one in every:
        after[one.prev].add(one.digest)
    numbers: dict[str, int] = {}
    number, here = 1, after[None]
    while here:
        numbers |= dict.fromkeys(here, number)
        here = set[str]().union(*(after.get(digest, ()) for digest in here))
        number += 1
    return Chain(every, numbers)


def misplaced(chain: Chain) -> dict[str, str]:
    """By path, what is wrong with the place of a note, and the remedy."""
    by_digest: dict[str, list[Link]] = defaultdict(list)
    for one in chain.links:
        by_digest[one.digest].append(one)
    found: dict[str, str] = {}
    for same in by_digest.values():
        for one in same:
            if says := _wrong(chain, one, same) or _back_dated(one, by_digest):
                found[one.path] = says
    return found


def _wrong(chain: Chain, one: Link, same: Sequence[Link]) -> str:
    right, prev = chain.place(one), one.prev
    if right and one.path == right:
        return ""
    if right and any(other.path == right for other in same):
        return f"is a copy of {right}, and a note counts once; remove the copy"
    folder, _, name = one.path.rpartition("/")
    named = NAME.fullmatch(name)
    if not named or named["digest"] != one.digest[:12]:
        return (f"was edited or renamed: its content belongs in a file whose name ends in "
                f"-{one.digest[:12]}.json; restore it from git")  # fmt: skip
    if folder != f"{FOLDER}/{one.statement.report[:12]}":
        return (f"lies in the folder of another report than the one that it is about, "
                f"{one.statement.report[:12]}; move it back to that folder")  # fmt: skip
    if not right:
        gone = f"the note {prev[:12]}" if prev and prev not in chain.numbers else "a note"
        return (
            f"follows {gone}, which is missing or out of place: it was dropped; restore it from git"
        )
    return f"was reordered: it follows {_shown(prev)}, so it belongs at {right}; move it back"


def _shown(prev: str | None) -> str:
    return f"the note {prev[:12]}" if prev else "no other note"


def _back_dated(one: Link, by_digest: Mapping[str, Sequence[Link]]) -> str:
    if one.prev is None:
        return ""
    before = by_digest[one.prev][0].statement.predicate
    said = one.statement.predicate
    if said.at >= before.at - SLACK:
        return ""
    return (f"is back-dated: it says {said.created_at}, and the note that it follows was signed at "
            f"{before.created_at}; sign anew with a clock that is right")  # fmt: skip


def heads(before: Mapping[str, str | None]) -> list[str]:
    """The notes that no other names as `prev`, sorted; `before` is each one's `prev`."""
    return sorted(before.keys() - set(before.values()))


def lost(entries: Sequence[Entry], base: Base, chain: Chain) -> dict[str, str]:
    """By path, what was lost of the base's ledger: each file of it is here, byte for byte.

    Other ends of lines are the same bytes: git may write them at a checkout.
    """
    here = {one.path: _plain(one.content) for one in entries}
    moved = {one.digest[:12]: one.path for one in chain.links}
    found = {}
    for path, content in base.notes.items():
        name = path.rpartition("/")[2]
        if name.startswith("."):
            continue
        back = f"{RESTORE} {base.shown} -- {path}"
        named = NAME.fullmatch(name)
        elsewhere = moved.get(named["digest"]) if named else None
        if path in here:
            if here[path] != _plain(content):
                found[path] = f"was edited: it is not what it is in {base.shown}; {back}"
        elif elsewhere:
            found[path] = f"was reordered: in {base.shown} it lies there, here {elsewhere}; {back}"
        else:
            behind = f"or merge {base.shown}, if this branch is only behind it"
            found[path] = f"was dropped: it is in {base.shown} and not here; {back}; {behind}"
    return found


def _plain(content: bytes | None) -> bytes:
    """With plain ends of lines; nothing where there is too much, as it is not read here either."""
    return b"" if content is None or len(content) > LARGEST else content.replace(b"\r\n", b"\n")
