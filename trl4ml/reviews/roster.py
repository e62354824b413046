"""Who may review by the working tree's trust folder, and what of it the base branch has already."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.unreadable import Unreadable
from trl4ml.errors import WrongInput
from trl4ml.ledger.public import fingerprint, parsed
from trl4ml.ledger.signers import Signer
from trl4ml.ledger.trust import Trust
from trl4ml.loading import find
from trl4ml.readers import branch
from trl4ml.reviews import trust_files
from trl4ml.reviews.entrusting import REVOKED, SIGNERS, revoked_in, signers_in, texts
from trl4ml.reviews.granting import POLICY, policy
from trl4ml.reviews.trust_files import TRUST

MOMENT = "%Y-%m-%d %H:%M"


class Person(NamedTuple):
    """One key of one reviewer, or a reviewer without one."""

    principal: str
    roles: tuple[str, ...]
    kind: str
    key: str
    """Its fingerprint."""
    standing: str


class Roster(NamedTuple):
    people: tuple[Person, ...]
    base: str
    """Where it counts: a branch and its commit; empty where it has no list."""
    problem: str = ""
    """Why that could not be read; empty where it could."""


def roster(path: Path | None, base: str | None, now: datetime) -> Roster:
    """Everybody, in order of their names. Raises WrongInput."""
    root = find(path)
    found = texts(root)
    if not any(found.values()):
        raise WrongInput(f"{root / TRUST}: there is no such folder yet; make it with: "
                         "trl4ml reviewers add WHO --role ROLE --key FILE")  # fmt: skip
    there, problem = _in_force(root, base or None)
    roles = policy(found[POLICY]).roles if found[POLICY] else {}
    gone, signers = revoked_in(found[REVOKED]), signers_in(found[SIGNERS])
    rows = []
    for one in signers:
        kind = "passkey" if parsed(one.key).passkey else one.kind
        held = _roles(roles, one.principal)
        merged = "not known" if problem else _not_merged(one, held, there) or _ends(one, now)
        standing = "revoked" if one.key in gone else merged
        rows.append(Person(one.principal, held, kind, fingerprint(one.key), standing))
    known = {one.principal for one in signers}
    without = sorted({one for held in roles.values() for one in held} - known)
    rows += [Person(one, _roles(roles, one), "-", "-", "has no key") for one in without]
    return Roster(tuple(sorted(rows)), there.shown if there else "", problem)


def _in_force(root: Path, base: str | None) -> tuple[Trust | None, str]:
    """What the base branch has, or why that cannot be read."""
    try:
        found = branch.base(root, base)
        return trust_files.of(branch.files(found, f"{TRUST}/"), found), ""
    except Unreadable as error:
        return None, error.reason
    except WrongInput as error:
        return None, str(error)


def _not_merged(one: Signer, roles: Sequence[str], there: Trust | None) -> str:
    if not there or (one.principal, one.key) not in {(s.principal, s.key) for s in there.signers}:
        return "not merged yet"
    if new := [role for role in roles if not there.policy.holds(one.principal, role)]:
        return f"not merged yet as {', '.join(new)}"
    return ""


def _ends(one: Signer, now: datetime) -> str:
    if one.valid_before and one.valid_before <= now:
        return f"ended {one.valid_before:{MOMENT}} UTC"
    if one.valid_after and now < one.valid_after:
        return f"from {one.valid_after:{MOMENT}} UTC"
    return f"until {one.valid_before:{MOMENT}} UTC" if one.valid_before else "may sign"


def _roles(roles: Mapping[str, Sequence[str]], principal: str) -> tuple[str, ...]:
    return tuple(sorted(role for role, held in roles.items() if principal in held))
