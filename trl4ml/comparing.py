"""Two reports from the disk, and what changed between them."""

from pathlib import Path

from trl4ml import resources
from trl4ml.core.comparing import compare
from trl4ml.core.diff import ReportDiff
from trl4ml.load.reports import report


def diff(before: Path, after: Path) -> ReportDiff:
    """What changed between the reports in two files. Raises WrongInput for what is not a report."""
    return compare(report(before), report(after))


def render(changes: ReportDiff, format: str, *, colour: bool = False, width: int = 80) -> str:
    """The difference as text, json or markdown."""
    from trl4ml.render.diff import diff_json, diff_markdown, diff_text

    if format == "json":
        return diff_json(changes)
    if format == "markdown":
        return diff_markdown(changes, resources.folder("templates"))
    return diff_text(changes, colour=colour, width=width)
