"""Whose approval of a component is none: who owns it, and who wrote what is to be approved.

Names in git are claims, so this is a guard and no proof.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.project import Component, Project
from trl4ml.core.standing import Checked, Verified
from trl4ml.core.voices import WERE_SAID, about, approving, filled, person, why_barred
from trl4ml.errors import WrongInput
from trl4ml.ledger.counting import addressed
from trl4ml.load import files
from trl4ml.loading import CONFIG
from trl4ml.readers import branch
from trl4ml.readers.branch import Branch, Wrote
from trl4ml.readers.files import Claims
from trl4ml.readers.tree import OWN_FOLDER, Tree, shown


def owners(project: Project, before: bytes | None) -> dict[str, tuple[str, ...]]:
    """Who owns each component, by every name that it has or had: as declared here, and as the
    trl4ml.yaml of the base branch says, whose owners a change could leave out.
    """
    old = _declared(before)
    everybody = (*project.owners, *_addressed(old.owners if old else ()))
    found: dict[str, tuple[str, ...]] = {}
    for one in project.components:
        names = (one.name, *one.formerly)
        was = [c for c in old.components if c.name in names] if old else []
        own = (*one.owners, *_addressed(owner for c in was for owner in c.owners), *everybody)
        found |= dict.fromkeys(names, tuple(dict.fromkeys(own)))
    return found | {name: everybody for name in project.retired if name not in found}


def known(project: Project, before: bytes | None) -> frozenset[str]:
    """The names that components have or had; only the base branch says which are no more.

    Else a change could retire a component to be rid of its rejection.
    """
    old = _declared(before)
    names = {one.name for one in project.components} | set(project.former_names)
    return frozenset(names | set(old.retired if old else ()))


def _declared(config: bytes | None) -> Project | None:
    try:
        return files.project(config.decode("utf-8-sig")) if config else None
    except (WrongInput, UnicodeDecodeError):
        return None


def _addressed(entries: Iterable[str]) -> tuple[str, ...]:
    return tuple(one for one in entries if addressed(one))


def authors(
    base: Branch, came: Mapping[str, tuple[str, datetime]], tree: Tree, project: Project,
    policy: ReviewPolicy, verified: Verified, report: str,
) -> dict[str, frozenset[str]]:  # fmt: skip
    """Names and addresses, in small letters, of who wrote a component since it was last approved.

    That is since an approval, in the base branch, of the newest other report whose notes fill a
    panel; where there is none, from the first commit on. `verified` is the ledger, checked without
    regard to authors. Raises Unreadable.
    """
    if not policy.reviewer_is_not_author:
        return {}
    claims = Claims({one.name: one.paths for one in project.components})
    pages = frozenset(map(shown, tree.history.paths)) - frozenset(tree.entries)
    writers = Writers(base.root, claims, pages)
    found: dict[str, frozenset[str]] = {}
    for one in project.components:
        since = _approved(one, came, policy, verified, report, writers)
        found |= dict.fromkeys(
            (one.name, *one.formerly), writers.people(one, since, tree.history.head)
        )
    return found


class Writers(NamedTuple):
    """Who wrote what of a component between two commits."""

    root: Path
    claims: Claims
    pages: Collection[str]

    def people(self, component: Component, since: str, until: str) -> frozenset[str]:
        every = branch.wrote(self.root, since, until)
        mine = (one for one in every if _touches(one, component, self.claims, self.pages))
        return frozenset[str]().union(*(one.people for one in mine))


def _approved(
    component: Component, came: Mapping[str, tuple[str, datetime]], policy: ReviewPolicy,
    verified: Verified, report: str, writers: Writers,
) -> str:  # fmt: skip
    """The commit that brought the first approval of the last report that was approved; or empty.

    Who wrote what was approved is left out, report by report: else a note of their own, be it about
    a report that never was, would make authors of nothing of them.
    """
    by_report: dict[str, list[Checked]] = {}
    for note in approving(about(verified.notes, component)):
        assert note.statement
        valid = note.standing in WERE_SAID and not why_barred(note, component)
        if valid and note.path in came and note.statement.report != report:
            by_report.setdefault(note.statement.report, []).append(note)
    since = ""
    first = {name: min(came[one.path][1] for one in notes) for name, notes in by_report.items()}
    for name in sorted(by_report, key=lambda name: (first[name], name)):
        notes = by_report[name]
        if not filled(policy, notes):
            continue
        commit = next(came[one.path][0] for one in notes if came[one.path][1] == first[name])
        own = writers.people(component, since, commit)
        if filled(policy, [one for one in notes if person(one) not in own]):
            since = commit
    return since


def _touches(commit: Wrote, component: Component, claims: Claims, pages: Collection[str]) -> bool:
    """Whether it touched what the component has or shares, beside records and generated pages."""
    return any(
        (component.name in owned or not owned or path == CONFIG) and not (path in pages or path.startswith(f"{OWN_FOLDER}/"))
        for path in commit.paths for owned in [claims.owners(path)]
    )  # fmt: skip
