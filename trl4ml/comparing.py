"""Two reports, from the disk or from two revisions, and what changed between them."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from trl4ml import resources, run
from trl4ml.core.comparing import compare
from trl4ml.core.diff import ReportDiff
from trl4ml.load.reports import report
from trl4ml.loading import find


class Since(NamedTuple):
    """What changed since a revision, and how the baseline grew, which it may not: in sentences."""

    changes: ReportDiff
    grown: tuple[str, ...]


def diff(before: Path, after: Path) -> ReportDiff:
    """What changed between the reports in two files. Raises WrongInput for what is not a report."""
    return compare(report(before), report(after))


def against(
    path: Path | None, base: str, progress: Callable[[str], None] = lambda what: None
) -> Since:
    """What changed since the revision `base`, both audited now. Raises WrongInput."""
    from trl4ml.revisions import checked_out
    from trl4ml.waiving import grown

    root = find(path)
    with checked_out(root, base) as then:
        before = run.audit(then, cache=False, base="HEAD", progress=progress)
        debts = grown(then, root)
    return Since(compare(before.report, run.audit(root, progress=progress).report), debts)


def render(changes: ReportDiff, format: str, *, colour: bool = False, width: int = 80) -> str:
    """The difference as text, json or markdown."""
    from trl4ml.render.diff import diff_json, diff_markdown, diff_text

    if format == "json":
        return diff_json(changes)
    if format == "markdown":
        return diff_markdown(changes, resources.folder("templates"))
    return diff_text(changes, colour=colour, width=width)
