"""`trl4ml switchback`: send a component back to an earlier level, or show who was sent back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors, given, run, switching
from trl4ml.cli.output import Format, progress, put, talk
from trl4ml.core.switchback import Switchback, SwitchbackKind
from trl4ml.render.plain import json_text, printable
from trl4ml.render.words import back


def command(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    component: Annotated[str | None, typer.Option(help="Which component goes back.")] = None,
    to: Annotated[int | None, typer.Option(min=0, max=9, help="The level to which it goes back, and that is judged anew.")] = None,
    kind: Annotated[SwitchbackKind | None, typer.Option(help="Found during work, decided by a review, or planned.")] = None,
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")] = "",
    review: Annotated[str, typer.Option(help="The review that decided it.")] = "",
    by: Annotated[str | None, typer.Option(metavar="'NAME <ADDRESS>'", help="Who decides; else as git knows you.")] = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Send a component back to an earlier level; without --to, show every switchback so far."""
    with progress() as tell:
        done = run.gather(path, progress=tell)
    if to is None:
        put(_history(switching.history(done), format))
        return errors.MET
    if component is None or kind is None:
        missing = "--component" if component is None else "--kind"
        raise errors.WrongInput(f"{missing} is missing: say which component goes back, and the kind "
                                f"of switchback ({', '.join(SwitchbackKind)})")  # fmt: skip
    who = given.who(done, by)
    sent = switching.send_back(
        done, component, to, kind, reason=given.clean(reason, "note"),
        review=given.clean(review, "note"), by=who, now=datetime.now(UTC),
    )  # fmt: skip
    talk(*done.store.notices)
    put(_told(sent, done.root, format))
    return errors.MET


def _told(sent: switching.Sent, root: Path, format: Format) -> str:
    where = str(sent.path.relative_to(root))
    if format is Format.JSON:
        record = sent.record.model_dump(mode="json")
        return json_text({**record, "written": where, "supported": sent.supported})
    level = "no level" if sent.supported is None else f"level {sent.supported}"
    says = f"{sent.record.component} {back(sent.record)}; it now supports {level}"
    settled = f"settle it with: trl4ml answer {sent.record.settled_by} yes"
    return printable(f"{says}. Written to {where}; commit it. When that is done, {settled}") + "\n"


def _history(every: tuple[Switchback, ...], format: Format) -> str:
    if format is Format.JSON:
        return json_text([one.model_dump(mode="json") for one in every])
    lines = [printable(f"{one.component} was {back(one)}") for one in every]
    return "".join(f"{line}\n" for line in lines) or "No component was ever switched back.\n"
