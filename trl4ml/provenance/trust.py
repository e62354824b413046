"""Whom an auditor trusts: public keys, and certificate roots with the signer's subject.

{"trust": "trl4ml-model-trust/1",
 "keys": [{"name": "release team", "pem": "-----BEGIN PUBLIC KEY-----…"}],
 "certificates": [{"name": "our CA", "root": "-----BEGIN CERTIFICATE-----…",
                   "subject": "CN=release,O=Example"}]}
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from trl4ml.provenance import strict
from trl4ml.provenance.dsse import curve_fault
from trl4ml.provenance.errors import Refused
from trl4ml.provenance.names import encodable

FORMAT = "trl4ml-model-trust/1"
LIMIT = 4_000_000


@dataclass(frozen=True)
class Key:
    """A pinned public key; `hint` is the hex SHA-256 of its PEM, as bundles name keys."""

    name: str
    public: Any
    hint: str


@dataclass(frozen=True)
class Root:
    """A pinned root certificate, and the subject (RFC 4514) that the signer's own must have."""

    name: str
    certificate: Any
    subject: str


@dataclass(frozen=True)
class Trust:
    """Everything pinned; a bundle can only be verified by what stands here."""

    keys: tuple[Key, ...] = ()
    roots: tuple[Root, ...] = ()


def read(text: bytes, where: str = "the trust file") -> Trust:
    """The trust file in the text. Raises Refused, which begins with `where`."""
    data = strict.mapping(strict.parsed(text, where, LIMIT), where)
    if data.get("trust") != FORMAT or set(data) - {"trust", "keys", "certificates"}:
        raise Refused(f"{where} is no trust file; it should have 'trust': '{FORMAT}', and 'keys' or "
                      "'certificates'")  # fmt: skip
    keys = [
        pinned(_field(row, "pem", where).encode(), _field(row, "name", where), where)
        for row in strict.listed(data.get("keys", []), f"{where}: keys")
    ]
    roots = [
        _root(row, where)
        for row in strict.listed(data.get("certificates", []), f"{where}: certificates")
    ]
    if not keys and not roots:
        raise Refused(f"{where} pins nobody; add a public key under 'keys'")
    return Trust(tuple(keys), tuple(roots))


def pinned(pem: bytes, name: str, where: str) -> Key:
    """The key in the PEM. Raises Refused, also for a curve that signs no models."""
    from cryptography.hazmat.primitives import serialization

    try:
        public = serialization.load_pem_public_key(pem)
    except Exception:  # the library raises many kinds for what is not a key
        says = f"{where}: '{name}' is no public key in PEM"
        if b"PRIVATE KEY" in pem:
            says = f"{where}: '{name}' is a private key; keep it secret, and give its public part"
        raise Refused(says) from None
    if why := curve_fault(public):
        raise Refused(f"{where}: the key '{name}' {why}")
    again = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Key(name, public, hashlib.sha256(again).hexdigest())


def _root(row: Any, where: str) -> Root:
    from cryptography import x509

    name = _field(row, "name", where)
    try:
        certificate = x509.load_pem_x509_certificate(_field(row, "root", where).encode())
    except ValueError:
        raise Refused(f"{where}: 'root' of '{name}' is no certificate in PEM") from None
    return Root(name, certificate, _field(row, "subject", where))


def _field(row: Any, key: str, where: str) -> str:
    value = strict.text(strict.mapping(row, f"{where}: an entry").get(key), f"{where}: '{key}'")
    if not encodable(value):
        raise Refused(f"{where}: '{key}' holds half a character (a lone surrogate)")
    if not value.strip():
        raise Refused(f"{where}: '{key}' is empty")
    return value
