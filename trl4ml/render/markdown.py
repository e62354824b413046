"""The report as Markdown, by the template `report.md.j2`; everything that is filled in is escaped."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from trl4ml.core.canonical import digest
from trl4ml.core.level import LEVELS
from trl4ml.core.lifecycle import Covered
from trl4ml.core.report import Report, blocks, next_steps
from trl4ml.render.plain import printable
from trl4ml.render.words import STATUS, counts, flat, level_of, verdict

SPECIAL = re.compile(
    r"""(?<![^\W_])[-'] | [-'](?![^\W_])   # but inside a word
    | \.(?! (?<=\d\.)\d | (?<=[a-z)]\.)(?:\s|$) )    # but in a number, or ending a sentence
    | :(?! (?<=[a-z)]:)\s )              # but after a word, before a space
    | (?<=\d)\)                         # as in `1)`
    | [^\w\s,;?()\-.':] | _""",
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


@cache
def environment(templates: Path) -> Environment:
    """Jinja2 where every value is escaped; only the template's own text is Markdown.

    One for all who ask: whoever adds to it takes an overlay.
    """
    return Environment(
        loader=FileSystemLoader(templates), undefined=StrictUndefined, autoescape=True,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        finalize=lambda value: value if isinstance(value, Markup) else escaped(value),
    )  # fmt: skip


def markdown(report: Report, templates: Path) -> str:
    """The readiness report as finished Markdown."""
    word, why = verdict(report)
    return environment(templates).get_template("report.md.j2").render(
        own=Markup, report=report, risks=by_risk(report), covered=covered(report),
        assumptions=assumed(report), word=word, why=why, counts=counts(report), digest=digest(report),
        steps=next_steps(report), levels=LEVELS, status=STATUS, level_of=level_of, blocks=blocks,
    )  # fmt: skip


def entries(report: Report, register: str, *fields: str) -> list[dict[str, Any]]:
    """The entries of a register with those fields; what was left out is None."""
    every = report.registers.get(register, {}).get("entries", ())
    return [{field: entry.get(field) for field in fields} for entry in every]


def by_risk(report: Report) -> list[dict[str, Any]]:
    """The requirements, the highest risk first; those whose risk is unknown before all others."""
    fields = ("id", "kind", "component", "statement", "p", "value", "mitigation", "result")
    rows = entries(report, "requirements", *fields)
    for row in rows:
        known = row["p"] is not None and row["value"] is not None
        row["risk"] = round(row["p"] * row["value"], 6) if known else None
    return sorted(rows, key=lambda row: (row["risk"] is not None, -(row["risk"] or 0)))


def assumed(report: Report) -> list[dict[str, Any]]:
    """The assumptions as they were declared, with whether they still count."""
    words = {True: "current", False: "out of date", None: "unknown"}
    fields = (
        "id",
        "level",
        "component",
        "statement",
        "owner",
        "last_verified",
        "expires",
        "status",
    )
    rows = entries(report, "assumptions", *fields)
    return [{**row, "counts": words[report.current(str(row["id"]))]} for row in rows]


def covered(report: Report) -> tuple[Covered, ...]:
    """Each step of the lifecycle; none where no item says where it belongs."""
    steps = () if report.partial else report.coverage()
    return steps if any(step.asked for step in steps) else ()
