"""`trl4ml answer`: what a person says to one item, for scripts and for a quick word."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from trl4ml import answering, errors, run
from trl4ml.catalogue import flat
from trl4ml.cli.audit_command import Base, Trust
from trl4ml.cli.output import Format, progress, put, table, talk
from trl4ml.core.answer import Said, documented
from trl4ml.core.checklist import Item
from trl4ml.core.environment import Environment
from trl4ml.core.verdict import PASSES
from trl4ml.given import Given, link_in, note_in, who
from trl4ml.render.plain import json_text, printable

Told = dict[str, Any]


class Word(StrEnum):
    YES = "yes"
    NO = "no"
    NA = "na"
    NOT_APPLICABLE = "not-applicable"

    @property
    def said(self) -> Said:
        return Said.NOT_APPLICABLE if self is Word.NA else Said(self.replace("-", "_"))


def command(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The id of the item.")],
    answer: Annotated[Word | None, typer.Argument(help="Without it: show the question and the answers so far.")] = None,
    note: Annotated[str, typer.Option(help="In your own words; the reason, where it does not apply.")] = "",
    link: Annotated[str, typer.Option(help="What shows it: an address, or a file of the project.")] = "",
    by: Annotated[str | None, typer.Option(metavar="'NAME <ADDRESS>'", help="Who answers; else as git knows you.")] = None,
    component: Annotated[str | None, typer.Option(help="Only about this component.")] = None,
    environment: Annotated[Environment | None, typer.Option(help="Where it was observed.")] = None,
    project: Annotated[Path | None, typer.Option(help="The project's folder; else the nearest upwards.")] = None,
    base: Base = None,
    trust: Trust = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Answer an item that a person answers. It is added to .trl4ml/answers; nothing is edited."""
    with progress() as tell:
        done = run.gather(project, component=component, base=base, trust=trust, progress=tell)
    asked = answering.find_item(done, item)
    if answer is None:
        _show(done, asked, format, component)
        return errors.MET
    given = Given(
        answer.said, note_in(note), link_in(done, link),
        environment,
    )  # fmt: skip
    by = who(done, by)
    before = run.judged(done, component=component)
    paths = answering.record(done, asked, component, given, by, datetime.now(UTC))
    after = run.judged(done, component=component)
    told: Told = {
        "item": item, "answer": given.answer.value, "by": by,
        "written": [str(path.relative_to(done.root)) for path in paths],
        "status": {name: v.status.value for name, v in answering.verdicts(after, item).items()},
        "levels": {n: {"before": a, "after": b} for n, (a, b) in answering.moved(before, after).items()},
    }  # fmt: skip
    put(json_text(told) if format is Format.JSON else _text(told))
    if not told["status"]:
        talk(f"{item} is not judged here: it is of level {asked.level}, below where they entered")
    for name, verdict in answering.verdicts(after, item).items():
        if given.answer is not Said.NO and verdict.status not in PASSES:
            talk(f"{item} is not met yet for {name}: {verdict.message}")
    talk(*answering.warnings(done, paths, given.link))
    return errors.MET


def _text(told: Told) -> str:
    """What was recorded and where; and each level that moved."""
    words = told["answer"].replace("_", " ")
    lines = [f"recorded: {told['item']}: {words}, by {told['by']}, in {', '.join(told['written'])}"]
    for name, level in told["levels"].items():
        old, new = ("none" if n is None else n for n in level.values())
        lines.append(f"{name}: level {old} → {new}")
    return "".join(f"{printable(line)}\n" for line in lines)


def _show(done: run.Gathered, item: Item, format: Format, only: str | None) -> None:
    """The question, why it is asked, how it stands, and who answered what."""
    report = run.judged(done, component=only)
    standing = answering.verdicts(report, item.id)
    components = [c for c in done.loaded.project.components if c.name in standing]
    said = run.told_about(done)
    answers = {c.name: answering.so_far(done, said, item, c) for c in components}
    if format is Format.JSON:
        put(json_text({
            "item": item.id, "level": item.level, "gate": item.gate, "ask": flat(item.ask),
            "why": flat(item.why), "wants": item.wants,
            "environment": item.environment, "stale_after": item.stale_after,
            "status": {name: {"status": v.status.value, "message": v.message}
                       for name, v in standing.items()},
            "answers": {name: [{**one.answer.model_dump(mode="json"), "stale": one.stale}
                               for one in found] for name, found in answers.items()},
        }))  # fmt: skip
        return
    rows = [("asks", flat(item.ask)), ("why", flat(item.why)), ("wants", item.wants)]
    for name, verdict in standing.items():
        rows.append((name, f"{verdict.status.replace('_', ' ')}: {verdict.message}"))
        rows += [("", _said(one)) for one in answers[name]]
    kind = "gate" if item.gate else "advice"
    put(
        table([(f"{item.id}: level {item.level}, {kind}",)])
        + table([(f"  {a}", b) for a, b in rows])
    )


def _said(one: answering.SoFar) -> str:
    """`2026-11-21 yes, Ada: the note (link); no longer counts: is older than 365 days`."""
    answer = one.answer
    note = f": {answer.note}" if answer.note else ""
    unseen = "" if documented(answer) else ", which was not looked at"
    link = f" ({answer.link}{unseen})" if answer.link else ""
    where = f", {answer.environment}" if answer.environment else ""
    no_longer = f"; no longer counts: {one.stale}" if one.stale else ""
    words = answer.answer.replace("_", " ")
    return f"{answer.at.date()} {words}, {answer.by}{where}{note}{link}{no_longer}"
