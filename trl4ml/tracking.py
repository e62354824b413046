"""`trl4ml track`: a command under the meter, and what is said of it afterwards."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from trl4ml.energy import record, units
from trl4ml.energy.booking import Options
from trl4ml.energy.errors import Refused
from trl4ml.energy.running import run_command
from trl4ml.errors import WrongInput, to_install
from trl4ml.render.energy import amount, carbon, each, energy

SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|)")
FOLDER = "energy"
SHOWN = 3
Row = dict[str, Any]


class Wanted(NamedTuple):
    """The options of the command line as they were given."""

    location: str | None = None
    region: str | None = None
    budget: str | None = None
    stop_over: bool = False
    pue: float = 1.0
    activity: str = "training"
    models: Sequence[str] = ()
    output: str | None = None
    sampling: str = "1s"
    units: float | None = None
    unit: str = "prediction"


def tracked(command: Sequence[str], wanted: Wanted) -> tuple[int, list[str]]:
    """Run the command; its exit status (128 + n for signal n), and lines about its energy.

    Raises WrongInput before anything runs.
    """
    try:
        options = Options(
            location=wanted.location, region=wanted.region, stop_over=wanted.stop_over,
            budget=units.budget(wanted.budget) if wanted.budget else None, pue=wanted.pue,
            activity=wanted.activity, sampling_s=seconds(wanted.sampling),
            output=Path(wanted.output or FOLDER), outputs=tuple(wanted.models),
            unit=wanted.unit, units=wanted.units,
        )  # fmt: skip
        status, made, path = run_command(tuple(command), options)
    except Refused as refused:
        raise WrongInput(str(refused)) from None
    except ModuleNotFoundError as error:
        raise WrongInput(f"track {to_install(error.name or '')}") from None
    row = json.loads(record.to_json(made))
    used = made.energy if options.budget and options.budget.unit == "kWh" else made.carbon
    limit = (options.budget.value, options.budget.unit) if options.budget and used else None
    return status, list(_told(row, limit, path))


def seconds(text: str) -> float:
    """`1s`, `0.5` or `200ms` in seconds. Raises WrongInput."""
    found = SECONDS.fullmatch(text.strip())
    if not found:
        raise WrongInput(f"--sampling {text}: is no time; give it as in 1s or 500ms")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def _told(row: Row, limit: tuple[float, str] | None, path: Path | None) -> Iterator[str]:
    yield f"energy: {energy(row)} ({row['boundary']['level']})"
    yield f"carbon: {carbon(row)}" + (f", by {row['factor']['id']}" if row["factor"] else "")
    if row["units"] and row["energy_kwh"]:
        yield f"each:   {each(row)}"
    if limit:
        yield f"budget: {_budget(row, *limit)}"
    notes = sorted(row["notes"], key=lambda note: not note.startswith("the model "))
    yield from (f"note: {note}" for note in notes[:SHOWN])
    if more := len(row["notes"][SHOWN:]):
        yield f"note: and {more} more in the record"
    yield f"record: {path}" if path else "record: not written"


def _budget(row: Row, limit: float, unit: str) -> str:
    """On which side of the budget the band lies."""
    used = row["energy_kwh"] if unit == "kWh" else row["carbon_g"]
    ends = [used[end] if used[end] is not None else used["value"] for end in ("lower", "upper")]
    of = amount(limit, "kWh" if unit == "kWh" else "g CO2e")
    if ends[1] <= limit:
        return f"within {of}"
    return f"passed: {of}" if ends[0] > limit else f"perhaps passed: {of} lies within the band"
