"""Large projects: up to 200 components by 200 items, cold and warm; time and memory per component.

    python benchmarks/load.py

Each size is generated, audited without a store, then again with everything stored. Growth is linear
where the time per component stays the same; the last column is its ratio to the smallest size.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (25, 50, 100, 200)
ITEMS = 200
WANTS = ("license_file", "seeds_set", "answer", "data_card", "tests_present", "changelog")
MOST_GROWTH = 1.5


def project(folder: Path, components: int) -> None:
    """That many components with a file each, and a checklist of 200 items over ten levels."""
    items = "".join(
        f"  - {{id: i-{n}, level: {n % 10}, ask: Is it?, why: So., wants: {WANTS[n % len(WANTS)]}, "
        "if_not: {remedy: Do it., effort: hours}}\n"
        for n in range(ITEMS)
    )
    (folder / "own.yaml").write_text(
        f"checklist: own\nversion: '1'\ntitle: t\nabout: a\nitems:\n{items}"
    )
    parts = "".join(f"- {{name: c-{n}, paths: [c-{n}/]}}\n" for n in range(components))
    (folder / "trl4ml.yaml").write_text(f"name: p\nchecklists: [own.yaml]\ncomponents:\n{parts}")
    for n in range(components):
        (folder / f"c-{n}").mkdir()
        (folder / f"c-{n}" / "train.py").write_text(f"import random\nrandom.random()  # {n}\n")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)


def audited(folder: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of one audit in a process of its own."""
    output = f"json={folder.parent / 'out.json'}"
    command = [sys.executable, "-m", "trl4ml", "audit", "--format", output, "--fail-on", "never"]
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder)
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> int:
    grown = []
    print(
        f"{'components':>10} {'items':>7}  {'cold s':>7} {'warm s':>7} {'MB':>6}  {'cold, warm ms per component':>28}"
    )
    for size in SIZES:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made) / "p"
            folder.mkdir()
            project(folder, size)
            cold, most = audited(folder)
            warm = min(audited(folder)[0] for _ in range(3))
        grown.append((cold / size, warm / size))
        print(f"{size:10} {size * ITEMS:7}  {cold:7.2f} {warm:7.2f} {most:6.0f}  "
              f"{1000 * cold / size:13.1f} {1000 * warm / size:14.1f}")  # fmt: skip
    ratios = [grown[-1][n] / grown[0][n] for n in (0, 1)]
    print(
        f"per component at {SIZES[-1]} against {SIZES[0]}: cold {ratios[0]:.2f}, warm {ratios[1]:.2f} (aim: at most {MOST_GROWTH})"
    )
    return int(max(ratios) > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
