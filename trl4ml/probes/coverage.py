"""Code that no test runs can be wrong in any way and every test still passes.

Reads Cobertura XML (coverage.py, gcovr, Istanbul, tarpaulin), coverage.py's JSON or lcov where they
usually lie, or at `paths`. Lines are counted anew; a rate that the report records must agree.
Several reports named in `paths` are joined; several that were only found must agree.
"""

import re
from collections.abc import Iterator
from itertools import count

from trl4ml.artefacts.cobertura import cobertura
from trl4ml.artefacts.coverage import TOLERANCE, Report, coverage_py, joined, lcov
from trl4ml.artefacts.lying import NotThere, artefacts
from trl4ml.core.evidence import Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files, Unreadable

asks = "The share of the code that the tests run was measured."
version = 2

LARGEST = 64_000_000
MOST_LOOKED_UP = 200
LONGEST = 100_000
NAMES = "{*coverage*.xml,*cobertura*.xml,coverage.json,*lcov*.info,*.lcov}"
FOLDERS = "{coverage,cov,report,reports,build,target,artifacts,output,out,test-{reports,results}}"
USUAL = (NAMES, f"{FOLDERS}/{NAMES}", f"{{reports,build,coverage,target}}/*/{NAMES}")
PLAIN = re.compile(r"(?!/|.*\.\.)[\w. /-]+")
UPWARDS = re.compile(r"^(?:\.{1,2}/)+")
ENDING = re.compile(r"(?:\.\w+)?\Z")
ABSOLUTE = re.compile(r"/|[A-Za-z]:")


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of the reports, if they lie elsewhere; `**/` finds only what git tracks."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        paths = artefacts(files, options.paths, USUAL)
    except NotThere as where:
        how = "coverage run -m pytest && coverage xml"
        return unknown(f"no coverage report {where}; write one with: {how}")
    reports = {path: _read(files, documents, path) for path in paths}
    rates: dict[str, float] = {}
    for path, report in reports.items():
        ran, every = report.counted
        if not every:
            return unknown(f"{path} tells of no line; measure again: coverage xml", [path])
        rates[path] = ran / every
        if not report.agrees(rates[path]):
            says = f"{path} records a line rate of {report.recorded:.3g}, its lines give"
            return unknown(f"{says} {rates[path]:.3g}; write it again: coverage xml", [path])
    least, most = (pick(paths, key=lambda p: rates[p]) for pick in (min, max))
    if not options.paths and rates[most] - rates[least] > TOLERANCE:
        says = f"{least} gives a line rate of {rates[least]:.3g}"
        says = f"{says}, {most} one of {rates[most]:.3g}"
        return unknown(f"{says}; name the true ones as paths of coverage in trl4ml.yaml", paths)
    if options.paths:
        return _finding(files, joined(reports.values()), paths)
    return _finding(files, reports[least], [least])


def _finding(files: Files, report: Report, paths: list[str]) -> Finding:
    (ran, every), (covered, total) = report.counted, report.ways
    missing = _missing(files, report)
    measures = {
        "line_rate": Measure(value=ran / every, n=every),
        "branch_rate": Measure(value=covered / total, n=total)
        if total
        else undefined("no branches were recorded; measure with: coverage run --branch"),
        "files": Measure(value=len(report.names)),
        "missing_files": Measure(value=missing, n=len(report.names)),
    }
    gone = f"; {missing} of its files are not in the project" if missing else ""
    if not ran:
        return no(f"no line was run by {paths[0]}{gone}", paths, **measures)
    says = f"{ran} of {every} lines were run"
    return yes(f"{says} by {' and '.join(paths[:3])}{gone}", paths, **measures)


def _read(files: Files, documents: Documents, path: str) -> Report:
    if files.size(path) > LARGEST:
        raise Unreadable(path, f"it is larger than {LARGEST // 1_000_000} MB")
    try:
        if path.lower().endswith(".xml"):
            return cobertura(documents.xml(path))
        if path.lower().endswith(".json"):
            return coverage_py(files.bytes(path, LARGEST))
        return lcov(_lines(files, path))
    except ValueError as error:
        raise Unreadable(path, str(error)) from None


def _lines(files: Files, path: str) -> Iterator[str]:
    """Each in its turn, since reports are long."""
    with files.open(path) as file:
        for number in count():
            line = file.readline(LONGEST)
            if b"\0" in line or len(line) == LONGEST:
                raise Unreadable(path, "it is not text")
            if not line:
                return
            yield line.decode("utf-8" if number else "utf-8-sig", "replace")


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
