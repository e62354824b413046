"""`trl4ml evidence`: evidence that leaves the project as a bundle, and statements that come in."""

from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors, run
from trl4ml.cli.output import progress, put, talk
from trl4ml.loading import find
from trl4ml.render.plain import printable

ABOUT = "Evidence as a bundle that anyone can check, and test results that were attested elsewhere."


def export(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    output: Annotated[Path, typer.Option(help="The zip file to write.")] = Path("evidence.zip"),
) -> int:  # fmt: skip
    """Write report, evidence, in-toto statements and declarations into one zip with SHA-256 sums."""
    from trl4ml.bundling import bundle, write

    with progress() as tell:
        done = run.audit(path, progress=tell)
    talk(*done.notices)
    write(output, bundle(done))
    put(
        f"{printable(str(output))} holds the evidence; check it with: trl4ml evidence verify {printable(str(output))}\n"
    )
    return errors.MET


def verify(
    file: Annotated[Path, typer.Argument(help="A bundle that `trl4ml evidence export` wrote.")],
) -> int:
    """Check that nothing in a bundle was changed, added or taken away."""
    from trl4ml.bundling import check

    whole = check(file)
    says = f"whole: {whole.files} files of {whole.project}, report {whole.digest}"
    put(
        f"{printable(says)}\nThe sums do not say who made it: look for a signature of SHA256SUMS.\n"
    )
    return errors.MET


def take(
    files: Annotated[list[Path], typer.Argument(help="In-toto statements (test-result), or bundles.")],
    path: Annotated[Path | None, typer.Option(help="The project's folder.")] = None,
) -> int:  # fmt: skip
    """Put attested test results into attestations/; they count for the files that they name."""
    from trl4ml.bundling import taken

    root = find(path)
    for file in files:
        written = taken(root, file)
        put(f"{len(written)} from {printable(str(file))}; commit attestations/\n")
    return errors.MET


SUBCOMMANDS = {"export": export, "verify": verify, "import": take}
