"""Whether a key made this signature of this message, for this purpose.

In process, with `cryptography`; `ssh-keygen -Y verify` is the oracle of the tests. Whose key it is,
and whether it may sign, is asked elsewhere: a good signature of an unknown key is worth nothing.
"""

import hashlib
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from trl4ml.ledger import webauthn
from trl4ml.ledger.errors import Missing, Refused
from trl4ml.ledger.public import (
    ECDSA,
    ED25519,
    RSA,
    SK_ECDSA,
    SK_ED25519,
    Key,
    fingerprint,
    kind,
    parsed,
)
from trl4ml.ledger.sshsig import Signature, to_be_signed
from trl4ml.ledger.wire import Reader

__all__ = ["PASSKEY", "SSH", "fingerprint", "kind", "verify"]

SSH, PASSKEY = "ssh", "passkey"
WEBAUTHN = f"webauthn-{SK_ECDSA}"
CURVES = {"nistp256": ("SECP256R1", "SHA256"), "nistp384": ("SECP384R1", "SHA384"),
          "nistp521": ("SECP521R1", "SHA512")}  # fmt: skip
RSA_HASHES = {"rsa-sha2-256": "SHA256", "rsa-sha2-512": "SHA512"}
PRESENT = 0x01
NO_FIT = "the signature does not fit: it, or what was signed, was changed since"


def verify(signature: Signature, message: bytes, namespace: str, origins: Collection[str]) -> str:
    """How it was signed, `ssh` or `passkey`, when the key in it made it of this message.

    `origins` are the pages where passkeys may sign. Raises Refused for everything else, and Missing
    where `cryptography` is not installed.
    """
    if signature.namespace != namespace:
        raise Refused(
            f"the signature was made for '{signature.namespace[:60]}', not for '{namespace}'"
        )
    key = parsed(signature.key)
    reader = Reader(signature.signature, "the signature")
    scheme = reader.text()
    if scheme not in _schemes(key):
        raise Refused(f"a {_named(key)} makes no signature of the kind '{scheme[:60]}'")
    blob = to_be_signed(message, namespace, signature.hash)
    public = _loaded(signature.key)
    if scheme in RSA_HASHES:
        _rsa(public, key, reader, blob, RSA_HASHES[scheme])
    elif scheme in (ED25519, SK_ED25519):
        _ed25519(public, key, reader, blob)
    else:
        _ecdsa(public, key, reader, blob, origins)
    return PASSKEY if key.passkey else SSH


def _named(key: Key) -> str:
    return "passkey" if key.passkey else f"key of the kind {key.kind}"


def _schemes(key: Key) -> tuple[str, ...]:
    """A passkey signs in browsers alone: made elsewhere, no page and no person was checked."""
    if key.kind == RSA:
        return tuple(RSA_HASHES)
    return (WEBAUTHN,) if key.passkey else (key.kind,)


@lru_cache(maxsize=1024)
def _loaded(blob: bytes) -> Any:
    """The key as `cryptography` has it."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    except ModuleNotFoundError:
        raise Missing(
            "signatures are checked with the package cryptography, which is not installed; "
            "pip install 'trl4ml[signing]'"
        ) from None
    key = parsed(blob)
    try:
        if key.kind == RSA:
            exponent, modulus = (int.from_bytes(part, "big") for part in key.parts)
            return rsa.RSAPublicNumbers(exponent, modulus).public_key()
        if key.kind in (ED25519, SK_ED25519):
            return ed25519.Ed25519PublicKey.from_public_bytes(key.parts[0])
        curve = getattr(ec, CURVES[_curve(key)][0])()
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, key.parts[0])
    except ValueError:
        raise Refused("the key is no point of its curve, or no RSA key") from None


def _curve(key: Key) -> str:
    return ECDSA.get(key.kind, "nistp256")


def _rsa(public: Any, key: Key, reader: Reader, blob: bytes, name: str) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    made = reader.string()
    reader.done()
    if len(made) != len(key.parts[1]):
        raise Refused("the signature has not the length of its RSA key")
    _fits(public, made, blob, padding.PKCS1v15(), getattr(hashes, name)())


def _ed25519(public: Any, key: Key, reader: Reader, blob: bytes) -> None:
    made = reader.string()
    signed = _touched(key, reader, blob) if key.application else blob
    reader.done()
    if len(made) != 64:
        raise Refused("the signature has not the length of an Ed25519 signature")
    _fits(public, made, signed)


def _ecdsa(public: Any, key: Key, reader: Reader, blob: bytes, origins: Collection[str]) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    numbers = Reader(reader.string(), "the signature")
    r, s = numbers.mpint(), numbers.mpint()
    numbers.done()
    signed = blob
    if key.passkey:
        signed = webauthn.signed(webauthn.read(reader), key.application, blob, origins)
    elif key.application:
        signed = _touched(key, reader, blob)
    reader.done()
    hashed = getattr(hashes, CURVES[_curve(key)][1])()
    _fits(public, encode_dss_signature(r, s), signed, ec.ECDSA(hashed))


def _touched(key: Key, reader: Reader, blob: bytes) -> bytes:
    """What a security key signs; it says itself whether somebody touched it."""
    flags, counter = reader.take(1), reader.take(4)
    if not flags[0] & PRESENT:
        raise Refused("the security key was used with nobody present: make one that asks for touch")
    application = hashlib.sha256(key.application.encode("ascii")).digest()
    return application + flags + counter + hashlib.sha256(blob).digest()


def _fits(public: Any, made: bytes, *signed: Any) -> None:
    from cryptography.exceptions import InvalidSignature

    try:
        public.verify(made, *signed)
    except InvalidSignature:
        raise Refused(NO_FIT) from None
