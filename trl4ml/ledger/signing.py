"""Who signed: the key, its line in the trust folder, and whether the key was good at that time."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from trl4ml.ledger import keys, sshsig
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.signers import Signer
from trl4ml.ledger.sshsig import Signature
from trl4ml.ledger.trust import Trust


class Known(NamedTuple):
    """The keys of the trust folder, to be looked up."""

    lines: Mapping[bytes, Signer]
    revoked: frozenset[bytes]
    shown: str


class Found(NamedTuple):
    """A signature, and the line of `allowed_signers` that its key is on."""

    signature: Signature
    signer: Signer


def known(trust: Trust) -> Known:
    return Known({one.key: one for one in trust.signers}, trust.revoked, trust.shown)


def signer(armour: str, known: Known, namespace: str, at: datetime) -> Found:
    """Whose key it says it was made with, when that key may sign for this purpose at that time.

    Raises Refused. The signature itself is not checked here: `keys.verify` does that.
    """
    signature = sshsig.parsed(armour)
    shown = keys.fingerprint(signature.key)
    if signature.key in known.revoked:
        raise Refused(f"the key {shown} was revoked, which voids all that it signed; "
                      "sign anew with another key")  # fmt: skip
    found = known.lines.get(signature.key)
    if found is None:
        raise Refused(f"the key {shown} is on no line of allowed_signers in {known.shown}; "
                      "have it added there by a change of its own")  # fmt: skip
    if lacks := found.lacks(namespace, at):
        raise Refused(f"{lacks}; sign anew with a key that may")
    return Found(signature, found)
