"""The queue: who must still review what, what went stale, what ends soon, which keys wait."""

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from trl4ml.core.evidence import Outcome
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.review import days
from trl4ml.core.standing import Checked, Standing
from trl4ml.ledger import public, signers
from trl4ml.ledger.errors import Refused
from trl4ml.reviews import reviewing
from trl4ml.server import clock
from trl4ml.server.invitations import Invitation
from trl4ml.server.watching import Watched

SOON = timedelta(days=30)
PAST = (Standing.STALE, Standing.EXPIRED, Standing.BARRED, Standing.REFUSED)


def queued(one: Watched, enrolled: Iterable[Invitation], now: datetime) -> dict[str, Any]:
    """What is due in one project, as JSON data: every text in it is to be escaped where shown."""
    seen = one.reviews
    notes = list(seen.verified.notes)
    return {
        "project": one.name,
        "pages": f"{one.prefix}/",
        "sign": f"{one.prefix}/sign.html",
        "report": seen.report,
        "problems": [text for text in (one.problem, one.unstored, seen.problem, *seen.verified.faults, *one.gone) if text],
        "due": _due(one),
        "past": [_note(note, seen.policy) for note in notes if note.standing in PAST],
        "ends_soon": [_note(note, seen.policy) for note in notes if _soon(note, seen.policy, now)],
        "notes": len(notes),
        "counting": sum(note.standing is Standing.COUNTS for note in notes),
        "enrolled": [line(new) for new in enrolled if not _known(one, new)],
    }  # fmt: skip


def _due(one: Watched) -> list[dict[str, Any]]:
    """The gates up to the wanted level, or else the next one, whose panel does not approve."""
    wanted = {part.name: part.wanted for part in one.reviews.base_report.components}
    found: list[dict[str, Any]] = []
    for name, levels in reviewing.panels(one.reviews).items():
        left = {
            level: said for level, said in sorted(levels.items()) if said.outcome is not Outcome.YES
        }
        upto = wanted.get(name)
        upto = min(left, default=0) if upto is None else upto
        found += [
            {"component": name, "level": level, "rejected": said.outcome is Outcome.NO, "says": said.message}
            for level, said in left.items() if level <= upto
        ]  # fmt: skip
    return found


def _note(note: Checked, policy: ReviewPolicy) -> Mapping[str, Any]:
    said, ends = note.statement.predicate if note.statement else None, _ends(note, policy)
    return {
        "path": note.path,
        "digest": note.digest,
        "standing": note.standing.value,
        "says": note.says,
        "reviewer": note.signer,
        "role": said.role if said else "",
        "decision": said.decision.value if said else "",
        "level": said.level if said else None,
        "component": said.component if said else None,
        "ends": clock.said(ends) if ends else None,
    }


def _ends(note: Checked, policy: ReviewPolicy) -> datetime | None:
    """When it no longer holds: as it says, or by the policy's rule where that is earlier."""
    if note.statement is None:
        return None
    said = note.statement.predicate
    rule = said.at + days(policy.expires_after)
    return min(said.ends, rule) if said.ends else rule


def _soon(note: Checked, policy: ReviewPolicy, now: datetime) -> bool:
    ends = _ends(note, policy)
    return note.standing is Standing.COUNTS and ends is not None and ends - now <= SOON


def _known(one: Watched, new: Invitation) -> bool:
    trust = one.reviews.trust
    return trust is not None and any(new.key == signer.key for signer in trust.signers)


def line(new: Invitation) -> dict[str, Any]:
    """The line for `allowed_signers`, and the command that adds it with the roles."""
    text = f"{public.parsed(new.key).kind} {base64.b64encode(new.key).decode()}"
    try:
        line = signers.line(new.principal, text)
    except Refused as why:
        line = str(why)
    roles = "".join(f" --role {role}" for role in new.roles)
    command = f"trl4ml reviewers add {new.principal} --key '{text}'{roles}"
    return {"principal": new.principal, "roles": list(new.roles), "line": line, "command": command}
