"""The parts of a running server, put together: what all its routes share."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from trl4ml import siting
from trl4ml.core.standing import Checked
from trl4ml.errors import WrongInput
from trl4ml.server import index
from trl4ml.server.auditlog import AuditLog
from trl4ml.server.committing import Committing, lacking
from trl4ml.server.intake import Intake
from trl4ml.server.limits import RARE, Rate
from trl4ml.server.sessions import Challenges
from trl4ml.server.settings import TAKEN, Settings
from trl4ml.server.watching import Refreshing, Watched

POLICY = ".trl4ml/trust/policy.yaml"


class Server(NamedTuple):
    settings: Settings
    engine: Engine
    projects: tuple[Watched, ...]
    intakes: tuple[Intake, ...]
    """One for each project, in their order."""
    refreshing: Refreshing
    committing: Committing | None
    log: AuditLog
    challenges: Challenges
    rate: Rate
    rare: Rate
    site: Path
    notices: tuple[str, ...]

    def start(self) -> None:
        self.log.tell("started", projects=", ".join(one.name for one in self.projects))
        for one in self.intakes:
            one.start()
        self.refreshing.start()
        if self.committing:
            self.committing.start()

    def stop(self) -> None:
        """Answer and commit what is left; called when no request is under way any more."""
        for one in self.intakes:
            one.stop()
        self.refreshing.stop()
        if self.committing:
            self.committing.stop()
        self.log.tell("stopped")


def set_up(settings: Settings, progress: Callable[[str], None] = lambda what: None) -> Server:
    """Audit every project, check the index, build the site. Raises WrongInput."""
    engine = index.opened(settings.url)
    log = AuditLog(settings.data / "audit.jsonl")
    projects = []
    for root in settings.projects:
        progress(f"audit of {root}")
        projects.append(Watched(root, settings, engine))
    _named(projects)
    site = settings.data / "site"

    def build() -> str:
        try:
            siting.build(settings.projects, (), site, base=settings.base, trust=settings.trust)
        except (WrongInput, OSError) as error:
            return index.said(error)
        return ""

    progress("building the pages")
    if says := build():
        raise WrongInput(says)
    refreshing = Refreshing(projects, settings.refresh, build)
    committing = _committing(settings, projects)

    def accepted(project: Watched, notes: Sequence[Checked]) -> None:
        for one in notes:
            log.tell(
                "note", project=project.name, digest=one.digest, path=one.path, principal=one.signer
            )
        if not notes:
            log.tell("fault", project=project.name, says=project.unstored)
        if committing:
            committing.soon()
        refreshing.soon()

    intakes = tuple(Intake(one, engine, accepted) for one in projects)
    return Server(settings, engine, tuple(projects), intakes, refreshing, committing, log,
                  Challenges(), Rate(settings.rate), Rate(RARE), site,
                  tuple(notices(settings, projects)))  # fmt: skip


def notices(settings: Settings, projects: Sequence[Watched]) -> Iterator[str]:
    """What a person should hear before it starts."""
    if settings.proxy_header and not settings.private:
        yield "--proxy-header: does nothing without --private; everybody may read the pages"
    if settings.origin and not settings.proxy_from:
        says = "the proxy asks for everybody, and --rate counts all as one"
        yield f"--origin: {says}; name the proxy with --proxy-from"
    for one in projects:
        yield from one.gone
        seen, origin = one.reviews, settings.origins[0]
        yield from (f"{one.name}: {says}" for says in (seen.problem, *seen.verified.faults) if says)
        if seen.trust and origin not in seen.policy.origins:
            says = f"passkeys that sign at {origin} do not count; add it to origins in {POLICY}"
            yield f"{one.name}: {says}"
        if at := _closed(one.ledger.folder):
            yield f"{one.name}: no note can be stored; give this user the right to write in {at}"
        if settings.commit and (why := lacking(one.root)):
            yield f"{one.name}: accepted notes are stored, not committed ({why})"


def _closed(folder: Path) -> str:
    """The folder in which this user may not write, though notes belong below it; else nothing."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return "" if os.access(there, os.W_OK) else str(there)


def _named(projects: Sequence[Watched]) -> None:
    """Several projects lie below their names, as the site has them."""
    if len(projects) == 1:
        return
    names = [one.name for one in projects]
    for one in projects:
        if one.name in TAKEN or names.count(one.name) > 1:
            why = (
                "is the name of two projects"
                if names.count(one.name) > 1
                else "is an address of the server's own"
            )
            raise WrongInput(f"{one.root}: {one.name} {why}; rename the project, or serve it alone")
        one.prefix = f"/{one.name}"


def _committing(settings: Settings, projects: Sequence[Watched]) -> Committing | None:
    jobs = {one.root: one.accepted for one in projects if settings.commit and not lacking(one.root)}
    return Committing(jobs, settings.git_author, settings.data / "git-index") if jobs else None
