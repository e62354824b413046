"""Signatures of `ssh-keygen -Y sign`: their armour and their parts (OpenSSH, PROTOCOL.sshsig).

What a key signs names its purpose, the namespace, and holds a hash of the message; so a signature
made for another purpose, as for a git commit, never passes for a review.
"""

import base64
import hashlib
from typing import NamedTuple

from trl4ml.ledger.errors import Refused
from trl4ml.ledger.strict import decoded
from trl4ml.ledger.wire import Reader, string

MAGIC, VERSION = b"SSHSIG", 1
HASHES = ("sha512", "sha256")
LARGEST = 16_384
"""Bytes of one signature; a passkey's has under 1,000, that of the longest RSA key about 4,200."""
WIDTH = 70
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
WHAT = "the signature"


class Signature(NamedTuple):
    """The parts as they stand there; nothing of it is believed before `keys.verify`."""

    key: bytes
    """The public key, in SSH's form."""
    namespace: str
    hash: str
    signature: bytes
    """Its kind and its numbers, as the key's kind has them."""


def unarmoured(text: str) -> bytes:
    """The bytes between the two marker lines. Raises Refused."""
    if len(text) > 2 * LARGEST:
        raise Refused(f"{WHAT} is larger than any key makes")
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if len(lines) < 3 or lines[0] != BEGIN or lines[-1] != END:
        raise Refused(f"{WHAT} is not one of OpenSSH: it begins with '{BEGIN}'")
    blob = decoded("".join(lines[1:-1]), WHAT)
    if len(blob) > LARGEST:
        raise Refused(f"{WHAT} is larger than any key makes")
    return blob


def armoured(blob: bytes) -> str:
    """As `ssh-keygen` writes it, 70 letters a line."""
    text = base64.b64encode(blob).decode()
    lines = (text[at : at + WIDTH] for at in range(0, len(text), WIDTH))
    return "\n".join((BEGIN, *lines, END)) + "\n"


def parsed(text: str) -> Signature:
    """The parts of an armoured signature. Raises Refused."""
    reader = Reader(unarmoured(text), WHAT)
    if reader.take(len(MAGIC)) != MAGIC or reader.number() != VERSION:
        raise Refused(f"{WHAT} is of a version that is not known here")
    key, namespace = reader.string(), reader.text()
    if reader.string():
        raise Refused(f"{WHAT} fills a field that is reserved")
    name, made = reader.text(), reader.string()
    reader.done()
    if name not in HASHES:
        raise Refused(f"{WHAT} uses the hash '{name[:20]}'; only sha512 and sha256 are taken")
    return Signature(key, namespace, name, made)


def to_be_signed(message: bytes, namespace: str, hash: str = "sha512") -> bytes:
    """What the key signs for this message and purpose; a passkey has it as its challenge."""
    if hash not in HASHES or not namespace:
        raise Refused("a signature has a namespace, and the hash sha512 or sha256")
    found = hashlib.new(hash, message).digest()
    parts = (namespace.encode("ascii"), b"", hash.encode(), found)
    return MAGIC + b"".join(map(string, parts))


def assembled(key: bytes, namespace: str, signature: bytes) -> str:
    """The armoured signature of these parts, over sha512."""
    parts = (key, namespace.encode("ascii"), b"", b"sha512", signature)
    return armoured(MAGIC + VERSION.to_bytes(4, "big") + b"".join(map(string, parts)))
