"""The report as Markdown, by the template `report.md.j2`; everything that is filled in is escaped."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from trl4ml.core.canonical import digest
from trl4ml.core.level import LEVELS
from trl4ml.core.report import Report, blocks, next_steps
from trl4ml.render.plain import printable
from trl4ml.render.words import STATUS, counts, flat, level_of, verdict

SPECIAL = re.compile(
    r"""(?<![^\W_])[-'] | [-'](?![^\W_])   # but inside a word
    | (?<!\d)\. | \.(?!\d)              # but inside a number
    | (?<=\d)\)                         # as in `1)`
    | [^\w\s,;?()\-.'] | _""",
    re.ASCII | re.VERBOSE,
)


def escaped(text: object) -> Markup:
    """Text that is neither Markdown nor HTML any more: punctuation as numeric references.

    What cannot begin anything is left to be read.
    """
    plain = printable(flat(str(text)))
    return Markup(SPECIAL.sub(_reference, plain))  # noqa: S704


def _reference(found: re.Match[str]) -> str:
    return found[0] if not found[0].isascii() else f"&#{ord(found[0])};"


def environment(templates: Path) -> Environment:
    """Jinja2 where every value is escaped; only the template's own text is Markdown."""
    return Environment(
        loader=FileSystemLoader(templates), undefined=StrictUndefined, autoescape=True,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        finalize=lambda value: value if isinstance(value, Markup) else escaped(value),
    )  # fmt: skip


def markdown(report: Report, templates: Path) -> str:
    """The readiness report as finished Markdown."""
    word, why = verdict(report)
    return environment(templates).get_template("report.md.j2").render(
        own=Markup, report=report, word=word, why=why, counts=counts(report), digest=digest(report),
        steps=next_steps(report), levels=LEVELS, status=STATUS, level_of=level_of, blocks=blocks,
    )  # fmt: skip
