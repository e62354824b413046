"""A model whose training run nobody kept cannot be told from a better one that was never trained.

Reads runs of MLflow without MLflow: its folder of files (mlruns/) and its SQLite database (mlflow.db,
opened read-only). The newest run by its end counts, ties by its id, or the one that `run` names.
A measure is `metric_<name>` with the last value. A run that did not finish proves nothing.
"""

from collections.abc import Iterator, Sequence

from trl4ml.artefacts.mlflow import (
    MOST_METRICS,
    MOST_RUNS,
    Run,
    in_database,
    last,
    of_database,
    of_files,
)
from trl4ml.artefacts.numbers import Number
from trl4ml.core.evidence import Finding, Mode, unknown
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Tables, Unreadable
from trl4ml.results.bars import Bars, judged
from trl4ml.results.lying import NoResults, lying, plain
from trl4ml.results.measures import measures

asks = "A finished training run is kept by MLflow, and its metrics reach the declared bars."
version = 1
mode = Mode.ARTIFACT

META = "meta.yaml"
DATABASES = ".db", ".sqlite", ".sqlite3"
USUAL = ("mlruns/*/*/meta.yaml", "*/mlruns/*/*/meta.yaml", "{mlflow,mlruns}.db", "*/mlflow.db")
NO_RUNS = ("models", ".trash")
HOW = "keep mlruns/ or mlflow.db with the project, or name its place"
LARGEST_DATABASE = 2_000_000_000
LARGEST_METRIC = 16_000_000


class Options(Bars):
    """Such as paths: [runs/mlruns/*/*/meta.yaml] or [mlflow.db], and at_least: {metric_auc: 0.9}."""

    experiment: str | None = None
    """The name of the experiment whose runs count; all when it is not given."""
    run: str | None = None
    """The id or the name of the run that counts; the newest when it is not given."""
    metrics: tuple[str, ...] = ()
    """The names of the metrics that become measures; all when there are none."""


def run(files: Files, documents: Documents, tables: Tables, options: Options) -> Finding:
    try:
        paths = lying(files, options.paths, USUAL, "run of MLflow", HOW, MOST_RUNS)
        runs = [one for path in paths for one in _runs(files, documents, tables, path)]
        chosen = _chosen(runs, options)
    except NoResults as why:
        return unknown(str(why))
    place = chosen.store if _is_database(chosen.store) else f"{chosen.store}/{META}"
    counts: dict[str, Scalar] = {"runs": len(runs), "run": chosen.id, "status": chosen.status}
    named = f"the run {chosen.name or chosen.id} of {chosen.experiment or '?'}"
    if chosen.status != "FINISHED":
        says = f"{place}: {named} is {chosen.status}, not FINISHED; name another as run"
        return unknown(f"{says} of mlflow-runs in trl4ml.yaml", [place], **counts)
    numbers, counts["params"] = _numbers(files, tables, chosen)
    if gone := sorted({*options.metrics} - {number.name for number in numbers}):
        return unknown(f"{place}: {named} has no metric {gone[0]}", [place], **counts)
    if not numbers:
        return unknown(f"{place}: {named} logged no metric", [place], **counts)
    wanted = [one for one in numbers if not options.metrics or one.name in options.metrics]
    found = measures(one._replace(name=f"metric_{one.name}") for one in wanted)
    says = f"{named} finished with {len(numbers)} metrics and {counts['params']} parameters"
    return judged(f"{says}, by {place}", [place], {**found, **counts}, options)


def _is_database(path: str) -> bool:
    return path.lower().endswith(DATABASES)


def _runs(files: Files, documents: Documents, tables: Tables, path: str) -> Iterator[Run]:
    try:
        if not plain(path):
            raise ValueError("its path has signs that are not read here; rename it")
        if _is_database(path):
            yield from of_database(path, _local(files, tables, path))
            return
        store = path.rpartition("/")[0]
        above = store.rpartition("/")[0]
        if above.rpartition("/")[2] in NO_RUNS:
            return
        meta, experiment = (
            next(iter(documents.yaml(one)), None) for one in (path, f"{above}/{META}".lstrip("/"))
        )
        if found := of_files(store, meta, experiment):
            yield found
    except ValueError as error:
        raise Unreadable(path, str(error)) from None


def _local(files: Files, tables: Tables, path: str) -> str:
    if files.size(path) > LARGEST_DATABASE:
        raise ValueError(f"it is larger than {LARGEST_DATABASE // 1_000_000} MB")
    for journal in files.present(f"{path}-{{wal,journal}}"):
        if files.size(journal):
            raise ValueError(f"changes wait in {journal}; close what writes to it first")
    return tables.local(path)


def _chosen(runs: Sequence[Run], options: Options) -> Run:
    """Raises NoResults when there is none, or more than one is meant."""
    of = options.experiment
    some = [one for one in runs if of is None or one.experiment == of]
    if options.run is not None:
        some = [one for one in some if options.run in (one.id, one.name)]
        if len(some) > 1:
            raise NoResults(
                f"{len(some)} runs of MLflow are called {options.run}; name one by its id"
            )
    ended = [one for one in some if one.end is not None or options.run is not None]
    if not ended:
        asked = "" if of is None and options.run is None else " that is asked for"
        raise NoResults(f"no run of MLflow{asked} has ended, of {len(runs)} that are kept")
    return max(ended, key=lambda one: (one.end or 0, one.id))


def _numbers(files: Files, tables: Tables, chosen: Run) -> tuple[list[Number], int]:
    store = chosen.store
    if _is_database(store):
        try:
            return in_database(_local(files, tables, store), chosen.id)
        except ValueError as error:
            raise Unreadable(store, str(error)) from None
    logged = files.present(*(f"{store}/metrics/{depth}" for depth in ("*", "*/*", "*/*/*")))
    if len(logged) > MOST_METRICS:
        raise Unreadable(f"{store}/metrics", f"it holds more than {MOST_METRICS} metrics")
    numbers = [
        Number(path.removeprefix(f"{store}/metrics/"), _last(files, path)) for path in logged
    ]
    return numbers, len(files.present(f"{store}/params/*", f"{store}/params/*/*"))


def _last(files: Files, path: str) -> float:
    if files.size(path) > LARGEST_METRIC:
        raise Unreadable(path, f"it is larger than {LARGEST_METRIC // 1_000_000} MB")
    try:
        return last(files.text(path, LARGEST_METRIC))
    except ValueError as error:
        raise Unreadable(path, str(error)) from None
