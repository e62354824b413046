"""The trust folder of the working tree, as it is edited; what counts is read from the base branch."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trl4ml.core.review import NAMESPACE
from trl4ml.errors import WrongInput
from trl4ml.load import disk
from trl4ml.reviews import trust_files
from trl4ml.reviews.granting import POLICY, policy
from trl4ml.reviews.keyholding import blob_of, line_of, owner_of, public_key
from trl4ml.reviews.trust_files import TRUST

if TYPE_CHECKING:
    from trl4ml.ledger.signers import Signer

SIGNERS, REVOKED = (f"{TRUST}/{name}" for name in (trust_files.SIGNERS, trust_files.REVOKED))
GIT = "git"
SIGNERS_HEAD = """\
# Whose signature counts on a review. Each line: who, what for, the public key; as OpenSSH reads it.
# It is read from the base branch, never from the change under review.
"""


class Terms(NamedTuple):
    """How long a key may sign, and whether tags that anchor the ledger too."""

    until: date | None
    """The last day; None leaves it as it is."""
    anchors: bool = False

    @property
    def ends(self) -> datetime | None:
        """The first moment at which it may not."""
        return (
            datetime.combine(self.until + timedelta(days=1), time.min, UTC) if self.until else None
        )


def texts(root: Path) -> dict[str, str]:
    """The files of the working tree's trust folder, empty where there is none. Raises WrongInput."""
    for folder in (root / ".trl4ml", root / TRUST):
        if folder.is_symlink():
            raise WrongInput(f"{folder}: is a link; put the folder itself there")
    found = {}
    for name in (SIGNERS, REVOKED, POLICY):
        if (root / name).is_symlink():
            raise WrongInput(f"{root / name}: is a link; put the file itself there")
        found[name] = disk.read(root / name, name) if (root / name).exists() else ""
    return found


def signers_in(text: str) -> "tuple[Signer, ...]":
    """The lines of `allowed_signers`. Raises WrongInput with every complaint."""
    from trl4ml.ledger.errors import Refused
    from trl4ml.ledger.signers import parsed

    try:
        return parsed(text, SIGNERS)
    except Refused as refused:
        raise WrongInput(str(refused)) from None


def revoked_in(text: str) -> frozenset[bytes]:
    """The keys of `revoked`. Raises WrongInput."""
    from trl4ml.ledger.errors import Refused
    from trl4ml.ledger.revoked import parsed

    try:
        return parsed(text, REVOKED)
    except Refused as refused:
        raise WrongInput(str(refused)) from None


def check_trust(root: Path, name: str) -> None:
    """The form of one file of the trust folder. Raises WrongInput with every complaint."""
    found = texts(root)
    if name == SIGNERS:
        signers_in(found[SIGNERS])
    elif name == REVOKED:
        revoked_in(found[REVOKED])
    elif name == POLICY:
        policy(found[POLICY])
    else:
        known = ", ".join(Path(one).name for one in (SIGNERS, POLICY, REVOKED))
        raise WrongInput(f"{root / name}: nothing reads it there; {TRUST} holds {known}; remove it")


def with_key(
    before: dict[str, str], principal: str, key: str, terms: Terms
) -> tuple[str, tuple[str, ...]]:
    """`allowed_signers` with the key in it, and the key's fingerprint. Raises WrongInput."""
    from trl4ml.ledger.public import fingerprint
    from trl4ml.ledger.signers import line as line_for

    text = before[SIGNERS] or SIGNERS_HEAD
    line = public_key(key)
    blob = blob_of(line)
    print_ = fingerprint(blob)
    if (owner := owner_of(line)) not in ("", principal):
        raise WrongInput(f"--key: the line is of {owner}, not of {principal}")
    if blob in revoked_in(before[REVOKED]):
        raise WrongInput(f"--key: {print_} is in {REVOKED}, and stays there; make a new key")
    for one in signers_in(text):
        if one.key == blob and one.principal != principal:
            says = f"{print_} is the key of {one.principal}; one key is one person's"
            raise WrongInput(f"--key: {says}")
        if one.key == blob:
            return _changed(text, one, terms), (print_,)
    spaces = (NAMESPACE, GIT) if terms.anchors else (NAMESPACE,)
    text = text if text.endswith("\n") else f"{text}\n"
    new = line_for(principal, line_of(blob), namespaces=spaces, valid_before=terms.ends)
    return text + new, (print_,)


def with_terms(before: dict[str, str], principal: str, terms: Terms) -> tuple[str, tuple[str, ...]]:
    """`allowed_signers` with the terms on every key of theirs that is not revoked, and those keys."""
    from trl4ml.ledger.public import fingerprint

    text = before[SIGNERS] or SIGNERS_HEAD
    if not (terms.until or terms.anchors):
        return text, ()
    gone = revoked_in(before[REVOKED])
    own = [one for one in signers_in(text) if one.principal == principal and one.key not in gone]
    for one in own:
        text = _changed(text, one, terms)
    return text, tuple(fingerprint(one.key) for one in own)


def _changed(text: str, one: "Signer", terms: Terms) -> str:
    """The text with the terms on the line of the key, where they are others."""
    from trl4ml.ledger.signers import line as line_for

    spaces = (*one.namespaces, *([GIT] if terms.anchors and GIT not in one.namespaces else []))
    ends = terms.ends or one.valid_before
    if (spaces, ends) == (one.namespaces, one.valid_before):
        return text
    new = line_for(one.principal, f"{line_of(one.key)} {one.comment}", namespaces=spaces,
                   valid_after=one.valid_after, valid_before=ends)  # fmt: skip
    lines = text.split("\n")
    lines[one.line - 1] = new.rstrip("\n")
    return "\n".join(lines)
