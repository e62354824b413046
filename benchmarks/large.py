"""A first look at a large repository: `init`, then `audit` cold and warm.

    python benchmarks/large.py [FILES]

The repository is made here: 20,000 tracked files, a quarter of them Python that draws random
numbers, and the rest text, JSON and CSV in 400 folders. The peer is `git status`, the command
every engineer already waits for.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

KINDS = (
    ("py", "import random\n\n\ndef draw(n: int) -> float:\n    return random.random() * n + {n}\n"),
    ("md", "# Note {n}\n\nSome words about number {n}, and some more of them.\n"),
    ("json", '{{"n": {n}, "values": [1, 2, 3]}}\n'),
    ("csv", "a,b\n1,{n}\n2,{n}\n"),
)


def repository(folder: Path, files: int) -> None:
    for n in range(files):
        suffix, text = KINDS[n % len(KINDS)]
        path = folder / f"part{n % 400:03}" / f"file{n:05}.{suffix}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.format(n=n))
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], check=True)


def seconds(*command: str) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True)
    assert done.returncode in (0, 1), done.stderr.decode()
    return time.perf_counter() - start


def main(files: int) -> int:
    ours = str(Path(sys.executable).with_name("trl4ml"))
    with tempfile.TemporaryDirectory() as folder:
        repository(Path(folder), files)
        status = min(seconds("git", "-C", folder, "status") for _ in range(3))
        print(f"{files:,} files; git status takes {status:.3f} s")
        print(f"init          {seconds(ours, 'init', folder):.2f} s")
        cold = seconds(ours, "audit", folder)
        warm = min(seconds(ours, "audit", folder) for _ in range(3))
    for name, taken, aim in (("audit, cold", cold, 3.0), ("audit, warm", warm, 1.0)):
        kept = "kept" if taken <= aim else "MISSED"
        print(
            f"{name:13} {taken:.2f} s   {taken / status:.0f} of git status (aim: {aim:g} s) {kept}"
        )
    return int(cold > 3 or warm > 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
