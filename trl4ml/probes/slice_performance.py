"""A quality that is good on average hides the slices in which the model is not fit for use.

Reads the model's predictions (Parquet, CSV or JSON) once and measures their quality in every declared
slice, against thresholds, or against a baseline: the tables that this probe attached to earlier
evidence, or what `trl4ml slices --format json` wrote. Counts are compared exactly. A slice in which
a metric rests on fewer than `min_n` rows is shown and not tested.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Finding, Measure, attached, no, undefined, unknown, yes
from trl4ml.core.views import Documents, Files, Tables, Unreadable
from trl4ml.predictions.declared import Declared
from trl4ml.predictions.measures import counts, in_worst_slice, measure, name, tested
from trl4ml.predictions.reading import read
from trl4ml.predictions.tables import rounded, tables_json
from trl4ml.predictions.thresholds import Cell, Missed, baseline, losses, missed
from trl4ml.slices.errors import Refused

if TYPE_CHECKING:
    from trl4ml.slices import Table

asks = "Every slice keeps the quality that the project declares."
version = 3


class Options(Declared):
    metrics: tuple[str, ...] = ("accuracy", "f1")
    """What is measured in every slice; metrics with a limit are measured anyway."""
    limits: dict[str, float] = {}
    """Metric → the worst that any slice may have, as in {accuracy: 0.8, error_rate: 0.2}."""
    slices: dict[str, dict[str, float]] = {}
    """The same for one slice, in place of `limits`, as in {sex=female: {accuracy: 0.7}}."""
    baseline: str | None = None
    """The tables of an earlier model, a JSON file."""
    drop: dict[str, float] = {}
    """Metric → how much worse than in the baseline any slice may be, as in {accuracy: 0.02}."""
    environment: Environment = Environment.LAB
    """Where the predictions were made: synthetic, simulation, lab, shadow or production."""


def run(files: Files, documents: Documents, tables: Tables, options: Options) -> Finding:
    if options.drop and not options.baseline:
        says = "`drop` is measured against a baseline; name its file in trl4ml.yaml"
        return unknown(f"{says} under probes: slice-performance: baseline")
    own = (metric for limits in options.slices.values() for metric in limits)
    wanted = dict.fromkeys((*options.metrics, *options.limits, *own, *options.drop))
    try:
        before = _before(documents, options.baseline)
        given = options.model_copy(update={"metrics": tuple(wanted)})
        cube, table, paths = read(files, tables, given, "slice-performance")
    except Refused as why:
        return unknown(str(why))
    lost = losses(table.values, before)
    below = list(missed(table.values, options.limits, options.slices))
    fell = list(_fallen(lost, options.drop))
    measures = {
        **counts(cube, table), "below": Measure(value=len(below)), "fell": Measure(value=len(fell)),
    }  # fmt: skip
    for metric in wanted:
        measures |= _of(table, metric, lost)
    finding = _said(options, below, fell, _untested(table, options, before), paths, measures)
    finding = finding.model_copy(update={"environment": options.environment})
    return attached(finding, "tables.json", tables_json(options, cube, table))


def _before(documents: Documents, path: str | None) -> dict[Cell, Fraction]:
    if path is None:
        return {}
    try:
        return baseline(documents.json(path))
    except ValueError as error:
        says = f"is no table of slices: {error}; write one with: trl4ml slices --format json"
        raise Unreadable(path, says) from None


def _fallen(lost: dict[Cell, Fraction], drop: dict[str, float]) -> Iterator[Missed]:
    for (metric, where), loss in lost.items():
        if metric in drop and loss > Fraction(str(drop[metric])):
            yield Missed(metric, where, float(loss))


def _of(table: "Table", metric: str, lost: dict[Cell, Fraction]) -> dict[str, Measure]:
    """The metric over all rows, where it is worst, and how much it fell."""
    overall = measure(next(one for one in table.overall if one.metric == metric))
    found = {name(metric): overall, **in_worst_slice(table, metric)}
    worst = found[f"{name(metric)}_worst"]
    gap = undefined(overall.undefined or worst.undefined or "it is no number")
    if isinstance(overall.value, int | float) and isinstance(worst.value, int | float):
        gap = Measure(value=rounded(float(abs(overall.value - worst.value))), n=worst.n)
    falls = [loss for (one, _), loss in lost.items() if one == metric]
    none = undefined("no slice of the baseline has it")
    fall = Measure(value=rounded(float(max(falls)))) if falls else none
    return {**found, f"{name(metric)}_gap": gap, f"{name(metric)}_drop": fall}


def _untested(table: "Table", options: Options, before: dict[Cell, Fraction]) -> str:
    """What was declared and could not be tested, in words; empty when all was."""
    cells = {(one.metric, str(one.group)) for one in filter(tested, table.values)}
    wanted = {(m, where) for where, limits in options.slices.items() for m in limits}
    wanted |= {cell for cell in before if cell[0] in options.drop}
    for metric in (*options.limits, *options.drop):
        if not any(one == metric for one, _ in cells):
            wanted.add((metric, "any slice"))
    gone = sorted(wanted - cells)
    return f"{gone[0][0]} cannot be tested in {gone[0][1]}" if gone else ""


def _said(
    options: Options, below: list[Missed], fell: list[Missed], untested: str,
    paths: list[str], measures: dict[str, Measure],
) -> Finding:  # fmt: skip
    for missing, says in ((below, "than its limit"), (fell, "than in the baseline")):
        if missing:
            worst = max(missing, key=lambda one: one.by)
            more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            by = f"{worst.metric} in {worst.slice} is worse {says} by {worst.by:.4g}{more}"
            return no(f"{by} in {paths[0]}", paths, **measures)
    if untested:
        return unknown(f"{untested} of {paths[0]}: too few rows, or none", paths, **measures)
    if not (options.limits or options.slices or options.drop):
        says = (
            "the quality of every slice is measured; declare `limits`, or a `baseline` and `drop`"
        )
        return unknown(f"{says}, to have it tested", paths, **measures)
    says = f"{measures['slices'].value} slices keep what is declared in {paths[0]}"
    return yes(says, paths, **measures)
