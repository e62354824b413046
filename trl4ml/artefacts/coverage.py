"""What a report of coverage says, in each of the three formats. Raises ValueError for another."""

import re
from array import array
from collections.abc import Iterable
from hashlib import blake2b
from json import JSONDecodeError
from typing import NamedTuple

from trl4ml.dense import loads

TOLERANCE = 0.01
WAYS = 1_000_001
MOST_FILES, MOST_FOLDERS = 20_000, 200
TOO_MANY = f"it tells of more than {MOST_FILES} source files"
NOT_OURS = "it is not what coverage json writes"
NUMBER = re.compile(r"[0-9]{1,9}")
HIT = re.compile(r"0*[1-9][0-9]*")


class Report(NamedTuple):
    """What ran of each source file, in few bytes a line, since reports are long."""

    lines: dict[str, "array[int]"]
    """Twice the number of each line, and one more where it ran; in any order, and more than once."""
    branches: dict[str, dict[str, int]]
    """By branching point: the ways that were taken, times WAYS, and how many there are."""
    single: dict[str, "array[int]"]
    """Of each way that is told by itself twice the digest, and one more where it was taken."""
    names: set[str]
    folders: set[str]
    """To which the names are relative."""
    recorded: float | None = None

    def add_name(self, name: str) -> None:
        self.names.add(name)
        if len(self.names) > MOST_FILES:
            raise ValueError(TOO_MANY)

    def add_folder(self, name: str) -> None:
        self.folders.add(name)
        if len(self.folders) > MOST_FOLDERS:
            raise ValueError(f"it names more than {MOST_FOLDERS} source folders")

    def add_line(self, name: str, number: str, ran: bool) -> None:
        if not NUMBER.fullmatch(number):
            raise ValueError("a line in it has no number")
        self.lines_of(name).append(2 * int(number) + ran)

    def lines_of(self, name: str) -> "array[int]":
        if name not in self.lines:
            if len(self.lines) >= MOST_FILES:
                raise ValueError(TOO_MANY)
            self.lines[name] = array("I")
        return self.lines[name]

    def add_branch(self, name: str, point: str, taken: int, of: int) -> None:
        of = min(max(of, 0), WAYS - 1)
        points = self.branches.setdefault(name, {})
        points[point] = max(points.get(point, 0), min(max(taken, 0), of) * WAYS + of)

    def add_way(self, name: str, way: str, taken: bool) -> None:
        digest = int.from_bytes(blake2b(way.encode(), digest_size=8).digest())
        self.single.setdefault(name, array("Q")).append(digest & ~1 | taken)

    def take(self, other: "Report") -> None:
        """What the other says too, which is of no use afterwards."""
        for mine, its in ((self.lines, other.lines), (self.single, other.single)):
            for name, numbers in its.items():
                if mine.setdefault(name, numbers) is not numbers:
                    mine[name].extend(numbers)
        for name, points in other.branches.items():
            if (known := self.branches.setdefault(name, points)) is not points:
                known.update((at, max(known.get(at, 0), one)) for at, one in points.items())
        self.names.update(other.names)
        self.folders.update(other.folders)

    @property
    def ways(self) -> tuple[int, int]:
        """How many ways were taken, of how many."""
        every = [one for points in self.branches.values() for one in points.values()]
        ran, of = _counted(self.single)
        return ran + sum(one // WAYS for one in every), of + sum(one % WAYS for one in every)

    @property
    def counted(self) -> tuple[int, int]:
        """How many lines ran, of how many."""
        return _counted(self.lines)

    def agrees(self, rate: float) -> bool:
        """Whether the line rate that it records is the one that its lines give."""
        return self.recorded is None or abs(self.recorded - rate) <= TOLERANCE

    @property
    def rate(self) -> float:
        ran, every = self.counted
        return ran / every


def _counted(lines: dict[str, "array[int]"]) -> tuple[int, int]:
    """How many of the different ones were met, of how many."""
    ran = every = 0
    for numbers in lines.values():
        last = -1
        for one in sorted(numbers, reverse=True):
            if one >> 1 != last:
                last, every, ran = one >> 1, every + 1, ran + (one & 1)
    return ran, every


def empty() -> Report:
    return Report({}, {}, {}, set(), set())


def hit(text: str) -> bool:
    return bool(HIT.fullmatch(text))


def coverage_py(content: bytes) -> Report:
    size = len(content)
    try:
        text = content.decode()
        del content
        data = loads(text, size)
        del text
    except (JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(NOT_OURS) from None
    except ValueError as error:
        raise ValueError(f"{NOT_OURS}: {error}") from None
    try:
        report = empty()
        for name in data["files"]:
            report.add_name(name)
        for name, one in data["files"].items():
            for key, hit in (("missing_lines", False), ("executed_lines", True)):
                report.lines_of(name).extend(2 * int(line) + hit for line in one[key])
            summary = one["summary"]
            if of := int(summary.get("num_branches", 0)):
                report.add_branch(name, "", int(summary["covered_branches"]), of)
        totals = data["totals"]
        count = int(totals["num_statements"])
        return report._replace(recorded=int(totals["covered_lines"]) / count if count else None)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        raise ValueError(NOT_OURS) from None


def lcov(lines: Iterable[str]) -> Report:
    report = empty()
    total = {"LF": 0, "LH": 0}
    name, parts = "", 0
    for number, line in enumerate(lines, 1):
        kind, _, rest = line.strip().partition(":")
        try:
            if kind == "SF":
                name, parts = rest, parts + 1
                report.add_name(name)
            elif kind == "DA":
                at, hits = rest.split(",")[:2]
                report.add_line(name, at, hit(hits))
            elif kind == "BRDA":
                way, _, taken = rest.rpartition(",")
                report.add_way(name, way, hit(taken))
            elif kind in total:
                total[kind] += int(rest)
        except ValueError:
            raise ValueError(f"it is not lcov in line {number}") from None
    once = total["LF"] > 0 and parts == len(report.names)
    return report._replace(recorded=total["LH"] / total["LF"] if once else None)


def joined(reports: Iterable[Report]) -> Report:
    """All of them in one; they are of no use afterwards."""
    whole = empty()
    for report in reports:
        whole.take(report)
    return whole
