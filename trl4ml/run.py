"""Load → choose → read → probe → judge → report: the only file that knows every room."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trl4ml import __version__
from trl4ml.asking import Asking
from trl4ml.choosing import choose, components
from trl4ml.core.checklist import Item
from trl4ml.core.evidence import Held
from trl4ml.core.judging import Told
from trl4ml.core.project import Project
from trl4ml.core.report import Report, build_report
from trl4ml.core.switchback import settling
from trl4ml.errors import WrongInput
from trl4ml.loading import Loaded, find, find_probes, load_all
from trl4ml.readers.files import Claims, Part
from trl4ml.readers.git import History
from trl4ml.readers.tree import Tree
from trl4ml.rendering import FORMATS, render
from trl4ml.store.evidence import State, Store
from trl4ml.telling import switchbacks, told

if TYPE_CHECKING:
    from trl4ml.reviews.trusting import Ground, Reviews

__all__ = ["FORMATS", "TOOL", "Audit", "Gathered", "Shown", "audit", "gather", "judged",
           "memory", "render", "shown", "told_about"]  # fmt: skip
TOOL = f"trl4ml {__version__}"


class Audit(NamedTuple):
    """A report, and what stands beside it: where, at which commit, what went oddly, what ran."""

    report: Report
    root: Path
    folder: str
    """Leads from the repository to the project; empty where they are one."""
    commit: str
    notices: tuple[str, ...]
    asked: int
    reviews: "Reviews | None" = None
    """The ledger, checked; None where no reviews are in force."""
    today: date | None = None
    """The day of the audit."""


class Shown(NamedTuple):
    """A report with what reviews come to, and the reviews themselves, where they are in force."""

    report: Report
    reviews: "Reviews | None"


class Gathered(NamedTuple):
    """What was declared and measured; people's answers are read when it is judged."""

    root: Path
    loaded: Loaded
    items: tuple[Item, ...]
    """Those to judge; where reviews are in force, also what they ask for."""
    evidence: dict[str, dict[str, Held]]
    """By component and probe id; where reviews are in force, of every component."""
    tree: Tree
    today: date
    history: History
    store: Store
    asked: int
    reviewed: tuple[Item, ...] = ()
    """The items of the report that reviews are about: all of the checklists."""
    ground: "Ground | None" = None
    """Whose reviews count, and their ledger; None where no reviews are in force."""


def audit(
    path: str | Path | None = None, *, component: str | None = None, level: int | None = None,
    only: Sequence[str] = (), cache: bool = True, stored_only: bool = False, rerun: bool = False,
    today: date | None = None, base: str | None = None, trust: str | None = None,
    now: datetime | None = None, progress: Callable[[str], None] = lambda what: None,
) -> Audit:  # fmt: skip
    """Audit the project at `path` (default: the nearest folder upwards with a trl4ml.yaml).

    `only` names items or probes; `level` is the level to reach instead of the claimed one. With
    `stored_only` no probe runs, and evidence that is missing or stale is unknown; with `rerun` the
    commands that the project declares are run. Whose reviews count is read from the revision `base`,
    or from the folder `trust`. `progress` is told what is asked next.
    Raises WrongInput: one sentence, or one line per complaint.
    """
    done = gather(path, component=component, level=level, only=only, cache=cache,
                  stored_only=stored_only, rerun=rerun, today=today, base=base, trust=trust, now=now,
                  progress=progress)  # fmt: skip
    report, reviews = shown(done, level=level, partial=bool(only), component=component)
    if not report.applicable:
        raise WrongInput("nothing was checked: no item in force applies to what was chosen")
    history = done.history
    folder, commit = (history.top.prefix, history.head) if history.exists else ("", "")
    notices = tuple(done.store.notices)
    return Audit(report, done.root, folder.rstrip("/"), commit, notices, done.asked, reviews,
                 done.today)  # fmt: skip


