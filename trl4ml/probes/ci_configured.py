"""What only one person's machine has run is not known to work; a CI system runs it at each change.

Looks for the configuration of the common systems, and counts a file when it holds what its system
needs, such as `jobs`. Tests are run when the configuration, or a script, Makefile, tox, nox or
package.json that it calls, mentions a test runner other than to install it.
"""

import posixpath
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from trl4ml.core.evidence import Finding, no, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files, Unreadable

asks = "A continuous integration system is configured."
version = 1


class System(NamedTuple):
    name: str
    patterns: tuple[str, ...]
    keys: str = ""
    """Of these keys of the YAML file one must hold something; any key when there are none."""


YML = ".{yml,yaml}"
SYSTEMS = (
    System("AppVeyor", (f"{{.,}}appveyor{YML}",)),
    System("AWS CodeBuild", (f"buildspec{YML}",), "phases"),
    System("Azure Pipelines", (f"{{.,}}azure-pipelines*{YML}", f".azure{{-pipelines,devops}}/*{YML}"),
           "jobs stages steps extends"),
    System("Bitbucket Pipelines", (f"bitbucket-pipelines{YML}",), "pipelines"),
    System("Buildkite", (f".buildkite/*{YML}", f"{{.,}}buildkite{YML}"), "steps"),
    System("CircleCI", (f".circleci/*{YML}",), "jobs workflows"),
    System("Cirrus CI", (f".cirrus{YML}", ".cirrus.star")),
    System("Drone", (f".drone{YML}", ".drone.{star,jsonnet}"), "steps pipeline"),
    System("Forgejo Actions", (f".forgejo/workflows/*{YML}",), "jobs"),
    System("Gitea Actions", (f".gitea/workflows/*{YML}",), "jobs"),
    System("GitHub Actions", (f".github/workflows/*{YML}",), "jobs"),
    System("GitLab CI", (f".gitlab-ci{YML}",)),
    System("Google Cloud Build", (f"cloudbuild*{YML}",), "steps"),
    System("Jenkins", ("{,ci/,.ci/,jenkins/,.jenkins/}{Jenkinsfile*,*.jenkinsfile}",)),
    System("Semaphore", (f".semaphore/*{YML}",), "blocks"),
    System("SourceHut", (f".build{YML}", f".builds/*{YML}"), "tasks"),
    System("TeamCity", (".teamcity/*.kts",)),
    System("Tekton", (f"{{.,}}tekton/*{YML}",), "spec"),
    System("Travis CI", (f".travis{YML}",)),
    System("Woodpecker", (f".woodpecker{YML}", f".woodpecker/*{YML}"), "steps pipeline"),
    System("Zuul", (f"{{.,}}zuul{YML}",)),
)  # fmt: skip
OTHER = (
    ".ci/{*.sh,*.py,*.yml,*.yaml}",
    "{.ci,ci}/{*.sh,{run,test,tests,check,build,main,ci}{,.py,.bash}}",
    "{,bin/,script/,scripts/}{ci,cibuild,run-ci,run_ci,ci-run}{,.sh}",
)
SCRIPTS = (
    "*.{sh,bash,py}",
    "{tests,test}/**/*.sh",
    "{.ci,ci,bin,build,dev,etc,hack,script,scripts,tools,util,utils}/**/*",
    "{.github,.gitlab,.gitlab-ci,.circleci,.azure-pipelines,.azuredevops,.buildkite}/**/*",
)
TASKS = {
    "make": ("Makefile", "GNUmakefile"),
    "just": ("justfile", ".justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml", "pyproject.toml"),
    "inv": ("tasks.py",),
    "npm": ("package.json",),
    "py": ("pyproject.toml", "pixi.toml", "hatch.toml"),
}
TASK = re.compile(
    r"\b(?:(?P<tool>make|just|task|inv)(?:oke)?|(?P<npm>npm|pnpm|yarn|bun)(?: run)?"
    r"|(?P<py>poe|(?:pixi|pdm|hatch|rye) run))\b(?P<words>[^\n]*)"
)
INSTALLS = re.compile(
    r"\b(?:pip3?|pipx|uv|conda|mamba|micromamba|apt|apt-get|brew|npm|pnpm|yarn|poetry|pdm|cargo|gem)"
    r"\b.{0,200}?\b(?:install|add|create)\b"
)
RUNNER = re.compile(
    r"\b(?:pytest(?![\w.=<>~\[-])|py\.test|unittest|doctest|nosetests|nose2|stestr|jest|vitest"
    r"|mocha|karma|rspec|phpunit|bats|ctest|testthat|rcmdcheck|nextest|Pkg\.test|julia-runtest"
    r"|R CMD check|check-r-package|devtools::(?:test|check)|(?:playwright|hatch|dbt) test"
    r"|cypress run|(?:setup|manage)\.py test|(?:npm|pnpm|yarn|bun)(?: run)? test"
    r"|(?:cargo|go|dotnet|swift|mix|sbt|bazel|pants|stack|cabal|deno) test"
    r"|(?:mvnw?|gradlew?)\b.{0,99} (?:test|verify|check)|python[\d.]* (?:-\w+ )*\S{0,99}tests?\w{0,99}\.py)\b"
)
COMMENT = re.compile(r"(?:^|\s)(?:#|//)[^\n]*", re.MULTILINE)
NAMED = re.compile(r"\s*(?:- )?\"?(?:name|displayName|label|title|description)\"?:")
LARGEST = 1_000_000
MOST_TEXTS = 200
MOST_TASKS = 50


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Other files that configure CI, as paths or patterns; they count as `other`."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    used: dict[str, str] = {}
    broken: dict[str, str] = {}
    for path, system in candidates(files, options).items():
        try:
            complaint = lacking(system, path, files, documents)
        except Unreadable as error:
            complaint = str(error)
        if complaint:
            broken[path] = complaint
        else:
            used[path] = system.name
    if not used and broken:
        return unknown(f"{next(iter(broken.values()))}; repair or remove it", broken)
    if not used:
        says = "no configuration of a continuous integration system was found"
        return no(says, systems=0, system=undefined("none is configured"), runs_tests=False,
                  files=0, unreadable=0)  # fmt: skip
    names = sorted(set(used.values()), key=lambda name: (name == "other", name.lower()))
    tested = runs_tests(files, list(used))
    return yes(
        described(names, list(used), tested),
        used,
        systems=len(names),
        system=",".join(names),
        runs_tests=tested,
        files=len(used),
        unreadable=len(broken),
    )


