"""A model is right about the data that it learned from; in use the data moves on.

Reads what Evidently writes as JSON: reports and test suites (to 0.6), and the results of a run (since
0.7). Its tests decide; without tests, whether the data set has drifted as Evidently judges it. Each
metric that is a plain number is a measure. A test that was skipped leaves it unknown, unless `at_most`
says how many may be `skipped`. Several files count together only when `paths` names them.
"""

from collections import Counter

from trl4ml.artefacts.evidently import Drift, Report, report
from trl4ml.artefacts.numbers import Number
from trl4ml.core.evidence import Finding, Measure, Mode, no, undefined, unknown
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.results.bars import Bars, judged
from trl4ml.results.lying import NoResults, lying, one
from trl4ml.results.measures import measure, measures

asks = "Evidently compared the present data with a reference, and its tests passed."
version = 1
mode = Mode.ARTIFACT

NAMES = "*evidently*.json"
FOLDERS = "{reports,report,results,monitoring,drift,artifacts,output}"
USUAL = (NAMES, f"{FOLDERS}/{NAMES}", f"{FOLDERS}/*/{NAMES}")
HOW = 'write one with: report.run(current, reference).save_json("evidently.json")'
MOST_TOLD = 3


class Options(Bars):
    """Such as at_most: {drift_share: 0.3}."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        paths = lying(files, options.paths, USUAL, "result of Evidently", HOW)
        paths = paths if options.paths else [one(paths, "evidently")]
    except NoResults as why:
        return unknown(str(why))
    reports = [_read(documents, path) for path in paths]
    tests = sum((one.tests for one in reports), Counter[str]())
    drifts = [drift for one in reports for drift in one.drifts]
    counts = _counts(tests, drifts)
    found = {**measures(number for one in reports for number in one.numbers), **counts}
    says = f"{tests['SUCCESS']} of {tests.total()} tests passed by {', '.join(paths[:MOST_TOLD])}"
    failed = sorted({name for one in reports for name in one.failed})
    if failed:
        more = " …" if failed[MOST_TOLD:] else ""
        return no(f"{says}; failed: {', '.join(failed[:MOST_TOLD])}{more}", paths, **found)
    if tests["ERROR"]:
        return unknown(f"{tests['ERROR']} tests could not be run; {says}", paths, **found)
    if tests["SKIPPED"] and tests["SUCCESS"] and "skipped" not in options.at_most:
        return unknown(f"{tests['SKIPPED']} tests were skipped; {says}", paths, **found)
    if tests and not tests["SUCCESS"]:
        return unknown(f"no test was run to its end; {says}", paths, **found)
    if not tests:
        says = f"{len(found) - len(counts)} numbers, no tests, by {', '.join(paths[:MOST_TOLD])}"
        if any(drift.drifted for drift in drifts):
            return no(f"the data set has drifted; {says}", paths, **found)
        told = drifts and all(drift.drifted is not None for drift in drifts)
        if not told and not options.at_least | options.at_most:
            return unknown(f"nothing in it passes or fails; {says}", paths, **found)
    return judged(says, paths, found, options)


def _read(documents: Documents, path: str) -> Report:
    try:
        return report(documents.json(path))
    except ValueError as error:
        raise Unreadable(path, str(error)) from None


def _counts(tests: Counter[str], drifts: list[Drift]) -> dict[str, Measure | Scalar]:
    """How the tests ended, and the share of the columns that drifted.

    Of several the largest; undefined where one of them is, since that might be the largest.
    """
    shares = [measure(Number("", drift.share, None, drift.columns)) for drift in drifts]
    undefined_ones = [share for share in shares if share.undefined]
    nothing = undefined("no metric tells of the drift of the data set")
    largest = max(shares, key=lambda share: float(share.value or 0), default=nothing)
    return {
        "tests": tests.total(), "passed": tests["SUCCESS"], "failed": tests["FAIL"],
        "warned": tests["WARNING"], "errors": tests["ERROR"], "skipped": tests["SKIPPED"],
        "drift_share": next(iter(undefined_ones), largest),
    }  # fmt: skip
