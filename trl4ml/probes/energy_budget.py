"""Without a limit a training run takes what it likes, and nobody decided that it should.

Holds the energy or the carbon of the newest record of the present model against `budget`. A figure
is a band: within the budget is who stays below it with the upper end, beyond it who is above with
the lower end. Between the two it is unknown, and so it is for a record of another model, for one
that leaves out a part (unless the rest is beyond already), and for grams of no named place.
"""

from typing import TYPE_CHECKING

from trl4ml.consumption.measures import band, kind, lacking, spread, unplaced
from trl4ml.consumption.reading import TRAIN, kept, newest
from trl4ml.core.evidence import Finding, Measure, no, unknown, yes
from trl4ml.core.noun import Noun, Text
from trl4ml.core.registers.entry import InnerPath
from trl4ml.core.views import Files
from trl4ml.energy.errors import Refused
from trl4ml.energy.units import budget

if TYPE_CHECKING:
    from trl4ml.energy.record import Band, EnergyRecord
    from trl4ml.energy.units import Budget

asks = "Training the present model stayed within its budget."
version = 1

SET = "in trl4ml.yaml under probes: energy-budget: budget"


class Options(Noun):
    budget: Text | None = None
    """What one run may take, as in 500Wh, 1.5kWh, 300gCO2e or 2kgCO2e."""
    records: tuple[str, ...] = ()
    """Patterns of the records, if they lie elsewhere than in energy/."""
    activity: Text = "training"
    """The activity that is asked about."""
    model: InnerPath | None = None
    """The model file that the record must name; else any that the record names."""


def run(files: Files, options: Options) -> Finding:
    if options.budget is None:
        return unknown(f"no budget is declared; set one, as in 500Wh or 2kgCO2e, {SET}")
    try:
        limit = budget(options.budget)
    except Refused as why:
        return unknown(f"{why}; correct it {SET}")
    try:
        every = kept(files, options.records, options.activity, options.model or "")
    except Refused as why:
        return unknown(str(why))
    if not every:
        return unknown(f"there is no energy record of {options.activity}; write one with: {TRAIN}")
    path, record, stale = newest(every)
    if stale:
        return unknown(f"{path}: {stale}", [path])
    used = record.energy if limit.unit == "kWh" else record.carbon
    if limit.unit != "kWh" and (nowhere := unplaced(record)):
        return unknown(f"{path}: {nowhere}", [path])
    lack = lacking(record)
    if used is None or (lack and not _beyond(used, limit)):
        return unknown(f"{path}: {lack}", [path])
    return _judged(used, limit, record, path)


def _beyond(used: "Band", limit: "Budget") -> bool:
    """Whether even the lower end is, so that what is left out of it changes nothing."""
    return used.lower is not None and used.lower > limit.value


def _judged(used: "Band", limit: "Budget", record: "EnergyRecord", path: str) -> Finding:
    lower = used.value if used.lower is None else used.lower
    upper = used.value if used.upper is None else used.upper
    measures = {
        "used": band(used, limit.unit, record),
        "budget": Measure(value=limit.value, unit=limit.unit),
        "ratio": Measure(
            value=used.value / limit.value, lower=lower / limit.value, upper=upper / limit.value,
            kind=kind(record),
        ),
    }  # fmt: skip
    says = f"{spread(used, limit.unit)}, {record.class_}"
    of = f"the budget of {limit.text} ({path})"
    if upper <= limit.value and used.upper is not None:
        return yes(f"{says}, is within {of}", [path], **measures)
    if lower > limit.value:
        return no(f"{says}, is beyond {of}", [path], **measures)
    why = "has no band to hold against" if used.upper is None else "has a band that reaches over"
    how = "measure with a counter or a meter, or set another budget"
    return unknown(f"{says}, {why} {of}; {how}", [path], **measures)
