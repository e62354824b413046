"""Reviews on pages: what was decided, where each decision stands, and what a reviewer needs to sign."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.project import Component
from trl4ml.core.report import ComponentReport, Report
from trl4ml.core.review import Decision, SignOff
from trl4ml.core.standing import Checked, Standing, Verified
from trl4ml.core.verdict import Status, Verdict
from trl4ml.core.voices import about, rejections
from trl4ml.render.pages.page import page

MOST = 200
"""Notes on the page; the ledger's folder holds all of them."""
PANEL, CONDITION = "review-level-", "condition-"
"""How the ids of items begin that panels and conditions make."""
LOOK = {
    Standing.COUNTS: "met", Standing.REFUSED: "not-met", Standing.BARRED: "not-met",
    Standing.STALE: "unknown", Standing.EXPIRED: "unknown", Standing.REVOKED: "not-applicable",
}  # fmt: skip
DECIDED = {
    Decision.APPROVE: "approves", Decision.CONDITIONS: "approves with conditions",
    Decision.REJECT: "rejects", Decision.RECUSE: "takes no part", Decision.REVOKE: "takes back",
}  # fmt: skip


class Passkey(NamedTuple):
    """Who signs with it, and its public key in SSH's wire format as base64."""

    principal: str
    key: str


class Reviewed(NamedTuple):
    """The reviews in force: the rules, the report that is signed, and what the ledger came to."""

    policy: ReviewPolicy
    trusted_from: str
    """Where the rules and keys were taken from, as in `origin/main`."""
    report: Report
    """The evidence alone, without reviews: what is signed."""
    digest: str
    """Of that report."""
    manifests: Mapping[str, str]
    verified: Verified
    passkeys: tuple[Passkey, ...] = ()
    owners: Mapping[str, Sequence[str]] = {}
    """The reviewers who own a component, by its name."""
    folder: str = ""
    """Leads from the repository to the project; empty where they are one."""
    problem: str = ""
    """Why nobody can be trusted yet; empty where there are rules."""


class Told(NamedTuple):
    """One note in the words of the page."""

    note: Checked
    said: SignOff | None
    who: str
    decided: str
    look: str
    where: str
    barred: tuple[str, ...]
    """Why it does not count for single components."""


class Seats(NamedTuple):
    """The panel of a level: how many people of each role, in all, and who may."""

    level: int
    roles: Mapping[str, int]
    people: int
    holders: Mapping[str, Sequence[str]]


class Gates(NamedTuple):
    """What the panels of a component say at levels that follow one another, where it is the same."""

    component: str
    levels: range
    verdict: Verdict


def reviews(
    shown: Report, found: Reviewed, templates: Path, components: Sequence[Component] = ()
) -> str:
    """The page `reviews.md`: each gate and what it waits for, then every note, newest first."""
    newest = found.verified.notes[::-1]
    gates = _gates(shown)
    return page(
        templates, "reviews", report=shown, found=found,
        panels=gates, rows=_together(gates), conditions=_conditions(shown),
        notes=[_told(one) for one in newest[:MOST]], more=len(newest[MOST:]), seats=_seats(found.policy),
        signable=not found.problem, met=Status.MET, not_met=Status.NOT_MET,
        holding=holding(found, components),
    )  # fmt: skip


def holding(found: Reviewed, components: Sequence[Component]) -> frozenset[str]:
    """The digests of the rejections that hold a gate back, out of date or not."""
    every = ((one, about(found.verified.notes, one)) for one in components)
    return frozenset(
        note.digest for one, notes in every for note in rejections(found.policy, notes, one)
    )


def skeletons(templates: Path) -> dict[str, str]:
    """The pages to sign and to enrol on: the same for every project, as scripts fill them in."""
    return {f"{name}.md": page(templates, name) for name in ("sign", "enrol")}


def _told(note: Checked) -> Told:
    said = note.statement.predicate if note.statement else None
    who = note.signer or (
        f"somebody who says to be {said.reviewer}" if said else "somebody unknown"
    )
    barred = tuple(f"{name}: {why}" for name, why in sorted(note.barred.items()))
    decided = DECIDED[said.decision] if said else "wrote what cannot be read"
    return Told(note, said, who, decided, LOOK[note.standing], _where(said), barred)


def _where(said: SignOff | None) -> str:
    """`model, up to level 4`."""
    if said is None or said.decision in (Decision.RECUSE, Decision.REVOKE):
        return ""
    way = "from" if said.decision is Decision.REJECT else "up to"
    return f"{said.component or 'every component'}, {way} level {said.level}"


def _gates(shown: Report) -> list[tuple[str, Verdict]]:
    """Component and verdict of each panel that has spoken, or that is wanted."""
    return [
        (one.name, verdict)
        for one in shown.components
        for verdict in one.verdicts
        if verdict.item.startswith(PANEL)
        and (verdict.status is not Status.UNKNOWN or verdict.level <= _goal(one))
    ]


def _together(gates: Sequence[tuple[str, Verdict]]) -> list[Gates]:
    """One row for levels that follow one another and of which the same is said."""
    found: list[Gates] = []
    for name, one in gates:
        last = found[-1] if found else None
        if (
            last and last.component == name and last.levels.stop == one.level
            and (last.verdict.status, last.verdict.message) == (one.status, one.message)
        ):  # fmt: skip
            found[-1] = last._replace(levels=range(last.levels.start, one.level + 1))
        else:
            found.append(Gates(name, range(one.level, one.level + 1), one))
    return found


def _goal(one: ComponentReport) -> int:
    goal = one.working_on if one.wanted is None else one.wanted
    return 9 if goal is None else goal


def _conditions(shown: Report) -> list[tuple[str, Verdict]]:
    every = ((one.name, verdict) for one in shown.components for verdict in one.verdicts)
    return [(name, verdict) for name, verdict in every if verdict.item.startswith(CONDITION)]


def _seats(policy: ReviewPolicy) -> list[Seats]:
    panels = {level: policy.panel(level) for level in range(10)}
    return [
        Seats(level, panel.roles, panel.people,
              {role: policy.roles.get(role, ()) for role in panel.roles})
        for level, panel in panels.items()
        if panel
    ]  # fmt: skip
