"""`trl4ml track`: a command run under the meter; its exit status is passed through."""

from typing import Annotated

import typer

from trl4ml.cli.output import talk

SETTINGS = {"allow_interspersed_args": False}


def command(
    run: Annotated[list[str], typer.Argument(metavar="COMMAND", help="What to run, with its arguments: -- python train.py.")],
    location: Annotated[str | None, typer.Option(metavar="CODE", help="The country it runs in, as in FRA; without it there is energy alone.")] = None,
    region: Annotated[str | None, typer.Option(metavar="NAME", help="A region of that country, where the tables know regions.")] = None,
    budget: Annotated[str | None, typer.Option(metavar="AMOUNT", help="What the run may take: 500Wh, 1.5kWh, 300gCO2e, 2kgCO2e.")] = None,
    stop_over: Annotated[bool, typer.Option("--stop-over", help="End the command with SIGTERM when it has taken more.")] = False,
    pue: Annotated[float, typer.Option(help="Power usage effectiveness of the data centre, applied once.")] = 1.0,
    activity: Annotated[str, typer.Option(metavar="NAME", help="What it is: training, fine-tuning, data-preparation, inference.")] = "training",
    model: Annotated[list[str] | None, typer.Option(metavar="PATH", help="The model file, which a training has to write and inference uses; its digest ties the record to it. Repeatable.")] = None,
    units: Annotated[float | None, typer.Option(min=0, help="How many predictions, requests or tokens the command makes.")] = None,
    unit: Annotated[str, typer.Option(metavar="NAME", help="What --units counts.")] = "prediction",
    output: Annotated[str | None, typer.Option(metavar="FILE", help="The record, a .json file, or a folder for it; else energy/ACTIVITY-START.json.")] = None,
    sampling: Annotated[str, typer.Option(metavar="SECONDS", help="How often power is read, as in 1s or 0.5s.")] = "1s",
) -> int:  # fmt: skip
    """Run a command and record its energy. Its output and its exit status are passed through."""
    from trl4ml import tracking

    wanted = tracking.Wanted(
        location,
        region,
        budget,
        stop_over,
        pue,
        activity,
        tuple(model or ()),
        output,
        sampling,
        units,
        unit,
    )
    status, told = tracking.tracked(run, wanted)
    talk(*told)
    return status
