"""What the check of one note came to, and of the ledger as a whole."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from trl4ml.core.review import Statement


class Standing(StrEnum):
    COUNTS = "counts"
    STALE = "stale"
    """What was reviewed has changed since."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    """Taken back by a later note."""
    BARRED = "barred"
    """Rightly signed, by somebody whose voice does not count here."""
    REFUSED = "refused"
    """Not what it says: the form, the signature, the key, or its place in the ledger."""


class Checked(NamedTuple):
    """One note, and whether it counts."""

    digest: str
    """SHA-256 of its payload: its name. Empty where the payload cannot be read."""
    path: str
    """In the project, with `/`."""
    number: int
    """Its place in the ledger, from 1."""
    standing: Standing
    says: str
    """Why it does not count; empty while it does."""
    statement: Statement | None = None
    signer: str = ""
    """The principal whose key signed it; empty where none did."""
    grade: str = ""
    """How it was signed: ssh or passkey."""
    key: str = ""
    """The key's fingerprint, as `ssh-keygen -l` writes it."""
    barred: Mapping[str, str] = {}
    """Why this approval is none of a component, by the component's name: its signer owns or wrote it.

    Empty for rejections and recusals, which owners and authors may make too, and where somebody's
    voice does not count at all, for want of the role."""


class Verified(NamedTuple):
    """The whole ledger: every note in order, and what is wrong with the ledger itself."""

    notes: tuple[Checked, ...] = ()
    faults: tuple[str, ...] = ()
    """A note that was dropped, edited, reordered or back-dated; an anchor that does not fit."""
    tip: str | None = None
    """The digest of the last note: what the next one names as `prev`."""
    anchored: str = ""
    """The newest anchor that holds: the name of its tag."""
