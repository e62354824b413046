"""`trl4ml watermark`: keys with commitments, and what they find in a model, an answer or a text."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.output import Format, progress, put, table, talk
from trl4ml.render.plain import json_text

ABOUT = "Make watermark keys with their commitments, and verify them in models and texts."
Secret = Annotated[str, typer.Option(metavar="FILE", help="The key, outside of every repository; only you may read it.")]  # fmt: skip
Inputs = Annotated[str | None, typer.Option(metavar="FILE.npy", help="Your inputs that the key is fixed to: of one class (gradsigns), or triggers.")]  # fmt: skip


class Returns(StrEnum):
    PROBABILITIES = "probabilities"
    LOG_PROBABILITIES = "log-probabilities"
    LOGITS = "logits"
    LABELS = "labels"


def schemes(
    format: Annotated[Format, typer.Option(help="How to print them.")] = Format.TEXT,
) -> int:
    """List the schemes: what each reads, and the terms that fix its keys."""
    from trl4ml import keying

    found = keying.schemes()
    if format is Format.JSON:
        put(json_text(found))
        return errors.MET
    rows: list[tuple[str, ...]] = []
    for one in found:
        terms = ", ".join(f"{k}={v}" if v else k for k, v in one["terms"].items())
        rows.append((one["name"], one["reads"], f"{one['about']} Terms: {terms}"))
    put(table(rows))
    return errors.MET


def keygen(
    scheme: Annotated[str, typer.Argument(help="One of: trl4ml watermark schemes.")],
    secret: Secret,
    commitment: Annotated[str, typer.Option(metavar="FILE", help="Where to write what you publish or sign before the release.")],
    where: Annotated[str, typer.Option(metavar="TEXT", help="Where you will publish it, such as the address of a signed tag.")],
    set: Annotated[list[str] | None, typer.Option("--set", metavar="TERM=VALUE", help="A term of the key, as in bits=64 or shape=64,128. Repeatable.")] = None,
    inputs: Inputs = None,
    day: Annotated[str | None, typer.Option("--date", metavar="DAY", help="The day of the commitment; today.")] = None,
    registered: Annotated[int, typer.Option(min=1, help="How many keys you commit to for this model; p is multiplied by it.")] = 1,
    format: Annotated[Format, typer.Option(help="How to print the commitment.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Make a key: the secret to a file of mode 600, the commitment to one that you publish."""
    from trl4ml import keying

    promise = {"day": day or date.today().isoformat(), "where": where, "registered": registered}
    found = keying.made(scheme, secret, commitment, keying.terms(set or ()), promise, inputs)
    if format is Format.JSON:
        put(json_text(found))
        return errors.MET
    put(f"{found['digest']}\n")
    talk(f"The secret is in {secret}: keep it; who reads it can remove the mark.",
         f"The commitment is in {commitment}: publish or sign it before the model is released.")  # fmt: skip
    return errors.MET


def verify(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, a CSV of answers, the JSON of a request, an address, or the token ids of a text (JSON).")],
    secret: Secret,
    commitment: Annotated[str | None, typer.Option(metavar="FILE", help="What keygen wrote for publication; without it nothing is evidence.")] = None,
    released: Annotated[str | None, typer.Option(metavar="DAY", help="The day on which the model became public.")] = None,
    inputs: Inputs = None,
    questions: Annotated[str | None, typer.Option(metavar="FILE.npy", help="For a CSV: the questions that it answers.")] = None,
    layer: Annotated[str | None, typer.Option(metavar="NAME", help="The layer's name in this file, when it is not the key's.")] = None,
    incoming: Annotated[str | None, typer.Option(metavar="NAME", help="The layer before it, to put permuted units back in order.")] = None,
    reference: Annotated[str | None, typer.Option(metavar="FILE.npy", help="Your own weights of that layer, which the key is fixed to.")] = None,
    human: Annotated[str | None, typer.Option(metavar="FILE", help="Token ids of a text that certainly bears no mark.")] = None,
    clean: Annotated[str | None, typer.Option(metavar="MODEL", help="A model of the same task without the mark, such as yours before it: must not match.")] = None,
    returns: Annotated[Returns | None, typer.Option(help="What the model answers, when it is not what the key says.")] = None,
    output: Annotated[str | None, typer.Option(metavar="NAME", help="The output of an ONNX file that holds it.")] = None,
    white_box: Annotated[bool, typer.Option("--white-box", help="Of an ONNX file: read the gradient itself, in float64.")] = False,
    budget: Annotated[int | None, typer.Option(min=1, help="Never ask more inputs than this.")] = None,
    journal: Annotated[str | None, typer.Option(metavar="FILE", help="Keep answers here; an interrupted run resumes from it.")] = None,
    tests: Annotated[int, typer.Option(min=1, help="How many keys, layers, labels and models you tried in all.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the control runs.")] = 0,
    record: Annotated[str | None, typer.Option(metavar="FILE", help="Also write a record for the probe watermark-verified.")] = None,
    format: Annotated[Format, typer.Option(help="How to print the verdict.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Say whether the mark is in it: exit code 0 when detected, 1 when not or not known."""
    from trl4ml import watermarking

    asked = watermarking.Asked(
        model=model, secret=secret, commitment=commitment, released=released, inputs=inputs,
        layer=layer, incoming=incoming, reference=reference, human=human, clean=clean, white_box=white_box,
        tests_made=tests, run_seed=seed, returns=returns.value if returns else None, output=output,
        questions=questions, journal=journal, budget=budget,
    )  # fmt: skip
    if record is not None:
        watermarking.recordable(asked)
    with progress() as tell:
        found = watermarking.verified(asked, tell)
    if record is not None:
        put(watermarking.record(found, asked), record)
    put(watermarking.render(found, format.value))
    return errors.MET if found["status"] == "detected" else errors.NOT_MET


def questions(
    secret: Secret,
    classes: Annotated[int, typer.Option(min=2, help="How many classes the model has.")],
    out: Annotated[str, typer.Option(metavar="FILE.npy", help="Where to write them.")],
    inputs: Inputs = None,
) -> int:
    """Write what a verification asks, to be answered elsewhere: one CSV line for each row."""
    from trl4ml import keying

    rows = keying.questions(secret, inputs, classes, out)
    talk(f"{rows:,} questions are in {out}; give the answers as CSV to: trl4ml watermark verify")
    return errors.MET


SUBCOMMANDS = {"schemes": schemes, "keygen": keygen, "verify": verify, "questions": questions}
