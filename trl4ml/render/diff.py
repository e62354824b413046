"""What changed between two audits: for a terminal, as JSON, and as a pull-request comment."""

from collections.abc import Sequence
from pathlib import Path

from trl4ml.core.diff import LevelChange, ReportDiff
from trl4ml.render.diff_rows import Row, sections
from trl4ml.render.plain import json_text
from trl4ml.render.terminal import Page

LARGEST = 30_000
"""Bytes: half of a comment, whose other half is the summary."""
MOST_ROWS = (200, 60, 20, 6, 2, 0)
LONGEST_CELL = 300
RED, GREEN, DIM = "31", "32", "2"


def headline(diff: ReportDiff) -> str:
    """The verdict: which levels fell, which components are gone, which levels rose."""
    if diff.partial:
        return "no level is compared, for one of the two was made with --only"
    fell = [change for change in diff.levels if change.fell]
    rose = [change for change in diff.levels if not change.fell]
    said = [f"level fell {_moves(fell)}"] if fell else []
    said += [f"component {name} is gone" for name in diff.gone]
    said += [f"level may have fallen {_moves(diff.unsure)}"] if diff.unsure else []
    said += [f"level rose {_moves(rose)}"] if rose else []
    if not said and diff.withheld:
        return "no level fell"
    return "; ".join(said) or f"no level changed{', nor anything else' if diff.empty else ''}"


def _moves(changes: Sequence[LevelChange]) -> str:
    def level(number: int | None) -> str:
        return "below entry" if number is None else str(number)

    return ", ".join(
        f"from {level(c.before)} to {level(c.after)} "
        f"({f'component {c.component}' if c.component else 'the system'})"
        for c in changes
    )


def diff_json(diff: ReportDiff, notes: Sequence[str] = ()) -> str:
    """The difference as JSON: the verdict, whether a level fell or that is unknown, and every change."""
    whole = {"verdict": headline(diff), "fell": diff.fell, "unknown": diff.unknown,
             "notes": list(notes), "diff": diff.model_dump(mode="json")}  # fmt: skip
    return json_text(whole, sort_keys=True)


def diff_text(diff: ReportDiff, *, colour: bool = False, width: int = 80) -> str:
    """The difference as text: the verdict first."""
    page = Page(colour, width)
    lines = page.wrapped("", headline(diff))
    style = RED if diff.fell or diff.unsure else GREEN if diff.levels else None
    lines = [page.paint(line, style) for line in lines]
    for title, rows in sections(diff):
        lines += ["", f"{title}:"]
        for row in rows:
            change = f": {row.change}" if row.change else ""
            lines += page.wrapped("  ", f"{row.what}{change}", indent=4)
            said = page.wrapped("      ", row.said) if row.said else []
            lines += [page.paint(line, DIM) for line in said]
    return "\n".join(lines) + "\n"


def diff_markdown(diff: ReportDiff, templates: Path, notes: Sequence[str] = ()) -> str:
    """The difference as Markdown that takes half of one comment, whatever it holds."""
    from trl4ml.render.markdown import environment

    template = environment(templates).get_template("diff.md.j2")
    every = sections(diff)
    for most in MOST_ROWS:
        cut = [
            (title, [Row(*map(_cut, row)) for row in rows[:most]], len(rows) - len(rows[:most]))
            for title, rows in every
        ]
        text = template.render(
            headline=_cut(headline(diff)), notes=list(map(_cut, notes)), sections=cut, diff=diff
        )
        if len(text.encode()) < LARGEST:
            break
    return text


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"
