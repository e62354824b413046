"""Where the files lie that run commands, and the settings of the tools that they run."""

import re
from collections.abc import Iterable

NEAR = "{,*/,*/*/}"
"""The top folder and two below, to begin a pattern with."""
PATTERNS = (
    NEAR
    + "{.pre-commit-config.y*ml,makefile,gnumakefile,.justfile,justfile,taskfile.y*ml,tox.ini}",
    NEAR + "{noxfile.py,lefthook.y*ml,.lefthook.y*ml,package.json,pyproject.toml}",
    "{.github/workflows,.github/actions/*,.gitlab,.gitlab/*,.circleci,.buildkite}/*.y*ml",
    "{.gitlab-ci,.travis,.drone,azure-pipelines*,bitbucket-pipelines,cloudbuild*,buildspec*}.y*ml",
    "{jenkinsfile*,tasks.py,.husky/*}",
)
"""What runs commands at each commit, in CI, or when a developer asks for it."""
ELSEWHERE = re.compile(
    r"(?:^|/)(?:tests?|testdata|fixtures|examples?|templates?|docs?|_?vendor(?:ed)?|third[_-]?party"
    r"|node_modules|site-packages)/",
    re.IGNORECASE,
)


def own(paths: Iterable[str]) -> list[str]:
    """Those in no folder of tests, examples, templates, documentation or other people's code."""
    return [path for path in paths if not ELSEWHERE.search(path)]
