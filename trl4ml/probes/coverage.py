"""Code that no test runs can be wrong in any way and every test still passes.

Reads Cobertura XML (coverage.py, gcovr, Istanbul, tarpaulin), coverage.py's JSON or lcov where they
usually lie, or at `paths`. Lines are counted anew; a rate that the report records must agree.
Several reports named in `paths` are joined; several that were only found must agree.
"""

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from trl4ml.core.evidence import Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files, Unreadable

asks = "The share of the code that the tests run was measured."
version = 1

LARGEST = 64_000_000
TOLERANCE = 0.01
MOST_LOOKED_UP = 200
MOST_WAYS = 1_000_000
NAMES = "{*coverage*.xml,*cobertura*.xml,coverage.json,*lcov*.info,*.lcov}"
FOLDERS = "{coverage,cov,report,reports,build,target,artifacts,output,out,test-{reports,results}}"
USUAL = (NAMES, f"{FOLDERS}/{NAMES}", f"{{reports,build,coverage,target}}/*/{NAMES}")
HIT = re.compile(r"0*[1-9][0-9]*")
CONDITIONS = re.compile(r"\(([0-9]{1,9})/([0-9]{1,9})\)")
PLAIN = re.compile(r"(?!/|.*\.\.)[\w. /-]+")
UPWARDS = re.compile(r"^(?:\.{1,2}/)+")
ENDING = re.compile(r"(?:\.\w+)?\Z")
ABSOLUTE = re.compile(r"/|[A-Za-z]:")


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of the reports, if they lie elsewhere; `**/` finds only what git tracks."""


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


def run(files: Files, documents: Documents, options: Options) -> Finding:
    found: set[str] = set()
    given: list[tuple[str, ...]] = [(one,) for one in options.paths] or [USUAL]
    for patterns in given:
        some = _matching(files, patterns)
        if not some:
            where = f"at {patterns[0]}" if options.paths else "where it usually lies"
            how = "coverage run -m pytest && coverage xml"
            return unknown(f"no coverage report {where}; write one with: {how}")
        found.update(some)
    paths = sorted(found)
    reports = {path: _read(files, documents, path) for path in paths}
    for path, report in reports.items():
        if not report.lines:
            return unknown(f"{path} tells of no line; measure again: coverage xml", [path])
        if not report.agrees:
            says = f"{path} records a line rate of {report.recorded:.3g}, its lines give"
            return unknown(f"{says} {report.rate:.3g}; write it again: coverage xml", [path])
    least, most = (pick(paths, key=lambda p: reports[p].rate) for pick in (min, max))
    if not options.paths and reports[most].rate - reports[least].rate > TOLERANCE:
        says = f"{least} gives a line rate of {reports[least].rate:.3g}"
        says = f"{says}, {most} one of {reports[most].rate:.3g}"
        return unknown(f"{says}; name the true ones as paths of coverage in trl4ml.yaml", paths)
    if options.paths:
        return _finding(files, _joined(reports.values()), paths)
    return _finding(files, reports[least], [least])


def _finding(files: Files, report: Report, paths: list[str]) -> Finding:
    covered = sum(taken for taken, _ in report.branches.values())
    total = sum(of for _, of in report.branches.values())
    missing = _missing(files, report)
    measures = {
        "line_rate": Measure(value=report.rate, n=len(report.lines)),
        "branch_rate": Measure(value=covered / total, n=total)
        if total
        else undefined("no branches were recorded; measure with: coverage run --branch"),
        "files": Measure(value=len(report.names)),
        "missing_files": Measure(value=missing, n=len(report.names)),
    }
    gone = f"; {missing} of its files are not in the project" if missing else ""
    if not report.rate:
        return no(f"no line was run by {paths[0]}{gone}", paths, **measures)
    says = f"{sum(report.lines.values())} of {len(report.lines)} lines were run"
    return yes(f"{says} by {' and '.join(paths[:3])}{gone}", paths, **measures)


def _matching(files: Files, patterns: Iterable[str]) -> tuple[str, ...]:
    deep = [pattern for pattern in patterns if "**" in pattern]
    flat = [pattern for pattern in patterns if "**" not in pattern]
    try:
        return (files.matching(*deep) if deep else ()) + files.present(*flat)
    except ValueError:
        raise Unreadable("trl4ml.yaml", "a pattern of coverage is not one") from None


def _read(files: Files, documents: Documents, path: str) -> Report:
    if files.size(path) > LARGEST:
        raise Unreadable(path, f"it is larger than {LARGEST // 1_000_000} MB")
    if path.lower().endswith(".xml"):
        return _cobertura(documents, path)
    return _coverage_py(files, path) if path.lower().endswith(".json") else _lcov(files, path)


def _cobertura(documents: Documents, path: str) -> Report:
    root = documents.xml(path)
    if root.tag != "coverage":
        raise Unreadable(path, "it is not Cobertura XML")
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
        raise Unreadable(path, "its line-rate is not a number") from None


def _hit(text: str) -> bool:
    return bool(HIT.fullmatch(text))


def _coverage_py(files: Files, path: str) -> Report:
    try:
        data = json.loads(files.bytes(path, LARGEST))
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
        raise Unreadable(path, "it is not what coverage json writes") from None


def _lcov(files: Files, path: str) -> Report:
    report = Report({}, {}, set(), set())
    total = {"LF": 0, "LH": 0}
    name, parts = "", 0
    for number, line in enumerate(files.text(path, LARGEST).split("\n"), 1):
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
            raise Unreadable(path, "it is not lcov", number) from None
    once = total["LF"] > 0 and parts == len(report.names)
    return report._replace(recorded=total["LH"] / total["LF"] if once else None)


def _joined(reports: Iterable[Report]) -> Report:
    whole = Report({}, {}, set(), set())
    for report in reports:
        for at, ran in report.lines.items():
            whole.add_line(at, ran)
        for at, (taken, of) in report.branches.items():
            whole.add_branch(at, taken, of)
        whole.names.update(report.names)
        whole.folders.update(report.folders)
    return whole


def _missing(files: Files, report: Report) -> int:
    """How many of the source files are neither in the project nor there but ignored by git."""
    endings = sorted({"**/*" + ENDING.findall(name)[0] for name in report.names})
    known: set[str] = set()
    for path in files.matching(*(endings if len(endings) < 20 else ["**/*"])):
        parts = ["", *path.split("/")]
        known.update("/".join(parts[at:]) for at in range(len(parts)))
    gone = [n for n in sorted(report.names) if known.isdisjoint(_ends(n, report.folders))]
    ignored = [n for n in gone[:MOST_LOOKED_UP] if PLAIN.fullmatch(n) and files.present(n)]
    return len(gone) - len(ignored)


def _ends(name: str, folders: set[str]) -> set[str]:
    """With any of which a path of the project must end to be the one meant; `/` begins it.

    `pkg/m.py` may lie in `src`; of `/ci/src/pkg/m.py` at least `pkg/m.py` must be there.
    """
    name = UPWARDS.sub("", name.replace("\\", "/"), count=1)
    if "/" in name and not ABSOLUTE.match(name):
        return {name}
    paths = [f"{folder}/{name}" for folder in folders or ("",)]
    return {"/".join(path.split("/")[-2:]) for path in paths} | {"/" + name.split("/")[-1]}