def gather(
    path: str | Path | None = None, *, component: str | None = None, level: int | None = None,
    only: Sequence[str] = (), cache: bool = True, stored_only: bool = False, rerun: bool = False,
    today: date | None = None, base: str | None = None, trust: str | None = None,
    now: datetime | None = None, look: bool = False,
    progress: Callable[[str], None] = lambda what: None,
) -> Gathered:  # fmt: skip
    """Load what is declared, and ask the probes of the items chosen. Raises WrongInput.

    Where reviews are in force every item is asked of every component, as they are about the whole.
    `look` says to look for reviews even where nothing in the project hints at them.
    """
    root = find(path)
    store = Store(root)
    history = History(root.resolve()).begin()
    safe = store.safe()
    stored = store.state() if safe and cache else State()
    trusted = _ours(history, store) and safe
    state = stored if trusted else State()
    loaded = load_all(root, state.nouns)
    project = loaded.project
    tree = Tree(root, state.known, state.saved_ns, history)
    now = now or (datetime.combine(today, time.max, UTC) if today else datetime.now(UTC))
    ground = _ground(root, project, tree, base, trust, now, look)
    parts = components(project, component)
    sent_back = settling(switchbacks(root, project))
    every = choose(loaded.checklists, None, (), sent_back)
    items = every if ground else choose(loaded.checklists, level, only, sent_back)
    probes = find_probes(items)
    asking = Asking(store, state.kept, project.probes, not stored_only, progress, rerun)
    claims = Claims({one.name: one.paths for one in project.components})
    day = today or now.date()
    evidence = {
        one.name: asking.about(Part(tree, one.name, claims, loaded.registers, day), probes)
        for one in (project.components if ground else parts)
    }
    if trusted and not stored_only and (asking.found or loaded.nouns != state.nouns):
        found = State(known=tree.known, kept=asking.found, nouns=loaded.nouns)
        store.save(found, asking.evidence)
    done = Gathered(root, loaded, tuple(items), evidence, tree, day, history, store, asking.asked,
                    tuple(every), ground)  # fmt: skip
    if ground is None:
        return done
    more = (*sent_back, *_asked_for(done))
    return done._replace(items=tuple(choose(loaded.checklists, level, only, more)))


def _ground(
    root: Path, project: Project, tree: Tree, base: str | None, trust: str | None, now: datetime,
    look: bool,
) -> "Ground | None":  # fmt: skip
    """Whose reviews count, looked for only where something hints at reviews."""
    base = base or os.environ.get("TRL4ML_BASE") or None
    trust = trust or os.environ.get("TRL4ML_TRUST") or None
    here = any(os.path.lexists(root / ".trl4ml" / name) for name in ("trust", "reviews"))
    if not (here or base or trust or look or tree.history.trusted):
        return None
    from trl4ml.reviews.trusting import ground

    return ground(root, project, tree, base, trust, now)


def _asked_for(done: Gathered) -> tuple[Item, ...]:
    """The items of panels and conditions that reviews put in force."""
    from trl4ml.reviews.trusting import asked_for

    return asked_for(_reviews(done, told(done.root, done.tree, done.loaded)))


def _reviews(done: Gathered, said: Told) -> "Reviews | None":
    """The ledger checked against the report on everything, without reviews."""
    if done.ground is None:
        return None
    from trl4ml.reviews.trusting import reviews

    loaded = done.loaded
    return reviews(done.ground, build_report(
        loaded.project, loaded.digests, loaded.checklists, done.reviewed, done.evidence, done.today,
        TOOL, said=said,
    ))  # fmt: skip


def memory(root: Path) -> dict[str, str]:
    """What this machine has checked before of the project's declarations; empty if not surely so."""
    store, history = Store(root), History(root.resolve()).begin()
    return dict(store.state().nouns) if store.safe() and _ours(history, store) else {}


def judged(
    done: Gathered, *, level: int | None = None, partial: bool = False, component: str | None = None
) -> Report:
    """The report on what was gathered and on what people have answered by now. Raises WrongInput."""
    return shown(done, level=level, partial=partial, component=component).report


def shown(
    done: Gathered, *, level: int | None = None, partial: bool = False, component: str | None = None
) -> Shown:
    """That report, and the reviews that it takes in. Raises WrongInput."""
    loaded, (said, reviews) = done.loaded, _told(done)
    about = done.evidence if component is None else {component: done.evidence[component]}
    report = build_report(
        loaded.project, loaded.digests, loaded.checklists, done.items, about,
        done.today, TOOL, level, partial, component, said,
    )  # fmt: skip
    return Shown(report, reviews)


def told_about(done: Gathered) -> Told:
    """What people have put down by now about what was gathered. Raises WrongInput."""
    return _told(done)[0]


def _told(done: Gathered) -> "tuple[Told, Reviews | None]":
    said = told(done.root, done.tree, done.loaded)
    reviews = _reviews(done, said)
    if reviews is None:
        return said, None
    from trl4ml.reviews.trusting import with_reviews

    return with_reviews(said, reviews, TOOL), reviews


def _ours(history: History, store: Store) -> bool:
    """Whether the store was made here: one that came with the repository proves nothing."""
    if history.exists and any(path.startswith(b".trl4ml/store/") for path in history.paths):
        store.notices.append(f"{store.folder}: git knows it, so it is not trusted; git rm it")
        return False
    return True
