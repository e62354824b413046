"""Kilograms in a field for grams make a model a thousand times cleaner, and no reader can see it.

Holds each record of the activity against its own arithmetic (grams = kWh × g/kWh) and against what
the hardware can draw in that time, and the `co2_eq_emissions` of the model card, in grams, against
the newest record, or else against the declared `watts` and `hours`. Between 2 and 120 % of full
power counts as plausible; where a thousandfold would, the unit is asked about.
"""

from collections.abc import Iterator, Sequence

from trl4ml.consumption.judging import Judged, arithmetic, capacity, card, grams, hardware
from trl4ml.consumption.reading import TRAIN, Kept, kept, newest
from trl4ml.core.evidence import Finding, Kind, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Text
from trl4ml.core.registers.entry import InnerPath
from trl4ml.core.views import Documents, Files
from trl4ml.energy.errors import Refused

asks = "What is stated about energy and carbon can be true."
version = 1

CARDS = ("{README,MODEL_CARD,model_card}.md", "{docs,cards,model,models}/*card*.md")


class Options(Noun):
    records: tuple[str, ...] = ()
    """Patterns of the records, if they lie elsewhere than in energy/."""
    activity: Text = "training"
    """The activity that is asked about."""
    card: InnerPath | None = None
    """The model card, where it has another name."""
    watts: float | None = None
    """What all of the hardware can draw at full power, where the records do not hold it."""
    hours: float | None = None
    """How long the activity took, where no record says."""
    g_per_kwh: float | None = None
    """The intensity of its electricity, where no record says; else anything from 20 to 900."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        every = kept(files, options.records, options.activity)
        judged = list(_judged(files, documents, every, options))
    except Refused as why:
        return unknown(str(why))
    if not judged:
        says = "no figure of energy can be judged: no record with the power of its hardware, and " \
               "no card with co2_eq_emissions"  # fmt: skip
        return unknown(f"{says}; write a record with: {TRAIN}", [one.path for one in every])
    wrong = [one for one in judged if not one.plausible]
    use = [one.use for one in judged if one.use is not None]
    none = undefined("the power of the hardware, or the time, is not known")
    measures = {
        "judged": Measure(value=len(judged)),
        "implausible": Measure(value=len(wrong), n=len(judged)),
        "use": Measure(value=round(max(use), 9), kind=Kind.MODELLED) if use else none,
    }
    paths = list(dict.fromkeys(one.path for one in wrong or judged))
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        return no(f"{wrong[0].path}: {wrong[0].says}{more}", paths, **measures)
    says = "figure is" if len(judged) == 1 else "figures are"
    return yes(
        f"{len(judged)} {says} plausible: {judged[-1].says.removeprefix('plausible: ')}",
        paths,
        **measures,
    )


def _judged(
    files: Files, documents: Documents, every: Sequence[Kept], options: Options
) -> Iterator[Judged]:
    for path, record, _ in every:
        yield from arithmetic(path, record)
        power = capacity(record, options.watts, options.hours)
        if found := hardware(path, record, power):
            yield found
    present = [one for one in every if not one.older]
    latest = newest(present).record if present else None
    power = capacity(latest, options.watts, options.hours)
    cards = files.matching(*((options.card,) if options.card else CARDS))
    if options.card and not cards:
        raise Refused(f"{options.card} does not exist; correct probes: energy-plausible: card")
    for path in cards:
        stated = grams(documents.front_matter(path)[0], path)
        if stated is not None and (found := card(path, stated, latest, power, options.g_per_kwh)):
            yield found
