"""Load → choose → read → probe → judge → report: the only file that knows every room."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trl4ml import __version__, resources
from trl4ml.asking import Asking
from trl4ml.core.checklist import Checklist, Item
from trl4ml.core.evidence import Held
from trl4ml.core.judging import Told
from trl4ml.core.project import Component, Project
from trl4ml.core.report import Report, build_report
from trl4ml.core.switchback import settling
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.loading import CONFIG, Loaded, find, find_probes, load_all
from trl4ml.readers.files import Claims, Part
from trl4ml.readers.git import History
from trl4ml.readers.tree import Tree
from trl4ml.store.evidence import State, Store
from trl4ml.telling import switchbacks, told

if TYPE_CHECKING:
    from trl4ml.render.alerts import Anchors

TOOL = f"trl4ml {__version__}"
FORMATS = (
    "text", "json", "markdown", "summary", "sarif", "sarif-github", "junit", "github", "gitlab",
)  # fmt: skip


class Audit(NamedTuple):
    """A report, and what stands beside it: where, at which commit, what went oddly, what ran."""

    report: Report
    root: Path
    folder: str
    """Leads from the repository to the project; empty where they are one."""
    commit: str
    notices: tuple[str, ...]
    asked: int


class Gathered(NamedTuple):
    """What was declared and measured; people's answers are read when it is judged."""

    root: Path
    loaded: Loaded
    items: tuple[Item, ...]
    evidence: dict[str, dict[str, Held]]
    """By component and probe id."""
    tree: Tree
    today: date
    history: History
    store: Store
    asked: int


def audit(
    path: str | Path | None = None, *, component: str | None = None, level: int | None = None,
    only: Sequence[str] = (), cache: bool = True, stored_only: bool = False, rerun: bool = False,
    today: date | None = None, progress: Callable[[str], None] = lambda what: None,
) -> Audit:  # fmt: skip
    """Audit the project at `path` (default: the nearest folder upwards with a trl4ml.yaml).

    `only` names items or probes; `level` is the level to reach instead of the claimed one. With
    `stored_only` no probe runs, and evidence that is missing or stale is unknown; with `rerun` the
    commands that the project declares are run. `progress` is told what is asked next.
    Raises WrongInput: one sentence, or one line per complaint.
    """
    done = gather(path, component=component, level=level, only=only, cache=cache,
                  stored_only=stored_only, rerun=rerun, today=today, progress=progress)  # fmt: skip
    report = judged(done, level=level, partial=bool(only), component=component)
    if not report.applicable:
        raise WrongInput("nothing was checked: no item in force applies to what was chosen")
    history = done.history
    folder, commit = (history.top.prefix, history.head) if history.exists else ("", "")
    notices = tuple(done.store.notices)
    return Audit(report, done.root, folder.rstrip("/"), commit, notices, done.asked)


def gather(
    path: str | Path | None = None, *, component: str | None = None, level: int | None = None,
    only: Sequence[str] = (), cache: bool = True, stored_only: bool = False, rerun: bool = False,
    today: date | None = None, progress: Callable[[str], None] = lambda what: None,
) -> Gathered:  # fmt: skip
    """Load what is declared, and ask the probes of the items chosen. Raises WrongInput."""
    root = find(path)
    store = Store(root)
    history = History(root.resolve()).begin()
    safe = store.safe()
    stored = store.state() if safe and cache else State()
    trusted = _ours(history, store) and safe
    state = stored if trusted else State()
    loaded = load_all(root, state.nouns)
    project = loaded.project
    items = choose(loaded.checklists, level, only, settling(switchbacks(root, project)))
    probes = find_probes(items)
    tree = Tree(root, state.known, state.saved_ns, history)
    asking = Asking(store, state.kept, project.probes, not stored_only, progress, rerun)
    claims = Claims({one.name: one.paths for one in project.components})
    day = today or datetime.now(UTC).date()
    evidence = {
        one.name: asking.about(Part(tree, one.name, claims, loaded.registers, day), probes)
        for one in _components(project, component)
    }
    if trusted and not stored_only and (asking.found or loaded.nouns != state.nouns):
        found = State(known=tree.known, kept=asking.found, nouns=loaded.nouns)
        store.save(found, asking.evidence)
    return Gathered(root, loaded, tuple(items), evidence, tree, day, history, store, asking.asked)


