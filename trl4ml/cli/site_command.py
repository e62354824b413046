"""`trl4ml site`: reports as a static site."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trl4ml import errors
from trl4ml.cli.audit_command import Base, Trust
from trl4ml.cli.output import progress, talk

if TYPE_CHECKING:
    from trl4ml.siting import Site

ABOUT = "Make a static site of one project or of many. It asks no other host for anything."
Named = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FOLDER…]", help="Projects, folders that `trl4ml report` wrote, or reports as JSON; by default this project, or the folder reports.", show_default=False),
]  # fmt: skip
Patterns = Annotated[
    list[str] | None,
    typer.Option("--projects", metavar="PATTERNS", help="More of them by pattern, as in 'models/* data/*'. Repeatable."),
]  # fmt: skip


def build(
    folders: Named = None,
    projects: Patterns = None,
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the site goes; an older site there is replaced when the new one is done.")] = Path("site"),
    base: Base = None,
    trust: Trust = None,
) -> int:  # fmt: skip
    """Build the site: pages for a browser, from a disk or under any address."""
    from trl4ml import siting

    with progress() as tell:
        made = siting.build(*_sources(folders, projects), output, tell, base, trust)
    many = f" on {made.projects:,} projects" if made.projects > 1 else ""
    talk(f"{made.pages:,} pages{many}: {output / 'index.html'}")
    return _told(made)


def serve(
    folders: Named = None,
    projects: Patterns = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen, on this machine alone; 0 is any free one.")] = 8000,
    base: Base = None,
    trust: Trust = None,
) -> int:  # fmt: skip
    """Build the site and show it to a browser on this machine, until Ctrl-C."""
    from tempfile import TemporaryDirectory

    from trl4ml import siting

    with TemporaryDirectory() as folder:
        with progress() as tell:
            made = siting.build(
                *_sources(folders, projects), Path(folder) / "site", tell, base, trust
            )
        code = _told(made)
        with suppress(KeyboardInterrupt):
            siting.serve(made.folder, port, lambda address: talk(f"{address} until Ctrl-C"))
    return code


def _sources(
    folders: list[Path] | None, projects: list[str] | None
) -> tuple[list[Path], list[str]]:
    """What is named; without, this folder's reports, or else this folder."""
    reports = Path("reports")
    here = [reports if reports.is_dir() and not Path("trl4ml.yaml").is_file() else Path()]
    return folders or ([] if projects else here), projects or []


def _told(made: "Site") -> int:
    """What is not in the site, and the exit code that this means."""
    talk(*(f"{path}: is no project and no report; left out" for path in made.left_out))
    talk(*(f"{one.path}: {one.says}" for one in made.unreadable))
    return errors.WRONG_INPUT if made.unreadable else errors.MET


SUBCOMMANDS = {"build": build, "serve": serve}
