"""An agent that nobody put to the test does in use, for the first time, what it should never do.

Reads logs of Inspect, the framework of the UK AI Security Institute, version 2: `.json`, and `.eval`, which
by now takes the extra `inspect` for Zstandard. Of several logs of one model the newest of each task
counts, by `created`. A measure is `<task>_<scorer>_<metric>`; accuracy and mean get their interval
of 95 % from `stderr`. A run that did not succeed, or was invalidated, proves nothing; so does one of a
part of its task (`--limit`), unless `at_most` says how many tasks may be `limited`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from trl4ml.artefacts.inspect_log import Log, header, log
from trl4ml.artefacts.numbers import text
from trl4ml.core.evidence import Finding, Measure, Mode, undefined, unknown
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.results.bars import Bars, judged
from trl4ml.results.lying import NoResults, lying
from trl4ml.results.measures import measures
from trl4ml.results.newest import Timed, newest

asks = "The model was evaluated with Inspect, every run succeeded, and its scores reach the bars."
version = 1
mode = Mode.ARTIFACT

NAMES = "2*_*_*.{json,eval}"
FOLDERS = "{logs,inspect_logs,eval,evals,results}"
USUAL = (f"{FOLDERS}/{NAMES}", f"{FOLDERS}/*/{NAMES}")
HOW = "write one with: inspect eval TASK.py --model MODEL --log-format json"
LARGEST_ZIP = 2_000_000_000


class Options(Bars):
    """Such as at_least: {sums_match_accuracy: 0.9}."""

    model: str | None = None
    """The model that counts, as Inspect names it, where logs of several lie there."""


class Lying(NamedTuple):
    path: str
    log: Log


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        paths = lying(files, options.paths, USUAL, "log of Inspect", HOW)
        logs = [Lying(path, _read(files, documents, path)) for path in paths]
        counted = _of_one_model(logs, options.model)
    except NoResults as why:
        return unknown(str(why))
    used = [one.path for one in counted]
    samples = [one.log.completed for one in counted]
    known = [n for n in samples if n is not None]
    counts: dict[str, Measure | Scalar] = {
        "tasks": len(counted), "model": text(counted[0].log.model),
        "limited": sum(one.log.limited for one in counted),
        "samples": sum(known) if len(known) == len(samples)
        else undefined("a log does not tell how many samples were completed"),
    }  # fmt: skip
    for path, one in counted:
        if one.status != "success":
            told = f": {one.why}" if one.why else ""
            says = (
                f"{path}: the run of {text(one.task)} ended as '{one.status}'{told}; run it again"
            )
            return unknown(says, [path], **counts)
        if one.samples != one.completed or one.samples == 0:
            says = f"{path}: {one.completed} of {one.samples} samples of {text(one.task)} were completed"
            return unknown(f"{says}; run it again", [path], **counts)
    found = measures(number for one in counted for number in one.log.numbers)
    if not found:
        return unknown(f"no score is in {', '.join(used[:3])}; {HOW}", used, **counts)
    tasks = ", ".join(text(one.log.task) for one in counted[:3]) + (" …" if counted[3:] else "")
    says = f"{counts['model']} was evaluated on {len(counted)} tasks ({tasks}) by {used[0]}"
    if counts["limited"] and "limited" not in options.at_most:
        says = f"{says}; {counts['limited']} of the tasks only in part, run it without --limit"
        return unknown(says, used, **{**found, **counts})
    return judged(says, used, {**found, **counts}, options)


def _read(files: Files, documents: Documents, path: str) -> Log:
    try:
        if not path.lower().endswith(".eval"):
            return log(documents.json(path))
        if files.size(path) > LARGEST_ZIP:
            raise ValueError(f"it is larger than {LARGEST_ZIP // 1_000_000} MB")
        with files.open(path) as file:
            return log(header(file))
    except ValueError as error:
        raise Unreadable(path, str(error)) from None


def _of_one_model(logs: Sequence[Lying], wanted: str | None) -> list[Lying]:
    """The newest log of each task, by task. Raises NoResults when it is not clear of which model."""
    models = sorted({one.log.model for one in logs})
    if wanted is None and len(models) > 1:
        raise NoResults(
            f"logs of {len(models)} models lie there ({', '.join(map(text, models[:3]))}); "
            "name the one that counts as model of inspect-log in trl4ml.yaml"
        )
    model = models[0] if wanted is None else wanted
    if model not in models:
        others = ", ".join(map(text, models[:3]))
        raise NoResults(f"no log of {text(model)} lies there, but of {others}")
    own = (one for one in logs if one.log.model == model)
    return newest((Timed((one.log.task,), one.log.created, one.path), one) for one in own)
