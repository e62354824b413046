"""`trl4ml serve`: the team server."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.output import progress, talk


def command(
    projects: Annotated[list[Path] | None, typer.Argument(metavar="[PROJECT…]", help="Folders with a trl4ml.yaml; by default this one.", show_default=False)] = None,
    host: Annotated[str, typer.Option(help="The address to listen on; another than this machine's own needs --origin.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 is any free one.")] = 8000,
    socket: Annotated[Path | None, typer.Option(metavar="PATH", help="Listen on a Unix socket instead.")] = None,
    origin: Annotated[str, typer.Option(metavar="URL", help="The address that browsers see: https://reviews.example.org.", show_default=False)] = "",
    data: Annotated[Path | None, typer.Option(metavar="FOLDER", help="The server's own folder, outside of every project; by default in ~/.local/state.", show_default=False)] = None,
    database: Annotated[str, typer.Option(metavar="URL", help="The index: sqlite:///FILE or postgresql+psycopg://…; by default SQLite in the server's folder.", show_default=False, envvar="TRL4ML_DATABASE")] = "",
    git_author: Annotated[str, typer.Option(metavar="'NAME <ADDRESS>'", help="Who commits accepted notes; nothing is pulled or pushed.")] = "trl4ml serve <serve@trl4ml.invalid>",
    no_commit: Annotated[bool, typer.Option("--no-commit", help="Leave accepted notes in the working tree.")] = False,
    proxy_header: Annotated[str, typer.Option(metavar="NAME", help="The header in which a proxy says who is asking; needs --proxy-from.", show_default=False)] = "",
    proxy_from: Annotated[list[str] | None, typer.Option(metavar="IP|unix", help="The proxy that is believed, also when it says who asks by X-Forwarded-For. Repeatable.")] = None,
    private: Annotated[bool, typer.Option("--private", help="Only who has signed in reads the pages.")] = False,
    base: Annotated[str | None, typer.Option(metavar="REV", help="The base branch, which says whom to trust.", envvar="TRL4ML_BASE")] = None,
    trust: Annotated[str | None, typer.Option(metavar="FOLDER", help="A folder outside that says whom to trust.", envvar="TRL4ML_TRUST")] = None,
    refresh: Annotated[float, typer.Option(min=1, max=86_400, metavar="SECONDS", help="How often the projects are looked at.")] = 30,
    rate: Annotated[int, typer.Option(min=1, metavar="N", help="Changes that one address may ask for in a minute.")] = 120,
) -> int:  # fmt: skip
    """Serve the pages, the queue of reviews, and take signed notes. Listens on this machine alone.

    First say whose notes count with `trl4ml reviewers add`, and merge that; then send people a link
    to enrol a passkey with `trl4ml reviewers invite`. So that others reach it, put a proxy with TLS
    before it, and name the address that they see with --origin and in the policy's `origins`.
    """
    from trl4ml import serving

    wanted = serving.Wanted(
        tuple(projects or [Path()]), data, host, port, socket, database, origin, git_author,
        not no_commit, proxy_header, tuple(proxy_from or ()), private, base, trust, refresh, rate,
    )  # fmt: skip
    with serving.opened(wanted) as opened:
        with progress() as tell:
            ready = serving.ready(opened, tell)
        talk(*ready.server.notices, f"{ready.address} until Ctrl-C; what is to be reviewed: /queue")
        with suppress(KeyboardInterrupt):
            ready.run()
    return errors.MET
