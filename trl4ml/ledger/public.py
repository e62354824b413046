"""Public keys of OpenSSH: which kinds are taken, and their one right form.

Read without `cryptography`, so that lists of signers can be checked without it.
"""

import base64
import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

from trl4ml.ledger.errors import Refused
from trl4ml.ledger.strict import decoded
from trl4ml.ledger.wire import Reader

ED25519, RSA = "ssh-ed25519", "ssh-rsa"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
SK_ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
POINTS = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
"""Bytes of an uncompressed point, by curve."""
ECDSA = {f"ecdsa-sha2-{curve}": curve for curve in POINTS}
KINDS = (ED25519, *ECDSA, RSA, SK_ED25519, SK_ECDSA)
SECURITY_KEY = "ssh:"
"""How the application of a security key begins that `ssh-keygen` made; a passkey's is a host."""
HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
LEAST_BITS, MOST_BITS = 2048, 16384
LEAST_EXPONENT, MOST_EXPONENT = 65537, 2**32
PRIME = 2**255 - 19
SMALL_ORDER = {
    0,
    1,
    PRIME - 1,
    int.from_bytes(
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
    ),
    int.from_bytes(
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
    ),
}
"""The y of the points of order 1, 2, 4 and 8: a signature under one fits many messages."""


class Key(NamedTuple):
    """`parts`: Ed25519's 32 bytes, a point, or RSA's exponent and modulus (big-endian)."""

    kind: str
    parts: tuple[bytes, ...]
    application: str = ""
    """Of a security key: `ssh:…`, or the host that a passkey belongs to."""

    @property
    def passkey(self) -> bool:
        return bool(self.application) and not self.application.startswith(SECURITY_KEY)


@lru_cache(maxsize=1024)
def parsed(blob: bytes) -> Key:
    """The key of these bytes. Raises Refused for kinds that are not taken and for other forms."""
    reader = Reader(blob, "the key")
    name = reader.text()
    if name not in KINDS:
        raise Refused(_not_taken(name))
    if name == RSA:
        key = Key(name, _rsa(reader))
    elif name in (ED25519, SK_ED25519):
        key = Key(name, (_ed25519(reader),))
    else:
        key = Key(name, (_point(reader, ECDSA.get(name, "nistp256")),))
    if name in (SK_ED25519, SK_ECDSA):
        key = key._replace(application=_application(reader, name))
    reader.done()
    return key


def _not_taken(name: str) -> str:
    if "-cert-v0" in name:
        return "the key is a certificate; name the key itself"
    if name == "ssh-dss":
        return "the key is of the kind DSA, which is no longer safe; make one of ssh-ed25519"
    return f"the key is of the kind '{name[:60]}', which is not taken; make one of ssh-ed25519"


def _rsa(reader: Reader) -> tuple[bytes, bytes]:
    exponent, modulus = reader.mpint(), reader.mpint()
    bits = modulus.bit_length()
    if not LEAST_BITS <= bits <= MOST_BITS:
        raise Refused(f"the RSA key has {bits} bits; {LEAST_BITS} to {MOST_BITS} are taken")
    if not LEAST_EXPONENT <= exponent < MOST_EXPONENT or not exponent & modulus & 1:
        raise Refused("the RSA key has an exponent or a modulus that no tool of today makes")
    return exponent.to_bytes(5, "big"), modulus.to_bytes((bits + 7) // 8, "big")


def _ed25519(reader: Reader) -> bytes:
    raw = reader.string()
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if len(raw) != 32 or y >= PRIME or y in SMALL_ORDER:
        raise Refused("the Ed25519 key is no point that a signature can be trusted to")
    return raw


def _point(reader: Reader, curve: str) -> bytes:
    named, point = reader.text(), reader.string()
    if named != curve or len(point) != POINTS[curve] or point[0] != 4:
        raise Refused(f"the key is no uncompressed point of {curve}")
    return point


def _application(reader: Reader, name: str) -> str:
    found = reader.text()
    if found.startswith(SECURITY_KEY) and len(found) <= 200:
        return found
    if name == SK_ECDSA and len(found) <= 253 and HOST.fullmatch(found):
        return found
    raise Refused("the security key belongs to neither 'ssh:' nor, as a passkey, to a host")


def kind(blob: bytes) -> str:
    """Its kind, as in `ssh-ed25519`. Raises Refused."""
    return parsed(blob).kind


def fingerprint(blob: bytes) -> str:
    """As `ssh-keygen -l` writes it: `SHA256:…`."""
    found = hashlib.sha256(blob).digest()
    return "SHA256:" + base64.b64encode(found).decode().rstrip("=")


def from_words(name: str, text: str) -> bytes:
    """The key written as `ssh-ed25519 AAAA…`, checked. Raises Refused."""
    if name not in KINDS:
        raise Refused(_not_taken(name))
    blob = decoded(text, "the key")
    if parsed(blob).kind != name:
        raise Refused(f"the key is of the kind {parsed(blob).kind}, and its line says {name}")
    return blob
