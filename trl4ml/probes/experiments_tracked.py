"""A result whose parameters and metrics were not recorded cannot be compared, explained or repeated.

Counts the runs that MLflow, DVC, Weights & Biases, Aim, Neptune, Comet, TensorBoard, Lightning,
Sacred and Hydra leave on the disk (what git ignores too) and the rows of plain run logs such as
runs.csv; and the Python files and notebooks that import a tracker and call it to log. Code is
parsed, so that a comment or a string does not count. A configuration alone, such as an MLproject
or a sweep, records nothing and is counted apart.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import Any

from trl4ml.core.evidence import Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.dense import loads
from trl4ml.source.notebooks import code_of
from trl4ml.source.paths import is_aside, is_docs
from trl4ml.source.tracking import may_log, trackers
from trl4ml.source.trees import parsed

asks = "Experiments are recorded with a tracker or a run log."
version = 2

LOGS = "{runs,logs,tensorboard,tb_logs,lightning_logs,outputs,experiments}"
LEFT = (
    *("mlruns/*/*/meta.yaml", "*/mlruns/*/*/meta.yaml", "mlflow.db", "mlruns.db"),
    *("wandb/*run-*/*", "wandb/*run-*/files/*", "dvclive/metrics.json", "dvclive/*/metrics.json"),
    *(".aim/meta/chunks/*/*", ".neptune/*/*/*", ".neptune/*/*/*/*"),
    *(".cometml-runs/*.zip", "lightning_logs/*/metrics.csv", "{runs,sacred_runs}/*/run.json"),
    *("*tfevents*", f"{LOGS}/*tfevents*", f"{LOGS}/*/*tfevents*", f"{LOGS}/*/*/*tfevents*"),
    *("{outputs,multirun}/*/*/.hydra/config.yaml", "multirun/*/*/*/.hydra/config.yaml"),
)
RUNS = {
    "mlflow": r"(.*/)?mlruns/(?!models/|\.trash/)[^/]+/[0-9a-f]{32}(?=/meta\.yaml)|(.*/)?ml(flow|runs)\.db",
    "wandb": r"(.*/)?wandb/(offline-)?run-[^/]+(?=/)",
    "dvc": r"(.*/)?dvclive/(.*/)?metrics\.json",
    "aim": r"(.*/)?\.aim/meta/chunks/[^/]+(?=/)",
    "neptune": r"\.neptune/[^/]+/[^/]+(?=/)",
    "comet": r"\.cometml-runs/[^/]+\.zip",
    "lightning": r"(.*/)?lightning_logs/[^/]+(?=/metrics\.csv)",
    "sacred": r"(.*/)?(sacred_)?runs/[^/]+(?=/run\.json)",
    "hydra": r"(.*/)?(outputs|multirun)/.+(?=/\.hydra/)",
    "tensorboard": r"(.*/)?(?=[^/]*tfevents[^/]*$)",
}
RUN = re.compile("|".join(f"(?P<{tool}>{path})" for tool, path in RUNS.items()))
PARAMETERS = {"params", "parameters", "hyperparameters", "hparams", "config"}
RESULTS = {"metrics", "results", "scores"}
METRIC = re.compile(
    r"(?<![a-z])(acc(uracy)?|loss|f1|auc|auroc|auprc|rmse|mse|mae|mape|r2|scores?|metrics?|recall|"
    r"precision|bleu|rouge|wer|perplexity|iou|map|error)(?![a-z])",
    re.IGNORECASE,
)
ENOUGH = 4_000_000
MOST_CODE = 1_000_000
RUN_LOGS = (
    "**/{runs,experiments,run_log,runs_log,experiment_log,experiments_log}.{csv,jsonl,ndjson}",
    *("**/experiments/**/*.json", "**/runs/*.json"),
)


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Further run logs (CSV, JSON Lines or JSON) whose names are not runs or experiments."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    bad: list[str] = []
    records = left_runs(files)
    logs = run_logs(files, options, bad)
    set_up, metrics = configurations(files, documents, bad)
    code = logging_code(files, bad)
    records.update({"run log": sum(logs.values()), "dvc": len(metrics)})
    count = records.total()
    tools = sorted(
        {*(t for t, n in records.items() if n), *(t for ts in code.values() for t in ts)}
    )
    measures: dict[str, Measure | Scalar] = {
        "records": count,
        "logged_in_code": len(code),
        "configured": len(set_up),
        "tools": ", ".join(tools) or undefined("no tracker is used"),
        "unreadable": len(bad),
    }
    if count or code:
        says = f"{count} run records and {len(code)} code files that log were found"
        places = sorted({*logs, *metrics, *code})
        return yes(f"{says} ({', '.join(tools)})", places, **measures)
    if bad:
        says = f"{bad[0]} cannot be read and nothing else records runs; repair it"
        return unknown(says, bad, unreadable=len(bad))
    if set_up:
        says = "a tracker is configured but neither run records nor code that logs were found"
        return no(says, sorted(set_up), **measures)
    return no("neither run records nor code that logs to a tracker were found", (), **measures)


def is_foreign(name: str) -> bool:
    return is_aside(name) or is_docs(name)


def left_runs(files: Files) -> Counter[str]:
    """How many runs each tracker left on the disk or in git."""
    names = {*files.present(*LEFT), *files.matching(*(f"**/{pattern}" for pattern in LEFT))}
    found = (RUN.match(name) for name in names if not is_foreign(name))
    return Counter(tool for tool, _ in {(m.lastgroup or "", m[0]) for m in found if m})


def run_logs(files: Files, options: Options, bad: list[str]) -> dict[str, int]:
    """The plain run logs, of which at most 500 are read, and how many runs each holds."""
    names = files.matching(*RUN_LOGS, *options.paths)
    counts = {}
    for name in [name for name in names if not is_foreign(name)][:500]:
        try:
            counts[name] = sum(1 for _ in runs_in(files, name))
        except (Unreadable, csv.Error, ValueError, RecursionError):
            bad.append(name)
    return {name: count for name, count in counts.items() if count}


def runs_in(files: Files, name: str) -> Iterator[Any]:
    """Rows of a table that has a metric, or objects that hold parameters and metrics."""
    text = files.text(name, ENOUGH)
    lines = text.splitlines()[: -1 if files.size(name) > ENOUGH else None]
    if name.lower().endswith(".csv"):
        table = csv.reader(lines)
        if any(METRIC.search(column) for column in next(table, [])):
            yield from (row for row in table if any(row))
        return
    for part in [text] if name.lower().endswith(".json") else lines:
        value = loads(part or "null")
        for one in value if isinstance(value, list) else [value]:
            given = {key for key, held in one.items() if held} if isinstance(one, dict) else set()
            if given & PARAMETERS and (given & RESULTS or any(map(METRIC.search, given))):
                yield one


def configurations(
    files: Files, documents: Documents, bad: list[str]
) -> tuple[list[str], list[str]]:
    """The files that set a tracker up, and the files with metrics that a dvc.yaml names."""
    set_up, metrics = list[str](), list[str]()
    for name in files.matching("**/{MLproject,dvc.yaml,*sweep*.yaml,*sweep*.yml}"):
        if is_foreign(name):
            continue
        try:
            top = (documents.yaml(name) or [None])[0]
        except Unreadable:
            bad.append(name)
            continue
        if not isinstance(top, dict):
            continue
        stages = top.get("stages")
        parts = [top, *(stages.values() if isinstance(stages, dict) else ())]
        parts = [part for part in parts if isinstance(part, dict)]
        if name.endswith("dvc.yaml"):
            paths = [path for part in parts for path in listed(part, "metrics")]
            metrics += [normpath(join(dirname(name), path)) for path in paths]
            known = paths or any(part.get("params") for part in parts)
        else:
            known = "entry_points" in top or ("method" in top and "parameters" in top)
        set_up += [name] if known else []
    plain = [path for path in metrics if not re.search(r"[{}*?]|(^|/)dvclive/", path)]
    return set_up, list(files.matching(*plain)) if plain else []


def listed(part: dict[str, Any], key: str) -> list[str]:
    """The paths under a key of dvc.yaml, where each is a text or a mapping with one key."""
    value = part.get(key)
    entries = value if isinstance(value, list) else []
    return [path for one in entries for path in (one if isinstance(one, dict) else [str(one)])]


def logging_code(files: Files, bad: list[str]) -> dict[str, set[str]]:
    """Each code file that logs to a tracker, with the trackers."""
    found = {}
    for name in files.matching("**/*.{py,ipynb}"):
        if is_foreign(name):
            continue
        is_notebook = name.endswith(".ipynb")
        content = files.bytes(name, 4 * ENOUGH if is_notebook else MOST_CODE)
        if not may_log(content):
            continue
        try:
            tools = trackers(parsed(code_of(content)[:MOST_CODE] if is_notebook else content))
        except ValueError:
            bad.append(name)
            continue
        if tools:
            found[name] = tools
    return found
