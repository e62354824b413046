"""A notebook runs in the order its cells were clicked: what trains or serves must not hang on one.

Reads container, Compose, Make, Procfile, DVC, MLproject, Databricks and Kubernetes files and the
deploying jobs of CI for lines that name or run a notebook, and Python and shell files for papermill,
nbconvert with execution, importnb and their like. Targets and jobs for documents, tests, linting or
exploring do not count, nor do the folders of these names.
"""

import re
from collections.abc import Iterator

from trl4ml.core.evidence import Finding, Measure, Place, no, not_applicable, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Files, Unreadable

asks = "No notebook is on the path that trains or serves."
version = 1

LIMIT = 1_000_000
FOREIGN = "**/{vendor,vendored,third_party,node_modules,site-packages}/**/*"
ASIDE = "**/{docs,doc,tests,test,testing,.devcontainer,binder,.binder,.ipynb_checkpoints}/**/*"
CI = (
    ".github/workflows/*.{yml,yaml}",
    "{.gitlab-ci,.gitlab/**/*,azure-pipelines*,.azure-pipelines/**/*,.azure/**/*}.{yml,yaml}",
    "{.circleci/config,bitbucket-pipelines,cloudbuild*,buildspec*,.drone,.travis}.{yml,yaml}",
    "{.buildkite/**/*.yml,Jenkinsfile*,**/*.jenkinsfile}",
)
PATH = (
    "**/{{Dockerfile,Containerfile}{,.*,-*,_*},*.{dockerfile,containerfile}}",
    "**/{docker-,}compose{,.*,-*}.{yml,yaml}",
    "**/{dvc,databricks,taskfile}.{yml,yaml}",
    "**/{Procfile,MLproject,Makefile,GNUmakefile,justfile,Snakefile,*.mk,*.smk}",
)
MANIFEST = re.compile(rb"^apiVersion:|\bnotebook_(?:task|path)\b", re.MULTILINE)
HINTS = (b"otebook", b"ipynb", b"jupyter", b"apermill", b"nbc", b"importnb", b"%run")
LONGEST = 2000
DEEPEST = 20

NAMED = re.compile(r"[^\s\"'`,;=()\[\]<>|&]\.ipynb\b|\bnotebook_path\b")
RUN = (
    r"""\bnbconvert\b.*--exec[u]te|\bnbconvert\b.*Preprocessor\.enabled=True|\b(?:runipy|ipython3?)\s.*\.ipynb"""
    r"""|\bnbconvert\b.*--to[="',\s]+(?:python|script)\b|\bjupyter["',\s-]+(?:run|exec[u]te)\b"""
)
RUNS = re.compile(rf"""{RUN}|\bpapermill["',\s]+[^\s"',=<>]""")
RUNS_IN_PYTHON = re.compile(
    rf"""["'](?:[^"']*\s)?(?:{RUN}|papermill["'],|papermill\s[^"']*(?:\.ipynb|\{{))"""
    r"""|^\s*(?:import|from)\s+(?:papermill|importnb|import_ipynb|nbclient)\b"""
    r"""|(?:PapermillOperator|NotebookOperator|\.execute_notebook|ExecutePreprocessor)\s*\("""
    r"""|\bdbutils\.notebook\.run\s*\(|["']?\bnotebook_task["']?\s*[:=]|run_line_magic\(\s*["']run"""
    r"""|^\s*(?:# MAGIC\s+)?%run\s"""
)
COMMENT = re.compile(r"\s*(?:#(?! MAGIC)|//|>>>|$)")
COMMANDS = re.compile(r"&&|[;|]")
HARMLESS = re.compile(
    r"nbstripout|clear-output|ClearOutput|nbqa|nbmake|nbval|jupytext|jupyter[- ](?:lab|notebook)"
    r"|\b(?:pip3?|conda|mamba|uv|poetry)\b.*\b(?:install|add)\b|\b(?:rm|find|git|ruff|black)\s"
)
OFF = re.compile(
    r"(?i)(?<![a-z])(?:docs?|documentation|tests?|testing|lint|linting|clean|format|fmt|checks?|strip"
    r"|lab|jupyter|explor\w*|examples?|tutorials?|book|paths|ignore|exclude|outs|plots)(?![a-z])"
)
DEPLOYS = re.compile(
    r"(?i)deploy|release|publish|train|serv(?!ices:)|prod|infer|predict|scor|batch"
)
OUTPUT = re.compile(rb'"outputs"\s*:\s*\[\s*[^\]\s]')
CONFLICT = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
CELLS = re.compile(rb'"(?:cells|worksheets)"\s*:')


class Options(Noun):
    ignore: tuple[str, ...] = ()
    """Patterns of files that run notebooks for readers only, such as `scripts/report.py`."""


