"""`trl4ml energy`: records of energy shown, reported, imported, estimated and measured."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.output import Format, put, talk
from trl4ml.render.plain import json_text

ABOUT = "Show, report and import energy records; estimate and measure what has none."
Files = Annotated[list[str] | None, typer.Argument(metavar="FILE", help="Energy records; all in energy/ by default.")]  # fmt: skip
Location = Annotated[str | None, typer.Option(metavar="CODE", help="The country it ran in, as in FRA; without it there is energy alone.")]  # fmt: skip
Region = Annotated[str | None, typer.Option(metavar="NAME", help="A region of that country, where the tables know regions.")]  # fmt: skip


class PageFormat(StrEnum):
    MARKDOWN = "markdown"
    JSON = "json"


class ReportFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HUGGINGFACE = "huggingface"
    AI_ACT = "ai-act"
    CYCLONEDX = "cyclonedx"


def show(
    files: Files = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:
    """Show records in full. Energy with band and class, parts, carbon, and what is not known."""
    from trl4ml import metering

    put(metering.rendered(metering.rows(files or ()), format.value))
    return errors.MET


def report(
    files: Files = None,
    format: Annotated[ReportFormat, typer.Option(help="markdown: the energy section of a model card; huggingface: front matter, in grams; ai-act: the fields of Annex XI; cyclonedx: of a model card, in tonnes.")] = ReportFormat.MARKDOWN,
) -> int:  # fmt: skip
    """Write records in another form. Each number keeps its unit, and says it."""
    from trl4ml import metering

    put(metering.rendered(metering.rows(files or ()), format.value))
    return errors.MET


def import_(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="An emissions.csv of CodeCarbon, a log of carbontracker, a model card with co2_eq_emissions.")],
    location: Annotated[str | None, typer.Option(metavar="CODE", help="The country it ran in: CodeCarbon may have guessed one, and CAN must be confirmed.")] = None,
    activity: Annotated[str, typer.Option(metavar="NAME", help="What it was, where the file does not say.")] = "training",
    model: Annotated[list[str] | None, typer.Option(metavar="PATH", help="A model file that the run made. Repeatable.")] = None,
    pue: Annotated[float | None, typer.Option(help="Power usage effectiveness to apply; refused where one is in the figure already.")] = None,
    format: Annotated[Format, typer.Option(help="How to print what was written.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Turn figures of other tools into records. What cannot be true is not taken."""
    from trl4ml import metering

    paths, told = metering.imported(files, location, activity, model or (), pue)
    written = [path.as_posix() for path in paths]
    talk(*told)
    put(json_text({"written": written, "not_taken": told}) if format is Format.JSON
        else "".join(f"{path}\n" for path in written))  # fmt: skip
    return errors.MET


