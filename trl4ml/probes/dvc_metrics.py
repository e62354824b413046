"""A metric that nobody can tie to the code and data that made it may be of another model.

Reads the metrics files that dvc.yaml declares (JSON, YAML or TOML), flattened as DVC does: the measure of
`by.sex.gap` in eval/metrics.json is `eval_metrics_by_sex_gap`. Where dvc.lock has the MD5 of a file
that lies here, it is computed anew: a file that changed since its stage ran makes the metrics stale, and
so does another command, another parameter, or a stage that never ran.
Folders, files above 64 MB or behind the first 2 GB, and parameters in Python are not compared;
`unchecked` counts the files left out.
"""

from collections.abc import Iterator
from typing import Any

from trl4ml.artefacts.dvc import (
    Locked,
    Metric,
    alike,
    at_key,
    flat,
    locked,
    metrics,
    outdated,
    parameters,
    same,
)
from trl4ml.artefacts.numbers import Number, text
from trl4ml.core.evidence import Finding, Mode, unknown
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.results.bars import Bars, judged
from trl4ml.results.lying import NoResults, lying, plain
from trl4ml.results.measures import measures

asks = "The metrics that DVC tracks are of the present files, and reach the declared bars."
version = 2
mode = Mode.ARTIFACT

USUAL = ("dvc.yaml",)
HOW = "declare the metrics of a stage there, and run: dvc repro"
LARGEST, MOST_BYTES = 64_000_000, 2_000_000_000
MOST_METRICS = 200
FORMATS = ".json", ".yaml", ".yml", ".toml"
MOST_LOCKED = 2_000


class Options(Bars):
    """Such as paths: [models/dvc.yaml] and at_least: {eval_metrics_auc: 0.9}."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        paths = lying(files, options.paths, USUAL, "dvc.yaml", HOW)
        read = [_read(files, documents, path) for path in paths]
    except NoResults as why:
        return unknown(str(why))
    declared = [one for found, _ in read for one in found]
    held = [one for _, remembered in read for one in remembered]
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
    if never:
        return unknown(f"the stage {text(min(never))} never ran; run: dvc repro", paths, **counts)
    loose = {one.path for one in declared if one.stage} - {one.path for one in held}
    if loose:
        says = f"dvc.lock holds no digest of {text(min(loose))}; run: dvc repro"
        return unknown(says, paths, **counts)
    found = measures(_numbers(documents, declared))
    tied = f"{len(held) - unchecked} digests of dvc.lock hold" if held else "no dvc.lock ties them"
    says = f"{len(found)} metrics in {len(declared)} files, {tied}, by {paths[0]}"
    return judged(says, [one.path for one in declared], {**found, **counts}, options)


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
    remembered, stages = _first(documents, lock), data.get("stages")
    try:
        held = locked(remembered, folder, stages)
        seen = list(parameters(remembered, folder, stages))
    except ValueError as error:
        raise Unreadable(lock, str(error)) from None
    if stage := outdated(data, remembered):
        why = f"the command of the stage {text(stage)} changed since it ran"
        raise NoResults(f"{why}; run: dvc repro")
    for file, stage, values in seen:
        if _differ(files, documents, file, values):
            why = f"{text(file)} changed since the stage {text(stage)} ran"
            raise NoResults(f"{why}; run: dvc repro")
    return found, held


def _differ(files: Files, documents: Documents, file: str, values: dict[str, Any]) -> bool:
    """Whether a parameter is another now; not known of a file that is not here or not data."""
    if not file.endswith(FORMATS) or not _there(files, file):
        return False
    now = _data(documents, file)
    return any(not alike(at_key(now, str(key)), old) for key, old in values.items())


def _first(documents: Documents, path: str) -> Any:
    return next(iter(documents.yaml(path)), None)


def _there(files: Files, path: str) -> bool:
    return plain(path) and bool(files.present(path))


def _changed(files: Files, held: list[Locked]) -> tuple[list[Locked], int]:
    """Those that are not what they were, and how many could not be compared."""
    rest, here = MOST_BYTES, []
    for one in held:
        size = files.size(one.path) if _there(files, one.path) else MOST_BYTES
        if size <= min(LARGEST, rest):
            rest -= size
            here.append(one)
    changed = [one for one in here if not same(files.bytes(one.path, LARGEST), one)]
    return changed, len(held) - len(here)


def _data(documents: Documents, path: str) -> Any:
    match path.rpartition(".")[2].lower():
        case "json":
            return documents.json(path)
        case "yaml" | "yml":
            return _first(documents, path)
        case "toml":
            return documents.toml(path)
    raise Unreadable(path, "metrics are read from JSON, YAML and TOML")


def _numbers(documents: Documents, declared: list[Metric]) -> Iterator[Number]:
    for one in declared:
        name = one.path.rpartition(".")[0]
        data = _data(documents, one.path)
        if not isinstance(data, dict):
            raise Unreadable(one.path, "it is no mapping of metrics to values")
        yield from flat(data, name)
