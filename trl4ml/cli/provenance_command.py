"""`trl4ml provenance`: which bytes were reviewed, who signed them, and are they these?"""

from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.output import Format, progress, put

ABOUT = "Write the manifest of a model's files, or verify a model against manifest and signature."
Model = Annotated[str, typer.Argument(metavar="MODEL", help="A model's folder or file.")]


def manifest(
    model: Model,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Where to write it; else to the screen.")] = None,
) -> int:  # fmt: skip
    """Write names, sizes and SHA-256 of the model's files, and one digest of them all."""
    from trl4ml import vouching

    with progress() as tell:
        made = vouching.manifest(model, out, tell)
    put(made, out)
    return errors.MET


def verify(
    model: Model,
    manifest: Annotated[str | None, typer.Option(metavar="FILE", help="The manifest of the reviewed model.")] = None,
    signature: Annotated[str | None, typer.Option(metavar="FILE", help="A bundle of OpenSSF Model Signing.")] = None,
    key: Annotated[list[str] | None, typer.Option(metavar="PEM", help="The signer's public key. Repeatable.")] = None,
    trust: Annotated[str | None, typer.Option(metavar="FILE", help="A trust file: public keys, certificate roots.")] = None,
    ignore_unsigned_files: Annotated[bool, typer.Option("--ignore-unsigned-files", help="Let files lie there that nobody signed; a weaker result.")] = False,
    format: Annotated[Format, typer.Option(help="How to print the result.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Say whether the model is, file for file, what was reviewed or signed, and what is other."""
    from trl4ml import vouching

    wanted = vouching.Wanted(manifest, signature, trust, key or (), ignore_unsigned_files)
    with progress() as tell:
        done = vouching.verify(model, wanted, tell)
    put(vouching.as_json(done) if format is Format.JSON else vouching.text(done))
    return errors.MET if done.holds else errors.NOT_MET


SUBCOMMANDS = {"manifest": manifest, "verify": verify}
