"""A repository that anybody can change, or whose releases nobody signs, ships other people's code.

Reads what `scorecard --format json` of the OpenSSF writes. Every check is a measure of its own from 0
to 10, `check_<name>`; what Scorecard could not decide (−1) is undefined with its reason, never 0. The
total is told as `score`; let single checks decide, since a total hides which of them failed.
"""

from collections.abc import Iterator
from typing import Any

from trl4ml.artefacts.numbers import fault, listed, mapping, text
from trl4ml.core.evidence import Finding, Measure, Mode, undefined, unknown
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.results.bars import Bars, judged
from trl4ml.results.lying import NoResults, lying, one
from trl4ml.results.measures import named

asks = "OpenSSF Scorecard checked the repository, and no check is below its declared bar."
version = 1
mode = Mode.ARTIFACT

NAMES = "*scorecard*.json"
USUAL = (NAMES, f"{{reports,results,security,artifacts,.github}}/{NAMES}")
HOW = "write one with: scorecard --repo=REPOSITORY --format=json --output=scorecard.json"
MOST = 10
INCONCLUSIVE = -1


class Options(Bars):
    """Such as at_least: {check_dangerous_workflow: 10}."""

    repository: str | None = None
    """The repository that counts, as Scorecard names it: github.com/OWNER/NAME."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        path = one(lying(files, options.paths, USUAL, "Scorecard result", HOW), "scorecard")
    except NoResults as why:
        return unknown(str(why))
    data = documents.json(path)
    checks = _checks(path, data)
    counts: dict[str, Measure | Scalar] = {
        "score": _score(path, "the total", data.get("score"), "no check was conclusive"),
        "checks": len(checks),
        "inconclusive": sum(bool(measure.undefined) for measure in checks.values()),
    }
    repo = mapping(data.get("repo"))
    if options.repository not in (None, repo.get("name")):
        of = text(repo.get("name")) or "a repository without a name"
        return unknown(f"{path} is of {of}, not of {text(options.repository)}; {HOW}", [path])
    of = f"{text(repo.get('name')) or 'a repository'} at {text(repo.get('commit'), 12) or '?'}"
    says = f"{counts['checks']} checks of {of}, {counts['inconclusive']} inconclusive, by {path}"
    if len(checks) == counts["inconclusive"]:
        return unknown(f"no check was conclusive: {says}", [path], **counts, **checks)
    return judged(says, [path], {**counts, **checks}, options)


def _checks(path: str, data: Any) -> dict[str, Measure]:
    if not isinstance(data, dict) or not {"scorecard", "checks", "score"} <= data.keys():
        raise Unreadable(path, "it is not what scorecard --format json writes")
    return named((f"check_{check[0]}", check[1]) for check in _each(path, data["checks"]))


def _each(path: str, checks: Any) -> Iterator[tuple[str, Measure]]:
    for check in map(mapping, listed(checks)):
        if not (name := text(check.get("name"))):
            raise Unreadable(path, "a check in it has no name; write it again with Scorecard")
        yield name, _score(path, name, check.get("score"), text(check.get("reason"), 200))


def _score(path: str, name: str, score: Any, reason: str) -> Measure:
    if score == INCONCLUSIVE and not isinstance(score, bool):
        return undefined(f"inconclusive: {reason or 'no reason is given'}")
    if why := fault(score):
        return undefined(why)
    if not 0 <= score <= MOST:
        raise Unreadable(path, f"the score of {name} is not between 0 and {MOST}")
    return Measure(value=score)
