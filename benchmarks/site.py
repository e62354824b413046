"""A site over many projects: pages per second, memory and growth, beside MkDocs alone.

    python benchmarks/site.py [PROJECTS…]

The example is audited once. Its report, under another name and with every measured number moved
inside its interval, stands for each project; `trl4ml site build` reads these reports, makes the
pages and dresses them. The audits are not in the time: benchmarks/load.py has those. MkDocs alone
builds the very Markdown that this makes, in the same theme and without plugins, which is the least
that it can do. Each build is a process of its own. The ratios are of processor time, as neighbours
on the machine make the clock's run longer; growth is that of the time per project.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "diabetes"
THEME = EXAMPLE.parents[1] / "templates" / "site"
SIZES = (100, 1000)
MOST, MOST_GROWTH = 2.0, 1.25


class Built(NamedTuple):
    seconds: float
    """Processor time."""
    clock: float
    megabytes: float
    pages: int


def audited(to: Path) -> dict[str, Any]:
    """The report of the example, as it is written."""
    command = [sys.executable, "-m", "trl4ml", "audit", "--format", f"json={to}", "--fail-on", "never"]  # fmt: skip
    subprocess.run(command, cwd=EXAMPLE, check=True, stdout=subprocess.DEVNULL)
    whole: dict[str, Any] = json.loads(to.read_bytes())
    return whole


def another(whole: dict[str, Any], number: int) -> dict[str, Any]:
    """The same report of another project, with other numbers."""
    from trl4ml.core.canonical import digest

    chance = random.Random(number)
    report = json.loads(json.dumps(whole["report"])) | {"project": f"triage-{number:04}"}
    for evidence in report["evidence"].values():
        for one in evidence["measures"].values():
            if None not in (one["lower"], one["upper"]):
                one["value"] = chance.uniform(one["lower"], one["upper"])
    return whole | {"report": report, "digest": digest(report)}


def lay(reports: Path, docs: Path) -> None:
    """The Markdown that MkDocs alone is given, and its settings beside it."""
    from trl4ml import portfolio
    from trl4ml.siting import SETTINGS

    made = portfolio.laid_out(portfolio.sources([], [f"{reports}/*.json"]).found, docs)
    theme = {"name": None, "custom_dir": str(THEME)}
    settings = {"site_name": "Portfolio", "docs_dir": "docs", "site_dir": "alone", "nav": made.nav}
    written = json.dumps(settings | {"theme": theme} | SETTINGS)
    docs.with_name("mkdocs.yml").write_text(written, encoding="utf-8")


def built(folder: Path, site: str, *command: str) -> Built:
    """One build in a process of its own; the site is counted, then removed."""
    start = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", *command], cwd=folder, stderr=subprocess.PIPE)
    says = child.stderr.read().decode() if child.stderr else ""
    _, status, usage = os.wait4(child.pid, 0)
    clock = time.perf_counter() - start
    if status:
        sys.exit(f"{' '.join(command)}: {says}")
    pages = sum(1 for page in (folder / site).rglob("*.html") if page.name != "404.html")
    shutil.rmtree(folder / site)
    return Built(usage.ru_utime + usage.ru_stime, clock, usage.ru_maxrss / 1024, pages)


def compared(whole: dict[str, Any], projects: int) -> tuple[Built, Built]:
    """Ours and MkDocs alone over that many projects."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "reports").mkdir()
        for number in range(projects):
            text = json.dumps(another(whole, number))
            (folder / "reports" / f"{number:04}.json").write_text(text, encoding="utf-8")
        ours = built(folder, "site", "trl4ml", "site", "build", "--projects", "reports/*.json")
        laying = [sys.executable, __file__, "--lay", str(folder / "reports"), str(folder / "docs")]
        subprocess.run(laying, check=True)
        alone = built(folder, "alone", "mkdocs", "build", "--quiet")
    assert ours.pages == alone.pages, (ours.pages, alone.pages)
    return ours, alone


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--lay"]:
        lay(*map(Path, arguments[1:]))
        return 0
    sizes = [int(one) for one in arguments] or SIZES
    with tempfile.TemporaryDirectory() as folder:
        whole = audited(Path(folder) / "report.json")
    print(f"{'projects':>8} {'pages':>7}  {'':14} {'cpu s':>7} {'clock s':>7} {'pages/s':>7} {'MB':>6}  {'ms per project':>14}")  # fmt: skip
    ratios, each = [], []
    for size in sizes:
        pair = compared(whole, size)
        for name, one in zip(("trl4ml", "MkDocs alone"), pair, strict=True):
            print(f"{size:8} {one.pages:7,}  {name:14} {one.seconds:7.1f} {one.clock:7.1f} "
                  f"{one.pages / one.clock:7.1f} {one.megabytes:6.0f}  {1000 * one.seconds / size:14.1f}", flush=True)  # fmt: skip
        ratios.append(pair[0].seconds / pair[1].seconds)
        each.append([one.seconds / size for one in pair])
        print(f"{'':8} {'':7}  {ratios[-1]:.2f} times MkDocs alone (aim: at most {MOST:g}), "
              f"{pair[0].megabytes / pair[1].megabytes:.2f} times its memory", flush=True)  # fmt: skip
    growth, theirs = (each[-1][n] / each[0][n] for n in (0, 1))
    print(f"per project at {sizes[-1]} against {sizes[0]}: {growth:.2f} (aim: at most {MOST_GROWTH}), "
          f"MkDocs alone {theirs:.2f}")  # fmt: skip
    return int(max(ratios) > MOST or growth > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
