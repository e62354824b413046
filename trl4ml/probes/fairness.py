"""A model that is right on average can still fail one group of people nearly every time.

Reads the model's predictions (Parquet, CSV or JSON) once, and counts in every declared slice. Rates
have Wilson intervals; what lies between groups is drawn again from the counts, with a seed. A rate
without rows is undefined, never 0; a slice in which a rate rests on fewer than `min_n` rows is shown
and compared with nothing. The whole tables are attached to the evidence as tables.json.
"""

from typing import TYPE_CHECKING

from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Finding, Measure, attached, no, unknown, yes
from trl4ml.core.views import Files, Tables
from trl4ml.predictions.declared import Declared
from trl4ml.predictions.measures import between, counts, in_worst_slice, name
from trl4ml.predictions.reading import read
from trl4ml.predictions.searching import measures as search_measures
from trl4ml.predictions.searching import plain, searched
from trl4ml.predictions.tables import tables_json
from trl4ml.slices.errors import Refused

if TYPE_CHECKING:
    from trl4ml.slices import Table

asks = "The model's rates are compared between groups."
version = 4

MOST = 100
"""Slices that a search reports."""
ODDS = ("true_positive_rate", "false_positive_rate")


class Options(Declared):
    metrics: tuple[str, ...] = ("selection_rate", *ODDS, "precision")
    """Which rates are compared."""
    search: bool = False
    """Look through all slices of the columns of `by` for those that diverge most."""
    environment: Environment = Environment.LAB
    """Where the predictions were made: synthetic, simulation, lab, shadow or production."""


def run(files: Files, tables: Tables, options: Options) -> Finding:
    try:
        cube, table, paths = read(files, tables, options, "fairness")
        found = searched(cube, options, MOST) if options.search else None
    except Refused as why:
        return unknown(str(why))
    measures = {**counts(cube, table), **_by_metric(table, options.metrics)}
    more = {}
    if found:
        measures |= search_measures(found)
        more["search"] = plain(found)
    finding = _said(table, options.metrics, measures, paths)
    finding = finding.model_copy(update={"environment": options.environment})
    return attached(finding, "tables.json", tables_json(options, cube, table, **more))


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
