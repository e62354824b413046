"""What the page of signing reads: `data/report.json`, which is signed, and `data/review.json` beside it."""

from collections.abc import Container, Sequence
from typing import Any

from trl4ml.core.canonical import canonical
from trl4ml.core.level import LEVELS
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.report import Report
from trl4ml.core.standing import Checked, Verified
from trl4ml.core.verdict import Status
from trl4ml.render.pages.reviews import CONDITION, MOST, PANEL, Reviewed
from trl4ml.render.plain import json_text

OPEN = (Status.UNKNOWN, Status.NOT_MET)


def report_json(found: Reviewed) -> str:
    """The canonical JSON of the evidence: its SHA-256 is what a review names."""
    return canonical(found.report).decode()


def review_json(
    shown: Report, found: Reviewed, pages: Sequence[tuple[str, str]], holding: Container[str] = ()
) -> str:
    """All that the page needs beside the evidence; nothing of it is believed when a note is checked.

    `pages` are those on which the evidence can be read: their addresses and titles. `holding` are
    the digests of the rejections that hold a gate back.
    """
    policy, verified = found.policy, found.verified
    tip = next((one for one in verified.notes if one.digest == verified.tip), None)
    return json_text({
        "project": found.report.project, "folder": found.folder, "report": found.digest,
        "policy": policy.digest, "manifests": dict(found.manifests),
        "levels": [level.name for level in LEVELS], "panels": _panels(policy),
        "people": _people(found), "owners": {name: list(who) for name, who in found.owners.items()},
        "accept": list(policy.accept), "origins": list(policy.origins),
        "server": policy.server, "forge": policy.forge and policy.forge.model_dump(mode="json"),
        "tip": verified.tip, "next": tip.number + 1 if tip else 1,
        "tip_at": tip.statement.predicate.created_at if tip and tip.statement else None,
        "faults": list(verified.faults), "questions": _questions(found.report),
        "conditions": _conditions(shown), "waits": _waits(shown),
        "expires_after": policy.expires_after, "not_author": policy.reviewer_is_not_author,
        "veto": None if policy.veto is None else list(policy.veto), "pages": [list(one) for one in pages],
        "notes": [_note(one, one.digest in holding) for one in _signed(verified)],
    }, sort_keys=True)  # fmt: skip


def _panels(policy: ReviewPolicy) -> dict[str, Any]:
    panels = {str(level): policy.panel(level) for level in range(10)}
    return {
        level: {"roles": dict(panel.roles), "people": panel.people}
        for level, panel in panels.items()
        if panel
    }


def _people(found: Reviewed) -> dict[str, Any]:
    roles = found.policy.roles
    everyone = sorted({who for holders in roles.values() for who in holders})
    return {
        who: {
            "roles": [role for role, holders in roles.items() if who in holders],
            "passkeys": [one.key for one in found.passkeys if one.principal == who],
        }
        for who in everyone
    }


def _questions(report: Report) -> list[dict[str, Any]]:
    """The items that people answer and that are open, with the components that they are open for."""
    open_for: dict[str, list[str]] = {}
    levels = {}
    for component in report.components:
        for one in component.verdicts:
            if one.status in OPEN:
                open_for.setdefault(one.item, []).append(component.name)
                levels[one.item] = one.level
    found = [
        {"item": item.id, "level": levels[item.id], "components": open_for[item.id]}
        for item in report.items
        if item.id in open_for and item.answered
    ]
    return sorted(found, key=lambda one: (one["level"], one["item"]))


def _waits(shown: Report) -> list[int]:
    """The levels whose panel has not approved some component."""
    every = (one for component in shown.components for one in component.verdicts)
    return sorted({v.level for v in every if v.item.startswith(PANEL) and v.status in OPEN})


def _conditions(shown: Report) -> list[dict[str, Any]]:
    asks = {item.id: item.ask for item in shown.items}
    return [
        {"component": component.name, "level": one.level, "says": asks[one.item]}
        for component in shown.components
        for one in component.verdicts
        if one.item.startswith(CONDITION) and one.status in OPEN
    ]


def _signed(verified: Verified) -> list[Checked]:
    """The newest notes that somebody has signed: who only says so has no voice on the page."""
    return [one for one in reversed(verified.notes) if one.signer and one.statement][:MOST]


def _note(note: Checked, holds: bool) -> dict[str, Any]:
    assert note.statement
    said = note.statement.predicate
    return {
        "digest": note.digest, "standing": note.standing.value, "reviewer": note.signer,
        "role": said.role, "decision": said.decision.value, "component": said.component,
        "level": said.level, "at": said.created_at, "reason": said.reason,
        "conditions": list(said.conditions), "says": note.says, "holds": holds,
    }  # fmt: skip
