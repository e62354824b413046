"""From what the meters say to the record: the whole with its band, carbon, and what to know of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from math import inf
from pathlib import Path

from trl4ml import __version__
from trl4ml.energy import band
from trl4ml.energy.errors import Refused
from trl4ml.energy.factors import everywhere, located
from trl4ml.energy.intensity import data
from trl4ml.energy.record import (
    Band,
    Boundary,
    EnergyRecord,
    Factor,
    Part,
    Pue,
    factor_set,
    weakest,
)
from trl4ml.energy.units import Budget

ACTIVITIES = ("design", "data-collection", "data-preparation", "training", "fine-tuning",
              "validation", "deployment", "inference", "other")  # fmt: skip
MAKING = ("training", "fine-tuning")
"""Activities whose model files are made by the run; in the others they are used."""
RAM_SHARE = 0.3
SEEN = 0.9


def known_activity(name: str) -> str:
    """The name, if there is such an activity. Raises Refused with the nearest."""
    if name not in ACTIVITIES:
        near = get_close_matches(name, ACTIVITIES, 1) or ["other"]
        raise Refused(f"unknown activity '{name}'; did you mean '{near[0]}'?")
    return name


@dataclass(frozen=True)
class Options:
    """What is asked of a run. `outputs` are the files that it makes, hashed when it has ended.

    `output` is the file of the record (*.json) or the folder for it; None writes nothing.
    """

    location: str | None = None
    region: str | None = None
    budget: Budget | None = None
    stop_over: bool = False
    pue: float = 1.0
    activity: str = "training"
    sampling_s: float = 1.0
    output: Path | None = Path("energy")
    project: str | None = None
    outputs: tuple[str, ...] = ()
    unit: str = ""
    units: float | None = None

    def factor(self) -> Factor | None:
        """The factor of the place, None without one. Raises Refused for what cannot be done."""
        data()
        known_activity(self.activity)
        if self.units is not None and not 0 < self.units < inf:
            raise Refused(f"the number of units is {self.units:g}; it lies above 0")
        if not 1 <= self.pue <= 10:
            raise Refused(
                f"the PUE is {self.pue}; it lies between 1 and 10 by definition and sense"
            )
        if not 0.1 <= self.sampling_s <= 60:
            raise Refused(f"the sampling period is {self.sampling_s} s; give 0.1 to 60 seconds")
        if self.location is None and self.region is not None:
            raise Refused(f"the region '{self.region}' needs its country: give the location too")
        if self.location is None and self.budget and self.budget.unit == "gCO2e":
            raise Refused(f"the budget {self.budget.text} is of carbon, which needs a location; give one, or a budget in kWh")  # fmt: skip
        if self.stop_over and self.budget is None:
            raise Refused("stop-over needs a budget to go over")
        return located(self.location, self.region) if self.location is not None else None


@dataclass(frozen=True)
class Run:
    """What happened: when, for how long, and how much of it was seen."""

    start: datetime
    duration_s: float
    observed: float
    readings: int


def whole(parts: tuple[Part, ...], pue: float) -> Band | None:
    """What the node drew, times the PUE; None where no part could be read."""
    read = [band.of_class(part.kwh.value, part.class_) for part in parts if part.kwh is not None]
    return band.product(band.total(read), pue, pue, pue) if read else None


def over(energy: Band | None, factor: Factor | None, budget: Budget | None) -> bool:
    """Whether the value (not its upper end) has passed the budget."""
    if energy is None or budget is None:
        return False
    grams = band.carbon(energy, factor).value if factor else 0.0
    return (energy.value if budget.unit == "kWh" else grams) > budget.value


def booked(
    options: Options, factor: Factor | None, parts: tuple[Part, ...], run: Run
) -> EnergyRecord:
    """The record of the run so far."""
    energy = whole(parts, options.pue)
    zones, used = (None, (factor,)) if factor else everywhere(energy or Band(0.0))
    included = options.pue != 1
    return EnergyRecord(
        tool=f"trl4ml {__version__}",
        activity=options.activity,
        project=options.project,
        start=f"{run.start:%Y-%m-%dT%H:%M:%SZ}",
        duration_s=round(run.duration_s, 6),
        sampling_s=options.sampling_s,
        observed=round(run.observed, 6),
        boundary=Boundary("facility" if included else "node", "machine"),
        parts=parts,
        energy=energy,
        class_=weakest(part.class_ for part in parts),
        pue=Pue(options.pue, "declared", True) if included else Pue(),
        factor=factor,
        factor_set=factor_set(one for one in used if one),
        carbon=band.carbon(energy, factor) if factor and energy else None,
        range_over_zones=zones if energy else None,
        unit=options.unit if options.units else "",
        units=options.units,
        notes=tuple(_notes(options, parts, run)),
    )


def _notes(options: Options, parts: tuple[Part, ...], run: Run) -> Iterator[str]:
    for part in parts:
        if part.kwh is None:
            yield f"{part.name} is not in the total: {part.undefined}"
    read = {part.name: part.kwh.value for part in parts if part.kwh is not None}
    share = read.get("ram", 0.0) / (sum(read.values()) or 1.0)
    if share > RAM_SHARE and any(p.name == "ram" and p.class_ == "modelled" for p in parts):
        yield f"{share:.0%} of the energy read is that of memory, which is guessed from its size"
    if run.duration_s < options.sampling_s:
        yield f"the run was shorter than the sampling period of {options.sampling_s:g} s and rests on {run.readings} readings"
    if run.observed < SEEN:
        yield f"only {run.observed:.0%} of the run was observed; the readings had gaps"
