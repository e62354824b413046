"""`trl4ml reviewers`: who may review, in which role, with which key."""

import os
import shlex
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trl4ml import errors
from trl4ml.cli.audit_command import Base
from trl4ml.cli.output import Format, put, table, talk
from trl4ml.render.plain import json_text, printable

if TYPE_CHECKING:
    from trl4ml.inviting import Link
    from trl4ml.reviews.enlisting import Changed

ABOUT = "Say who may review: their keys and roles, in .trl4ml/trust."
Project = Annotated[Path | None, typer.Option(help="The project's folder; else the nearest upwards.")]  # fmt: skip
Data = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where the team server keeps its data.")]  # fmt: skip
Database = Annotated[str, typer.Option(metavar="URL", help="Its database, if it has one of its own.")]  # fmt: skip


def add(
    principal: Annotated[str, typer.Argument(metavar="WHO", help="As in carol@example.org.")],
    key: Annotated[str | None, typer.Option(metavar="FILE|TEXT", help="The public key: a file, or the line of the enrolment page.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="What they review as. Repeatable.")] = None,
    valid_until: Annotated[str | None, typer.Option(metavar="DAY", help="The last day on which the key may sign, as in 2027-12-31; without --key, all of theirs.")] = None,
    anchors: Annotated[bool, typer.Option("--anchors", help="The key may also sign the tags that anchor the ledger.")] = False,
    project: Project = None,
) -> int:  # fmt: skip
    """Let somebody review. The first time it makes .trl4ml/trust, with the rules of the panels."""
    from trl4ml.reviews import enlisting

    until, today = _day(valid_until), datetime.now(UTC).date()
    done = enlisting.add(project, principal, key, role or (), until, today, anchors=anchors)
    talk(*done.notices)
    if done.begun:
        says = (
            "made .trl4ml/trust: from its merge on, a level counts only once its panel has approved"
        )
        put(f"{says} (policy.yaml)\n")
    keys = f" with the key {', '.join(done.keys)}" if done.keys else ""
    roles = f" as {', '.join(role)}" if role else ""
    ends = f" until {until}" if until and done.keys else ""
    put(printable(f"{principal} may review{roles}{keys}{ends}") + "\n" + _next(done))
    return errors.MET


def list_(
    project: Project = None,
    base: Base = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:
    """Show who may review. What is not merged to the base branch yet is named."""
    from trl4ml.reviews import roster

    found = roster.roster(project, base, datetime.now(UTC))
    rows = found.people
    if format is Format.JSON:
        put(json_text([one._asdict() for one in rows]))
        return errors.MET
    head = ("WHO", "AS", "KIND", "KEY", "STANDING")
    told = [
        (one.principal, ", ".join(one.roles) or "-", one.kind, one.key, one.standing)
        for one in rows
    ]
    put(table([head, *told]))
    if found.problem:
        talk(*f"what counts cannot be read: {found.problem}".splitlines())
    else:
        talk(f"what counts is the list of {found.base or 'the base branch, which has none yet'}")
    return errors.MET


def revoke(
    who: Annotated[str, typer.Argument(metavar="WHO|KEY", help="A reviewer, a fingerprint, a public key or its file.")],
    project: Project = None,
) -> int:  # fmt: skip
    """Believe a key no more. All that it signed, before or after, counts for nothing."""
    from trl4ml.reviews import enlisting

    done = enlisting.revoke(project, who)
    talk(*done.notices)
    already = "" if done.files else " already"
    put(f"revoked{already}: {', '.join(done.keys)}\n" + _next(done))
    return errors.MET


def invite(
    principal: Annotated[str, typer.Argument(metavar="WHO", help="As in carol@example.org.")],
    role: Annotated[list[str], typer.Option(help="What they are to review as. Repeatable.")],
    project: Project = None,
    data: Data = None,
    database: Database = "",
    origin: Annotated[str, typer.Option(metavar="URL", help="Where people reach it; by default where it ran last.", show_default=False)] = "",
) -> int:  # fmt: skip
    """Print an enrolment link of the team server. It enrols one passkey, once."""
    from trl4ml import inviting

    link = inviting.invited(inviting.At(project, data, database), principal, tuple(role), origin)
    put(printable(link) + "\n")
    talk("it enrols one key, once; a maintainer then merges the line that it makes")
    return errors.MET


def invitations(
    project: Project = None,
    data: Data = None,
    database: Database = "",
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:
    """Show whom the team server's links invite, and what became of each. A link itself is not kept."""
    from trl4ml import inviting

    found = inviting.listed(inviting.At(project, data, database), datetime.now(UTC))
    if format is Format.JSON:
        put(json_text([one._asdict() for one in found]))
    elif found:
        put(table([("ID", "WHO", "AS", "STANDING"), *map(_row, found)]))
    else:
        talk("nobody is invited; invite somebody with: trl4ml reviewers invite WHO --role ROLE")
    return errors.MET


def withdraw(
    who: Annotated[str, typer.Argument(metavar="WHO|ID", help="The person invited, or the id of one invitation.")],
    project: Project = None,
    data: Data = None,
    database: Database = "",
) -> int:  # fmt: skip
    """Take back an invitation: its link ends, or the key that it enrolled waits to be merged no more.

    A key that is merged already stays, until `trl4ml reviewers revoke`.
    """
    from trl4ml import inviting

    done = inviting.withdrawn(inviting.At(project, data, database), who, datetime.now(UTC))
    put("".join(f"withdrawn: {printable('  '.join(_row(one)))}\n" for one in done))
    return errors.MET


SUBCOMMANDS = {
    "add": add, "list": list_, "revoke": revoke, "invite": invite, "invitations": invitations,
    "withdraw": withdraw,
}  # fmt: skip


def _row(one: "Link") -> tuple[str, str, str, str]:
    return one.id, one.principal, ", ".join(one.roles) or "-", one.standing


def _next(done: "Changed") -> str:
    if not done.files:
        return "nothing to write: all of it was there already\n"
    names = " ".join(shlex.quote(os.path.relpath(done.root / one)) for one in done.files)
    return (
        f"written: {', '.join(done.files)}\n"
        + printable(
            f"next: git add {names}, commit, and merge it to the base branch: only there it counts"
        )
        + "\n"
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        says = f"'{text}' is no day; give one as in 2027-12-31"
        raise errors.WrongInput(f"--valid-until: {says}") from None
