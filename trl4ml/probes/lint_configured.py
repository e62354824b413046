"""A linter finds slips before a reviewer must; a formatter ends the talk about style.

Looks in the top folder and two below for the tools' own files, sections in pyproject.toml, setup.cfg
and tox.ini and keys in package.json, and for commands in pre-commit, CI, make, tox and nox files: a
tool that is run there is enforced, and counts as configured even with its defaults.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from trl4ml.commands.lines import commands, commands_of_tables
from trl4ml.commands.places import NEAR, PATTERNS, own
from trl4ml.core.evidence import Finding, Measure, no, yes
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files

asks = "A linter or a formatter is configured."
version = 2


class Tool(NamedTuple):
    name: str
    kinds: str
    """L: lints, F: formats."""
    command: str
    files: str = ""
    sections: str = ""


TOOLS = (
    Tool(
        "ruff", "L", r"ruff(?:-check|-action)?(?![\s\"',]+format)", "ruff.toml .ruff.toml", "ruff"
    ),
    Tool("ruff format", "F", r"ruff(?:-|[\s\"',]+)format", "", "ruff.format"),
    Tool("flake8", "L", r"p?flake8", ".flake8", "flake8"),
    Tool("pylint", "L", r"pylint", "pylintrc .pylintrc .pylintrc.toml", "pylint"),
    Tool("pycodestyle", "L", r"pycodestyle", "", "pycodestyle pep8"),
    Tool("pydocstyle", "L", r"pydocstyle", ".pydocstyle", "pydocstyle"),
    Tool("black", "F", r"black(?:-jupyter)?(?!.?box)", "", "black"),
    Tool("isort", "F", r"isort", ".isort.cfg", "isort"),
    Tool("autopep8", "F", r"autopep8", "", "autopep8"),
    Tool("yapf", "F", r"yapf", ".style.yapf", "yapf"),
    Tool("eslint", "L", r"eslint", ".eslintrc .eslintrc.* eslint.config.*", "eslintConfig"),
    Tool("oxlint", "L", r"oxlint", ".oxlintrc.json"),
    Tool("prettier", "F", r"prettier", ".prettierrc .prettierrc.* prettier.config.*", "prettier"),
    Tool("biome", "LF", r"biome(?:-check|-ci|-lint|-format)?", "biome.json biome.jsonc"),
    Tool("rustfmt", "F", r"(?:rustfmt|cargo +(?:\+\w+ +)?fmt)", "rustfmt.toml .rustfmt.toml"),
    Tool("clippy", "L", r"(?:cargo-)?clippy", "clippy.toml .clippy.toml"),
    Tool("gofmt", "F", r"(?:gofmt|gofumpt|goimports|go-fmt)"),
    Tool("go vet", "L", r"go[ -]vet"),
    Tool("golangci-lint", "L", r"golangci-lint(?:-action)?", ".golangci.*"),
    Tool("clang-format", "F", r"clang-format", ".clang-format"),
    Tool("clang-tidy", "L", r"clang-tidy", ".clang-tidy"),
    Tool("cpplint", "L", r"cpplint", "cpplint.cfg"),
    Tool("lintr", "L", r"lintr", ".lintr"),
    Tool("styler", "F", r"(?:styler|style-files)"),
    Tool("air", "F", r"air +format", "air.toml .air.toml"),
    Tool("sqlfluff", "LF", r"sqlfluff(?:-lint|-fix)?", ".sqlfluff", "sqlfluff"),
    Tool("checkstyle", "L", r"checkstyle(?:Main|Test|:check)?", "checkstyle.xml"),
    Tool("ktlint", "L", r"ktlint"),
    Tool("spotless", "F", r"spotless(?:Check|Apply|:check|:apply)"),
    Tool("scalafmt", "F", r"scalafmt(?:Check|CheckAll)?", ".scalafmt.conf"),
    Tool("JuliaFormatter", "F", r"JuliaFormatter", ".juliaformatter.toml"),
)
OWN_FILES = [(glob, tool) for tool in TOOLS for glob in tool.files.split()]
SECTIONS = {section: tool for tool in TOOLS for section in tool.sections.split()}
COMMAND = re.compile(
    r"profile\W{1,5}black|(?:(?<![\w./-])|(?<=bin/)|uses: *[\w-]+/)(?:nbqa-)?"
    rf"(?:{'|'.join(f'(?P<t{at}>{tool.command})' for at, tool in enumerate(TOOLS))})(?![\w-]|\.\w)"
)
HEADER = re.compile(r"^\[(?:tool:)?(\w+)", re.MULTILINE)
LARGEST = 500_000


def run(files: Files, documents: Documents) -> Finding:
    seen: dict[str, str] = {}
    for path, tool in [*_own_files(files), *_sections(files, documents)]:
        seen.setdefault(tool.name, path)
    run = [*_commands(files, documents)]
    for path, tool in run:
        seen.setdefault(tool.name, path)
    kinds = "".join(tool.kinds for tool in TOOLS if tool.name in seen)
    measures: dict[str, Measure | Scalar] = {
        "linters": kinds.count("L"), "formatters": kinds.count("F"),
        "tools": ", ".join(sorted(seen)), "enforced": bool(run),
    }  # fmt: skip
    if not seen:
        return no("no linter and no formatter is configured", (), **measures)
    says = ", ".join(f"{name} in {path}" for name, path in sorted(seen.items()))
    places = sorted({*seen.values(), *(path for path, _ in run)})
    return yes(f"configured: {says}", places, **measures)


def _own_files(files: Files) -> Iterator[tuple[str, Tool]]:
    for path in own(files.matching(f"{NEAR}{{{','.join(glob for glob, _ in OWN_FILES)}}}")):
        name = path.lower().rpartition("/")[2]
        yield from ((path, tool) for glob, tool in OWN_FILES if fnmatchcase(name, glob))


def _sections(files: Files, documents: Documents) -> Iterator[tuple[str, Tool]]:
    settings = NEAR + "{pyproject.toml,package.json,setup.cfg,tox.ini,{,.}ruff.toml}"
    for path in own(files.matching(settings)):
        data = _data(files, documents, path)
        ruff = data.get("ruff")
        names = {*data} | {f"ruff.{key}" for key in (ruff if isinstance(ruff, dict) else ())}
        yield from ((path, tool) for section, tool in SECTIONS.items() if section in names)


def _data(files: Files, documents: Documents, path: str) -> dict[str, Any]:
    """By section what the tools' settings are; of an INI file only which sections there are."""
    if path.lower().endswith(".json"):
        data = documents.json(path)
    elif path.lower().endswith("pyproject.toml"):
        data = documents.toml(path).get("tool")
    elif path.lower().endswith("ruff.toml"):
        data = {"ruff": documents.toml(path)}
    else:
        data = dict.fromkeys(HEADER.findall(files.text(path, LARGEST)))
    return data if isinstance(data, dict) else {}


def _commands(files: Files, documents: Documents) -> Iterator[tuple[str, Tool]]:
    for path in own(files.matching(*PATTERNS)):
        if path.lower().endswith(("package.json", "pyproject.toml")):
            text = commands_of_tables(_data(files, documents, path))
        else:
            text = commands(files.text(path, LARGEST), path)
        found = {match.lastgroup or "" for match in COMMAND.finditer(text)}
        yield from ((path, tool) for at, tool in enumerate(TOOLS) if f"t{at}" in found)
