"""A model that another one beats in quality, energy, latency and size alike wastes for nothing.

Reads the declared table of candidates (CSV or JSON: `name`, `quality`, and of `energy_kwh`,
`latency_ms`, `size_bytes` those that were measured) and asks which of them are as good as the
chosen one on every axis and better on one. A candidate without a value that others have may be one
of these, so the answer is then unknown. `hypervolume` is the part of the box between best and worst
that the candidates cover (scaled, reference at 1.1 of each range), 0 to 1. What the table says is declared, and the
measures say so.
"""

from collections.abc import Sequence

from trl4ml.consumption.candidates import Candidate, measured, read
from trl4ml.core.evidence import Finding, Kind, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Text
from trl4ml.core.registers.entry import InnerPath
from trl4ml.core.views import Files
from trl4ml.energy import pareto
from trl4ml.energy.errors import Refused

asks = "No recorded candidate is better than the chosen model at no higher cost."
version = 1

LIMIT = 4_000_000
SET = "in trl4ml.yaml under probes: quality-per-energy"
SHOWN = 5


class Options(Noun):
    candidates: InnerPath | None = None
    """The table, a CSV or JSON file with one row for each candidate."""
    chosen: Text | None = None
    """The name of the chosen candidate."""
    lower_is_better: bool = False
    """Whether less `quality` is better, as with an error."""


def run(files: Files, options: Options) -> Finding:
    path, chosen = options.candidates, options.chosen
    if path is None or chosen is None:
        return unknown(f"no candidates are declared; name the table as candidates, and the one that "
                       f"was chosen as chosen, {SET}")  # fmt: skip
    try:
        every = read(files.text(path, LIMIT), path)
    except Refused as why:
        return unknown(str(why), [path])
    names = [one.name for one in every]
    if chosen not in names:
        return unknown(f"{path} has no candidate '{chosen}'; correct chosen {SET}", [path])
    axes = measured(every)
    if "quality" not in axes:
        return unknown(f"{path} holds no quality of any candidate; measure it", [path])
    if axes == ("quality",):
        return unknown(f"{path} holds nothing that the candidates cost; add energy_kwh", [path])
    ours = every[names.index(chosen)]
    if missing := [axis for axis in axes if axis not in ours.values]:
        return unknown(f"{path}: {missing[0]} of {chosen} was not measured", [path])
    return _judged(every, ours, axes, path, options.lower_is_better)


def _judged(
    every: Sequence[Candidate], ours: Candidate, axes: Sequence[str], path: str, lower: bool
) -> Finding:
    whole = [one for one in every if all(axis in one.values for axis in axes)]
    rest = [one.name for one in every if one not in whole]
    points = [[one.values[axis] for axis in axes] for one in whole]
    maximise = [axis == "quality" and not lower for axis in axes]
    better = pareto.dominated_by(points, maximise)
    dominators = [whole[n].name for n in better[whole.index(ours)]]
    front = [one.name for one, by in zip(whole, better, strict=True) if not by]
    measures = {
        "candidates": Measure(value=len(every)),
        "not_measured": Measure(value=len(rest)),
        "axes": Measure(value=", ".join(axes)),
        "dominators": Measure(value=len(dominators), n=len(whole), kind=Kind.DECLARED),
        "dominated_by": Measure(value=_named(dominators) if dominators else "none"),
        "front": Measure(value=_named(front)),
        "hypervolume": Measure(value=round(pareto.share(points, maximise), 9), kind=Kind.DECLARED),
        "quality_per_kwh": _per_kwh(ours),
    }
    on = f"on {', '.join(axes)} in {path}"
    if dominators:
        return no(f"{ours.name} is dominated by {_named(dominators)} {on}", [path], **measures)
    if rest:
        says = f"{_named(rest)} lacks a value, and may be better than {ours.name} {on}"
        return unknown(f"{says}; measure it, or leave it out", [path], **measures)
    if len(every) < 2:
        says = f"{path} holds {ours.name} alone; measure another candidate, a smaller one"
        return unknown(says, [path], **measures)
    return yes(f"none of {len(every)} candidates dominates {ours.name} {on}", [path], **measures)


def _per_kwh(ours: Candidate) -> Measure:
    energy = ours.values.get("energy_kwh")
    if not energy:
        return undefined(f"the energy of {ours.name} is not known, or 0", "1/kWh")
    per = round(ours.values["quality"] / energy, 9)
    return Measure(value=per, unit="1/kWh", kind=Kind.DECLARED)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
