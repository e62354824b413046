"""What only one person's machine has run is not known to work; a CI system runs it at each change.

Looks for the configuration of the common systems, and counts a file when it holds what its system
needs, such as `jobs`. Tests are run when the configuration, or a script, Makefile, tox, nox or
package.json that it calls, mentions a test runner other than to install it.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from trl4ml.commands.lines import commands, without_comments
from trl4ml.commands.runners import runs_tests
from trl4ml.commands.tasks import FILES, recipes, tasks
from trl4ml.core.evidence import Finding, no, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files, Unreadable

asks = "A continuous integration system is configured."
version = 2


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
LARGEST = 1_000_000
MOST_TEXTS = 200


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
    with_tests = tested(files, list(used))
    return yes(
        described(names, list(used), with_tests),
        used,
        systems=len(names),
        system=",".join(names),
        runs_tests=with_tests,
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
    if not without_comments(text).strip():
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


def tested(files: Files, paths: list[str]) -> bool:
    """Whether a test runner is called in the files, or in what they call, and so on."""
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
        lines = commands(read(files, path) if path else what, path)
        if runs_tests(lines):
            return True
        pending += called(files, lines, path, known)
        texts += behind(files, lines)
    return False


def read(files: Files, path: str) -> str:
    try:
        return files.text(path, LARGEST)
    except Unreadable:
        return ""


def called(files: Files, lines: str, path: str, known: frozenset[str]) -> Iterator[str]:
    """The files of the project that the commands name."""
    if re.search(r"\btox\b", lines):
        own = files.matching("tox.ini", "tox.toml")
        yield from own or files.matching("setup.cfg", "pyproject.toml")
    if re.search(r"\bnox\b", lines):
        yield from files.matching("noxfile.py")
    for word in dict.fromkeys(re.findall(r"[\w./-]+", lines)):
        for base in ("", posixpath.dirname(path)):
            name = posixpath.normpath(posixpath.join(base, word.lstrip("/")))
            inside = (name, f"{name}/action.yml", f"{name}/action.yaml")
            yield from (one for one in inside if one in known)


def behind(files: Files, lines: str) -> Iterator[str]:
    """The recipes of the tasks that the commands ask for."""
    for task in tasks(lines):
        for path in files.matching(*FILES[task.tool]):
            yield from recipes(read(files, path), task)
