"""The worked examples, audited as they stand: their pages, and what they come to item by item."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from trl4ml import reporting, resources, run
from trl4ml.core.report import Report
from trl4ml.render.portfolio import portfolio, row
from trl4ml.testing import lay_out

DAY = date(2026, 11, 21)
"""The day on which they are judged: answers grow old, pages should not."""
EXAMPLES = resources.PACKAGE.parent / "examples"
REFERENCE = "../../reference"
NOT_COPIED = shutil.ignore_patterns(".git", "store", "__pycache__")


class Worked(NamedTuple):
    """An example: its report, and its files by path below the folder of its pages."""

    report: Report
    files: dict[str, str]


def projects() -> list[Path]:
    """The worked examples that are audited."""
    return sorted(path.parent for path in EXAMPLES.glob("*/trl4ml.yaml"))


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    """A copy of a worked example, committed alone in a repository of its own."""
    with TemporaryDirectory() as made:
        copy = Path(made) / folder.name
        shutil.copytree(folder, copy, ignore=NOT_COPIED)
        lay_out(copy, {}, git=True)
        yield copy


def told(folder: Path) -> str:
    """What the audit of a worked example prints on a terminal."""
    with _alone(folder) as copy:
        return run.render(run.audit(copy, cache=False, today=DAY).report, "text")


@cache
def worked() -> tuple[Worked, ...]:
    """Every example as `trl4ml report` writes it, for the first time."""
    return tuple(map(_worked, projects()))


def _worked(folder: Path) -> Worked:
    with _alone(folder) as copy:
        found = reporting.of_project(copy, cache=False, today=DAY)
        return Worked(found.report, reporting.made(found, reference=REFERENCE))


def pages() -> dict[str, str]:
    """The table of all examples, and every file of each, by its path under `reports/`."""
    rows = [row(one.report) for one in worked()]
    made = {"examples/index.md": portfolio(rows, (), resources.folder("templates"))}
    for one in worked():
        made |= {f"examples/{one.report.project}/{name}": text for name, text in one.files.items()}
    return made
