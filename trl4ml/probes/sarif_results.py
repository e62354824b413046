"""What a scanner has found and nobody has looked at is known to everybody but the team.

Reads SARIF 2.1.0 of any scanner (CodeQL, Semgrep, Bandit, Trivy, ruff, gitleaks …). Problems are counted
by level; what is suppressed is counted apart, and what passed or does not apply is no problem. A run
that did not succeed, that told of an error, or that has no list of results, proves nothing. Logs that
trl4ml wrote itself count only when `paths` names them.
"""

from collections import Counter
from typing import Literal

from trl4ml.artefacts.sarif import LEVELS, Scan, scans
from trl4ml.core.evidence import Finding, Mode, no, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.results.lying import NoResults, lying

asks = "Scanners looked at the code, and no problem of the declared level is open."
version = 2
mode = Mode.ARTIFACT

NAMES = "{*.sarif,*.sarif.json}"
FOLDERS = "{reports,results,security,sarif,scan,scans,artifacts,build,output,out,target}"
USUAL = (NAMES, f"{FOLDERS}/{NAMES}", f"{FOLDERS}/*/{NAMES}")
HOW = "write one with: ruff check --output-format sarif --output-file results.sarif"
OURS = "trl4ml"
MOST_TOLD = 3


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of the logs, if they lie elsewhere; `**/` finds only what git tracks."""
    fails: Literal["error", "warning", "note"] = "error"
    """The mildest level that counts as a no."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        paths = lying(files, options.paths, USUAL, "SARIF log", HOW)
    except NoResults as why:
        return unknown(str(why))
    found = [(path, scan) for path in paths for scan in _scans(documents, path)]
    if not options.paths:
        found = [(path, scan) for path, scan in found if scan.tool.partition(" ")[0] != OURS]
    if not found:
        return unknown(f"no scanner has run by {', '.join(paths[:MOST_TOLD])}; {HOW}", paths)
    paths = list(dict.fromkeys(path for path, _ in found))
    count = sum((scan.counts for _, scan in found), Counter[str]())
    tools = sorted({scan.tool for _, scan in found})
    measures = {
        **{level: count[level] for level in LEVELS},
        "suppressed": count["suppressed"], "waiting": count["waiting"],
        "results": count["results"], "runs": len(found), "tools": len(tools),
    }  # fmt: skip
    says = f"{', '.join(f'{count[level]} {level}s' for level in LEVELS)} by {_few(tools)}"
    counted = LEVELS[: LEVELS.index(options.fails) + 1]
    if any(count[level] for level in counted):
        return no(says, paths, **measures)
    for path, scan in found:
        if scan.broken:
            return unknown(
                f"{path}: the run of {scan.tool} {scan.broken}; scan again", [path], **measures
            )
    if count["waiting"]:
        says = f"{count['waiting']} results are open or under review; {says}"
        return unknown(says, paths, **measures)
    return yes(says, paths, **measures)


def _scans(documents: Documents, path: str) -> list[Scan]:
    try:
        return scans(documents.json(path))
    except ValueError as error:
        raise Unreadable(path, str(error)) from None


def _few(names: list[str]) -> str:
    more = f" and {len(names) - MOST_TOLD} more" if names[MOST_TOLD:] else ""
    return ", ".join(names[:MOST_TOLD]) + more