def estimate(
    hours: Annotated[float | None, typer.Option(help="How long the declared hardware runs.")] = None,
    cores: Annotated[float, typer.Option(help="CPU cores.")] = 0,
    watts_per_core: Annotated[float, typer.Option(help="At full load, each.")] = 0,
    core_use: Annotated[float, typer.Option(help="Their load, 0 to 1.")] = 1,
    gpus: Annotated[float, typer.Option(help="GPUs.")] = 0,
    watts_per_gpu: Annotated[float, typer.Option(help="At full load, each.")] = 0,
    gpu_use: Annotated[float, typer.Option(help="Their load, 0 to 1.")] = 1,
    memory_gb: Annotated[float, typer.Option(help="Memory that is reserved.")] = 0,
    repeats: Annotated[float, typer.Option(help="How often it is run.")] = 1,
    calls: Annotated[str | None, typer.Option(metavar="CSV", help="Logged calls of language models: model,output_tokens,latency_s.")] = None,
    models: Annotated[str | None, typer.Option(metavar="CSV", help="Their parameters, in billions: model,active_b,total_b; 70-120 is a range.")] = None,
    pue: Annotated[float, typer.Option(help="Power usage effectiveness; 1.56 is the mean of 2024.")] = 1.56,
    location: Location = None,
    region: Region = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Estimate without measuring. Declared hardware, or logged calls of language models."""
    from trl4ml import estimating

    if (calls is None) == (hours is None):
        raise errors.WrongInput("give either --hours with hardware, or --calls with --models")
    if hours is not None:
        declared = estimating.Hardware(
            hours, cores, watts_per_core, core_use, gpus, watts_per_gpu, gpu_use, memory_gb, pue, repeats
        )  # fmt: skip
        found = estimating.of_hardware(declared, location, region)
    elif calls is None or models is None:
        raise errors.WrongInput("--calls: needs --models, a table of model,active_b,total_b")
    else:
        found = estimating.of_calls(calls, models, pue, location, region)
    put(json_text(found) if format is Format.JSON else estimating.text(found))
    return errors.MET


def measure(
    url: Annotated[str, typer.Option(metavar="URL", help="The endpoint, on this machine: http://localhost:8000/predict.")],
    body: Annotated[str | None, typer.Option(metavar="FILE", help="A JSON file that is posted each time; without it the URL is fetched.")] = None,
    requests: Annotated[int, typer.Option(min=1, help="How often it is asked under the meter.")] = 100,
    warm_up: Annotated[int, typer.Option(min=0, help="How often before that.")] = 3,
    tokens: Annotated[bool, typer.Option("--tokens", help="Read the token counts of each answer, for energy per output token.")] = False,
    batch: Annotated[int | None, typer.Option(min=1, help="How many requests the server answers together.")] = None,
    about: Annotated[str, typer.Option(metavar="TEXT", help="Precision, serving software and version, for the record.")] = "",
    here: Annotated[bool, typer.Option("--here", help="The endpoint is on this machine though its name does not say so.")] = False,
    location: Location = None,
    region: Region = None,
    pue: Annotated[float, typer.Option(help="Power usage effectiveness of the data centre.")] = 1.0,
    model: Annotated[list[str] | None, typer.Option(metavar="PATH", help="The model file that answers; ties the record to it. Repeatable.")] = None,
    output: Annotated[str | None, typer.Option(metavar="FILE", help="Where the record goes; else energy/inference-START.json.")] = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Measure what one request costs. Asks an endpoint of this machine again and again."""
    from trl4ml import measuring

    wanted = measuring.Wanted(
        url, body, requests, warm_up, tokens, batch, about, here, location, region, pue,
        tuple(model or ()), output,
    )  # fmt: skip
    found = measuring.measured(wanted)
    put(json_text(found) if format is Format.JSON else measuring.text(found))
    return errors.MET


def sci(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The energy record.")],
    embodied_g: Annotated[float | None, typer.Option("--embodied-g", help="Grams of CO2e that making all of the hardware took; without it this is no SCI.")] = None,
    lifespan_h: Annotated[float, typer.Option("--lifespan-h", help="Hours that the hardware is expected to serve: 35040 are four years.")] = 35040,
    reserved_h: Annotated[float | None, typer.Option("--reserved-h", help="Hours that it was reserved; else the duration of the record.")] = None,
    reserved: Annotated[float, typer.Option(help="Of its resources, cores say, how many were reserved.")] = 1,
    resources: Annotated[float, typer.Option(help="How many it has.")] = 1,
    unit: Annotated[str | None, typer.Option(metavar="NAME", help="The functional unit: request, token, training run; else that of the record.")] = None,
    units: Annotated[float | None, typer.Option(help="How many of them; else those of the record.")] = None,
    location: Annotated[str | None, typer.Option(metavar="CODE", help="The country it ran in, as in FRA; else that of the record.")] = None,
    region: Region = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Score a record by ISO/IEC 21031. Operational and embodied carbon for each functional unit."""
    from trl4ml import scoring_carbon

    wanted = scoring_carbon.Wanted(
        file, embodied_g, lifespan_h, reserved_h, reserved, resources, unit, units, location, region
    )
    found = scoring_carbon.scored(wanted)
    put(json_text(found) if format is Format.JSON else scoring_carbon.text(found))
    return errors.MET


def certificate(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    component: Annotated[str | None, typer.Option(help="Of which component, where there are several.")] = None,
    format: Annotated[PageFormat, typer.Option(help="How to print it.")] = PageFormat.MARKDOWN,
) -> int:  # fmt: skip
    """Write the page of the four pillars. Each statement says what it rests on."""
    from trl4ml import certifying

    put(certifying.rendered(certifying.certificate(path, component), format.value))
    return errors.MET


SUBCOMMANDS = {
    "show": show, "report": report, "certificate": certificate, "import": import_, "estimate": estimate, "measure": measure, "sci": sci,
}  # fmt: skip
