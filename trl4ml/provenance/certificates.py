"""A chain of certificates up to a pinned root, and when it holds.

The clock is the caller's: a chain says from when until when it is valid, never that it is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from trl4ml.provenance.dsse import curve_fault
from trl4ml.provenance.errors import Refused
from trl4ml.provenance.trust import Root

LONGEST = 10


class Chain(NamedTuple):
    """The signer's key, who pinned it, and the time in which every certificate is valid."""

    key: Any
    signer: str
    start: datetime
    end: datetime


def chain(ders: Sequence[bytes], roots: Sequence[Root]) -> Chain:
    """Checked up to one of the roots. Raises Refused, which says what does not fit."""
    from cryptography import x509

    if len(ders) > LONGEST:
        raise Refused(f"the chain has more than {LONGEST} certificates")
    try:
        given = [x509.load_der_x509_certificate(one) for one in ders]
        leaf, key = given[0], given[0].public_key()
    except Exception:  # the library raises many kinds for what is not a certificate
        raise Refused("a certificate of the chain cannot be read") from None
    if why := curve_fault(key) or _not_for_signing(leaf):
        raise Refused(f"the signer's certificate {why}")
    root, path = _path(given, roots)
    if leaf.subject.rfc4514_string() != root.subject:
        raise Refused(f"the signer's certificate is of '{leaf.subject.rfc4514_string()}', and "
                      f"'{root.subject}' is trusted")  # fmt: skip
    start = max(one.not_valid_before_utc for one in path)
    end = min(one.not_valid_after_utc for one in path)
    return Chain(key, f"{root.name}: {root.subject}", start, end)


def _path(given: list[Any], roots: Sequence[Root]) -> tuple[Root, list[Any]]:
    """The root that the chain ends in, and its certificates from the leaf on. Raises Refused."""
    pinned = [one for one in roots if one.subject == given[0].subject.rfc4514_string()]
    path = [given[0]]
    for depth in range(LONGEST):
        for root in pinned or roots:
            if path[-1] == root.certificate or _issued(path[-1], root.certificate, depth):
                return root, [*path, root.certificate]
        more = [one for one in given[1:] if one not in path and _issued(path[-1], one, depth)]
        if not more:
            break
        path.append(more[0])
    raise Refused("the certificate chain ends in no trusted root")


def _issued(one: Any, by: Any, below: int) -> bool:
    """Whether `by` may issue certificates, with so many below the one, and issued it."""
    from cryptography import x509

    try:
        limits = by.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not limits.ca or (limits.path_length is not None and limits.path_length < below):
            return False
        usage = _extension(by, x509.KeyUsage)
        if usage is not None and not usage.key_cert_sign:
            return False
        one.verify_directly_issued_by(by)
    except Exception:  # a wrong signature, name, kind of key, or no extension: not the issuer
        return False
    return True


def _not_for_signing(leaf: Any) -> str:
    from cryptography import x509

    usage, extended = _extension(leaf, x509.KeyUsage), _extension(leaf, x509.ExtendedKeyUsage)
    if usage is not None and usage.digital_signature:
        return ""
    if extended is not None and x509.oid.ExtendedKeyUsageOID.CODE_SIGNING in extended:
        return ""
    return "is not meant for signing (neither digitalSignature nor codeSigning)"


def _extension(certificate: Any, kind: Any) -> Any:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
