"""What a passkey signs in a browser, stored as a signature of OpenSSH (PROTOCOL.u2f).

`ssh-keygen` checks the signature, and that the browser's statement begins as it should. Here also
(Web Authentication, level 3, section 7.2): that the person was verified by PIN, finger or face,
that the page is one of those listed, and that the key belongs to that page's host.
"""

import base64
import hashlib
import re
from collections.abc import Collection
from typing import NamedTuple

from trl4ml.ledger.errors import Refused
from trl4ml.ledger.strict import parsed
from trl4ml.ledger.wire import Reader

PRESENT, VERIFIED, BACKED, MAY_BACK, ATTESTED, EXTENDED = 0x01, 0x04, 0x10, 0x08, 0x40, 0x80
ORIGIN = re.compile(r"(?:https://([a-z0-9.-]+)|http://(localhost))(?::[0-9]{1,5})?")
WHAT = "the browser's statement"


class Assertion(NamedTuple):
    flags: int
    counter: bytes
    origin: str
    client_data: bytes
    extensions: bytes


def read(reader: Reader) -> Assertion:
    """The rest of a passkey's signature, after its two numbers."""
    flags, counter = reader.take(1)[0], reader.take(4)
    return Assertion(flags, counter, reader.text(), reader.string(), reader.string())


def signed(made: Assertion, host: str, challenge: bytes, origins: Collection[str]) -> bytes:
    """The bytes under the signature of a passkey of this host. Raises Refused."""
    _said(made, challenge)
    _at_a_page(made.origin, host, origins)
    _by_a_person(made)
    said = hashlib.sha256(made.client_data).digest()
    before = hashlib.sha256(host.encode("ascii")).digest() + bytes([made.flags]) + made.counter
    return before + made.extensions + said


def _said(made: Assertion, challenge: bytes) -> None:
    """The statement begins byte for byte as browsers write it, and says nothing else after that."""
    wanted = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
    said = parsed(made.client_data, WHAT)
    if not isinstance(said, dict) or said.get("type") != "webauthn.get":
        raise Refused(f"{WHAT} is of another kind than signing in with a passkey")
    if said.get("challenge") != wanted:
        raise Refused(f"{WHAT} is about other bytes: what was signed was changed since")
    if said.get("origin") != made.origin:
        raise Refused(f"{WHAT} names another page than the signature")
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise Refused("the passkey was used inside a page of another site")
    begins = f'{{"type":"webauthn.get","challenge":"{wanted}","origin":"{made.origin}"'.encode()
    if made.client_data[: len(begins)] != begins or made.client_data[len(begins)] not in b",}":
        raise Refused(f"{WHAT} is not written as browsers write it")


def _at_a_page(origin: str, host: str, origins: Collection[str]) -> None:
    """The page is listed, letter for letter, and its host is the key's or lies below it."""
    form = ORIGIN.fullmatch(origin)
    if form is None or origin not in origins:
        raise Refused(
            f"the page {origin[:200]} is not on the list of pages where passkeys may sign; "
            "add it to `origins` of the trust policy if it should be"
        )
    page = form[1] or form[2]
    if page != host and not ("." in host and page.endswith("." + host)):
        raise Refused(f"the passkey belongs to {host}, and was used on a page of {page}")


def _by_a_person(made: Assertion) -> None:
    if not made.flags & PRESENT:
        raise Refused("the passkey was used with nobody present")
    if not made.flags & VERIFIED:
        raise Refused(
            "the passkey did not verify the person by PIN, finger or face; "
            "sign again with a passkey that does"
        )
    odd = made.flags & ATTESTED or (made.flags & BACKED and not made.flags & MAY_BACK)
    if odd or bool(made.flags & EXTENDED) is not bool(made.extensions):
        raise Refused("the passkey's flags contradict each other")
