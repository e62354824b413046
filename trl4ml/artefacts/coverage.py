"""What a report of coverage says, in each of the three formats. Raises ValueError for another."""

import json
import re
from collections.abc import Iterable
from typing import NamedTuple
from xml.etree.ElementTree import Element

TOLERANCE = 0.01
MOST_WAYS = 1_000_000
HIT = re.compile(r"0*[1-9][0-9]*")
CONDITIONS = re.compile(r"\(([0-9]{1,9})/([0-9]{1,9})\)")


class Report(NamedTuple):
    """By source file and line: whether it ran; by branching point: how many ways of how many."""

    lines: dict[tuple[str, str], bool]
    branches: dict[tuple[str, str], tuple[int, int]]
    names: set[str]
    folders: set[str]
    """To which the names are relative."""
    recorded: float | None = None

    def add_line(self, at: tuple[str, str], ran: bool) -> None:
        self.lines[at] = self.lines.get(at, False) or ran

    def add_branch(self, at: tuple[str, str], taken: int, of: int) -> None:
        of = min(max(of, 0), MOST_WAYS)
        self.branches[at] = max(self.branches.get(at, (0, 0)), (min(max(taken, 0), of), of))

    @property
    def agrees(self) -> bool:
        return self.recorded is None or abs(self.recorded - self.rate) <= TOLERANCE

    @property
    def rate(self) -> float:
        return sum(self.lines.values()) / len(self.lines)


def cobertura(root: Element) -> Report:
    if root.tag != "coverage":
        raise ValueError("it is not Cobertura XML")
    report = Report({}, {}, set(), {e.text or "" for e in root.iter("source")})
    for one in root.iter("class"):
        name = one.get("filename") or one.get("name") or "?"
        report.names.add(name)
        for line in one.findall("lines/line") or one.findall("methods/method/lines/line"):
            at = name, line.get("number", "")
            report.add_line(at, _hit(line.get("hits", "")))
            if ways := CONDITIONS.search(line.get("condition-coverage", "")):
                report.add_branch(at, int(ways[1]), int(ways[2]))
    try:
        rate = root.get("line-rate")
        return report._replace(recorded=None if rate is None else float(rate))
    except ValueError:
        raise ValueError("its line-rate is not a number") from None


def _hit(text: str) -> bool:
    return bool(HIT.fullmatch(text))


def coverage_py(content: bytes) -> Report:
    try:
        data = json.loads(content)
        report = Report({}, {}, {*data["files"]}, set())
        for name, one in data["files"].items():
            for key, hit in (("missing_lines", False), ("executed_lines", True)):
                report.lines.update({(name, str(int(line))): hit for line in one[key]})
            summary = one["summary"]
            if of := int(summary.get("num_branches", 0)):
                report.add_branch((name, ""), int(summary["covered_branches"]), of)
        totals = data["totals"]
        count = int(totals["num_statements"])
        return report._replace(recorded=int(totals["covered_lines"]) / count if count else None)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        raise ValueError("it is not what coverage json writes") from None


def lcov(text: str) -> Report:
    report = Report({}, {}, set(), set())
    total = {"LF": 0, "LH": 0}
    name, parts = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        kind, _, rest = line.strip().partition(":")
        try:
            if kind == "SF":
                name, parts = rest, parts + 1
                report.names.add(name)
            elif kind == "DA":
                at, hits = rest.split(",")[:2]
                report.add_line((name, at), _hit(hits))
            elif kind == "BRDA":
                way, _, taken = rest.rpartition(",")
                report.add_branch((name, way), int(_hit(taken)), 1)
            elif kind in total:
                total[kind] += int(rest)
        except ValueError:
            raise ValueError(f"it is not lcov in line {number}") from None
    once = total["LF"] > 0 and parts == len(report.names)
    return report._replace(recorded=total["LH"] / total["LF"] if once else None)


def joined(reports: Iterable[Report]) -> Report:
    whole = Report({}, {}, set(), set())
    for report in reports:
        for at, ran in report.lines.items():
            whole.add_line(at, ran)
        for at, (taken, of) in report.branches.items():
            whole.add_branch(at, taken, of)
        whole.names.update(report.names)
        whole.folders.update(report.folders)
    return whole
