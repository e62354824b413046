"""A signature over a text of ours, by a key that is known: signing in, and proving a new key.

The same format and the same check as for notes, in namespaces of their own.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from trl4ml.core.review import NAMESPACE
from trl4ml.ledger import keys, sshsig
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.signers import Signer
from trl4ml.ledger.trust import Trust
from trl4ml.server.limits import Refusal


def proven(signature: str, message: bytes, namespace: str, origins: Collection[str]) -> bytes:
    """The key that made this signature, in SSH's form. Raises Refusal 422."""
    try:
        parsed = sshsig.parsed(signature)
        keys.verify(parsed, message, namespace, origins)
    except Refused as why:
        raise Refusal(422, str(why)) from None
    return parsed.key


def whose(
    signature: str, message: bytes, namespace: str, origins: Collection[str], known: Iterable[Signer]
) -> Signer | None:  # fmt: skip
    """Who of the known made this signature; None where nobody did. Raises Refusal 422.

    A browser does not tell which passkey it has used. A signature with an empty key is tried with
    every known one, so that no list of keys is handed to whoever asks.
    """
    try:
        parsed = sshsig.parsed(signature)
    except Refused as why:
        raise Refusal(422, str(why)) from None
    for one in known:
        if parsed.key in (b"", one.key):
            try:
                keys.verify(parsed._replace(key=one.key), message, namespace, origins)
            except Refused:
                continue
            return one
    return None


def valid(trust: Trust, now: datetime) -> tuple[Signer, ...]:
    """Who may sign reviews with which key at this moment."""
    return tuple(
        one for one in trust.signers
        if one.key not in trust.revoked and not one.lacks(NAMESPACE, now)
    )  # fmt: skip
