"""What JUnit XML says, counted from its tags as they come; no test is kept."""

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from trl4ml.core.environment import Environment
from trl4ml.core.views import Tag

MOST_ITEMS, NAMED = 500, 4
CASE, SUITES = "testcase", {"testsuite", "testsuites"}
SAID = {
    "classname", "name", "time", "status", "result", "type", "value", "tests", "failures", "errors",
}  # fmt: skip
BAD = ("failed", "errors")
XFAIL = "pytest.xfail"
"""What pytest calls a test that failed as expected: skipped, but it ran."""
MARKS = {"failure", "error", "skipped"}
FAILED = {"failed", "failure", "fail"}
SKIPPED = {"skipped", "notrun", "not_run", "disabled", "ignored", "suppressed", "pending"}
ITEM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
ENVIRONMENTS = {one.value: one for one in Environment}


@dataclass(slots=True)
class Support:
    """The tests of one item."""

    cases: int = 0
    ran: int = 0
    passed: int = 0
    furthest: Environment | None = None
    """Of those that ran, where they or a suite around them state one."""
    bare: bool = False
    """Whether one that ran states none."""

    def add(self, other: "Support") -> None:
        self.cases += other.cases
        self.ran += other.ran
        self.passed += other.passed
        self.bare |= other.bare
        self._reach(other.furthest)

    def stand(self, at: Environment) -> None:
        """Those that state no environment of their own ran there."""
        if self.bare:
            self.bare = False
            self._reach(at)

    def _reach(self, at: Environment | None) -> None:
        if at and (self.furthest is None or at.nearness < self.furthest.nearness):
            self.furthest = at


class Results:
    """What one or more files say together; of each item that a pattern or a property names."""

    def __init__(self, patterns: Mapping[str, re.Pattern[str]]) -> None:
        self.patterns = patterns
        self.count: Counter[str] = Counter()
        self.times = array("d")
        self.bad: set[str] = set()
        """The first names of those that failed, by the alphabet."""
        self.differs = False
        """Whether the totals of a suite differ from its tests."""
        self.hidden = False
        """Whether a suite tells of failures that no test shows."""
        self.items = {item: Support() for item in list(patterns)[:MOST_ITEMS]}

    def failed(self, name: str) -> None:
        self.bad.add(name)
        if len(self.bad) > NAMED:
            self.bad.remove(max(self.bad))


@dataclass(slots=True)
class Open:
    """An element that has begun and has not ended."""

    tag: str
    said: dict[str, str]
    marks: set[str] = field(default_factory=set)
    """Of its own children those that tell how a test ended."""
    environment: str | None = None
    named: set[str] = field(default_factory=set)
    """The items that the properties of a test name."""
    tests: int = 0
    bad: int = 0
    suites: int = 0
    items: dict[str, Support] = field(default_factory=dict)

    @property
    def at(self) -> Environment | None:
        return ENVIRONMENTS.get(self.environment or "")


def add(found: Results, tags: Iterable[Tag]) -> None:
    """Count what the tags of one file tell."""
    above: list[Open] = []
    cases = 0
    for name, attributes, text in tags:
        if attributes is not None:
            said = {key: value for key, value in attributes.items() if key in SAID}
            above.append(Open(name.rpartition("}")[2], said))
            cases += above[-1].tag == CASE
            continue
        one = above.pop()
        if one.tag == "property":
            _property(one, text, above)
        elif one.tag == CASE:
            cases -= 1
            _case(one, not cases, found)
        elif one.tag in SUITES:
            _claims(one, not above, found)
        _pass_on(one, above[-1] if above else None, found)


def _property(one: Open, text: str, above: list[Open]) -> None:
    name, value = one.said.get("name"), one.said.get("value") or text.strip()
    if name == "trl4ml.environment":
        for holder, child in pairwise(above):
            if child.tag == "properties":
                holder.environment = value
    elif name == "trl4ml" and ITEM.fullmatch(value):
        for holder in above:
            if holder.tag == CASE:
                holder.named.add(value)
                break


def _case(case: Open, counts: bool, found: Results) -> None:
    """A test; one within a test is only the business of the suite around it."""
    status = _status(case)
    case.tests += 1
    case.bad += status in BAD
    case.items.clear()
    if not counts:
        return
    name = f"{case.said.get('classname', '')}::{case.said.get('name', '')}"
    found.count[status] += 1
    if (seconds := number(case.said.get("time"))) is not None:
        found.times.append(seconds)
    if status in BAD:
        shown = name.partition("[")[0][:120]
        found.failed("".join(c if c.isprintable() else "?" for c in shown))
    named = case.named | {item for item, one in found.patterns.items() if one.match(name)}
    if not named:
        return
    ran, at = status != "skipped" or XFAIL in case.marks, case.at
    support = Support(1, ran, status == "passed", at if ran else None, ran and at is None)
    for item in sorted(named):
        if item not in found.items and len(found.items) < MOST_ITEMS:
            found.items[item] = Support()
        if item in found.items:
            case.items.setdefault(item, Support()).add(support)


def _status(case: Open) -> str:
    said = {case.said[name].lower() for name in ("status", "result") if name in case.said}
    if "failure" in case.marks or said & FAILED:
        return "failed"
    if "error" in case.marks or "error" in said:
        return "errors"
    return "skipped" if "skipped" in case.marks or said & SKIPPED else "passed"


def number(text: str | None) -> float | None:
    """A count or time that can be true; Surefire writes `1,234.5`."""
    if not text:
        return None
    try:
        value = float(re.sub(r",(?=\d{3}[,.])", "", text) if "," in text else text)
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None


def _claims(suite: Open, root: bool, found: Results) -> None:
    """Suites within suites are passed over: the tools do not agree on what those count."""
    suite.suites += 1
    if suite.suites > 1 and not root:
        return
    failures = [suite.said[name] for name in ("failures", "errors") if name in suite.said]
    claimed = sum(number(text) or 0 for text in failures)
    found.differs |= "tests" in suite.said and number(suite.said["tests"]) != suite.tests
    found.differs |= bool(failures) and claimed != suite.bad
    found.differs |= None in map(number, failures)
    found.hidden |= claimed > suite.bad


def _pass_on(one: Open, to: Open | None, found: Results) -> None:
    """What an element that ends held, to the one around it."""
    if one.items and one.tag != CASE and (at := one.at):
        for support in one.items.values():
            support.stand(at)
    if to is None:
        for item, support in one.items.items():
            support.stand(Environment.LAB)
            found.items[item].add(support)
        return
    to.tests += one.tests
    to.bad += one.bad
    to.suites += one.suites
    if one.tag in MARKS:
        to.marks |= {one.tag, *({XFAIL} & {one.said.get("type")})}
    if not to.items:
        to.items = one.items
        return
    for item, support in one.items.items():
        to.items.setdefault(item, Support()).add(support)
