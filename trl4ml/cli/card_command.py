"""`trl4ml card`: what is known about a component, as a card for people and for other tools."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import carding, errors, run
from trl4ml.cli.output import Format, progress, put, talk
from trl4ml.core.trlcard.known import TrlCard
from trl4ml.render.plain import json_text, printable

ABOUT = "Write TRL cards and model cards from evidence; take in a card of elsewhere."
Project = Annotated[Path | None, typer.Argument(help="The project's folder.")]
Component = Annotated[str | None, typer.Option(help="Only this component.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a card that somebody edited.")]


class CardFormat(StrEnum):
    MARKDOWN = "markdown"
    JSON = "json"


class ModelFormat(StrEnum):
    MARKDOWN = "markdown"
    JSON = "json"
    HUGGINGFACE = "huggingface"
    CYCLONEDX = "cyclonedx"


def trl(
    path: Project = None,
    component: Component = None,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Where to write it, - for the screen; else cards/COMPONENT/level-N.md.")] = None,
    format: Annotated[CardFormat, typer.Option(help="JSON goes to the screen unless --out says otherwise.")] = CardFormat.MARKDOWN,
    force: Force = False,
) -> int:  # fmt: skip
    """Write the TRL card of each component, and say what is still to be stated on it."""
    with progress() as tell:
        done = run.gather(path, progress=tell)
    talk(*done.store.notices)
    every = carding.cards(done, component)
    if format is CardFormat.JSON:
        put(carding.json_of(every), None if out == "-" else out)
    elif out is None:
        put("".join(f"{_told(one)}\n" for one in carding.write(done, every, force)))
    else:
        put(carding.text(done, _only(every), _folder(out)), None if out == "-" else out)
    return errors.MET


def model(
    path: Project = None,
    component: Annotated[str | None, typer.Option(help="Which component; else the only model.")] = None,
    format: Annotated[ModelFormat, typer.Option(help="huggingface: with front matter that its loader reads, carbon in grams; cyclonedx: an ML-BOM 1.7, carbon in tonnes.")] = ModelFormat.MARKDOWN,
    output: Annotated[str | None, typer.Option(metavar="FILE", help="Where to write it; else the screen.")] = None,
    force: Force = False,
) -> int:  # fmt: skip
    """Write the model card of a component, its results by slice straight from evidence."""
    from trl4ml import describing

    with progress() as tell:
        done = run.gather(path, progress=tell)
    talk(*done.store.notices)
    made = describing.card(done, describing.chosen(done, component))
    text = describing.rendered(made, format.value)
    if output in (None, "-"):
        put(text)
    else:
        describing.save(str(output), text, force)
        fields = "field is" if made.missing == 1 else "fields are"
        talk(f"{output} written; {made.missing} {fields} still to be stated")
    return errors.MET


def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A model card of Hugging Face (Markdown), or of Google's Model Card Toolkit (JSON).")],
    project: Annotated[Path | None, typer.Option(help="The project's folder; else the nearest upwards.")] = None,
    component: Annotated[str | None, typer.Option(help="Whose card it is; else the only model's.")] = None,
    accept: Annotated[list[str] | None, typer.Option(metavar="ITEM", help="Record this answer. Repeatable; without it nothing is written.")] = None,
    by: Annotated[str | None, typer.Option(metavar="'NAME <ADDRESS>'", help="Who accepts; else as git knows you.")] = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Show which answers a card supports; record those that you accept. None is overwritten."""
    from trl4ml import describing, transcribing
    from trl4ml.given import who

    said = transcribing.topics(file)
    with progress() as tell:
        done = run.gather(project, progress=tell)
    one = describing.chosen(done, component)
    found = transcribing.supported(done, one, said)
    written: tuple[Path, ...] = ()
    if accept:
        now = datetime.now(UTC)
        written = transcribing.record(done, one, found, accept, file, who(done, by), now)
    paths = [str(path.relative_to(done.root)) for path in written]
    if format is Format.JSON:
        put(json_text({"card": file, "component": one.name, "written": paths, "fields": found.fields,
                       "answers": [dict(p._asdict()) for p in found.proposals]}))  # fmt: skip
        return errors.MET
    put(transcribing.told(file, one.name, found, paths))
    return errors.MET


SUBCOMMANDS = {"trl": trl, "model": model, "import": import_}


def _only(every: list[TrlCard]) -> TrlCard:
    if len(every) > 1:
        known = ", ".join(one.component for one in every)
        raise errors.WrongInput(f"--out: there are {len(every)} cards; choose one with --component "
                                f"({known}), or leave --out away")  # fmt: skip
    return every[0]


def _folder(out: str) -> Path | None:
    return None if out == "-" else Path(out).parent


def _told(one: carding.Written) -> str:
    how = "written" if one.changed else "is up to date"
    missing = one.card.missing
    rest = f", {missing} {'field' if missing == 1 else 'fields'} to be stated" if missing else ""
    return printable(f"{one.path} {how}{rest}")
