"""A model that is right on average can still fail one group of people nearly every time.

Reads the model's predictions (Parquet, CSV or JSON) once, and counts in every declared slice. Rates
have Wilson intervals; what lies between groups is drawn again from the counts, with a seed. A rate
without rows is undefined, never 0; a slice in which a rate rests on fewer than `min_n` rows is shown
and compared with nothing. The whole tables are attached to the evidence as tables.json.
"""

from typing import TYPE_CHECKING, Any

from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Finding, Measure, attached, no, unknown, yes
from trl4ml.core.noun import Noun, Text
from trl4ml.core.views import Files, Tables
from trl4ml.predictions.declared import Declared
from trl4ml.predictions.measures import between, counts, in_worst_slice, name
from trl4ml.predictions.publishing import Ll144, published
from trl4ml.predictions.reading import read
from trl4ml.predictions.searching import measures as search_measures
from trl4ml.predictions.searching import plain, searched
from trl4ml.predictions.tables import tables_json
from trl4ml.slices.errors import Refused

if TYPE_CHECKING:
    from trl4ml.slices import Cube, Table

asks = "The model's rates are compared between groups."
version = 4

MOST = 100
"""Slices that a search reports."""
ODDS = ("true_positive_rate", "false_positive_rate")


class LocalLaw144(Noun):
    """The tables of NYC Local Law 144: reported, never judged."""

    sex: Text = "sex"
    race: Text = "race"
    """The columns of `by` with the categories of the law."""
    date: str = ""
    source: str = ""
    period: str = ""
    distributed: str = ""
    """What the publisher alone can say."""
    four_fifths: bool = False
    """Also the four-fifths rule of thumb, a policy of its own."""


class Options(Declared):
    metrics: tuple[str, ...] = ("selection_rate", *ODDS, "precision")
    """Which rates are compared."""
    search: bool = False
    """Look through all slices of the columns of `by` for those that diverge most."""
    ll144: LocalLaw144 | None = None
    """What to publish under NYC Local Law 144, as in {sex: sex, race: race, four_fifths: true}."""
    environment: Environment = Environment.LAB
    """Where the predictions were made: synthetic, simulation, lab, shadow or production."""


def run(files: Files, tables: Tables, options: Options) -> Finding:
    try:
        cube, table, paths = read(files, tables, options, "fairness")
        found = searched(cube, options, MOST) if options.search else None
        law = _law(cube, options)
    except Refused as why:
        return unknown(str(why))
    measures = {**counts(cube, table), **_by_metric(table, options.metrics)}
    more = {"ll144": law} if law else {}
    if found:
        measures |= search_measures(found)
        more["search"] = plain(found)
    finding = _said(table, options.metrics, measures, paths)
    finding = finding.model_copy(update={"environment": options.environment})
    return attached(finding, "tables.json", tables_json(options, cube, table, **more))


def _law(cube: "Cube", options: Options) -> dict[str, Any] | None:
    """Selection rates by the categories of the law; of scores alone, scoring rates."""
    wanted = options.ll144
    if wanted is None:
        return None
    if wanted.sex == wanted.race:
        raise Refused("ll144 names one column for sex and race; give two")
    for column in sorted({wanted.sex, wanted.race} - {axis.name for axis in cube.axes}):
        raise Refused(f"ll144: '{column}' is not among the columns of `by`; add it")
    said = wanted.model_dump(include={"date", "source", "period", "distributed"})
    scored = options.prediction is None and options.threshold is None
    law = Ll144(wanted.sex, wanted.race, said, wanted.four_fifths)
    return published(cube, law, scoring=scored)


def _by_metric(table: "Table", metrics: tuple[str, ...]) -> dict[str, Measure]:
    """Ratio, difference and worst slice of each."""
    measures: dict[str, Measure] = {}
    composite = {
        "equalized_odds": set(ODDS) <= set(metrics),
        "demographic_parity": "selection_rate" in metrics,
    }
    for metric in (*metrics, *(one for one, asked in composite.items() if asked)):
        source = "selection_rate" if metric == "demographic_parity" else metric
        for kind in ("ratio", "difference"):
            measures[f"{name(metric)}_{kind}"] = between(table, source, kind)
        if metric not in composite:
            measures |= in_worst_slice(table, metric)
    return measures


def _said(
    table: "Table", metrics: tuple[str, ...], measures: dict[str, Measure], paths: list[str]
) -> Finding:
    for one in table.comparisons:
        if one.kind == "difference_between_groups" and one.metric in metrics and one.value is None:
            by = " × ".join(one.by)
            says = f"{one.metric} cannot be compared by {by} in {paths[0]}: {one.reason}"
            return no(says, paths, **measures)
    slices, groupings = measures["slices"].value, measures["groupings"].value
    says = f"{len(metrics)} rates are compared between {slices} slices ({groupings} groupings)"
    return yes(f"{says} in {paths[0]}", paths, **measures)
