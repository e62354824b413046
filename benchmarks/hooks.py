"""What each pre-commit hook costs beside the smallest program that could be it: ratios in one run.

    python benchmarks/hooks.py [ROUNDS]

As benchmarks/startup.py, on an unchanged examples/diabetes with its evidence stored.
"""

import sys
from pathlib import Path

import startup

AIMS = {"trl4ml-lint": 1.5, "trl4ml-reviews": 1.5, "trl4ml-gate": 1.5}


def hooks(folder: Path) -> dict[str, list[str]]:
    """The peer, and what each hook runs when a commit touches everything."""
    programs = startup.prepared(folder)
    ours, project = programs["gate"][0], folder / "diabetes"
    declared = [project / "trl4ml.yaml", *sorted(project.glob("registers/*.yaml"))]
    records = sorted(project.glob(".trl4ml/answers/*/*.json"))
    return {
        "hello": programs["hello"],
        "trl4ml-lint": [ours, "lint", "--", *map(str, declared)],
        "trl4ml-reviews": [ours, "lint", "--", *map(str, records)],
        "trl4ml-gate": programs["gate"],
    }


if __name__ == "__main__":
    sys.exit(startup.main(int(sys.argv[1]) if len(sys.argv) > 1 else 31, hooks, AIMS))
