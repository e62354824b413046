"""Energy that was not measured cannot be recovered later, and grams are no better than their kWh.

Reads the energy records in `energy/` (or at `records`) that `trl4ml track` and `trl4ml energy
import` write, and takes the newest one of the activity whose outputs are, digest for digest, the
model files that are there. A record of another model, of none, or of a run that was never closed
says nothing about this one, nor does one that leaves out a part, such as a board that could not be
read, holds 0 kWh, or was only declared. Grams count only by the factor of a place that is named.
"""

import json
from collections.abc import Sequence

from trl4ml.consumption.measures import band, carbon, kind, lacking, told
from trl4ml.consumption.reading import TRAIN, Kept, kept, newest
from trl4ml.core.evidence import Finding, Measure, attached, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Text
from trl4ml.core.registers.entry import InnerPath
from trl4ml.core.views import Files
from trl4ml.energy.band import product
from trl4ml.energy.errors import Refused
from trl4ml.energy.plain import plain
from trl4ml.energy.record import EnergyRecord

asks = "The energy of training the present model is recorded."
version = 2

MOST_ATTACHED = 200


class Options(Noun):
    records: tuple[str, ...] = ()
    """Patterns of the records, if they lie elsewhere than in energy/."""
    activity: Text = "training"
    """The activity that is asked about."""
    model: InnerPath | None = None
    """The model file that the record must name; else any that the record names."""


def run(files: Files, options: Options) -> Finding:
    try:
        every = kept(files, options.records, options.activity, options.model or "")
        used = kept(files, options.records, "inference")
    except Refused as why:
        return unknown(str(why))
    if not every:
        return no(f"there is no energy record of {options.activity}; write one with: {TRAIN}")
    path, record, stale = newest(every)
    if stale:
        return unknown(f"{path}: {stale}", [path])
    if (lack := lacking(record)) or record.energy is None:
        return unknown(f"{path}: {lack}", [path])
    if record.class_ == "declared":
        return unknown(f"{path}: the energy is only declared, without a method; measure it", [path])
    measures = {
        "energy_kwh": band(record.energy, "kWh", record),
        "carbon_g": carbon(record),
        "class": Measure(value=record.class_, kind=kind(record)),
        "metered_or_counted": Measure(value=record.class_ in ("metered", "counter")),
        "boundary": Measure(value=f"{record.boundary.level}, {record.boundary.scope}"),
        "pue": Measure(value=record.pue.value if record.pue.included else 1.0),
        "observed": _known(record.observed, "the share of the run that was observed is not known"),
        "ram_share": _ram_share(record),
        "records": Measure(value=len(every)),
        "all_runs_kwh": _all_runs(every),
        "inference_kwh": _inference(used),
        "factor": _words(record.factor.id if record.factor else None, "no location was given"),
        "factor_set": _words(record.factor_set, "no factor was used"),
    }
    finding = yes(f"{options.activity} took {told(record)} ({path})", [path], **measures)
    return attached(finding, "records.json", _records(every))


def _records(every: Sequence[Kept]) -> str:
    """The records as they were written, the one that counts first, each with its file."""
    path = newest(every).path
    first = sorted(every, key=lambda one: one.path != path)
    rows = [{"file": one.path, **plain(one.record)} for one in first[:MOST_ATTACHED]]
    return json.dumps(rows, allow_nan=False, indent=1) + "\n"


def _known(value: float | None, reason: str) -> Measure:
    return undefined(reason) if value is None else Measure(value=round(value, 9))


def _words(text: str | None, reason: str) -> Measure:
    return Measure(value=text) if text else undefined(reason)


def _ram_share(record: EnergyRecord) -> Measure:
    """How much of what the parts drew is the RAM: often a guess, and large on small machines."""
    drawn = {part.name: part.kwh.value for part in record.parts if part.kwh}
    total = sum(drawn.values())
    if "ram" not in drawn or not total:
        return undefined("the parts are not known")
    return Measure(value=round(drawn["ram"] / total, 9), kind=kind(record))


def _all_runs(every: Sequence[Kept]) -> Measure:
    """The energy of all recorded runs of the activity, those that made no model too."""
    if missing := [one.path for one in every if not one.record.finished or lacking(one.record)]:
        return undefined(f"the energy of {missing[0]} is not known", "kWh")
    known = [one.record.energy.value for one in every if one.record.energy]
    return Measure(
        value=sum(known), unit="kWh", n=len(every), kind=kind(*(k.record for k in every))
    )


def _inference(used: Sequence[Kept]) -> Measure:
    """The energy of one request or prediction, by the newest record of the present model."""
    current = [one.record for one in used if not one.stale and not lacking(one.record)]
    current = [one for one in current if one.units] or current
    if not current or current[-1].energy is None:
        return undefined("no current record of the activity inference", "kWh")
    units = current[-1].units
    if not units:
        return undefined("the record of the activity inference does not say how many units", "kWh")
    each = 1 / units
    return band(product(current[-1].energy, each, each, each), "kWh", current[-1])
