"""Steps 2 to 5 of a check: who signed, by what is pinned, and when that can be said to hold."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from trl4ml.provenance.bundle import Bundle
from trl4ml.provenance.certificates import chain
from trl4ml.provenance.dsse import legacy, pae, signed
from trl4ml.provenance.errors import Refused
from trl4ml.provenance.trust import Key, Trust

Current = Callable[[datetime, datetime], bool]
"""Whether the present lies between two times."""


class Signer(NamedTuple):
    """`wrong` says what does not fit, `open` what could not be settled; one, or neither."""

    name: str = ""
    wrong: str = ""
    open: str = ""
    valid_until: str = ""
    """Of a certificate's chain; empty for a key, which has no end."""


def signer(bundle: Bundle, trust: Trust, current: Current) -> Signer:
    """Who signed the payload; never taken from the bundle."""
    if bundle.method == "sigstore":
        return Signer(open="the signer is shown by a Sigstore certificate and its transparency log, "
                           "which trl4ml does not check; sign with a key or a certificate, or check "
                           "it with model-signing")  # fmt: skip
    if bundle.method == "key":
        return _by_key(bundle, trust.keys)
    return _by_certificate(bundle, trust, current)


def _by_key(bundle: Bundle, keys: tuple[Key, ...]) -> Signer:
    if not keys:
        return Signer(open="no public key is pinned; add the signer's to the trust file")
    hinted = tuple(key for key in keys if key.hint == bundle.hint)
    made = Signer()
    for key in hinted or keys:
        made = _signed(bundle, key.public, key.name)
        if not made.wrong:
            break
    if made.wrong and len(hinted or keys) > 1:
        return Signer(wrong="the signature is of none of the pinned keys")
    if bundle.hint and not hinted:
        says = "the bundle names a key that is not pinned"
        return made._replace(wrong=made.wrong or f"{says}, and was signed with '{made.name}'")
    return made


def _signed(bundle: Bundle, public: object, name: str) -> Signer:
    """By this key, whichever of the signatures is its."""
    valid = [
        n for n, one in enumerate(bundle.signatures, 1) if signed(public, one, pae(bundle.payload))
    ]
    if valid:
        which = f" (signature {valid[0]} of {len(bundle.signatures)})"
        return Signer(name + (which if len(bundle.signatures) > 1 else ""))
    if any(legacy(public, one, bundle.payload) for one in bundle.signatures):
        return Signer(name, open="the signature is of the format before 1.0, legacy format, not "
                                 "verified; sign the model again")  # fmt: skip
    return Signer(wrong=f"the signature is not of the key '{name}' over this payload")


def _by_certificate(bundle: Bundle, trust: Trust, current: Current) -> Signer:
    if not trust.roots:
        return Signer(open="no certificate root is pinned; add one to the trust file")
    try:
        found = chain(bundle.certificates, trust.roots)
    except Refused as why:
        return Signer(wrong=str(why))
    made = _signed(bundle, found.key, found.signer)._replace(valid_until=found.end.isoformat())
    if made.wrong or made.open or current(found.start, found.end):
        return made
    return made._replace(open="validity at signing time not shown: the certificates are valid from "
                              f"{found.start.date()} to {found.end.date()}, and no dated proof is "
                              "read; sign the model again")  # fmt: skip
