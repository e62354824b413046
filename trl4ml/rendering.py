"""A report in each of its formats; what writes one is imported when it is asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from trl4ml import resources
from trl4ml.core.report import Report

if TYPE_CHECKING:
    from trl4ml.render.alerts import Anchors

FORMATS = (
    "text", "json", "markdown", "summary", "sarif", "sarif-github", "junit", "github", "gitlab",
)  # fmt: skip


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
