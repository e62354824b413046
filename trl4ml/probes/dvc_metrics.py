"""A metric that nobody can tie to the code and data that made it may be of another model.

Reads the metrics files that dvc.yaml declares (JSON, YAML or TOML), flattened as DVC does: the measure of
`by.sex.gap` in eval/metrics.json is `eval_metrics_by_sex_gap`. Where dvc.lock has the MD5 of a file
that lies here, it is computed anew: a file that changed since its stage ran makes the metrics stale.
Folders, files above 64 MB and parameters are not compared; `unchecked` counts the files left out.
"""

from collections.abc import Iterator
from typing import Any

from trl4ml.artefacts.dvc import Locked, Metric, flat, locked, metrics, same
from trl4ml.artefacts.numbers import Number, text
from trl4ml.core.evidence import Finding, Mode, unknown
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.results.bars import Bars, judged
from trl4ml.results.lying import NoResults, lying, plain
from trl4ml.results.measures import measures

asks = "The metrics that DVC tracks are of the present files, and reach the declared bars."
version = 1
mode = Mode.ARTIFACT

USUAL = ("dvc.yaml",)
HOW = "declare the metrics of a stage there, and run: dvc repro"
LARGEST = 64_000_000
MOST_METRICS = 200
MOST_LOCKED = 2_000


class Options(Bars):
    """Such as paths: [models/dvc.yaml] and at_least: {eval_metrics_auc: 0.9}."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        paths = lying(files, options.paths, USUAL, "dvc.yaml", HOW)
    except NoResults as why:
        return unknown(str(why))
    declared: list[Metric] = []
    held: list[Locked] = []
    for path in paths:
        more, remembered = _read(files, documents, path)
        declared += more
        held += remembered
    if not declared:
        return unknown(f"{paths[0]} declares no metrics; {HOW}", paths)
    if len(declared) > MOST_METRICS or len(held) > MOST_LOCKED:
        return unknown(f"{paths[0]} names more files than are read ({MOST_METRICS} metrics)", paths)
    gone = [one.path for one in declared if not _there(files, one.path)]
    if gone:
        return unknown(f"{text(gone[0])} is declared as metrics and missing; run: dvc repro", paths)
    changed, unchecked = _changed(files, held)
    counts: dict[str, Scalar] = {
        "metrics_files": len(declared), "locked": len(held),
        "changed": len(changed), "unchecked": unchecked,
    }  # fmt: skip
    if changed:
        one = changed[0]
        says = f"{text(one.path)} changed since the stage {text(one.stage)} ran; run: dvc repro"
        return unknown(says, paths, **counts)
    never = {one.stage for one in declared} - {one.stage.partition("@")[0] for one in held} - {""}
    if held and never:
        return unknown(f"the stage {text(min(never))} never ran; run: dvc repro", paths, **counts)
    found = measures(_numbers(documents, declared))
    read = [one.path for one in declared]
    tied = f"{len(held) - unchecked} digests of dvc.lock hold" if held else "no dvc.lock ties them"
    says = f"{len(found)} metrics in {len(declared)} files, {tied}, by {paths[0]}"
    return judged(says, read, {**found, **counts}, options)


def _read(files: Files, documents: Documents, path: str) -> tuple[list[Metric], list[Locked]]:
    folder = path.rpartition("/")[0]
    data = _first(documents, path)
    try:
        found = metrics(data, folder)
    except ValueError as error:
        raise Unreadable(path, str(error)) from None
    lock = f"{folder}/dvc.lock".lstrip("/")
    if not _there(files, lock):
        return found, []
    try:
        return found, locked(_first(documents, lock), folder, data.get("stages"))
    except ValueError as error:
        raise Unreadable(lock, str(error)) from None


def _first(documents: Documents, path: str) -> Any:
    return next(iter(documents.yaml(path)), None)


def _there(files: Files, path: str) -> bool:
    return plain(path) and bool(files.present(path))


def _changed(files: Files, held: list[Locked]) -> tuple[list[Locked], int]:
    """Those that are not what they were, and how many could not be compared."""
    here = [one for one in held if _there(files, one.path) and files.size(one.path) <= LARGEST]
    changed = [one for one in here if not same(files.bytes(one.path, LARGEST), one)]
    return changed, len(held) - len(here)


def _numbers(documents: Documents, declared: list[Metric]) -> Iterator[Number]:
    for one in declared:
        name, _, ending = one.path.rpartition(".")
        match ending.lower():
            case "json":
                data = documents.json(one.path)
            case "yaml" | "yml":
                data = _first(documents, one.path)
            case "toml":
                data = documents.toml(one.path)
            case _:
                raise Unreadable(one.path, "metrics are read from JSON, YAML and TOML")
        if not isinstance(data, dict):
            raise Unreadable(one.path, "it is no mapping of metrics to values")
        yield from flat(data, name)
