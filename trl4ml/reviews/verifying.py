"""The ledger of reviews told: every note with its standing, what is wrong, and what each panel lacks."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from trl4ml.core.evidence import Evidence, Outcome
from trl4ml.core.standing import Checked, Standing
from trl4ml.errors import WrongInput
from trl4ml.ledger.anchors import PREFIX, folder
from trl4ml.ledger.chain import FOLDER
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.note import read
from trl4ml.ledger.sshsig import parsed
from trl4ml.render.plain import json_text, printable
from trl4ml.reviews import reviewing
from trl4ml.reviews.signing import usable
from trl4ml.reviews.trusting import Reviews

DOES = {
    "approve": "approves", "approve-with-conditions": "approves with conditions",
    "reject": "rejects", "recuse": "takes no part in", "revoke": "revokes",
}  # fmt: skip
LACKS = "the panel lacks "
PANEL = {Outcome.YES: "has approved", Outcome.NO: "is held back"}


class Told(NamedTuple):
    """What came out: lines for people, plain data, and whether nothing is wrong."""

    lines: tuple[str, ...]
    data: dict[str, Any]
    holds: bool

    @property
    def text(self) -> str:
        return "".join(f"{printable(line)}\n" for line in self.lines)

    @property
    def json(self) -> str:
        return json_text(self.data)


def verified(reviews: Reviews, anchor: str | None = None) -> Told:
    """The whole check. Stale, expired and revoked notes are no fault: they do not count, that is all.

    Raises WrongInput where nothing could be checked.
    """
    if not usable(reviews):
        raise WrongInput(reviews.problem)
    found = reviews.verified
    faults = (*found.faults, *_anchor_faults(reviews, anchor))
    panels = reviewing.panels(reviews)
    lines = (
        *(line for one in found.notes for line in _lines(one, faults)),
        *(f"FAULT {one}" for one in faults),
        *_panel_lines(reviews, panels),
        _anchored(reviews),
        f"{_counted(found.notes)}; report {reviews.report[:12]}; trusted: {reviews.trusted_from}",
    )
    data = {
        **_data(reviews), "faults": list(faults),
        "panels": {name: {str(level): {"outcome": one.outcome.value, "says": one.message}
                          for level, one in levels.items()} for name, levels in panels.items()},
    }  # fmt: skip
    return Told(lines, data, not complaints(reviews, anchor))


def listed(reviews: Reviews) -> Told:
    """The notes in order, as they are, and how each stands. Raises WrongInput where that is not known."""
    if not usable(reviews):
        raise WrongInput(reviews.problem)
    notes = reviews.verified.notes
    lines = [line for one in notes for line in _lines(one)]
    return Told((*lines, _counted(notes)), _data(reviews), True)


def complaints(reviews: Reviews, anchor: str | None = None) -> tuple[str, ...]:
    """What is wrong with the ledger: its faults, and the notes that are none.

    A note of the base branch whose key was revoked, or ended before it came, counts for nothing and
    is no complaint: who keeps the trust said so, and it cannot be taken out, as a ledger only grows.
    """
    found = reviews.verified
    faults = (*found.faults, *_anchor_faults(reviews, anchor))
    refused = [
        f"{one.path}: {one.says}{_left(reviews, one.path)}" for one in found.notes
        if one.standing is Standing.REFUSED and not _void(reviews, one.path)
    ]  # fmt: skip
    return tuple(dict.fromkeys((*faults, *refused)))


def _merged_key(reviews: Reviews, path: str) -> bytes:
    """The key of a note that the base branch has already; empty for any other."""
    content = reviews.ground.base.notes.get(path)
    try:
        return parsed(read(content).signature).key if content else b""
    except Refused:
        return b""


def _void(reviews: Reviews, path: str) -> bool:
    """Whether the base branch has the note already, and the trust has ended its key since."""
    key, trust, at = (
        _merged_key(reviews, path),
        reviews.trust,
        reviews.ground.base.brought.get(path),
    )
    ends = [one.valid_before for one in trust.signers if one.key == key] if trust else []
    over = any(end and at and at >= end for end in ends)
    return bool(key) and trust is not None and (key in trust.revoked or over)


def _left(reviews: Reviews, path: str) -> str:
    """How to keep what somebody signed whose line was taken out of the trust."""
    key, trust = _merged_key(reviews, path), reviews.trust
    if not key or not trust or any(one.key == key for one in trust.signers):
        return ""
    return (" (of somebody who left, put the line back with: trl4ml reviewers add WHO --key FILE "
            "--valid-until DAY)")  # fmt: skip


def _lines(one: Checked, faults: Sequence[str] = ()) -> list[str]:
    """`000002 stale: carol@example.org approves …`, and why it does not count, where no fault says it."""
    head = f"{one.number:06} {one.standing.value}"
    says = f"{one.path}: {one.says}" if one.says else ""
    says = one.path if says in faults else says
    if not one.statement:
        return [f"{head}: {says}"]
    said = one.statement.predicate
    about = said.component or "all components"
    what = (said.revokes or "")[:12] if said.revokes else f"{about} at level {said.level}"
    lines = [f"{head}: {said.reviewer} {DOES[said.decision]} {what} as {said.role}, {said.created_at} "
             f"({one.digest[:12]}): {' '.join(said.reason.split())}"]  # fmt: skip
    lines += [f"       condition: {' '.join(text.split())}" for text in said.conditions]
    lines += [f"       {says}"] if says else []
    return lines + [f"       not for {name}: {why}" for name, why in sorted(one.barred.items())
                    if why != one.says]  # fmt: skip


def _panel_lines(reviews: Reviews, panels: "dict[str, dict[int, Evidence]]") -> list[str]:
    """Up to the wanted level, and further up to the first panel that has not approved.

    What keeps every panel from being known is told once.
    """
    if reviews.problem:
        return [f"no panel is known to approve: {reviews.problem}"]
    if reviews.verified.faults:
        return ["no panel is known to approve, as the ledger is not whole"]
    wanted = {one.name: one.wanted or 0 for one in reviews.base_report.components}
    lines = []
    for name, levels in panels.items():
        waiting = [level for level, one in levels.items() if one.outcome is not Outcome.YES]
        last = max(wanted.get(name, 0), min(waiting, default=9))
        lines += [
            f"panel of {name}, level {level}: {PANEL.get(one.outcome, 'has not approved')}: {lacks(one)}"
            for level, one in sorted(levels.items()) if level <= last
        ]  # fmt: skip
    return lines


def lacks(panel: Evidence) -> str:
    """What a panel comes to, without the notes that do not count: these are told one by one."""
    says = panel.message
    return says.partition(f"; {FOLDER}/")[0] if says.startswith(LACKS) else says


def _anchored(reviews: Reviews) -> str:
    found = reviews.verified
    if found.anchored:
        return f"anchored by the tag {found.anchored}"
    return ("not anchored: who may rewrite the base branch may rewrite the ledger unseen; anchor it with: "
            "trl4ml ledger anchor")  # fmt: skip


def _anchor_faults(reviews: Reviews, anchor: str | None) -> list[str]:
    """Why the tag that must hold does not."""
    if anchor is None:
        return []
    start = folder(reviews.ground.tree.history.top.prefix)
    name = anchor if anchor.startswith(PREFIX) else f"{start}{anchor}"
    if name in reviews.ground.anchors:
        return []  # where it does not fit, that is among the faults
    return [f"{name}: there is no such tag; fetch it, as in: git fetch --tags"]


def _counted(notes: Sequence[Checked]) -> str:
    if not notes:
        return "no note yet"
    every = [one.standing for one in notes]
    parts = [f"{every.count(kind)} {kind.value}" for kind in Standing if kind in every]
    return f"{len(notes)} {'note' if len(notes) == 1 else 'notes'}: {', '.join(parts)}"


def _data(reviews: Reviews) -> dict[str, Any]:
    found = reviews.verified
    return {
        "project": reviews.base_report.project, "report": reviews.report, "trust": reviews.trusted_from,
        "policy": reviews.policy.digest, "tip": found.tip, "anchored": found.anchored or None,
        "notes": [_plain(one) for one in found.notes],
    }  # fmt: skip


def _plain(one: Checked) -> dict[str, Any]:
    said = one.statement.predicate.model_dump(mode="json", by_alias=True) if one.statement else None
    report = one.statement.report if one.statement else None
    return {
        "digest": one.digest or None, "path": one.path, "number": one.number, "report": report,
        "standing": one.standing.value, "says": one.says, "barred": dict(one.barred),
        "signer": one.signer or None, "grade": one.grade or None, "key": one.key or None, "said": said,
    }  # fmt: skip
