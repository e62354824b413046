"""Whose reviews count, taken from the base branch or from outside, and what the ledger comes to.

Keys, roles and rules are never those of the working tree: a change under review could bring its own.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from trl4ml.core import tally
from trl4ml.core.answer import Said, names
from trl4ml.core.canonical import digest
from trl4ml.core.checklist import Item
from trl4ml.core.evidence import Evidence
from trl4ml.core.judging import Told
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.project import Project
from trl4ml.core.report import Report
from trl4ml.core.standing import Verified
from trl4ml.core.unreadable import Unreadable
from trl4ml.core.voices import approving
from trl4ml.errors import WrongInput
from trl4ml.ledger.anchors import folder, own
from trl4ml.ledger.chain import FOLDER
from trl4ml.ledger.checking import checked
from trl4ml.ledger.disk import Ledger
from trl4ml.ledger.errors import Missing, Refused
from trl4ml.ledger.note import Entry
from trl4ml.ledger.trust import Base, Now, Trust
from trl4ml.loading import CONFIG
from trl4ml.readers import branch
from trl4ml.readers.branch import Branch
from trl4ml.readers.tree import Tree
from trl4ml.reviews import trust_files
from trl4ml.reviews.authoring import authors, known, owners
from trl4ml.reviews.trust_files import TRUST
from trl4ml.telling import digest_of

NOT_CURRENT = "no current evidence: "
UNGATHERED = "the stored evidence is not current, so no review can be held against it; gather it with: trl4ml audit"
MANIFESTS = "model-manifest-current"
UNSHALLOW = "git fetch --unshallow (in CI: fetch-depth: 0)"


class Ground(NamedTuple):
    """What a check of the ledger rests on, read once: whom to trust, the base branch, the notes."""

    root: Path
    project: Project
    policy: ReviewPolicy
    trusted_from: str
    trust: Trust | None
    """None where the base branch has none yet; `problem` then says so."""
    problem: str
    branch: Branch
    base: Base
    came: Mapping[str, tuple[str, datetime]]
    """The commit that brought each note to the base branch, and when."""
    entries: tuple[Entry, ...]
    manifests: dict[str, str]
    owners: Mapping[str, tuple[str, ...]]
    known: frozenset[str]
    """Names that components have or had."""
    anchors: Mapping[str, bytes]
    now: datetime
    memory: dict[tuple[str, datetime], Verified]
    """What was checked before, by the report's digest and the time."""
    tree: Tree


class Reviews(NamedTuple):
    """The ledger, checked against one report; and all that is needed to add to it."""

    policy: ReviewPolicy
    trusted_from: str
    """Where keys and roles were read: a revision, or a folder outside."""
    report: str
    """The evidence digest: of the report without reviews."""
    base_report: Report
    """That report: of all components and items."""
    manifests: dict[str, str]
    """SHA-256 of each model's manifest, by its path in the project."""
    verified: Verified
    trust: Trust | None
    problem: str
    """Why no panel can be known to approve, beside faults of the ledger; empty where nothing is."""
    ground: Ground


def ground(
    root: Path, project: Project, tree: Tree, base: str | None, trust: str | None, now: datetime
) -> Ground | None:
    """Whom to trust about this project, and its ledger; None where nothing asks for reviews.

    Raises WrongInput where that cannot be known.
    """
    try:
        found = branch.base(root, base)
        there = branch.files(found, f"{TRUST}/", f"{FOLDER}/", CONFIG)
        believed = (
            trust_files.outside(root / tree.history.top.up, Path(trust))
            if trust
            else trust_files.of(there, found)
        )
        if believed is None and not os.path.lexists(root / TRUST):
            return None
        if not trust and branch.submodule(found):
            says = "the project lies in a submodule, which a change of the repository around it can"
            raise WrongInput(
                f"reviews: {says} exchange for another; name whom to trust with --trust"
            )
        if branch.shallow(found):
            says = "this clone is shallow, and does not show when notes came and who wrote what"
            raise WrongInput(f"reviews: {says}; fetch the rest: {UNSHALLOW}")
        came = branch.brought(found, FOLDER)
        inside = tree.history.top.prefix
        anchors = own(branch.tags(root, folder(inside)), inside)
    except Unreadable as error:
        option = f"--base {base}" if base else "reviews"
        raise WrongInput(f"{option}: {error.reason}") from None
    notes = {path: content for path, content in there.items() if path.startswith(f"{FOLDER}/")}
    return Ground(
        root, project, believed.policy if believed else trust_files.own_policy(root),
        believed.shown if believed else found.shown, believed,
        "" if believed else trust_files.not_yet(found), found,
        Base(found.shown, notes, {path: at for path, (_, at) in came.items()}), came, _entries(root),
        manifests(project, tree), owners(project, there.get(CONFIG)),
        known(project, there.get(CONFIG)), anchors, now, {}, tree,
    )  # fmt: skip


