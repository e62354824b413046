"""A Sigstore bundle as OpenSSF Model Signing 1.0 writes it: material, envelope, signatures.

Nothing in it is believed here; which key counts is said by the auditor's trust file alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trl4ml.provenance import strict
from trl4ml.provenance.errors import Refused

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
LIMIT = 256_000_000
METHODS = {
    "publicKey": "key",
    "x509CertificateChain": "certificate",
    "certificate": "sigstore",
}


@dataclass(frozen=True)
class Bundle:
    """`method` is key, certificate or sigstore; `hint` and `certificates` only point, never prove."""

    method: str
    hint: str
    certificates: tuple[bytes, ...]
    """DER, the signer's own first."""
    payload: bytes
    signatures: tuple[bytes, ...]


def read(text: bytes, where: str = "the bundle") -> Bundle:
    """The bundle in the text. Raises Refused, which begins with `where` and names the field."""
    data = strict.mapping(strict.parsed(text, where, LIMIT), where)
    if data.get("mediaType") != MEDIA_TYPE:
        raise Refused(f"{where}: mediaType is not {MEDIA_TYPE}; sign the model again with a release "
                      "of model-signing from 1.0 on")  # fmt: skip
    envelope = strict.mapping(data.get("dsseEnvelope"), f"{where}: dsseEnvelope")
    if envelope.get("payloadType") != PAYLOAD_TYPE:
        raise Refused(
            f"{where}: payloadType is not {PAYLOAD_TYPE}; this is no signature of a model"
        )
    rows = strict.listed(envelope.get("signatures"), f"{where}: signatures")
    if not rows:
        raise Refused(f"{where} holds no signature; sign the model again")
    signatures = [
        strict.decoded(strict.mapping(row, f"{where}: a signature").get("sig"), f"{where}: sig")
        for row in rows
    ]
    payload = strict.decoded(envelope.get("payload"), f"{where}: payload")
    material = strict.mapping(data.get("verificationMaterial"), f"{where}: verificationMaterial")
    method, hint, certificates = _material(material, where)
    return Bundle(method, hint, certificates, payload, tuple(signatures))


def _material(data: Mapping[str, Any], where: str) -> tuple[str, str, tuple[bytes, ...]]:
    named = [field for field in METHODS if data.get(field) is not None]
    if len(named) != 1:
        raise Refused(f"{where}: verificationMaterial should have exactly one of "
                      f"{', '.join(METHODS)}; it has {', '.join(named) or 'none'}")  # fmt: skip
    held = strict.mapping(data[named[0]], f"{where}: {named[0]}")
    if named[0] == "publicKey":
        hint = held.get("hint")
        return "key", "" if hint is None else strict.text(hint, f"{where}: hint"), ()
    if named[0] == "certificate":
        return "sigstore", "", (_der(held, where),)
    chain = strict.listed(held.get("certificates"), f"{where}: certificates")
    if not chain:
        raise Refused(f"{where} holds an empty certificate chain; sign the model again")
    return "certificate", "", tuple(_der(one, where) for one in chain)


def _der(row: Any, where: str) -> bytes:
    held = strict.mapping(row, f"{where}: a certificate")
    return strict.decoded(held.get("rawBytes"), f"{where}: a certificate's rawBytes")
