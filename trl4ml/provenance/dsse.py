"""The bytes that a DSSE envelope signs, and whether a key signed them.

ECDSA in DER: P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512.
"""

from typing import Any

from trl4ml.provenance.bundle import PAYLOAD_TYPE

CURVES = {"secp256r1": "SHA256", "secp384r1": "SHA384", "secp521r1": "SHA512"}


def pae(body: bytes, kind: str = PAYLOAD_TYPE) -> bytes:
    """The pre-authentication encoding of DSSE v1, lengths in bytes."""
    name = kind.encode()
    return b" ".join([b"DSSEv1", b"%d" % len(name), name, b"%d" % len(body), body])


def before_1_0(body: bytes, kind: str = PAYLOAD_TYPE) -> bytes:
    """What model-signing 0.2 signed by mistake: the printed form of a Python byte string."""
    return f"DSSEV1 {len(kind)} {kind} {len(body)} {body!r}".encode()


def curve_fault(key: Any) -> str:
    """Why the public key can sign no model; empty when it can."""
    name = getattr(getattr(key, "curve", None), "name", None)
    if name in CURVES:
        return ""
    return f"is of {name or type(key).__name__}; it should be of P-256, P-384 or P-521"


def signed(key: Any, signature: bytes, message: bytes, digest: str | None = None) -> bool:
    """Whether the signature is the key's over the message; `digest` only for old formats."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    made = getattr(hashes, digest or CURVES[key.curve.name])()
    try:
        key.verify(signature, message, ec.ECDSA(made))
    except InvalidSignature:
        return False
    return True


def legacy(key: Any, signature: bytes, body: bytes) -> bool:
    """Whether it is a signature of model-signing 0.2, certificates always with SHA-256."""
    return any(signed(key, signature, before_1_0(body), one) for one in (None, "SHA256"))
