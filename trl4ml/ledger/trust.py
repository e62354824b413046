"""What a check is given beside the ledger: whom to trust, what is reviewed, and the base branch."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from trl4ml.core.panel import ReviewPolicy
from trl4ml.ledger.signers import Signer


class Trust(NamedTuple):
    """The trust folder, read from the base branch or from outside, never from what is reviewed."""

    policy: ReviewPolicy
    signers: tuple[Signer, ...]
    revoked: frozenset[bytes] = frozenset()
    """Public keys in SSH's wire format that no longer count for anything."""
    shown: str = "the trust folder"
    """Where it was read, as in `origin/main`."""


class Now(NamedTuple):
    """What there is to review at present, freshly computed."""

    project: str
    report: str
    """The evidence digest."""
    manifests: Mapping[str, str]
    """SHA-256 of each model's manifest, by its path in the project."""
    components: tuple[str, ...]


class Base(NamedTuple):
    """The ledger of the base branch."""

    shown: str
    """Its revision, as in `origin/main`."""
    notes: Mapping[str, bytes | None] = {}
    """The content of every file of the ledger there, by its path in the project, with `/`; None
    where it is no file that can be read whole."""
    brought: Mapping[str, datetime] = {}
    """When the commit was made that brought each of them to the base branch."""
