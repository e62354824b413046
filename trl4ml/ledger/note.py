"""A note: what was signed, and the signature, in one file of JSON.

The file holds the signed bytes as base64, which survives editors and other ends of lines. A note's
identity is the SHA-256 of these bytes, never of its signature: an ECDSA signature (r, s) has a
second valid form, (r, n - s).
"""

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from trl4ml.core import review
from trl4ml.core.canonical import canonical
from trl4ml.core.review import PREDICATE_TYPE, STATEMENT_TYPE, Statement
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.strict import decoded, parsed

LARGEST = 256_000
AT_HAND, SMALL = 16_384, 16_384
"""How many notes are kept from one check to the next, and up to how many bytes each."""
KEYS = {"payload", "signature"}
AGAIN = "sign anew with trl4ml sign or on the review page"
T = TypeVar("T", str, bytes)


class Entry(NamedTuple):
    """One file of the ledger."""

    path: str
    """In the project, with `/`."""
    content: bytes
    problem: str = ""
    """Why there is no content: a link, a folder, too large."""


class Note(NamedTuple):
    """What was signed, and the signature in OpenSSH's armour."""

    payload: bytes
    signature: str

    @property
    def digest(self) -> str:
        """SHA-256 of the payload, in hex: the note's name."""
        return hashlib.sha256(self.payload).hexdigest()


def read(content: bytes) -> Note:
    """The note of a file. Raises Refused; what it says does not name the file."""
    if len(content) > LARGEST:
        raise Refused(f"is larger than {LARGEST // 1000} kB, so no note; remove it")
    plain = _strict(parsed, content, "the file")
    if not isinstance(plain, dict) or set(plain) != KEYS:
        raise Refused(f'is no note: {{"payload": …, "signature": …}} and nothing else; {AGAIN}')
    payload, signature = plain["payload"], plain["signature"]
    if not isinstance(payload, str) or not isinstance(signature, str):
        raise Refused(f"is no note: payload and signature are texts; {AGAIN}")
    return Note(_strict(decoded, payload, "its payload"), signature)


def written(payload: bytes, signature: str) -> bytes:
    """The bytes of the note's file."""
    plain = {"payload": base64.b64encode(payload).decode(), "signature": signature}
    return canonical(plain) + b"\n"


def statement(note: Note) -> Statement:
    """What the note says, when its payload is the one way to write that. Raises Refused."""
    plain = _strict(parsed, note.payload, "its payload")
    if not isinstance(plain, dict):
        raise Refused(f"its payload is no JSON object; {AGAIN}")
    _known(plain, "_type", STATEMENT_TYPE)
    _known(plain, "predicateType", PREDICATE_TYPE)
    try:
        same = canonical(plain) == note.payload
    except ValueError:
        same = False
    if not same:
        raise Refused(f"its payload is not canonical JSON (RFC 8785); {AGAIN}")
    try:
        return review.statement(note.payload)
    except ValidationError as error:
        raise Refused(f"its payload is no review: {review.first_fault(error)}; {AGAIN}") from None


def opened(content: bytes) -> tuple[Note, Statement, str]:
    """The note of a file, what it says, and its digest. Raises Refused."""
    return _kept(content) if len(content) <= SMALL else _opened(content)


def _opened(content: bytes) -> tuple[Note, Statement, str]:
    note = read(content)
    return note, statement(note), note.digest


_kept = lru_cache(maxsize=AT_HAND)(_opened)


def _known(plain: dict[str, Any], key: str, wanted: str) -> None:
    found = plain.get(key)
    if found != wanted:
        said = ascii(found[:200]) if isinstance(found, str) else "nothing"
        raise Refused(f"its {key} is {said}, and this trl4ml knows '{wanted}' alone; "
                      "if a newer trl4ml signed it, check with that one")  # fmt: skip


def _strict(read: Callable[[T, str], Any], text: T, what: str) -> Any:
    try:
        return read(text, what)
    except Refused as why:
        raise Refused(f"{why}; {AGAIN}") from None
