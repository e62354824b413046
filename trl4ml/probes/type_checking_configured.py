"""A type checker finds the wrong shape or a forgotten None before the data does.

Looks in the top folder and two below for the settings of mypy, pyright, basedpyright, pytype, Pyre,
pyrefly, ty, zuban and tsc, and for their commands in pre-commit, CI, make, tox and nox files. Where
there is Python code, a checker for Python counts; only without any does tsc. How much of the Python
is annotated is counted in at most 500 files, evenly chosen, without tests, examples and the like.
"""

import re
from collections.abc import Iterator
from typing import Any

from trl4ml.commands.lines import commands, commands_of_tables
from trl4ml.commands.places import NEAR, PATTERNS
from trl4ml.core.evidence import Finding, Measure, no, not_applicable, undefined, yes
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.source.functions import functions, is_annotated
from trl4ml.source.paths import is_docs, is_example, is_generated, is_test, is_vendored
from trl4ml.source.trees import parsed

asks = "A type checker is configured."
version = 2

OWN_FILES = {
    "mypy.ini": "mypy", ".mypy.ini": "mypy", "pyrightconfig.json": "pyright",
    "pytype.toml": "pytype", "pytype.cfg": "pytype", ".pyre_configuration": "pyre",
    "pyrefly.toml": "pyrefly", "ty.toml": "ty", "tsconfig.json": "tsc",
}  # fmt: skip
COMMAND = re.compile(
    r"""(?:(?<![\w./-])|(?<=bin/)|uses:[ ]*[\w-]+/)(?:nbqa-)?(?:
      d?(?P<mypy>mypy) | (?P<pyright>pyright)(?:-action)? | (?P<basedpyright>basedpyright)
    | (?P<pytype>pytype) | (?P<pyre>pyre)(?:-check)? | (?P<pyrefly>pyrefly)(?:-check)?
    | (?P<ty>ty(?=[ ]+check)|(?<=id:[ ])ty|(?<=uvx[ ])ty) | (?P<zuban>zuban)
    | (?:vue-)?(?P<tsc>tsc))(?![\w-]|\.\w)""",
    re.VERBOSE,
)
FOR_PYTHON = tuple(name for name in COMMAND.groupindex if name != "tsc")
STRICT_COMMAND = re.compile(
    r"(?<![\w.-])mypy(?![\w-])(?:(?!\n[ ]*- id:)[\s\S]){0,300}?--strict(?![\w-])"
)
STRICT_MODES = ("strict", "all", "recommended")
STRICT_TEXT = re.compile(
    r"^\[mypy\][^\[]*?^strict[ \t]*=[ \t]*(?i:true|yes|on|1)\b|\"strict\"\s*:\s*true"
    rf"|\"typeCheckingMode\"\s*:\s*\"(?:{'|'.join(STRICT_MODES)})\"",
    re.MULTILINE,
)
JSON_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*(?:"|$))|//.*|/\*(?:[\s\S]*?\*/|[\s\S]*)', re.M)
SECTION = re.compile(r"^\[(mypy|pytype)[\]-]", re.MULTILINE)
MOST_FILES = 500
LARGEST_SOURCE, LARGEST = 200_000, 500_000


def run(files: Files, documents: Documents) -> Finding:
    source = _ours(files, "**/*.{py,pyi,ipynb,ts,tsx,mts,cts}")
    python = [path for path in source if path.lower().endswith((".py", ".pyi", ".ipynb"))]
    if not source:
        return not_applicable("there is no Python and no TypeScript code that types could be for")
    run_by = [*_commands(files, documents)]
    found = [*_settings(files, documents), *run_by]
    seen = {name: path for path, name, _ in reversed(found)}
    deciding = FOR_PYTHON if python else ("tsc",)
    measures: dict[str, Measure | Scalar] = {
        "tools": ", ".join(sorted(seen)),
        "strict": any(strict for _, name, strict in found if name in deciding),
        "enforced": any(name in deciding for _, name, _ in run_by),
        "py_typed": any(path.lower().endswith("py.typed") for path in _ours(files, "**/py.typed")),
        **_annotated(files, [p for p in python if p.endswith(".py") and not _is_elsewhere(p)]),
    }
    places = sorted({path for path, _, _ in found})
    if any(name in seen for name in deciding):
        says = ", ".join(f"{name} in {path}" for name, path in sorted(seen.items()))
        return yes(f"configured: {says}", places, **measures)
    language = "Python" if python else "TypeScript"
    return no(f"no type checker is configured for the {language} code", places, **measures)


def _ours(files: Files, *patterns: str) -> list[str]:
    return [path for path in files.matching(*patterns) if not is_vendored(path)]


def _is_elsewhere(path: str) -> bool:
    return is_test(path) or is_docs(path) or is_example(path) or is_generated(path)


def _near(files: Files, *patterns: str) -> list[str]:
    return [path for path in _ours(files, *patterns) if not _is_elsewhere(path)]


def _settings(files: Files, documents: Documents) -> Iterator[tuple[str, str, bool]]:
    """Where, which checker, and whether it is set to be strict."""
    for path in _near(files, f"{NEAR}{{pyproject.toml,setup.cfg,{','.join(OWN_FILES)}}}"):
        name = path.lower().rpartition("/")[2]
        if name == "pyproject.toml":
            for tool, settings in _tables(documents, path).items():
                if tool in FOR_PYTHON:
                    yield path, tool, isinstance(settings, dict) and _is_strict(settings)
            continue
        text = JSON_COMMENT.sub(lambda found: found[1] or "", files.text(path, LARGEST))
        tools = {OWN_FILES[name]} if name in OWN_FILES else {*SECTION.findall(text)}
        yield from ((path, tool, bool(STRICT_TEXT.search(text))) for tool in sorted(tools))


def _tables(documents: Documents, path: str) -> dict[str, Any]:
    is_json = path.lower().endswith(".json")
    data = documents.json(path) if is_json else documents.toml(path).get("tool")
    return data if isinstance(data, dict) else {}


def _is_strict(settings: dict[str, Any]) -> bool:
    return settings.get("strict") is True or settings.get("typeCheckingMode") in STRICT_MODES


def _commands(files: Files, documents: Documents) -> Iterator[tuple[str, str, bool]]:
    for path in _near(files, *PATTERNS):
        if path.lower().endswith(("package.json", "pyproject.toml")):
            text = commands_of_tables(_tables(documents, path))
        else:
            text = commands(files.text(path, LARGEST), path)
        for name in sorted({found.lastgroup or "" for found in COMMAND.finditer(text)}):
            yield path, name, name == "mypy" and bool(STRICT_COMMAND.search(text))


def _annotated(files: Files, names: list[str]) -> dict[str, Measure | Scalar]:
    """The share of the functions with any annotation, and how many files could not be parsed."""
    functions: list[bool] = []
    unparsed = 0
    for name in names[:: -(-len(names) // MOST_FILES) or 1]:
        try:
            functions += _functions(name, files)
        except Unreadable:
            unparsed += 1
    share = Measure(value=sum(functions) / len(functions), n=len(functions)) if functions else None
    reason = "there is no Python function in what could be parsed"
    return {"annotated": share or undefined(reason), "unparsed": unparsed}


def _functions(name: str, files: Files) -> list[bool]:
    """For each function whether anything of it is annotated. Raises Unreadable."""
    if files.size(name) > LARGEST_SOURCE:
        raise Unreadable(name, "it is too large")
    text = files.text(name)
    if "def " not in text:
        return []
    try:
        return [is_annotated(function) for function in functions(parsed(text))]
    except ValueError as error:
        raise Unreadable(name, str(error)) from None
