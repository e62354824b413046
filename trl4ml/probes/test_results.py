"""Tests prove something only when they were run and passed.

Reads the JUnit XML of the last run where pytest, Surefire, Gradle, gtest, CTest, nextest and
jest-junit usually put it, or at `paths`. Each test case is counted anew; what the suites say of
themselves is only compared. A test belongs to an item when `items` matches its `classname::name`
or when it has the property `trl4ml` with the item's id (pytest: `@pytest.mark.trl4ml(id)`); one that
failed as expected counts against it.
What a test saw counts as seen in the lab; the property `trl4ml.environment` of a test or its suite
says otherwise (synthetic, simulation, lab, shadow, production).
"""

import fnmatch
import math
import re
from collections.abc import Mapping

from trl4ml.artefacts.junit import SUITES, Results, Support, add
from trl4ml.artefacts.lying import NotThere, artefacts
from trl4ml.core.evidence import Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Scalar, Slug
from trl4ml.core.views import Documents, Files, Unreadable

asks = "The tests were run and passed."
version = 4

LARGEST = 64_000_000
NAMES = "{*junit*,*xunit*,*test*,report*,results*}.xml"
FOLDERS = "{reports,report,junit,{test,tests}{-,_}{results,result,reports,report,output}}"
USUAL = (
    NAMES,
    f"{{build,coverage,artifacts,output,out,logs,results}}/{NAMES}",
    f"{FOLDERS}/*.xml",
    f"{FOLDERS}/*/*.xml",
    "build/{test-results,reports}/*.xml",
    "build/{test-results,reports}/*/*.xml",
    "*/build/test-results/*/*.xml",
    "target/{surefire,failsafe}-reports/*.xml",
    "*/target/{surefire,failsafe}-reports/*.xml",
    "target/nextest/*/*.xml",
)
ROOT = re.compile(rb"<!--.*?-->|<([A-Za-z_][\w:.-]*)", re.DOTALL)


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of the result files, if they lie elsewhere; `**/` finds only what git tracks."""
    items: dict[Slug, str] = {}
    """Item id → pattern of the `classname::name` of the tests that prove it; `*` is anything."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        paths = artefacts(files, options.paths, USUAL, lambda path: _is_result(files, path))
    except NotThere as where:
        return unknown(f"no test results {where}; write them with: pytest --junitxml=junit.xml")
    globs = {item: _glob(pattern) for item, pattern in options.items.items()}
    found = Results(globs)
    for path in paths:
        add(found, documents.xml(path))
    first, *more = paths
    count, tests = found.count, found.count.total()
    measures = {**_counts(found), "disagree": found.differs, **_by_item(found.items)}
    by = f"by {first}" + (f" and {len(more)} more files" if more else "")
    by += "; the totals of a suite differ from its tests" if found.differs else ""
    if bad := count["failed"] + count["errors"]:
        says = ", ".join(sorted(found.bad)[:3]) + (" …" if len(found.bad) > 3 else "")
        return no(f"{bad} of {tests} tests failed ({says}) {by}", paths, **measures)
    if found.hidden:
        return unknown(f"failures are announced but no test shows them {by}", paths, **measures)
    passed, skipped = count["passed"], count["skipped"]
    if not passed:
        says = f"all {tests} tests were skipped" if tests else "there is no test"
        return unknown(f"{says} {by}; run them and write the results again", paths, **measures)
    return yes(f"{passed} tests passed, none failed, {skipped} skipped {by}", paths, **measures)


def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))


def _is_result(files: Files, path: str) -> bool:
    """Whether it is JUnit XML, or nothing that can be told: then reading it will complain."""
    if files.size(path) > LARGEST:
        raise Unreadable(path, f"it is larger than {LARGEST // 1_000_000} MB")
    head = files.bytes(path, 8192).replace(b"\0", b"")
    root = next((m[1].decode() for m in ROOT.finditer(head) if m[1]), "testsuite")
    return root.rpartition(":")[2] in SUITES


def _counts(found: Results) -> dict[str, Measure | Scalar]:
    tests, count = found.count.total(), found.count
    ran = tests - count["skipped"]
    rate = Measure(value=count["passed"] / ran, n=ran) if ran else undefined("no test was run")
    seconds = Measure(value=round(math.fsum(found.times), 3), unit="s", n=len(found.times))
    return {
        "tests": tests,
        **{status: count[status] for status in ("passed", "failed", "errors", "skipped")},
        "pass_rate": rate,
        "seconds": seconds if found.times else undefined("no test has a time", "s"),
    }


def _by_item(items: Mapping[str, Support]) -> dict[str, Measure | Scalar]:
    """The share passed of the tests of each item."""
    return {f"item_{item.replace('-', '_')}": _passed(one) for item, one in items.items()}


def _passed(one: Support) -> Measure:
    """The share passed of those that ran, as far from use as the furthest of them."""
    if not one.ran:
        return undefined("all its tests were skipped" if one.cases else "no test belongs to it")
    return Measure(value=one.passed / one.ran, n=one.ran, environment=one.furthest)
