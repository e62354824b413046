"""What a command costs beside the smallest program that could be it: ratios in one run.

    python benchmarks/startup.py [ROUNDS]

The peer is a one-command Typer program that also imports pydantic and yaml, started by its own
console script, as trl4ml is. Each round runs every program once, in turn, so that a busy machine
is as unkind to all; medians are compared. The audited project is a copy of examples/diabetes with
evidence stored and nothing changed since.
"""

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
AIM = {"--version": 1.0, "gate": 1.3, "audit": 1.5}
PEER = """\
import typer, pydantic, yaml
app = typer.Typer()
@app.command()
def main(name: str = "world") -> None:
    print("hello", name)
def start() -> None:
    app()
"""
SCRIPT = "#!{python}\nimport sys\nfrom hello import start\nif __name__ == '__main__':\n    sys.exit(start())\n"


def compiled(folder: Path) -> None:
    """Leave bytecode, as pip does when it installs a wheel, whatever PYTHONDONTWRITEBYTECODE says."""
    compileall.compile_dir(str(ROOT / "trl4ml"), quiet=2)
    compileall.compile_dir(str(folder), quiet=2, maxlevels=0)


def prepared(folder: Path) -> dict[str, list[str]]:
    """The programs to run, by name."""
    (folder / "hello.py").write_text(PEER)
    compiled(folder)
    hello = folder / "hello"
    hello.write_text(SCRIPT.format(python=sys.executable))
    hello.chmod(0o755)
    project = folder / "diabetes"
    shutil.copytree(
        ROOT / "examples" / "diabetes", project, ignore=shutil.ignore_patterns(".git", "store")
    )
    git = ["git", "-C", str(project), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], check=True)
    ours = str(Path(sys.executable).with_name("trl4ml"))
    subprocess.run(
        [ours, "audit", str(project), "--fail-on", "never"], check=True, capture_output=True
    )
    return {
        "hello": [str(hello)],
        "--version": [ours, "--version"],
        "gate": [ours, "gate", str(project), "--min-level", "2"],
        "audit": [ours, "audit", str(project), "--fail-on", "never"],
    }


def seconds(command: list[str], folder: Path) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        command, check=False, capture_output=True, env={**os.environ, "PYTHONPATH": str(folder)}
    )
    taken = time.perf_counter() - start
    assert done.returncode in (0, 1), done.stderr.decode()
    return taken


Programs = Callable[[Path], dict[str, list[str]]]


def main(rounds: int, programs_in: Programs = prepared, aims: dict[str, float] = AIM) -> int:
    """Print each program's median beside the peer's; 1 where an aim is missed."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        programs = programs_in(folder)
        for command in programs.values():
            seconds(command, folder)
        taken: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(rounds):
            for name, command in programs.items():
                taken[name].append(seconds(command, folder))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    print(f"medians of {rounds} rounds; the peer takes {medians['hello']:.3f} s")
    for name, aim in aims.items():
        ratio = medians[name] / medians["hello"]
        kept = "kept" if ratio <= aim else "MISSED"
        print(
            f"{name:15}{medians[name]:.3f} s   {ratio:.2f} of the peer (aim: at most {aim}) {kept}"
        )
    return int(any(medians[n] / medians["hello"] > aim for n, aim in aims.items()))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 31))
