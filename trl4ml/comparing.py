"""Two reports, from the disk or from two revisions, and what changed between them."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from trl4ml import resources, run
from trl4ml.core.comparing import compare
from trl4ml.core.diff import ReportDiff
from trl4ml.core.report import Report
from trl4ml.core.withheld import compare_with_copy
from trl4ml.errors import WrongInput
from trl4ml.load.reports import report
from trl4ml.loading import CONFIG, find, load_all
from trl4ml.readers.files import FilesView, Part
from trl4ml.readers.git import History
from trl4ml.readers.tree import Tree, shown
from trl4ml.store.evidence import Store

MOST_FILES = 5
MANY, BEGINNING = re.compile(r"[0-9]+ files"), re.compile(r"^the first [0-9]+ bytes of ")
"""How evidence names many files at once, and a file of which it read the beginning alone."""
POINTER = b"version https://git-lfs.github.com/spec/"


class Since(NamedTuple):
    """What changed since a revision, and how the baseline grew, which it may not: in sentences."""

    changes: ReportDiff
    grown: tuple[str, ...]


def diff(before: Path, after: Path) -> ReportDiff:
    """What changed between the reports in two files. Raises WrongInput for what is not a report."""
    return compare(report(before), report(after))


def against(
    path: Path | None, base: str, stored: Path | None = None,
    progress: Callable[[str], None] = lambda what: None,
) -> Since:  # fmt: skip
    """What changed since the revision `base`, both audited now. Raises WrongInput.

    With `stored` the report in that file, made at the revision, is taken for it; without, what rests
    on files that git does not keep cannot be compared.
    """
    from trl4ml.revisions import checked_out
    from trl4ml.waiving import grown

    root = find(path)
    with checked_out(root, base, path) as then:
        before = (
            _made_at(then, base, stored) if stored else
            run.audit(then, cache=False, base="HEAD", progress=progress).report
        )  # fmt: skip
        debts = grown(then, root)
        after = run.audit(root, progress=progress).report
        absent = {} if stored else _absent(root, then, after)
    return Since(compare_with_copy(before, after, absent), debts)


def _made_at(then: Path, base: str, stored: Path) -> Report:
    """The report in the file. Raises WrongInput where it is of another configuration, or of a part."""
    made, loaded = report(stored), load_all(then, {})
    says = ""
    if made.config_digest != loaded.digests[0]:
        says = f"{CONFIG} was another when it was made than it is at {base}; give the report that was made there"
    elif made.only_component or {i.id for one in loaded.checklists for i in one.items} - {
        one.id for one in made.items
    }:
        says = (f"not all of what {base} asks is in it; make it there with this trl4ml, and without --level, "
                "--only and --component")  # fmt: skip
    if says:
        raise WrongInput(f"--base-report {stored}: {says}")
    return made


def _absent(root: Path, then: Path, made: Report) -> dict[str, tuple[str, ...]]:
    """What the evidence of the report read and git does not keep, or by name alone (Git LFS), by the
    digest of the evidence. Of many files whose names are not known all count as such."""
    history = History(root.resolve())
    in_git = set(map(shown, history.paths))
    traced = _traced(root, history)
    found: dict[str, tuple[str, ...]] = {}
    for digest, one in made.evidence.items():
        named = {BEGINNING.sub("", name) for name in one.reads}
        unnamed = {name for name in named if MANY.fullmatch(name) and digest not in traced}
        names = {
            name for name in named | traced.get(digest, set())
            if os.path.lexists(root / name) and (name not in in_git or _is_pointer(then / name))
        } | unnamed  # fmt: skip
        if names:
            found[digest] = tuple(sorted(names))
    return found


def _traced(root: Path, history: History) -> dict[str, set[str]]:
    """The files that evidence looked at or for, by its digest, as the store knows; none from a store that
    came with the repository."""
    store = Store(root)
    if not store.safe() or any(path.startswith(b".trl4ml/store/") for path in history.paths):
        return {}
    files = FilesView(Part(Tree(root, history=history)))
    traced: dict[str, set[str]] = {}
    for kept in store.state().kept.values():
        seen = (files.present(*patterns.split("\n")) for patterns in kept.trace.on_disk)
        traced.setdefault(kept.evidence, set()).update(kept.trace.files, kept.trace.sizes, *seen)
    return traced


def _is_pointer(path: Path) -> bool:
    """Whether Git LFS keeps the content elsewhere."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            return file.read(len(POINTER)) == POINTER
    except (OSError, ValueError):
        return False


def not_compared(changes: ReportDiff, base: str) -> tuple[str, ...]:
    """One sentence where items could not be compared: how many, for want of what, and the remedy."""
    if not changes.withheld:
        return ()
    files = sorted({file for one in changes.withheld for file in one.files})
    named = ", ".join(files[:MOST_FILES]) + (", …" if len(files) > MOST_FILES else "")
    number = len(changes.withheld)
    items = (
        "1 item is not compared: it rests"
        if number == 1
        else f"{number} items are not compared: they rest"
    )
    return (f"{items} on files that git does not keep ({named}), which a copy of {base} lacks; to compare, "
            "give the report that was made there: --base-report FILE",)  # fmt: skip


def render(
    changes: ReportDiff, format: str, notes: Sequence[str] = (), *, colour: bool = False,
    width: int = 80,
) -> str:  # fmt: skip
    """The difference as text, json or markdown. The notes are in data alone: on a terminal they are
    told beside it."""
    from trl4ml.render.diff import diff_json, diff_markdown, diff_text

    if format == "json":
        return diff_json(changes, notes)
    if format == "markdown":
        return diff_markdown(changes, resources.folder("templates"), notes)
    return diff_text(changes, colour=colour, width=width)
