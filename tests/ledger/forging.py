"""Signatures of every kind, good and bad, and stock `ssh-keygen` to ask what it thinks of them."""

import base64
import hashlib
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trl4ml.ledger import sshsig
from trl4ml.ledger.public import SK_ECDSA, SK_ED25519
from trl4ml.ledger.wire import mpint, string

WHO, NAMESPACE, MESSAGE = "carol@example.org", "signoff@trl4ml", b'{"decision":"approve"}'
HOST, ORIGIN = "example.org", "https://reviews.example.org"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256."""
MADE = {
    "ssh-ed25519": "-t ed25519",
    "ecdsa-sha2-nistp256": "-t ecdsa -b 256",
    "ecdsa-sha2-nistp384": "-t ecdsa -b 384",
    "ecdsa-sha2-nistp521": "-t ecdsa -b 521",
    "ssh-rsa": "-t rsa -b 2048",
}
"""What `ssh-keygen` makes without hardware."""


def new_key(folder: Path, how: str) -> Path:
    path = folder / ("key" + how.replace(" ", ""))
    if not path.exists():
        run("ssh-keygen", "-q", *how.split(), "-N", "", "-C", "a comment", "-f", str(path))
    return path


def stock_signed(key: Path, message: bytes = MESSAGE, namespace: str = NAMESPACE,
                 hash: str = "sha512") -> str:  # fmt: skip
    """What `ssh-keygen -Y sign` makes."""
    done = run("ssh-keygen", "-q", "-Y", "sign", "-O", f"hashalg={hash}", "-f", str(key),
               "-n", namespace, input=message)  # fmt: skip
    return done.stdout.decode()


def stock_takes(folder: Path, signature: str, signers: str, *, who: str = WHO,
                namespace: str = NAMESPACE, message: bytes = MESSAGE, revoked: str = "",
                at: datetime | None = None) -> bool:  # fmt: skip
    """What `ssh-keygen -Y verify` says."""
    (folder / "allowed_signers").write_bytes(signers.encode())
    (folder / "note.sig").write_bytes(signature.encode())
    more = []
    if revoked:
        (folder / "revoked").write_bytes(revoked.encode())
        more += ["-r", str(folder / "revoked")]
    if at:
        more += ["-O", f"verify-time={at.astimezone(UTC):%Y%m%d%H%M%SZ}"]
    done = run("ssh-keygen", "-Y", "verify", "-f", str(folder / "allowed_signers"), "-I", who,
               "-n", namespace, "-s", str(folder / "note.sig"), *more, input=message, check=False)  # fmt: skip
    assert done.returncode in (0, 255), done.stderr
    return done.returncode == 0


def run(
    *command: str, input: bytes = b"", check: bool = True
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=input, capture_output=True, check=check, timeout=60)


def line(blob: bytes, who: str = WHO) -> str:
    kind = blob[4 : 4 + blob[3]].decode()
    return f'{who} namespaces="{NAMESPACE}" {kind} {base64.b64encode(blob).decode()}\n'


def new_p256() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def point(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sk_ecdsa(private: ec.EllipticCurvePrivateKey, application: str) -> bytes:
    """The public key of a security key or, with a host, of a passkey."""
    parts = (SK_ECDSA.encode(), b"nistp256", point(private), application.encode())
    return b"".join(map(string, parts))


def sk_ed25519(private: ed25519.Ed25519PrivateKey, application: str) -> bytes:
    raw = private.public_key().public_bytes_raw()
    return b"".join(map(string, (SK_ED25519.encode(), raw, application.encode())))


def by_p256(private: ec.EllipticCurvePrivateKey, signed: bytes, twin: bool = False) -> bytes:
    """The two numbers; the twin's second is the order less it."""
    r, s = decode_dss_signature(private.sign(signed, ec.ECDSA(hashes.SHA256())))
    return string(mpint(r) + mpint(ORDER - s if twin else s))


def touched(private: Any, application: str, flags: int = 1, message: bytes = MESSAGE) -> str:
    """The armoured signature of a security key outside of browsers."""
    blob = sshsig.to_be_signed(message, NAMESPACE)
    after = bytes([flags]) + (7).to_bytes(4, "big")
    signed = sha(application.encode()) + after + sha(blob)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        key, scheme = sk_ed25519(private, application), SK_ED25519
        numbers = string(private.sign(signed))
    else:
        key, scheme = sk_ecdsa(private, application), SK_ECDSA
        numbers = by_p256(private, signed)
    return sshsig.assembled(key, NAMESPACE, string(scheme.encode()) + numbers + after)


def statement(challenge: bytes, origin: str = ORIGIN, after: str = ',"crossOrigin":false}') -> str:
    """As browsers write it."""
    text = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
    return f'{{"type":"webauthn.get","challenge":"{text}","origin":"{origin}"{after}'


def passkey(private: ec.EllipticCurvePrivateKey, *, host: str = HOST, key_host: str = "",
            origin: str = ORIGIN, said: Callable[[str], str | bytes] = str, flags: int = 0x05,
            extensions: bytes = b"", twin: bool = False, after: bytes = b"",
            message: bytes = MESSAGE, namespace: str = NAMESPACE) -> str:  # fmt: skip
    """The armoured signature of a passkey; `said` changes the statement before it is signed."""
    whole = said(statement(sshsig.to_be_signed(message, namespace), origin))
    client_data = whole if isinstance(whole, bytes) else whole.encode("utf-8", "surrogatepass")
    state = bytes([flags]) + (0).to_bytes(4, "big")
    signed = sha(host.encode()) + state + extensions + sha(client_data)
    parts = b"".join(map(string, (origin.encode(), client_data, extensions)))
    made = string(f"webauthn-{SK_ECDSA}".encode()) + by_p256(private, signed, twin) + state + parts
    return sshsig.assembled(sk_ecdsa(private, key_host or host), namespace, made + after)


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