def run(files: Files, options: Options) -> Finding:
    foreign = set(files.matching(FOREIGN, "**/.ipynb_checkpoints/**/*"))
    notebooks = [path for path in files.matching("**/*.ipynb") if path not in foreign]
    if not notebooks:
        return not_applicable("there is no notebook")
    aside = foreign.union(files.matching(ASIDE, *options.ignore))
    places: list[Place] = []
    unread: list[Unreadable] = []
    for path, kind in sorted(_kinds(files).items()):
        if path not in aside:
            try:
                places += _search(files, path, kind)
            except Unreadable as error:
                unread.append(error)
    shapes = [_shape(files, path) for path in notebooks]
    measures = {
        "notebooks": Measure(value=len(notebooks)),
        "on_path": Measure(value=len(places), unit="lines"),
        "with_outputs": Measure(value=shapes.count("outputs"), n=len(notebooks)),
        "unreadable": Measure(value=shapes.count("broken"), n=len(notebooks)),
    }
    if places:
        says = f"{places[0]} puts a notebook on the path that trains or serves"
        return no(says, places, **measures)
    if unread:
        return unknown(f"{unread[0]}; correct it so that it can be searched", (), **measures)
    says = "no file that trains, serves or deploys names or runs a notebook"
    return yes(says, (), **measures)


def _kinds(files: Files) -> dict[str, str]:
    """What each file is that could put a notebook on the path."""
    return {
        **dict.fromkeys(files.matching("**/*.{yml,yaml}"), "manifest"),
        **dict.fromkeys(files.matching("**/*.py"), "python"),
        **dict.fromkeys(files.matching("**/*.{sh,bash,zsh}"), "shell"),
        **dict.fromkeys(files.matching(*PATH), "recipe"),
        **dict.fromkeys(files.matching(*CI), "ci"),
    }


def _search(files: Files, path: str, kind: str) -> list[Place]:
    content = files.bytes(path, LIMIT)
    if kind in ("recipe", "ci") and len(content) == LIMIT:
        raise Unreadable(path, f"it is larger than {LIMIT:,} bytes")
    if not any(hint in content for hint in HINTS):
        return []
    if kind == "manifest" and not MANIFEST.search(content):
        return []
    found = LINES[kind](path, files.text(path, LIMIT))
    return [Place(path=path, line=line) for line in found]


def _in_python(path: str, text: str) -> Iterator[int]:
    for number, line in enumerate(text.splitlines(), 1):
        if not COMMENT.match(line) and _says(line[:LONGEST], RUNS_IN_PYTHON):
            yield number


def _in_shell(path: str, text: str) -> Iterator[int]:
    return (number for number, line, _ in _lines(text) if _says(line, RUNS))


def _in_recipe(path: str, text: str) -> Iterator[int]:
    """Lines that name or run a notebook, less those under a heading for documents or tests."""
    return (number for number, _ in _mentions(text) if not OFF.search(path.rpartition("/")[2]))


def _in_ci(path: str, text: str) -> Iterator[int]:
    """The same, only in a workflow or under a heading that deploys, trains or serves."""
    workflow = path.rpartition("/")[2] if path.startswith(".github/") else ""
    return (n for n, above in _mentions(text) if DEPLOYS.search(f"{workflow} {above}"))


def _mentions(text: str) -> Iterator[tuple[int, str]]:
    for number, line, above in _lines(text):
        if _says(line, NAMED, RUNS) and not OFF.search(above):
            yield number, above


def _says(line: str, *patterns: re.Pattern[str]) -> bool:
    """Whether one of the commands in the line matches, and not as something harmless."""
    return any(pattern.search(line) for pattern in patterns) and any(
        any(pattern.search(command) for pattern in patterns) and not HARMLESS.search(command)
        for command in COMMANDS.split(line)
    )


LINES = {
    "manifest": _in_recipe, "recipe": _in_recipe, "ci": _in_ci,
    "python": _in_python, "shell": _in_shell,
}  # fmt: skip


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Number, text and headings of each line: those before it that are indented less.

    Lines that end in a backslash are one with the next.
    """
    above: list[tuple[int, str]] = []
    waiting, start = "", 0
    for number, part in enumerate([*text.splitlines(), ""], 1):
        if COMMENT.match(part) and not (waiting and not part):
            continue
        start = start if waiting else number
        line = (waiting + part)[:LONGEST]
        waiting = f"{line[:-1]} " if part.endswith("\\") else ""
        if waiting:
            continue
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        yield start, line, " ".join(heading for _, heading in above[:DEEPEST])
        above.append((indent, line.strip()[:200]))


def _shape(files: Files, path: str) -> str:
    """Of a notebook's first megabyte: outputs, clean, or broken."""
    try:
        content = files.bytes(path, LIMIT)
    except Unreadable:
        return "broken"
    whole = len(content) == LIMIT or content.rstrip().endswith(b"}")
    notebook = content.lstrip().startswith(b"{") and whole and CELLS.search(content)
    if not notebook or CONFLICT.search(content):
        return "broken"
    return "outputs" if OUTPUT.search(content) else "clean"
