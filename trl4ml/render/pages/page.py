"""One template filled in: every value is escaped, figures are drawn, verdicts have one look."""

import re
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup

from trl4ml.core.level import LEVELS
from trl4ml.render.charts import figure
from trl4ml.render.markdown import environment, escaped
from trl4ml.render.words import STATUS


class Reference(NamedTuple):
    """Where the reference pages lie, seen from the project's folder, and what they tell of."""

    path: str
    asked: frozenset[str] = frozenset()
    """Ids of items that have a page there."""
    probes: frozenset[str] = frozenset()
    """Ids of probes that are told of there."""

    @property
    def address(self) -> Markup:
        return Markup(quote(self.path))  # noqa: S704


CODE = re.compile(r"`([^`\n]{1,200})`")
BLANK = re.compile(r"\n{3,}")
NOWHERE = Reference("")


def coded(text: str) -> Markup:
    """The text escaped, with what stands between two backticks as code."""
    parts = CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(escaped(part)) if n % 2 else _apart(part)
        for n, part in enumerate(parts)
    )


def _apart(text: str) -> Markup:
    """The text escaped, without losing the blanks at its ends."""
    start, end = (" " if one.isspace() else "" for one in (text[:1], text[-1:]))
    return Markup(start) + escaped(text) + Markup(end)  # noqa: S704


@cache
def _templates(folder: Path) -> Environment:
    """Read once: a site over many projects fills the same templates again and again."""
    own = {
        "draw": partial(figure, templates=folder),
        "status": STATUS,
        "levels": LEVELS,
        "coded": coded,
    }
    made = environment(folder).overlay()
    made.globals = {**made.globals, **own}
    return made


def page(templates: Path, name: str, **values: Any) -> str:
    """The page `templates/pages/<name>.md.j2` filled in; no two empty lines, one new line at the end."""
    text = _templates(templates).get_template(f"pages/{name}.md.j2").render(values)
    return BLANK.sub("\n\n", text).strip() + "\n"
