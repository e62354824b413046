"""A language model that nobody measured on fixed tasks is judged by the last answer somebody liked.

Reads what EleutherAI's lm-evaluation-harness 0.4 writes (`results_<time>.json`), at `paths` or where its
`--output_path` usually points. Of several files of one model the newest result of each task counts, by
the `date` in the file. A measure is `<task>_<metric>`, with the filter's name unless it is `none`; its
interval of 95 % follows from the harness's standard error. A run with `--limit` saw only a part of the
task and proves nothing about it, unless `at_most` says how many tasks may be `limited`.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from trl4ml.artefacts.numbers import Number, fault, mapping, moment, text
from trl4ml.core.evidence import Finding, Mode, unknown
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.results.bars import Bars, judged
from trl4ml.results.lying import NoResults, lying
from trl4ml.results.measures import measures
from trl4ml.results.newest import Timed, newest

asks = "The language model was evaluated on fixed tasks, and reaches the declared scores."
version = 1
mode = Mode.ARTIFACT

NAMES = "results_2*.json"
FOLDERS = "{results,output,outputs,eval,evals,evaluation,lm_eval,lm-eval}"
USUAL = (NAMES, f"{FOLDERS}/{NAMES}", f"{FOLDERS}/*/{NAMES}")
HOW = "write one with: lm_eval --model hf --model_args … --tasks … --output_path results"
STDERR = "_stderr"
MOST_TASKS = 5_000
NO_FILTER = "none"
COUNTS = "sample_count"
"""Of a group, how many samples each metric counts."""
NOT_METRICS = ("alias", "name", "sample_len", "samples", COUNTS)


class Options(Bars):
    """Such as at_least: {gsm8k_exact_match_strict_match: 0.4}."""

    model: str | None = None
    """The model that counts, as in `model_name`, where results of several lie there."""


class Task(NamedTuple):
    path: str
    date: float | None
    name: str
    """As it is written, of any length."""
    metrics: dict[str, Any]
    n: Any
    """How many samples were seen."""
    limited: bool
    version: str


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        paths = lying(files, options.paths, USUAL, "results of lm-evaluation-harness", HOW)
        model, tasks = _of_one_model(documents, paths, options.model)
    except NoResults as why:
        return unknown(str(why))
    used = sorted({task.path for task in tasks})
    limited = sum(task.limited for task in tasks)
    counts: dict[str, Scalar] = {"tasks": len(tasks), "limited": limited, "model": text(model)}
    found = {**measures(number for task in tasks for number in _numbers(task)), **counts}
    if len(found) == len(counts):
        return unknown(f"no task has a metric in {', '.join(paths[:3])}; {HOW}", paths, **counts)
    versions = ", ".join(f"{text(task.name)} {task.version}".strip() for task in tasks[:3])
    more = f" and {len(tasks) - 3} more" if tasks[3:] else ""
    part = f"; {limited} of the tasks only in part (--limit)" if limited else ""
    says = (
        f"{text(model)} was evaluated on {len(tasks)} tasks ({versions}{more}){part} by {used[0]}"
    )
    if limited and "limited" not in options.at_most:
        return unknown(f"{says}; run it without --limit", used, **found)
    return judged(says, used, found, options)


def _of_one_model(
    documents: Documents, paths: Sequence[str], wanted: str | None
) -> tuple[str, list[Task]]:
    """The newest result of each task, by name. Raises NoResults when it is not clear of which model."""
    by_model: dict[str, list[Task]] = {}
    for path in paths:
        data = documents.json(path)
        tasks = by_model.setdefault(_model(path, data), [])
        tasks.extend(islice(_tasks(path, data), MOST_TASKS + 1))
        if len(tasks) > MOST_TASKS:
            raise NoResults(f"{path}: more than {MOST_TASKS} tasks of a model lie there; "
                            "name the results that count as paths in trl4ml.yaml")  # fmt: skip
    if wanted is None and len(by_model) > 1:
        names = ", ".join(map(text, sorted(by_model)[:3]))
        raise NoResults(
            f"results of {len(by_model)} models lie there ({names}); "
            "name the one that counts as model of lm-evaluation in trl4ml.yaml"
        )
    model = wanted if wanted is not None else next(iter(by_model))
    if model not in by_model:
        others = ", ".join(map(text, sorted(by_model)[:3]))
        raise NoResults(f"no results of {text(model)} lie there, but of {others}")
    timed = ((Timed((task.name,), task.date, task.path), task) for task in by_model[model])
    return model, newest(timed)


def _model(path: str, data: Any) -> str:
    if not isinstance(data, dict) or not {"results", "config", "versions"} <= data.keys():
        raise Unreadable(path, "it is not what lm-evaluation-harness 0.4 writes as its results")
    config = mapping(data["config"])
    said = data.get("model_name") or config.get("model_args") or config.get("model")
    return said if isinstance(said, str) and said.strip() else "a model without a name"


def _tasks(path: str, data: dict[str, Any]) -> Iterator[Task]:
    limit = mapping(data["config"]).get("limit")
    when = moment(data.get("date"))
    for name, metrics in mapping(data["results"]).items():
        samples = mapping(mapping(data.get("n-samples")).get(name))
        n = samples.get("effective")
        version = mapping(data["versions"]).get(name)
        told = text(version, 20) if fault(version) else f"{version:g}"
        cut = limit is not None or (n is not None and n != samples.get("original", n))
        yield Task(path, when, name, mapping(metrics), n, cut, told and f"v{told}")


def _numbers(task: Task) -> Iterator[Number]:
    for key, value in task.metrics.items():
        metric, _, filter = key.partition(",")
        if key in NOT_METRICS or not metric.strip() or metric.endswith(STDERR):
            continue
        error = task.metrics.get(f"{metric}{STDERR},{filter}" if filter else metric + STDERR)
        own = metric if filter in ("", NO_FILTER) else f"{metric} {filter}"
        count = mapping(task.metrics.get(COUNTS)).get(key) if task.n is None else task.n
        yield Number(f"{task.name} {own}", value, error, count)