def described(names: list[str], paths: list[str], tested: bool) -> str:
    shown = ", ".join("a script" if name == "other" else name for name in names)
    where = paths[0] if len(paths) == 1 else f"{len(paths)} files"
    verb = "is" if len(names) == 1 else "are"
    what = "a test runner is called" if tested else "no test runner that is known here is called"
    return f"{shown} {verb} configured in {where}; {what}"


def candidates(files: Files, options: Options) -> dict[str, System]:
    """Each file that may configure CI, by path, with its system."""
    every = (*SYSTEMS, System("other", (*OTHER, *options.paths)))
    found: dict[str, System] = {}
    for system in every:
        for path in files.matching(*system.patterns):
            found.setdefault(path, system)
    return dict(sorted(found.items()))


def lacking(system: System, path: str, files: Files, documents: Documents) -> str:
    """What keeps the file from being a configuration; empty when it is one. Raises Unreadable."""
    if files.size(path) > LARGEST:
        return f"{path} is too large for a configuration"
    text = files.text(path)
    if not COMMENT.sub("", text).strip():
        return f"{path} is empty"
    if system.name == "other" or not path.lower().endswith((".yml", ".yaml")):
        return ""
    wanted = set(system.keys.split())
    filled = {key for data in documents.yaml(path) for key in keys_of(data)}
    if filled & wanted if wanted else filled:
        return ""
    return f"{path} holds no {' or '.join(sorted(wanted)) or 'settings'}"


def keys_of(data: object) -> Iterator[str]:
    """The keys that hold something, of a mapping or of each mapping in a list."""
    for part in data if isinstance(data, list) else [data]:
        if isinstance(part, dict):
            yield from (key for key, value in part.items() if value)


def runs_tests(files: Files, paths: list[str]) -> bool:
    """Whether a test runner is mentioned in the files, or in what they call, and so on."""
    known = frozenset(files.matching(*SCRIPTS))
    pending = list(paths)
    texts: list[str] = []
    seen: set[str] = set()
    while (pending or texts) and len(seen) < MOST_TEXTS:
        path = pending.pop() if pending else ""
        what = path or texts.pop()
        if what in seen:
            continue
        seen.add(what)
        text = commands(read(files, path) if path else what)
        if RUNNER.search(text):
            return True
        pending += called(files, text, path, known)
        texts += tasks(files, text)
    return False


def read(files: Files, path: str) -> str:
    try:
        return files.text(path, LARGEST)
    except Unreadable:
        return ""


def commands(text: str) -> str:
    """One command a line, without comments and without those that install something."""
    joined = re.sub(r"\\\r?\n", " ", COMMENT.sub("", text))
    parts = re.split(r"\n|&&|\|\||[;|](?=\s)", joined)
    return "\n".join(part for part in parts if not INSTALLS.search(part))


def called(files: Files, text: str, path: str, known: frozenset[str]) -> Iterator[str]:
    """The files of the project that the commands name."""
    if re.search(r"\btox\b", text):
        own = files.matching("tox.ini", "tox.toml")
        yield from own or files.matching("setup.cfg", "pyproject.toml")
    if re.search(r"\bnox\b", text):
        yield from files.matching("noxfile.py")
    for word in dict.fromkeys(re.findall(r"[\w./-]+", text)):
        for base in ("", posixpath.dirname(path)):
            name = posixpath.normpath(posixpath.join(base, word.lstrip("/")))
            inside = (name, f"{name}/action.yml", f"{name}/action.yaml")
            yield from (one for one in inside if one in known)


def tasks(files: Files, text: str) -> Iterator[str]:
    """What stands behind `make test` and the like: the recipe, with what it depends on."""
    lines = "\n".join(line for line in text.splitlines() if not NAMED.match(line))
    for found in islice(TASK.finditer(lines), MOST_TASKS):
        tool = "npm" if found["npm"] else "py" if found["py"] else found["tool"]
        words = re.findall(r"[\w.:=/@-]+", found["words"])[:MOST_TASKS]
        names = [word for word in words if word[0] != "-" and "=" not in word]
        if tool == "py":
            names = [name.rpartition(":")[2] for name in names]  # of hatch, `environment:script`
        for path in files.matching(*TASKS[tool]):
            yield from recipes(read(files, path), tool, names)


def recipes(body: str, tool: str, names: list[str]) -> Iterator[str]:
    """The lines that define each task; of `make` alone, those of the first."""
    for name in names or re.findall(r"^(\w[\w./-]*) ?:(?!=)", body, re.MULTILINE)[:1]:
        defined = re.compile(
            rf"^(?P<in>[ \t]*)(?:def )?\"?{re.escape(name)}\"?(?:[ (][^:=\n]*)?[:=](?P<needs>[^\n]*)"
            r"(?P<lines>(?:\n(?P=in)[ \t]+[^\n]*)*)",
            re.MULTILINE,
        )
        for found in defined.finditer(body):
            yield f"{found['needs']}\n{found['lines']}\n{tool} {found['needs']}"
