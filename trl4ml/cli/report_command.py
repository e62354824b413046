"""`trl4ml report`: the readiness report, cards and evidence as pages, with the data behind them."""

from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.audit_command import Base, Trust
from trl4ml.cli.output import progress, put, talk
from trl4ml.render.plain import printable


def command(
    path: Annotated[Path | None, typer.Argument(help="The project's folder, or a report that `trl4ml audit --output-format json=FILE` wrote.")] = None,
    output: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where the project's folder of pages lies; else reports/ of the project.")] = None,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="Take stored evidence where nothing changed.")] = True,
    base: Base = None,
    trust: Trust = None,
) -> int:  # fmt: skip
    """Write the readiness report, the cards and all evidence as Markdown, with their data."""
    from trl4ml import reporting

    with progress() as tell:
        if path is not None and path.is_file():
            found, beside = reporting.of_file(path), output or Path("reports")
        else:
            beside = output or reporting.folder(path)
            found = reporting.of_project(path, cache=cache, base=base, trust=trust, progress=tell)
        tell("writing the pages")
        done = reporting.write(found, beside)
    talk(*done.notices)
    how = f"{len(done.changed)} of {done.files} files written" if done.changed else "up to date"
    put(printable(f"{_seen(done.folder / 'index.md')}: {how}") + "\n")
    return errors.MET


def _seen(path: Path) -> Path:
    """The path as seen from here, if it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
