"""Signs folders as OpenSSF Model Signing 1.0 says, so that tests can sign what no tool would."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from trl4ml.provenance.bundle import MEDIA_TYPE, PAYLOAD_TYPE
from trl4ml.provenance.dsse import pae
from trl4ml.provenance.statement import PREDICATE, TYPE
from trl4ml.provenance.trust import FORMAT

FILES = {"config.json": b"{}", "weights.bin": b"\0\1\2\3"}
"""The unit vector of the specification."""
HASHES = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
Change = Callable[[dict[str, Any]], None]


def lay(folder: Path, files: dict[str, bytes] = FILES) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve or ec.SECP256R1())


def pem(private: Any) -> str:
    return str(private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode())  # fmt: skip


def trusting(*privates: Any, certificates: list[dict[str, str]] | None = None) -> bytes:
    keys = [{"name": f"key {n}", "pem": pem(one)} for n, one in enumerate(privates, 1)]
    return json.dumps({"trust": FORMAT, "keys": keys, "certificates": certificates or []}).encode()


def resources(files: dict[str, bytes]) -> list[dict[str, str]]:
    return [
        {"name": name, "digest": hashlib.sha256(content).hexdigest(), "algorithm": "sha256"}
        for name, content in sorted(files.items())
    ]


def statement(files: dict[str, bytes] = FILES, change: Change | None = None) -> dict[str, Any]:
    """The statement, changed before its root is taken."""
    rows = resources(files)
    made: dict[str, Any] = {
        "_type": TYPE, "predicateType": PREDICATE,
        "subject": [{"name": "model", "digest": {}}],
        "predicate": {
            "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False,
                              "ignore_paths": [".git", ".gitignore"]},
            "resources": rows,
        },
    }  # fmt: skip
    if change:
        change(made)
    if made["subject"] and made["subject"][0]["digest"] == {}:
        made["subject"][0]["digest"] = {"sha256": root(made["predicate"]["resources"])}
    return made


def root(rows: list[dict[str, str]]) -> str:
    digests = "".join(row["digest"] for row in rows if len(row["digest"]) % 2 == 0)
    return hashlib.sha256(bytes.fromhex(digests)).hexdigest()


def signature(private: Any, message: bytes) -> bytes:
    made = private.sign(message, ec.ECDSA(HASHES[private.curve.key_size]))
    return bytes(made)


def bundle(
    private: Any, said: dict[str, Any] | bytes, *, message: Callable[[bytes], bytes] = pae,
    material: dict[str, Any] | None = None, signatures: list[bytes] | None = None, **envelope: Any,
) -> bytes:  # fmt: skip
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    rows = signatures or [signature(private, message(payload))]
    hint = hashlib.sha256(pem(private).encode()).hexdigest()
    made = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": material or {"publicKey": {"hint": hint}},
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": base64.b64encode(one).decode(), "keyid": ""} for one in rows],
            **envelope,
        },
    }  # fmt: skip
    return json.dumps(made).encode()


def certificate(
    name: str, private: Any, issuer: str = "", by: Any = None, *, ca: bool = False,
    usage: bool = True, code: bool = False, length: int | None = None,
    start: datetime = START, end: datetime = END,
) -> x509.Certificate:  # fmt: skip
    def called(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    made = (
        x509.CertificateBuilder().subject_name(called(name)).issuer_name(called(issuer or name))
        .public_key(private.public_key()).serial_number(1 + len(name))
        .not_valid_before(start).not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca, length if ca else None), True)
    )  # fmt: skip
    if usage:
        made = made.add_extension(
            x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True
        )
    if code:
        made = made.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
        )
    return made.sign(by or private, hashes.SHA256())


def chained(*certificates: x509.Certificate) -> dict[str, Any]:
    ders = (one.public_bytes(serialization.Encoding.DER) for one in certificates)
    rows = [{"rawBytes": base64.b64encode(der).decode()} for der in ders]
    return {"x509CertificateChain": {"certificates": rows}}


def rooted(root: x509.Certificate, subject: str) -> list[dict[str, str]]:
    text = root.public_bytes(serialization.Encoding.PEM).decode()
    return [{"name": "our CA", "root": text, "subject": subject}]
