"""Tests prove something only when they were run and passed.

Reads the JUnit XML of the last run where pytest, Surefire, Gradle, gtest, CTest, nextest and
jest-junit usually put it, or at `paths`. Each test case is counted anew; what the suites say of
themselves is only compared. A test belongs to an item when `items` matches its `classname::name`
or when it has the property `trl4ml` with the item's id (pytest: `record_property("trl4ml", id)`).
What a test saw counts as seen in the lab; the property `trl4ml.environment` of a test or its suite
says otherwise (synthetic, simulation, lab, shadow, production).
"""

import fnmatch
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from trl4ml.artefacts.lying import NotThere, artefacts
from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Scalar, Slug
from trl4ml.core.views import Documents, Files, Unreadable

asks = "The tests were run and passed."
version = 3

LARGEST = 64_000_000
MOST_ITEMS = 500
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
BAD = ("failed", "errors")
SUITES = {"testsuite", "testsuites"}
FAILED = {"failed", "failure", "fail"}
SKIPPED = {"skipped", "notrun", "not_run", "disabled", "ignored", "suppressed", "pending"}
ITEM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of the result files, if they lie elsewhere; `**/` finds only what git tracks."""
    items: dict[Slug, str] = {}
    """Item id → pattern of the `classname::name` of the tests that prove it; `*` is anything."""


class Case(NamedTuple):
    name: str
    status: str
    seconds: float | None
    items: frozenset[str]
    environment: Environment


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        paths = artefacts(files, options.paths, USUAL, lambda path: _is_result(files, path))
    except NotThere as where:
        return unknown(f"no test results {where}; write them with: pytest --junitxml=junit.xml")
    roots = {path: documents.xml(path) for path in paths}
    first, *more = roots
    globs = {item: _glob(pattern) for item, pattern in options.items.items()}
    cases = [_case(e, globs, at) for root in roots.values() for e, at in _tests(root)]
    claims = [_claims(root) for root in roots.values()]
    differs = any(differs for differs, _ in claims)
    measures = {**_counts(cases), "disagree": differs, **_by_item(cases, options.items)}
    by = f"by {first}" + (f" and {len(more)} more files" if more else "")
    by += "; the totals of a suite differ from its tests" if differs else ""
    bad = [case.name for case in cases if case.status in BAD]
    if bad:
        named = sorted(set(bad))
        says = ", ".join(named[:3]) + (" …" if len(named) > 3 else "")
        return no(f"{len(bad)} of {len(cases)} tests failed ({says}) {by}", roots, **measures)
    if any(hidden for _, hidden in claims):
        return unknown(f"failures are announced but no test shows them {by}", roots, **measures)
    passed, skipped = measures["passed"], measures["skipped"]
    if not passed:
        says = f"all {len(cases)} tests were skipped" if cases else "there is no test"
        return unknown(f"{says} {by}; run them and write the results again", roots, **measures)
    return yes(f"{passed} tests passed, none failed, {skipped} skipped {by}", roots, **measures)


def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))


def _is_result(files: Files, path: str) -> bool:
    """Whether it is JUnit XML, or nothing that can be told: then reading it will complain."""
    if files.size(path) > LARGEST:
        raise Unreadable(path, f"it is larger than {LARGEST // 1_000_000} MB")
    head = files.bytes(path, 8192).replace(b"\0", b"")
    root = next((m[1].decode() for m in ROOT.finditer(head) if m[1]), "testsuite")
    return root.rpartition(":")[2] in SUITES


def _of(root: Element, tags: set[str]) -> list[Element]:
    return [element for element in root.iter() if _tag(element) in tags]


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _tests(root: Element) -> Iterator[tuple[Element, Environment]]:
    """Each test case, in order, with the environment that it or a suite around it states."""
    pending = [(root, Environment.LAB)]
    while pending:
        element, at = pending.pop()
        at = _environment(element) or at
        if _tag(element) == "testcase":
            yield element, at
        else:
            pending += [(child, at) for child in reversed(list(element))]


def _environment(element: Element) -> Environment | None:
    own = (child for child in element if _tag(child) == "properties")
    said = [value for one in own for value in _properties(one, "trl4ml.environment")]
    return Environment(said[-1]) if said and said[-1] in list(Environment) else None


def _properties(element: Element, name: str) -> list[str]:
    every = _of(element, {"property"})
    return [e.get("value") or (e.text or "").strip() for e in every if e.get("name") == name]


def _case(element: Element, patterns: dict[str, re.Pattern[str]], at: Environment) -> Case:
    name = f"{element.get('classname', '')}::{element.get('name', '')}"
    said = set(_properties(element, "trl4ml"))
    items = {item for item, pattern in patterns.items() if pattern.match(name)}
    items |= {item for item in said if ITEM.fullmatch(item)}
    shown = "".join(c if c.isprintable() else "?" for c in name.partition("[")[0][:120])
    return Case(shown, _status(element), _number(element.get("time")), frozenset(items), at)


def _status(case: Element) -> str:
    tags = {_tag(child) for child in case}
    said = {case.get(name, "").lower() for name in ("status", "result")}
    if "failure" in tags or said & FAILED:
        return "failed"
    if "error" in tags or "error" in said:
        return "errors"
    return "skipped" if "skipped" in tags or said & SKIPPED else "passed"


def _number(text: str | None) -> float | None:
    """A count or time that can be true; Surefire writes `1,234.5`."""
    try:
        number = float(re.sub(r",(?=\d{3}[,.])", "", text or ""))
    except ValueError:
        return None
    return number if 0 <= number < 1e9 else None


def _claims(root: Element) -> tuple[bool, bool]:
    """Whether a suite's own totals differ from its tests, and tell of failures that no test shows.

    Suites within suites are passed over: the tools do not agree on what those count.
    """
    differs = hidden = False
    for suite in _of(root, SUITES):
        if suite is not root and len(_of(suite, SUITES)) > 1:
            continue
        cases = [_status(case) for case in _of(suite, {"testcase"})]
        bad = sum(status in BAD for status in cases)
        failures = [suite.get(name) for name in ("failures", "errors") if name in suite.attrib]
        claimed = sum(_number(text) or 0 for text in failures)
        differs |= "tests" in suite.attrib and _number(suite.get("tests")) != len(cases)
        differs |= (bool(failures) and claimed != bad) or None in map(_number, failures)
        hidden |= claimed > bad
    return differs, hidden


def _counts(cases: list[Case]) -> dict[str, Measure | Scalar]:
    count = Counter(case.status for case in cases)
    ran = len(cases) - count["skipped"]
    times = [case.seconds for case in cases if case.seconds is not None]
    rate = Measure(value=count["passed"] / ran, n=ran) if ran else undefined("no test was run")
    seconds = Measure(value=round(math.fsum(times), 3), unit="s", n=len(times))
    return {
        "tests": len(cases),
        **{status: count[status] for status in ("passed", *BAD, "skipped")},
        "pass_rate": rate,
        "seconds": seconds if times else undefined("no test has a time", "s"),
    }


def _by_item(cases: list[Case], wanted: Iterable[str]) -> dict[str, Measure | Scalar]:
    """The share passed of the tests of each item."""
    own: dict[str, list[Case]] = {item: [] for item in wanted}
    for case in cases:
        for item in sorted(case.items):
            own.setdefault(item, []).append(case)
    return {f"item_{item.replace('-', '_')}": _passed(own[item]) for item in list(own)[:MOST_ITEMS]}


def _passed(cases: list[Case]) -> Measure:
    """The share passed of those that ran, as far from use as the furthest of them."""
    ran = [case for case in cases if case.status != "skipped"]
    if not ran:
        return undefined("all its tests were skipped" if cases else "no test belongs to it")
    passed = sum(case.status == "passed" for case in ran)
    furthest = min((case.environment for case in ran), key=lambda one: one.nearness)
    return Measure(value=passed / len(ran), n=len(ran), environment=furthest)
