"""Records from the logs of carbontracker, either of the two it writes.

`…_carbontracker_output.log` has totals with PUE 1.58 in them; `…_carbontracker.log` has the epochs:
durations, and the mean power of each device, before PUE. Devices are summed, times are not.
Neither says whether a device was read or simulated: the class is modelled.
"""

import math
import re

from trl4ml.energy.band import carbon, of_class, of_device
from trl4ml.energy.errors import Refused
from trl4ml.energy.importing.checks import MOST_INTENSE
from trl4ml.energy.importing.found import Imported
from trl4ml.energy.record import Boundary, EnergyRecord, Factor, Part, PartName, Pue, factor_set

PUE = 1.58
WORLDS = (445.0, 475.0, 481.0)
"""g/kWh of the world in its versions: the value when it finds no place."""
TIME = r"(\d{1,6}):(\d{2}):(\d\d?(?:\.\d+)?)"
NUMBER = r"([-+]?[\d.]+(?:e[-+]?\d+)?)"
TOTAL = re.compile(
    r"(Actual|Predicted) consumption(?: for (\d+) epoch\(?s\)?)?:\s*\n\s*Time:\s*"
    + TIME + r"\s*\n\s*Energy:\s*" + NUMBER + r" kWh\s*\n\s*CO2eq:\s*" + NUMBER + " g",
    re.IGNORECASE,
)  # fmt: skip
STAMP = re.compile(r"^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) - ", re.MULTILINE)
INTENSITY = re.compile(r"Average carbon intensity during training was " + NUMBER)
EPOCH = re.compile(r"Epoch (\d+):")
DURATION = re.compile("Duration: " + TIME)
POWER = re.compile(r"Average power usage \(W\) for (\w+): (?:\[([^\]]*)\]|(\S+))")
DEVICES = re.compile(r"(\w+) with device\(s\) ([^.\n]*)\.")


def read(text: str, name: str, activity: str = "training") -> Imported:
    """The training of a log. Raises Refused where it has no total and no epochs."""
    totals = {found[1].lower(): found for found in TOTAL.finditer(text)}
    if "actual" in totals:
        return Imported((_of_totals(text, name, totals, activity),))
    if "predicted" in totals:
        raise Refused(
            f"{name}: only a prediction is in it, no actual consumption: the run did not end; "
            "a prediction is no measurement"
        )
    if EPOCH.search(text):
        return Imported((_of_epochs(text, name, activity),))
    raise Refused(f"{name}: neither consumption nor epochs are in it; the run was cut off")


def _of_totals(
    text: str, name: str, totals: dict[str, re.Match[str]], activity: str
) -> EnergyRecord:
    _, epochs, hours, minutes, seconds, kwh_text, grams_text = totals["actual"].groups()
    kwh, grams = _number(kwh_text, "energy", name), _number(grams_text, "CO2eq", name)
    duration = _seconds(hours, minutes, seconds)
    factor = _factor(text, name, kwh, grams)
    notes = [f"{epochs} epochs"] if epochs else []
    if factor.fallback:
        notes.append(f"the intensity is {factor.fallback}")
    if foretold := totals.get("predicted"):
        notes.append(f"carbontracker had predicted {foretold[6]} kWh for {foretold[2]} epochs")
    energy = of_class(kwh, "modelled")
    return EnergyRecord(
        tool="carbontracker",
        activity=activity,
        energy=energy,
        class_="modelled",
        parts=(Part("other", of_device(kwh / PUE, "modelled"), "modelled", _devices(text)),),
        boundary=Boundary("facility", "machine"),
        pue=Pue(PUE, "carbontracker's constant, in its numbers already", True),
        factor=factor,
        factor_set=factor_set([factor]),
        carbon=carbon(energy, factor),
        end=_stamp(text),
        duration_s=duration,
        notes=tuple(notes),
    )


def _factor(text: str, name: str, kwh: float, grams: float) -> Factor:
    told = INTENSITY.search(text)
    value = grams / kwh
    if told and abs(value - float(told[1])) > 0.01 * value:
        raise Refused(
            f"{name}: {grams:g} g over {kwh:g} kWh is {value:g} g/kWh, and {told[1]} is stated: "
            "another unit, or a changed number; take the log as carbontracker wrote it"
        )
    if value > MOST_INTENSE:
        raise Refused(
            f"{name}: {grams:g} g over {kwh:g} kWh is {value:g} g/kWh, more than any electricity "
            "has; take the log as carbontracker wrote it"
        )
    world = next((one for one in WORLDS if abs(value - one) < 0.01), None)
    return Factor(
        id="carbontracker:" + ("world" if world else "not stated"),
        value=value,
        lower=value,
        upper=value,
        zone="world" if world else "not stated",
        kind="average",
        basis="location",
        scope="production",
        gases="CO2e",
        period="not stated",
        source="CO2eq / energy of the log",
        version="not stated",
        licence="not stated",
        fallback="the world's: carbontracker found no place" if world else "",
    )


def _of_epochs(text: str, name: str, activity: str) -> EnergyRecord:
    """Sum over epochs of duration times the power of all devices of all components."""
    joules: dict[str, list[float]] = {}
    lasted: list[float] = []
    for number, epoch in enumerate(EPOCH.split(text)[2::2], 1):
        found = DURATION.search(epoch)
        if not found:
            raise Refused(f"{name}: epoch {number} has no duration; the log was cut off")
        lasted.append(_seconds(*found.groups()))
        for component, several, one in POWER.findall(epoch):
            watts = 0.0 if one == "None" else _watts(several or one, name)
            if not watts:
                raise Refused(
                    f"{name}: epoch {number} has no power of {component}: its counter could not "
                    "be read, or the epoch was too short; measure again"
                )
            joules.setdefault(component, []).append(watts * lasted[-1])
    if not joules or any(len(one) != len(lasted) for one in joules.values()):
        raise Refused(f"{name}: not every epoch has a power; the log was cut off, measure again")
    kwh = math.fsum(joule for one in joules.values() for joule in one) / 3.6e6
    return EnergyRecord(
        tool="carbontracker",
        activity=activity,
        energy=of_class(kwh, "modelled"),
        class_="modelled",
        parts=tuple(_part(component, joules[component]) for component in sorted(joules)),
        boundary=Boundary("node", "machine"),
        end=_stamp(text),
        duration_s=math.fsum(lasted),
        notes=(f"{len(lasted)} epochs", "no carbon: the place is in the other log, if anywhere"),
    )


def _part(component: str, joules: list[float]) -> Part:
    name: PartName = "cpu" if component == "cpu" else "gpu" if component == "gpu" else "other"
    source = f"carbontracker: mean power of {component} in each epoch times its duration"
    return Part(name, of_device(math.fsum(joules) / 3.6e6, "modelled"), "modelled", source)


def _watts(told: str, name: str) -> float:
    """The sum over the devices of a component."""
    return math.fsum(_number(one, "power", name) for one in told.split())


def _devices(text: str) -> str:
    found = "; ".join(f"{kind} {names}" for kind, names in DEVICES.findall(text))
    return f"carbontracker: {found}" if found else "carbontracker: devices not named"


def _stamp(text: str) -> str | None:
    found = STAMP.findall(text)
    return "T".join(found[-1]) if found else None


def _seconds(hours: str, minutes: str, seconds: str) -> float:
    return float(hours) * 3600 + float(minutes) * 60 + float(seconds)


def _number(text: str, what: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf or (what != "power" and not value):
        raise Refused(f"{name}: {what} is '{text}', not a number above 0; measure again")
    return value
