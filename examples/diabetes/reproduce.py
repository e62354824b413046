"""One command: data, model, predictions, ONNX, parity, metrics, tests, coverage.

    python reproduce.py

Runs every step from the folder of this file with a single thread and a fixed hash seed. The files
it leaves are the committed ones, byte for byte; `git status` shows whether they are.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from triage.stable import clean_coverage, clean_junit

ROOT = Path(__file__).resolve().parent
JUNIT, COVERAGE = ROOT / "results" / "junit.xml", ROOT / "results" / "coverage.xml"
STEPS = (
    ("triage",),
    ("coverage", "run", "-m", "pytest", f"--junit-xml={JUNIT}"),
    ("coverage", "xml", "-q", "-o", str(COVERAGE)),
)
FIXED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
}


def main() -> int:
    """Run the steps in order, stop at the first that fails, then take out clock, host and path."""
    with TemporaryDirectory() as scratch:
        fixed = os.environ | FIXED | {"COVERAGE_FILE": f"{scratch}/coverage"}
        for step in STEPS:
            done = subprocess.run([sys.executable, "-m", *step], cwd=ROOT, env=fixed, check=False)
            if done.returncode:
                return done.returncode
    JUNIT.write_text(clean_junit(JUNIT.read_text("utf-8")), "utf-8")
    COVERAGE.write_text(clean_coverage(COVERAGE.read_text("utf-8"), ROOT), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
