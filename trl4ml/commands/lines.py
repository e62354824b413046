"""The commands in a file, one a line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

COMMENT = re.compile(r"(?:^|(?<=\s))(?:#|//).*$", re.MULTILINE)
DEPENDS = re.compile(
    r"""^[ \t]*\[[^\]\n'"]*\]+[ \t]*$ | ^deps[ ]*=.*(?:\n[ \t]+.*)*
    | additional_dependencies:.*(?:\n[ \t]+-[ ][^:\n]+$)*""",
    re.MULTILINE | re.VERBOSE,
)
"""Headers of sections, and what tox and pre-commit install beside the tool that they run."""
END = re.compile(r"&&|\|\||[;|](?=\s)")
INSTALLS = re.compile(
    r"(?<![\w/-])(?<!make )(?<!just )(?<!task )"
    r"(?:install\.packages\b|(?:install|add|create)(?![\w./-]))[^\n;&|]*"
)
SAID = re.compile(r"\b(?:echo|printf)\b[^\n;&|]*")
SHRUGGED = re.compile(r"\|\|[ \t]*(?:true|:|exit 0)(?!\S)")
"""What lets the failure of the command before it pass."""
PROGRAM = re.compile(r"(?:^|/)(?:noxfile|tasks)\.py$", re.IGNORECASE)
RUN_CALL = re.compile(r"\brun\w*\([^)]*")
TABLES = ("scripts", "lint-staged", "hatch", "poe", "taskipy", "pdm", "pixi", "tox")


def commands(text: str, path: str = "") -> str:
    """Of the text of a file; of what is written in Python, for nox or invoke, only its runs.

    Neither comments are left, nor what only names a tool: to install it, to depend on it or to say
    so; nor a command whose failure is let pass.
    """
    text = without_comments(text)
    if PROGRAM.search(path):
        text = "\n".join(RUN_CALL.findall(text))
    joined = re.sub(r"\\\r?\n", " ", DEPENDS.sub("", text))
    joined = "\n".join(
        line for line in SAID.sub("", joined).splitlines() if not SHRUGGED.search(line)
    )
    return INSTALLS.sub("", END.sub("\n", joined))


def without_comments(text: str) -> str:
    return COMMENT.sub("", text)


def commands_of_tables(tables: Mapping[str, Any]) -> str:
    """Of the data of package.json, or of the table `tool` in pyproject.toml."""
    return commands("\n".join(_strings([tables.get(name) for name in TABLES])))


def _strings(data: object) -> Iterator[str]:
    """All text in it, in order, but for what is only depended on."""
    pending = [data]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            one = [v for k, v in one.items() if "depend" not in k and k not in ("deps", "features")]
        if isinstance(one, list):
            pending.extend(reversed(one))
        elif isinstance(one, str):
            yield one
