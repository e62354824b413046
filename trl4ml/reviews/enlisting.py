"""Who may review: the trust folder of the working tree, written for the base branch to take over."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

from trl4ml.amending import replaced
from trl4ml.core.panel import PANELS, ReviewPolicy
from trl4ml.core.review import Decision, Statement
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.loading import CONFIG, find, load_all
from trl4ml.readers.git import History
from trl4ml.render.plain import printable
from trl4ml.reviews.entrusting import (
    REVOKED,
    SIGNERS,
    Terms,
    revoked_in,
    signers_in,
    texts,
    with_key,
    with_terms,
)
from trl4ml.reviews.granting import POLICY, first, granted, policy
from trl4ml.reviews.keyholding import blob_of, line_of, public_key
from trl4ml.reviews.trust_files import TRUST

ROLE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
REVOKED_HEAD = (
    "# Public keys that nothing is believed of any more, not even what they signed before.\n"
)


class Changed(NamedTuple):
    """What a change of the trust folder came to."""

    root: Path
    files: tuple[str, ...]
    """Written, by their paths in the project; none where all of it was there already."""
    begun: bool
    """Whether there was no trust folder before."""
    keys: tuple[str, ...]
    """Fingerprints of the keys that it is about."""
    notices: tuple[str, ...] = ()


def add(
    path: Path | None, principal: str, key: str | None, roles: Sequence[str], until: date | None,
    today: date, *, anchors: bool = False,
) -> Changed:  # fmt: skip
    """Let somebody review: their public key, and the roles they hold.

    `key` is a file or a line of text. Of a key that is there already, its last day and what it may
    sign are changed; without a key, of all of theirs. Raises WrongInput, and then nothing has changed.
    """
    root = find(path)
    before = texts(root)
    _named(principal, roles, before)
    terms = Terms(until, anchors)
    if key is not None:
        if until and until < today and not _signed_with(root, [blob_of(public_key(key))]):
            says = "is past; a key that holds no more is not added"
            raise WrongInput(f"--valid-until {until}: {says}")
        signers, keys = with_key(before, principal, key, terms)
    else:
        signers, keys = with_terms(before, principal, terms)
    rules = before[POLICY] or first()
    for role in roles:
        rules = granted(rules, principal, role)
    _check(signers, rules, principal, key)
    made = {SIGNERS: signers, POLICY: rules}
    files = _written(root, before, made)
    notices = (*_odd(policy(rules), roles), *_owned(root, principal), *_ignored(root, files))
    return Changed(root, files, not any(before.values()), keys, notices)


def revoke(path: Path | None, who: str) -> Changed:
    """Put the keys of a person, or one key, into `revoked`: nothing that they signed counts.

    `who` is a reviewer's name, a fingerprint, a public key, or the file of one. Raises WrongInput.
    """
    from trl4ml.ledger.public import fingerprint

    root = find(path)
    before = texts(root)
    known = signers_in(before[SIGNERS])
    named = [one.key for one in known if who in (one.principal, fingerprint(one.key))]
    if not named:
        with suppress(WrongInput):
            named = [blob_of(public_key(who))]
    if not named:
        names = sorted({one.principal for one in known})
        raise WrongInput(f"{printable(who[:200])}: no reviewer of {SIGNERS} is called so, and it is no key"
                         f"{did_you_mean(names, who)}")  # fmt: skip
    gone = revoked_in(before[REVOKED])
    text = before[REVOKED] or REVOKED_HEAD
    text = text if text.endswith("\n") else f"{text}\n"
    text += "".join(f"{line_of(one)}\n" for one in named if one not in gone)
    files = _written(root, before, {REVOKED: text} if {*named} - gone else {})
    odd = [f"{fingerprint(one)} is in nobody's line of {SIGNERS}" for one in named
           if one not in {each.key for each in known}]  # fmt: skip
    lost = _voided(root, named) if files else ()
    notices = (*odd, *lost, *_ignored(root, files))
    return Changed(root, files, False, tuple(map(fingerprint, named)), notices)


def _signed_with(root: Path, keys: Sequence[bytes]) -> list[tuple[str, Statement]]:
    """The notes of the ledger here that say they were signed with these keys, and their paths."""
    from trl4ml.ledger.disk import Ledger
    from trl4ml.ledger.errors import Refused
    from trl4ml.ledger.note import read, statement
    from trl4ml.ledger.sshsig import parsed

    found = []
    with suppress(Refused):
        for entry in Ledger(root).entries():
            with suppress(Refused):
                note = read(entry.content)
                if parsed(note.signature).key in keys:
                    found.append((entry.path, statement(note)))
    return found


def _voided(root: Path, keys: Sequence[bytes]) -> Iterator[str]:
    """What of the ledger is void with the keys, and how to let somebody go without that."""
    notes = _signed_with(root, keys)
    if notes:
        count = len(notes)
        what = (
            "1 note that it signed counts" if count == 1 else f"{count} notes that it signed count"
        )
        yield (f"{what} for nothing from then on; of somebody who only leaves, let the past hold with: "
               "trl4ml reviewers add WHO --valid-until DAY")  # fmt: skip
    for path, said in notes:
        if said.predicate.decision is Decision.REJECT:
            yield f"{path}: is a rejection, which no longer stands; if it should, have somebody else sign it"


def _named(principal: str, roles: Sequence[str], before: dict[str, str]) -> None:
    from trl4ml.ledger.signers import PRINCIPAL

    if not PRINCIPAL.fullmatch(principal):
        raise WrongInput(f"{printable(principal[:120])}: is no name of a reviewer; it is made of the letters a to z, "
                         "digits and . _ + - @, as in carol@example.org")  # fmt: skip
    for role in roles:
        if not ROLE.fullmatch(role) or len(role) > 80:
            raise WrongInput(f"--role {printable(role[:120])}: should be small letters, digits and single hyphens, as "
                             "in product")  # fmt: skip
    known = {one.principal for one in signers_in(before[SIGNERS])}
    held = policy(before[POLICY]).roles.values() if before[POLICY] else ()
    for one in sorted({*known, *(each for people in held for each in people)}):
        if one != principal and one.casefold() == principal.casefold():
            raise WrongInput(f"{principal}: is there already as {one}; write it the same")
    if not roles and not any(principal in people for people in held):
        known_roles = ", ".join(sorted({role for panel in PANELS.values() for role in panel}))
        raise WrongInput(f"--role is missing: say what {principal} reviews as ({known_roles})")


def _check(signers: str, rules: str, principal: str, key: str | None) -> None:
    """What is going to be written reads well, and leaves nobody in a role without a key."""
    known = {one.principal for one in signers_in(signers)}
    policy(rules)
    if key is None and principal not in known:
        raise WrongInput(f"--key is missing: {principal} has no key in {SIGNERS} yet; give a public "
                         "one, as in --key ~/.ssh/id_ed25519.pub")  # fmt: skip


def _odd(rules: ReviewPolicy, roles: Sequence[str]) -> tuple[str, ...]:
    """Roles that no panel asks for: what they approve would fill no place."""
    asked = {role for level in range(10) if (panel := rules.panel(level)) for role in panel.roles}
    return tuple(
        f"no panel asks for the role {role}{did_you_mean(asked, role)}; it can reject, and what it "
        "approves fills no place" for role in roles if role not in asked
    )  # fmt: skip


def _owned(root: Path, principal: str) -> Iterator[str]:
    """What the owners in trl4ml.yaml mean for approvals, which are never the owner's own."""
    from trl4ml.core.answer import names

    try:
        project = load_all(root, {}).project
    except WrongInput:
        return  # told by every other command
    for one in project.components:
        owners = (*one.owners, *project.owners)
        if principal.casefold() in {name for owner in owners for name in names(owner)}:
            yield f"{principal} owns {one.name}: their approval of it does not count"
        if not owners or any("@" not in owner for owner in owners):
            found = next((owner for owner in owners if "@" not in owner), "")
            which = f"'{found}' has no address" if found else "has no owner"
            yield (f"{one.name}: {which} in {CONFIG}, so no approval of it counts: write owners as "
                   "'Name <address>'")  # fmt: skip


def _ignored(root: Path, files: Sequence[str]) -> Iterator[str]:
    history = History(root.resolve())
    for name in files:
        if history.ignores(name):
            yield f"git ignores {name}, so it never reaches the base branch; mend .gitignore"


def _written(root: Path, before: dict[str, str], made: dict[str, str]) -> tuple[str, ...]:
    """Each file whole; where one cannot be written, none has changed. Raises WrongInput."""
    todo = [name for name, text in made.items() if text != before[name]]
    absent = [one for one in (root / TRUST, (root / TRUST).parent) if not one.exists()]
    try:
        (root / TRUST).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _removed(absent)
        says = f"{root / TRUST}: cannot be made ({error.strerror}); nothing changed"
        raise WrongInput(says) from None
    done: list[str] = []
    for name in todo:
        try:
            replaced(root / name, made[name])
        except WrongInput:
            for other in done:
                _restored(root / other, before[other])
            _removed(absent)
            raise
        done.append(name)
    return tuple(todo)


def _removed(folders: Sequence[Path]) -> None:
    """Without the folders again, if nothing is in them: an empty trust folder asks for reviews."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _restored(path: Path, text: str) -> None:
    with suppress(WrongInput, OSError):
        replaced(path, text) if text else path.unlink()
