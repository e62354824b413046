"""Which files do not count, and what a file is by its path."""

import re

LARGEST = 500_000
TOO_LARGE = f"it is larger than {LARGEST // 1000} kB"
VENDORED = r"vendor|third_party|node_modules|site-packages|testdata|fixtures"
OTHERS = re.compile(rf"(?:^|/)(?:{VENDORED})/", re.IGNORECASE)
ASIDE = re.compile(rf"(?:^|/)(?:{VENDORED}|tests?|docs?|\.devcontainer|\.github)/", re.IGNORECASE)
WORKFLOW = re.compile(r"(?:^|/)\.github/workflows/[^/]+$")
COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose(?:[-._][^/]*)?\.ya?ml$", re.IGNORECASE)


def is_vendored(path: str) -> bool:
    """Whether it is somebody else's, or made up for a test."""
    return bool(OTHERS.search(path))


def is_aside(path: str) -> bool:
    """Whether it is vendored, or of tests, docs or the development of the project."""
    return bool(ASIDE.search(path))


def is_workflow(path: str) -> bool:
    return bool(WORKFLOW.search(path))


def is_compose(path: str) -> bool:
    return bool(COMPOSE.search(path))


def ending(path: str) -> str:
    """`yaml` for `a/b.YAML`; the whole name where it has no dot."""
    return path.lower().rpartition("/")[2].rpartition(".")[2]
