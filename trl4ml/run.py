"""Load → choose → read → probe → judge → report: the only file that knows every room."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from trl4ml import __version__, resources
from trl4ml.asking import Asking
from trl4ml.core.checklist import Checklist, Item
from trl4ml.core.project import Component, Project
from trl4ml.core.report import Report, build_report
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.loading import CONFIG, find, find_probes, load_all
from trl4ml.readers.files import Claims, Part
from trl4ml.readers.git import History
from trl4ml.readers.tree import Tree
from trl4ml.store.evidence import State, Store

TOOL = f"trl4ml {__version__}"
FORMATS = ("text", "json", "markdown")


class Audit(NamedTuple):
    """A report, and what stands beside it: where, at which commit, what went oddly, what ran."""

    report: Report
    root: Path
    commit: str
    notices: tuple[str, ...]
    asked: int


def audit(
    path: str | Path | None = None, *, component: str | None = None, level: int | None = None,
    only: Sequence[str] = (), cache: bool = True, stored_only: bool = False,
    today: date | None = None, progress: Callable[[str], None] = lambda what: None,
) -> Audit:  # fmt: skip
    """Audit the project at `path` (default: the nearest folder upwards with a trl4ml.yaml).

    `only` names items or probes; `level` is the level to reach instead of the claimed one. With
    `stored_only` no probe runs, and evidence that is missing or stale is unknown. `progress` is
    told what is asked next.
    Raises WrongInput: one sentence, or one line per complaint.
    """
    root = find(path)
    store = Store(root)
    history = History(root.resolve())
    trusted = store.safe() and _ours(history, store)
    state = store.state() if trusted else State()
    loaded = load_all(root, state.nouns)
    project = loaded.project
    items = choose(loaded.checklists, level, only)
    probes = find_probes(items)
    tree = Tree(root, state.known, state.saved_ns, history)
    kept = state.kept if cache else {}
    asking = Asking(store, kept, project.probes, not stored_only, progress)
    claims = Claims({one.name: one.paths for one in project.components})
    evidence = {
        one.name: asking.about(Part(tree, one.name, claims), probes)
        for one in _components(project, component)
    }
    if trusted and not stored_only and (asking.found or loaded.nouns != state.nouns):
        found = State(known=tree.known, kept=asking.found, nouns=loaded.nouns)
        store.save(found, asking.evidence)
    report = build_report(
        project, loaded.digests, loaded.checklists, items, evidence,
        today or datetime.now(UTC).date(), TOOL, level, bool(only), component,
    )  # fmt: skip
    if not report.applicable:
        raise WrongInput("nothing was checked: no item in force applies to what was chosen")
    commit = history.head if history.exists else ""
    return Audit(report, root, commit, tuple(store.notices), asking.asked)


def _ours(history: History, store: Store) -> bool:
    """Whether the store was made here: one that came with the repository proves nothing."""
    if history.exists and any(path.startswith(b".trl4ml/store/") for path in history.paths):
        store.notices.append(f"{store.folder}: git knows it, so it is not trusted; git rm it")
        return False
    return True


def choose(checklists: Sequence[Checklist], level: int | None, only: Sequence[str]) -> list[Item]:
    """The items to judge: up to the level, and of those the ones named, by id or by probe."""
    every = [item for one in checklists for item in one.items]
    names = {item.id for item in every} | {probe for item in every for probe in item.probes}
    for name in only:
        if name not in names:
            raise WrongInput(f"--only {name}: no item or probe in force has that id"
                             f"{did_you_mean(names, name)}")  # fmt: skip
    chosen = [item for item in every if level is None or item.level <= level]
    if only:
        chosen = [item for item in chosen if {item.id, *item.probes} & set(only)]
    return sorted(chosen, key=lambda item: (item.level, not item.gate, item.id))


def _components(project: Project, name: str | None) -> tuple[Component, ...]:
    names = [one.name for one in project.components]
    if name is not None and name not in names:
        raise WrongInput(f"--component {name}: {CONFIG} has no such component"
                         f"{did_you_mean(names, name)}; it has {', '.join(names)}")  # fmt: skip
    return tuple(one for one in project.components if name in (None, one.name))


def render(
    report: Report, format: str, *, every: bool = False, colour: bool = False, width: int = 80
) -> str:
    """The report in one of the FORMATS, or as the `brief` lines of a gate."""
    if format == "json":
        from trl4ml.render.jsonfile import jsonfile

        return jsonfile(report)
    if format == "markdown":
        from trl4ml.render.markdown import markdown

        return markdown(report, resources.folder("templates"))
    from trl4ml.render.terminal import brief, terminal

    if format == "brief":
        return brief(report, colour=colour, width=width)
    return terminal(report, every=every, colour=colour, width=width)