def memory(root: Path) -> dict[str, str]:
    """What this machine has checked before of the project's declarations; empty if not surely so."""
    store, history = Store(root), History(root.resolve()).begin()
    return dict(store.state().nouns) if store.safe() and _ours(history, store) else {}


def judged(
    done: Gathered, *, level: int | None = None, partial: bool = False, component: str | None = None
) -> Report:
    """The report on what was gathered and on what people have answered by now. Raises WrongInput."""
    loaded, said = done.loaded, told_about(done)
    return build_report(
        loaded.project, loaded.digests, loaded.checklists, done.items, done.evidence,
        done.today, TOOL, level, partial, component, said,
    )  # fmt: skip


def told_about(done: Gathered) -> Told:
    """What people have put down by now about what was gathered. Raises WrongInput."""
    return told(done.root, done.tree, done.loaded)


def _ours(history: History, store: Store) -> bool:
    """Whether the store was made here: one that came with the repository proves nothing."""
    if history.exists and any(path.startswith(b".trl4ml/store/") for path in history.paths):
        store.notices.append(f"{store.folder}: git knows it, so it is not trusted; git rm it")
        return False
    return True


def choose(
    checklists: Sequence[Checklist], level: int | None, only: Sequence[str],
    more: Sequence[Item] = (),
) -> list[Item]:  # fmt: skip
    """The items to judge: up to the level, and of those the ones named, by id or by probe.

    `more` are items beside those of the checklists.
    """
    every = [*more, *(item for one in checklists for item in one.items)]
    if only:
        _refuse_strangers(every, only)
    chosen = [item for item in every if level is None or item.level <= level]
    if only:
        chosen = [item for item in chosen if {item.id, *item.asked} & set(only)]
    if any("ml_test_score" in item.wants for item in chosen):
        tests = (i for one in checklists if one.checklist == "ml-test-score" for i in one.items)
        already = {item.id for item in chosen}
        chosen += [item for item in tests if item.id not in already]
    return sorted(chosen, key=lambda item: (item.level, not item.gate, item.id))


def _refuse_strangers(every: Sequence[Item], only: Sequence[str]) -> None:
    names = {item.id for item in every} | {name for item in every for name in item.asked}
    for name in only:
        if name not in names:
            raise WrongInput(f"--only {name}: no item or probe in force has that id"
                             f"{did_you_mean(names, name)}")  # fmt: skip


def _components(project: Project, name: str | None) -> tuple[Component, ...]:
    names = [one.name for one in project.components]
    if name is not None and name not in names:
        raise WrongInput(f"--component {name}: {CONFIG} has no such component"
                         f"{did_you_mean(names, name)}; it has {', '.join(names)}")  # fmt: skip
    return tuple(one for one in project.components if name in (None, one.name))


def render(
    report: Report, format: str, *, every: bool = False, colour: bool = False, width: int = 80,
    anchors: "Anchors | None" = None,
) -> str:  # fmt: skip
    """The report in one of the FORMATS, or as the `brief` lines of a gate.

    `anchors` are the lines at which a code host shows what is wrong.
    """
    if format in ("text", "brief"):
        from trl4ml.render.terminal import brief, terminal

        if format == "brief":
            return brief(report, colour=colour, width=width)
        return terminal(report, every=every, colour=colour, width=width)
    if format == "json":
        from trl4ml.render.jsonfile import jsonfile

        return jsonfile(report)
    return _for_hosts(report, format, anchors)


def _for_hosts(report: Report, format: str, anchors: "Anchors | None") -> str:
    """For code hosts and continuous integration: pages, annotations, test results."""
    from trl4ml.render import github, gitlab, junit, markdown, sarif, summary
    from trl4ml.render.alerts import NOWHERE

    at = anchors or NOWHERE
    made: dict[str, Callable[[], str]] = {
        "markdown": lambda: markdown.markdown(report, resources.folder("templates")),
        "summary": lambda: summary.summary(report, resources.folder("templates")),
        "sarif": lambda: sarif.full(report, at),
        "sarif-github": lambda: sarif.scanning(report, at),
        "junit": lambda: junit.junit(report),
        "github": lambda: github.github(report, at),
        "gitlab": lambda: gitlab.gitlab(report, at),
    }
    return made[format]()
