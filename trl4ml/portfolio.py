"""What a site is made of: the projects, reports and pages that were named, laid out in one folder.

One project stands alone, its readiness report first. Several stand in folders by their names, below
a table of them all.
"""

import glob
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from trl4ml import reporting, resources
from trl4ml.errors import WrongInput
from trl4ml.load.reports import report
from trl4ml.loading import CONFIG
from trl4ml.render.pages.reviews import skeletons
from trl4ml.render.portfolio import Row, Unreadable, portfolio, row
from trl4ml.store.made import Made

FIRST = ("index", "reviews", "sign", "enrol", "items", "evidence", "probe-")
KEPT = (".md", ".json", ".csv")
REMEDY = (
    f"give a folder with a {CONFIG}, a report as JSON, or a folder that `trl4ml report` has written"
)


class Kind(StrEnum):
    PROJECT = "project"
    """A folder with a trl4ml.yaml: it is audited now."""
    REPORT = "report"
    """A report as JSON."""
    PAGES = "pages"
    """What `trl4ml report` has written for one project."""


class Source(NamedTuple):
    kind: Kind
    path: Path


class Sources(NamedTuple):
    """What the site is made of, and what a pattern matched besides."""

    found: tuple[Source, ...]
    left_out: tuple[Path, ...] = ()


class LaidOut(NamedTuple):
    """The projects that have pages, and those that could not be read."""

    rows: tuple[Row, ...]
    unreadable: tuple[Unreadable, ...]
    nav: list[Any]
    """The pages in their order, as MkDocs wants its navigation: the projects by their own names."""


def sources(named: Sequence[Path], patterns: Sequence[str] = ()) -> Sources:
    """What was named, and what the patterns match, each once.

    A pattern such as `teams/*/model` may stand beside others, parted by spaces. Raises WrongInput
    for what is named and is no source, and for a pattern that matches none.
    """
    found = list(chain.from_iterable(map(_asked, named)))
    left_out: list[Path] = []
    for pattern in chain.from_iterable(map(_split, patterns)):
        matched = [Path(one) for one in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207
        kinds = {path: _kinds(path) for path in matched}
        if not any(kinds.values()):
            many = f"none of its {len(matched)} matches is one" if matched else "nothing matches"
            raise WrongInput(f"--projects {pattern}: {many}; {REMEDY}")
        found += chain.from_iterable(kinds.values())
        left_out += [path for path, kind in kinds.items() if not kind]
    once = {one.path.resolve(): one for one in reversed(found)}
    return Sources(tuple(one for one in found if once[one.path.resolve()] is one), tuple(left_out))


def _split(pattern: str) -> list[str]:
    try:
        return shlex.split(pattern)
    except ValueError as error:
        raise WrongInput(f"--projects {pattern}: {error}; close it") from None


def _asked(path: Path) -> list[Source]:
    if not (found := _kinds(path)):
        says = "is no project and no report" if path.exists() else "does not exist"
        raise WrongInput(f"{path}: {says}; {REMEDY}")
    return found


def _kinds(path: Path) -> list[Source]:
    """What lies there: itself, or the projects that `trl4ml report` has put below it."""
    try:
        return _looked_at(path)
    except OSError as error:
        says = f"cannot be looked into ({error.strerror}); leave it out, or let it be read"
        raise WrongInput(f"{str(path)[:200]}: {says}") from None


def _looked_at(path: Path) -> list[Source]:
    if path.is_file():
        return [Source(Kind.REPORT, path)] if path.suffix == ".json" else []
    if (path / reporting.AUDIT).is_file():
        return [Source(Kind.PAGES, path)]
    if (path / CONFIG).is_file():
        return [Source(Kind.PROJECT, path)]
    below = sorted(path.iterdir()) if path.is_dir() else []
    return [Source(Kind.PAGES, one) for one in below if (one / reporting.AUDIT).is_file()]


def laid_out(
    found: Iterable[Source], folder: Path, progress: Callable[[str], None] = lambda what: None,
    base: str | None = None, trust: str | None = None,
) -> LaidOut:  # fmt: skip
    """Write the pages of every source below the folder, one project at a time.

    A project that cannot be read is said so on the page over all. Raises WrongInput where it is the
    only one, where none can be read, and where two have one name.
    """
    every = tuple(found)
    rows: dict[str, tuple[Row, Path]] = {}
    pages: dict[str, list[str]] = {}
    unreadable: list[Unreadable] = []
    for source in every:
        progress(f"pages of {source.path}")
        try:
            one, files = _made(source, base, trust)
        except WrongInput as error:
            if len(every) == 1:
                raise
            unreadable.append(Unreadable(str(source.path), _why(source.path, error)))
            continue
        if one.project in rows:
            raise WrongInput(f"{rows[one.project][1]} and {source.path} are both named "
                             f"{one.project}; rename one in its {CONFIG}, or leave one out")  # fmt: skip
        rows[one.project] = (one, source.path)
        pages[one.project] = in_order(files)
        _write(folder if len(every) == 1 else folder / one.project, files)
    if not rows:
        raise WrongInput("\n".join(f"{one.path}: {one.says}" for one in unreadable))
    table = tuple(one for one, _ in rows.values())
    if len(every) == 1:
        return LaidOut(table, (), pages[table[0].project])
    page = portfolio(table, unreadable, resources.folder("templates"))
    _write(folder, {"index.md": page.encode()})
    sections = [{name: [f"{name}/{page}" for page in pages[name]]} for name in sorted(pages)]
    return LaidOut(table, tuple(unreadable), ["index.md", *sections])


def in_order(files: Iterable[str]) -> list[str]:
    """The pages among the files: the report, what it rests on, then what follows from it."""
    pages = sorted(name for name in files if name.endswith(".md"))
    return sorted(pages, key=lambda name: [not name.startswith(start) for start in FIRST])


def _why(path: Path, error: WrongInput) -> str:
    """All that is wrong, on one line, without the path that stands before it."""
    lines = str(error).splitlines()
    return "; ".join(line.removeprefix(f"{path}: ").removeprefix(f"{path}/") for line in lines)


def _made(source: Source, base: str | None, trust: str | None) -> tuple[Row, dict[str, bytes]]:
    if source.kind is Kind.PAGES:
        return row(report(source.path / reporting.AUDIT)), _kept(source.path)
    if source.kind is Kind.REPORT:
        one = reporting.of_file(source.path)
    else:
        one = reporting.of_project(source.path, base=base, trust=trust)
    return row(one.report), {name: text.encode() for name, text in reporting.made(one).items()}


def _kept(folder: Path) -> dict[str, bytes]:
    """What `trl4ml report` wrote there, and nothing that could ask the theme for a script.

    Text before the heading of a page would be metadata to MkDocs. The pages that do ask for one are
    those that belong to the theme.
    """
    files = Made(folder).whole()
    own = skeletons(resources.folder("templates"))
    files |= {name: text.encode() for name, text in own.items() if name in files}
    for name, content in files.items():
        if name in own:
            continue
        if not name.endswith(KEPT) or (name.endswith(".md") and not content.startswith(b"# ")):
            says = "is nothing that `trl4ml report` writes; remove it, and make the pages anew"
            raise WrongInput(f"{folder / name}: {says}")
    return files


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise WrongInput(f"{folder}: cannot be written ({error.strerror})") from None
