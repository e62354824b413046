"""What importing and using the package costs a program that does not measure."""

import subprocess
import sys
from pathlib import Path

HEAVY = {"numpy", "pandas", "codecarbon", "psutil", "pynvml", "rapidfuzz", "httpx", "pydantic"}


def modules(code: str, folder: Path) -> set[str]:
    ending = "; import sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code + ending], cwd=folder, capture_output=True, text=True, check=True)  # fmt: skip
    return set(done.stdout.split())


def test_importing_it_imports_nothing_heavy(tmp_path: Path) -> None:
    assert not modules("import trl4ml.energy", tmp_path) & (HEAVY | {"json", "dataclasses"})
    everything = "from trl4ml.energy import *; from trl4ml.energy import __all__, running"
    assert not modules(everything, tmp_path) & HEAVY


def test_tracking_imports_neither_codecarbon_nor_numpy(tmp_path: Path) -> None:
    code = "from trl4ml.energy import track; t = track('FRA', output=None); t.start(); t.stop()"
    assert modules(code, tmp_path) & HEAVY == {"psutil"}