def reviews(ground: Ground, report: Report) -> Reviews:
    """The ledger checked against the report, which is one without reviews."""
    named = digest(report)
    problem, verified = ground.problem, Verified()
    try:
        verified = _verified(ground, named)
    except Missing as error:
        problem = problem or str(error)
    gathered = not any(one.message.startswith(NOT_CURRENT) for one in report.evidence.values())
    problem = problem or ("" if gathered else UNGATHERED)
    problem = problem or tally.stranger(ground.policy, verified, ground.known)
    return Reviews(ground.policy, ground.trusted_from, named, report, ground.manifests, verified,
                   ground.trust, problem, ground)  # fmt: skip


def _verified(ground: Ground, report: str) -> Verified:
    """The ledger checked for this report; who wrote what is known only once approvals are."""
    key = report, ground.now
    if key not in ground.memory:
        first = check(ground, report, {})
        wrote = who_wrote(ground, first, report) if approving(first.notes) else {}
        ground.memory[key] = check(ground, report, wrote) if any(wrote.values()) else first
    return ground.memory[key]


def who_wrote(ground: Ground, verified: Verified, report: str) -> dict[str, frozenset[str]]:
    """Who may not approve each component, as they wrote it. Raises WrongInput."""
    try:
        return authors(ground.branch, ground.came, ground.tree, ground.project, ground.policy,
                       verified, report)  # fmt: skip
    except Unreadable as error:
        raise WrongInput(f"reviews: {error.reason}") from None


def present(ground: Ground, report: str) -> Now:
    return Now(ground.project.name, report, ground.manifests, tuple(ground.owners))


def check(ground: Ground, report: str, authors: Mapping[str, frozenset[str]]) -> Verified:
    """Every note checked; none where there is nobody to trust. Raises Missing."""
    if ground.trust is None:
        return Verified()
    now = present(ground, report)
    return checked(ground.entries, ground.trust, now, now=ground.now, base=ground.base,
                   owners=ground.owners, authors=authors, anchors=ground.anchors)  # fmt: skip


def asked_for(reviews: Reviews | None) -> tuple[Item, ...]:
    """The items of panels and of conditions that reviews put in force."""
    if reviews is None:
        return ()
    policy, parts = reviews.policy, reviews.ground.project.components
    return (*tally.panel_items(policy), *tally.condition_items(policy, reviews.verified, parts))


def with_reviews(said: Told, reviews: Reviews, tool: str) -> Told:
    """What people put down, with what their reviews come to and answer.

    Of a ledger that is not whole only a no is taken: what would take back a yes may be missing.
    """
    parts = reviews.ground.project.components
    whole = not (reviews.problem or reviews.verified.faults)
    signed = tally.signed_answers(reviews.verified, parts)
    answers = [one for one in signed if whole or one.answer is Said.NO]
    return said._replace(answers=(*said.answers, *answers), reviews=panels(reviews, tool))


def panels(reviews: Reviews, tool: str) -> dict[str, dict[str, Evidence]]:
    """What the panel of each level comes to, by component and by the id of its item."""
    parts = reviews.ground.project.components
    own = {
        part: {n for one in who for n in names(one)} for part, who in reviews.ground.owners.items()
    }
    return tally.reviewed(reviews.policy, reviews.verified, parts, tool, reviews.problem, own)


def manifests(project: Project, tree: Tree) -> dict[str, str]:
    """SHA-256 of each manifest that the project declares and that can be read, by its path."""
    declared = project.probes.get(MANIFESTS, {}).get("manifests") or {}
    found = {path: digest_of(tree, path) for path in sorted({*declared.values()})}
    return {path: one for path, one in found.items() if not one.startswith("unreadable")}


def _entries(root: Path) -> tuple[Entry, ...]:
    try:
        return Ledger(root).entries()
    except Refused as error:
        raise WrongInput(str(error)) from None
