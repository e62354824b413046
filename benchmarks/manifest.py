"""How fast a model is hashed, beside sha256sum on two cores and beside model-signing: ratios.

    python benchmarks/manifest.py [ROUNDS] [GIGABYTES]

A model of 4 GB in eight files of random bytes lies in the page cache, so that hashing and not the
disk is measured. Each round runs every program once, in turn, so that a busy machine is as unkind to
all; medians are compared. model-signing is the package's own `hash` in a virtual environment of its
own (build/peers/model-signing, made here when it is missing).
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
PEER = ROOT / "build" / "peers" / "model-signing"
FILES = 8
AIM = {"sha256sum on two cores": 0.9, "model-signing": 1.5}
HASH = "import sys, model_signing; model_signing.hashing.hash(sys.argv[1])"


def peer() -> Path:
    """The Python that has model-signing; pyopenssl is what its releases forget to ask for."""
    python = PEER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        packages = ["model-signing==1.1.1", "pyopenssl"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def model(folder: Path, gigabytes: float) -> None:
    """Files of random bytes, the same block again and again, shifted by one."""
    block = os.urandom(16_000_001)
    for number in range(FILES):
        with (folder / f"model-{number:05}.safetensors").open("wb") as file:
            left = int(gigabytes * 1e9 / FILES)
            while left > 0:
                file.write(block[: min(left, len(block))])
                left -= len(block)


def programs(folder: Path) -> dict[str, Callable[[], object]]:
    """What is timed, each a process of its own from start to end."""
    ours = str(Path(sys.executable).with_name("trl4ml"))
    each = f"ls {folder}/* | xargs -n 1 -P 2 sha256sum"
    python = str(peer())

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    return {
        "trl4ml provenance manifest": lambda: run(ours, "provenance", "manifest", str(folder)),
        "sha256sum on two cores": lambda: run("sh", "-c", each),
        "model-signing": lambda: run(python, "-c", HASH, str(folder)),
    }


def main(rounds: int = 3, gigabytes: float = 4.0) -> int:
    """Print medians and ratios; 1 when an aim is missed."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as made:
        folder = Path(made)
        model(folder, gigabytes)
        run = programs(folder)
        times: dict[str, list[float]] = {name: [] for name in run}
        for _ in range(rounds):
            for name, program in run.items():
                begun = time.perf_counter()
                program()
                times[name].append(time.perf_counter() - begun)
    median = {name: statistics.median(taken) for name, taken in times.items()}
    ours = median["trl4ml provenance manifest"]
    print(f"{gigabytes:g} GB in {FILES} files, medians of {rounds} rounds, {os.cpu_count()} cores")
    for name, taken in median.items():
        print(f"{name:28} {taken:6.2f} s  {gigabytes / taken:5.2f} GB/s")
    missed = 0
    for name, aim in AIM.items():
        ratio = median[name] / ours
        missed += ratio < aim
        verdict = "met" if ratio >= aim else "MISSED"
        print(f"of the speed of {name}: {ratio:.2f} (at least {aim}) {verdict}")
    return int(missed > 0)


if __name__ == "__main__":
    given = [float(one) for one in sys.argv[1:]]
    sys.exit(main(int(given[0]) if given else 3, given[1] if len(given) > 1 else 4.0))
