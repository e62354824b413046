"""Whether a note that is rightly signed counts: for what there is now, at this time, from this person.

Who may speak at all is asked before what was reviewed: a rejection that went stale stays on show,
and it must be one of somebody who may reject.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from trl4ml.core.answer import names
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.review import Decision, SignOff, Statement, days
from trl4ml.core.standing import Checked, Standing
from trl4ml.ledger.trust import Now

APPROVES = (Decision.APPROVE, Decision.CONDITIONS)
ANOTHER = "ask another holder of the role"
WRITE = "write owners as `Name <address>`"
ADDRESS = re.compile(r"[a-z0-9_][a-z0-9_.+'&=-]*@[a-z0-9][a-z0-9.-]*")
"""Nothing beside the address, and no letter that only looks like one of it: it must be comparable."""
ANEW = "look at the report of today and sign anew"


class Ground(NamedTuple):
    """What a note is held against."""

    policy: ReviewPolicy
    rules: str
    """The policy's digest."""
    present: Now
    now: datetime
    owners: Mapping[str, Iterable[str]]
    """Of each component, as trl4ml.yaml names them: nobody approves their own."""
    authors: Mapping[str, Collection[str]]
    """Names and addresses, in small letters, of who wrote the change of each component."""


def withdrawn(weighed: Sequence[Checked]) -> list[Checked]:
    """The notes, those that their own signer revoked no longer counting."""
    every = {one.digest: one for one in weighed}
    for one in weighed:
        said = _said(one)
        if said.revokes is None or one.standing is not Standing.COUNTS:
            continue
        target = every.get(said.revokes)
        if target is None:
            says = f"revokes {said.revokes[:12]}, and no note of that name counts here"
            every[one.digest] = one._replace(standing=Standing.BARRED, says=says)
        elif no := _not_theirs(one, target):
            every[one.digest] = one._replace(standing=Standing.BARRED, says=no)
        else:
            says = f"{one.signer} revoked it on {said.created_at[:10]}: {said.reason}"
            every[target.digest] = target._replace(standing=Standing.REVOKED, says=says)
    return list(every.values())


def _not_theirs(one: Checked, target: Checked) -> str:
    """Why the first does not revoke the second; empty when it does."""
    if target.signer != one.signer:
        return (f"revokes a note of {target.signer}, who alone may take it back; "
                "reject the report instead")  # fmt: skip
    if _said(target).decision is Decision.REVOKE:
        return "revokes a revocation, which nobody can; decide anew instead"
    return ""


def _said(one: Checked) -> SignOff:
    assert one.statement
    return one.statement.predicate


def stands(one: Checked, ground: Ground) -> Checked:
    """The note with its standing, and why it does not count."""
    statement = one.statement
    assert statement
    said = statement.predicate
    if no := _no_voice(one, said, ground.policy):
        return one._replace(standing=Standing.BARRED, says=no)
    if said.decision is Decision.REVOKE:
        return one
    barred = _barred(said, ground) if said.decision in APPROVES else {}
    one = one._replace(barred=barred)
    if old := _stale(statement, ground):
        return one._replace(standing=Standing.STALE, says=old)
    if over := _expired(said, ground):
        return one._replace(standing=Standing.EXPIRED, says=over)
    if barred and set(barred) == set(_about(said, ground.present)):
        return one._replace(standing=Standing.BARRED, says=next(iter(barred.values())))
    return one


def _no_voice(one: Checked, said: SignOff, policy: ReviewPolicy) -> str:
    if one.grade not in policy.accept:
        taken = " and ".join(policy.accept)
        return f"was signed by {one.grade}, and the policy takes {taken} alone; sign anew with that"
    if said.decision is not Decision.REVOKE and not policy.holds(one.signer, said.role):
        return (f"{one.signer} does not hold the role {said.role}; have it granted in the trust "
                "folder by a change of its own, or sign in a role that is held")  # fmt: skip
    return ""


def _stale(statement: Statement, ground: Ground) -> str:
    said, present = statement.predicate, ground.present
    if said.project != present.project:
        return f"is about the project {said.project}, not {present.project}; {ANEW}"
    if said.component not in (None, *present.components):
        return f"is about the component {said.component}, which the project does not have; {ANEW}"
    if statement.report != present.report:
        return (f"is about the report {statement.report[:12]}, and the evidence has changed since: "
                f"the report is {present.report[:12]} now; {ANEW}")  # fmt: skip
    reviewed = statement.manifests
    for path in sorted({*reviewed, *present.manifests}):
        if reviewed.get(path) != present.manifests.get(path):
            return f"the model manifest {path} is not the one that was reviewed; {ANEW}"
    if said.policy.sha256 != ground.rules:
        return f"the review policy changed since; {ANEW}"
    return ""


def _expired(said: SignOff, ground: Ground) -> str:
    after = ground.policy.expires_after
    lasts = said.at + days(after)
    ends = min(lasts, said.ends or lasts)
    if ground.now < ends:
        return ""
    why = "as it said" if ends != lasts else f"{after} after it was signed"
    return f"expired on {ends:%Y-%m-%dT%H:%M:%SZ}, {why}; {ANEW}"


def _about(said: SignOff, present: Now) -> tuple[str, ...]:
    return (said.component,) if said.component else present.components


def _barred(said: SignOff, ground: Ground) -> dict[str, str]:
    """By component, why this person's approval of it is none."""
    found, who = {}, said.reviewer
    for component in _about(said, ground.present):
        owners = tuple(ground.owners.get(component, ()))
        known = [names(owner) for owner in owners]
        if any(who.casefold() in one for one in known):
            found[component] = f"{who} owns {component}, and nobody approves their own; {ANOTHER}"
        elif hidden := _nameless(owners):
            found[component] = f"nobody knows that {who} does not own {component}: {hidden}"
        elif ground.policy.reviewer_is_not_author and _wrote(
            who, ground.authors.get(component, ())
        ):
            found[component] = f"{who} wrote the change of {component}; {ANOTHER}"
    return found


def _wrote(who: str, authors: Collection[str]) -> bool:
    return who.casefold() in authors


def addressed(owner: str) -> bool:
    """Whether an owner is written so that a reviewer of the same address is known to be the same."""
    return any(map(ADDRESS.fullmatch, names(owner)))


def _nameless(owners: Sequence[str]) -> str:
    """Why owners cannot be told from reviewers; empty where they can."""
    if not owners:
        return f"trl4ml.yaml names no owner; {WRITE}"
    for owner in owners:
        if not addressed(owner):
            return f"the owner {owner!a} has no address; {WRITE}"
    return ""
