"""Without a mark that was committed to, nobody can show that a copy of the model is one.

Reads the records that `trl4ml watermark verify --record FILE.watermark.json` wrote. The key stays
with its owner, so the test itself is not repeated here; what can be checked without it is: the
numbers hold together (p is computed anew from the law), the controls ran and passed, the commitment
is the one named and older than the release, and the model is byte for byte the one verified.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from trl4ml.core.evidence import (
    Finding,
    Measure,
    Mode,
    Outcome,
    attached,
    found,
    undefined,
    unknown,
)
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.record import Record, dated, read, recomputed, trouble

asks = "The model carries its owner's committed watermark."
version = 2
mode = Mode.ARTIFACT

MOST_ATTACHED = 20
LONGEST = 300
SHOWN = (
    "scheme", "status", "hits", "n", "threshold", "null_law", "null_hypothesis", "log2_p", "alpha",
    "power", "tests_made", "registered", "reason",
)  # fmt: skip
CONTROL = ("name", "passed", "statistic", "expected", "bound", "detail")

HOW = "make one with: trl4ml watermark verify MODEL --record FILE.watermark.json"
OUTCOMES = {"detected": Outcome.YES, "not_detected": Outcome.NO}


class Options(Noun):
    records: tuple[str, ...] = ("**/*.watermark.json",)
    """Patterns of the records."""
    alpha: float = 1e-3
    """The largest level that a key may be committed to; a laxer test shows nothing."""


class Judged(NamedTuple):
    path: str
    outcome: Outcome
    says: str
    record: Record | None = None


def run(files: Files, documents: Documents, options: Options) -> Finding:
    paths = files.matching(*options.records)
    if not paths:
        return unknown(f"no record of a watermark's verification was found; {HOW}")
    judged = [_judged(path, files, documents, options.alpha) for path in paths]
    outcomes = {one.outcome for one in judged}
    order = (Outcome.UNKNOWN, Outcome.NO, Outcome.YES)
    outcome = next(one for one in order if one in outcomes)
    says = next(one.says for one in judged if one.outcome is outcome)
    more = f" (one of {len(judged)} records)" if len(judged) > 1 else ""
    finding = found(outcome, f"{says}{more}", paths, **_measures(judged))
    return attached(finding, "verdicts.json", _verdicts(judged))


def _verdicts(judged: Sequence[Judged]) -> str:
    """What a page shows of the records whose numbers hold together, each with its file."""
    sound = [one for one in judged if one.record and not trouble(one.record)][:MOST_ATTACHED]
    rows = [_shown(one.path, one.record) for one in sound if one.record]
    return json.dumps(rows, allow_nan=False, indent=1) + "\n"


def _shown(path: str, record: Record) -> dict[str, Any]:
    controls = record.verdict.get("controls")
    listed = controls[:MOST_ATTACHED] if isinstance(controls, list) else []
    verdict = {name: _plain(record.verdict.get(name)) for name in SHOWN}
    verdict["controls"] = [
        {name: _plain(one.get(name)) for name in CONTROL} for one in listed if isinstance(one, dict)
    ]
    named = {"file": path, "model": record.model, "commitment": record.commitment}
    return {**named, "released": record.released, "verdict": verdict}


def _plain(value: Any) -> Any:
    """A finite number, a truth or a short text as it is; what else was written is left out."""
    if isinstance(value, str):
        return value[:LONGEST]
    plain = isinstance(value, bool) or (isinstance(value, int | float) and abs(value) < 2**53)
    return value if plain else None


def _judged(path: str, files: Files, documents: Documents, alpha: float) -> Judged:
    """What one record says of the model as it lies here."""
    try:
        record = read(documents.json(path))
    except Refused as refused:
        return Judged(path, Outcome.UNKNOWN, f"{path}: {refused}")
    why = trouble(record)
    if not why and record.verdict["alpha"] > alpha:
        why = f"it was tested at the level {record.verdict['alpha']:g}, and {alpha:g} is the limit"
    if why:
        return Judged(path, Outcome.UNKNOWN, f"{path}: {why}; verify the model anew", record)
    why = dated(documents.json(record.commitment), record)
    if why:
        return Judged(path, Outcome.UNKNOWN, f"{record.commitment}: {why}", record)
    with files.open(record.model) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    if digest != record.verdict.get("model_digest"):
        says = f"{record.model} is not the file that was verified; verify it anew"
        return Judged(path, Outcome.UNKNOWN, f"{path}: {says}", record)
    return Judged(
        path, OUTCOMES.get(record.verdict["status"], Outcome.UNKNOWN), _said(record), record
    )


def _said(record: Record) -> str:
    verdict = record.verdict
    scheme = str(verdict.get("scheme"))[:40]
    tally = f"{verdict['hits']:g} of {verdict['n']}, p = 2^{verdict['log2_p']:.1f}"
    if verdict["status"] == "detected":
        return f"the mark ({scheme}) is in {record.model}: {tally}"
    if verdict["status"] == "not_detected":
        return f"the mark ({scheme}) was not found in {record.model}: {tally}"
    status = verdict["status"].replace("_", " ")
    return f"{record.model}: the verification is {status}: {str(verdict.get('reason'))[:200]}"


def _measures(judged: list[Judged]) -> dict[str, Measure]:
    """Counts, and the figures of the weakest mark."""
    sound = [one.record for one in judged if one.record and one.outcome is not Outcome.UNKNOWN]
    counts = {
        "records": Measure(value=len(judged)),
        "detected": Measure(value=sum(one.outcome is Outcome.YES for one in judged)),
    }
    names = ("hits", "n", "threshold", "power", "undefined", "queries", "tests_made")
    if not sound:
        none = undefined("no record holds for the model as it is")
        return counts | dict.fromkeys((*names, "log2_p"), none)
    weakest = max(sound, key=lambda one: recomputed(one.verdict) or 0.0).verdict
    figures = {name: _figure(weakest.get(name)) for name in names}
    return counts | figures | {"log2_p": Measure(value=recomputed(weakest) or 0.0)}


def _figure(value: Any) -> Measure:
    if type(value) in (int, float) and abs(value) < 2**53:
        return Measure(value=value)
    return undefined("the record does not tell")
