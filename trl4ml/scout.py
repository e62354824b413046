"""What a repository already holds: the facts from which `trl4ml init` writes a first trl4ml.yaml.

Names of files tell most of it. Of contents only manifests, CODEOWNERS and results of tests are
read, and nothing that git ignores is named but such results. Where clues speak for several kinds of
component, the kind that is asked the most is taken.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import basename, dirname
from typing import Any, NamedTuple

from trl4ml import resources
from trl4ml.asking import ask, parse_yaml
from trl4ml.core.evidence import Outcome
from trl4ml.core.project import REQUIRED_LEVEL, Component, ComponentKind
from trl4ml.core.views import Unreadable
from trl4ml.errors import WrongInput
from trl4ml.loading import all_probes
from trl4ml.probes import Probe
from trl4ml.readers.files import Part
from trl4ml.readers.git import History
from trl4ml.readers.patterns import compiled
from trl4ml.readers.tree import Tree
from trl4ml.readers.views import Views
from trl4ml.render.plain import printable

MOST_COMPONENTS = 30
MOST_OWNERS = 10
MOST_LOOKED_AT = 11
LARGEST = 200_000

VENDORED = re.compile(r"(?:^|/)(?:node_modules|_?vendor(?:ed)?|third[_-]?party)/", re.I)
ABOUT = r"examples?|samples?|demos?|fixtures?|testdata|golden|benchmarks?|\.[^/]*"
ASIDE = re.compile(rf"(?:^|/)(?:{ABOUT}|tests?|testing)/", re.I)
"""Folders that are about the project and not of it."""
NOT_OURS = re.compile(rf"{VENDORED.pattern}|(?:^|/)(?:{ABOUT}|tests?/data|venv)/|[*?{{}}]", re.I)
"""Where results are hardly those of this project's own tests, or no pattern can name them."""
PAGES = re.compile(r"(?:^|/)(?:docs?|site|website)/", re.I)
YML = ".{yml,yaml}"
TABLES = "csv,tsv,parquet,arrow,feather,orc,avro,jsonl,ndjson,npy,npz,xls,xlsx,tfrecord,arff,dvc"
IN_DATA = "json,xml,txt,zip,gz,tar,tgz,zst,db,sqlite,pkl,h5,hdf5,png,jpg,jpeg,tif,tiff,wav,mp3,mp4"
MODELS = (
    "**/*.{onnx,safetensors,pt,pth,ckpt,pkl,pickle,joblib,h5,hdf5,keras,tflite,pb,gguf,pmml,cbm,"
    "ubj,bst,mlmodel}",
    "**/MLmodel",
)
SORTS = {
    "data": (f"**/*.{{{TABLES}}}{{,.gz,.zst}}", f"**/{{data,dataset,datasets}}/**/*.{{{IN_DATA}}}",
             "**/dvc.lock"),
    "models": MODELS,
    "cards": ("**/{model,data,dataset,system}{,-,_, }card*.{md,html,rst,json,yaml,yml}",
              "**/{*datasheet*,trl_card*,*croissant*}.{md,json,yaml,yml}"),
    "CI": (f"{{.github,.gitea,.forgejo}}/workflows/*{YML}", f"{{.circleci,.buildkite}}/*{YML}",
           f"{{.gitlab-ci,*azure-pipelines*,bitbucket-pipelines,cloudbuild*,appveyor}}{YML}",
           f".{{travis,drone,cirrus,woodpecker,woodpecker/*}}{YML}", "Jenkinsfile*", ".ci/*"),
    "tests": ("**/{test_*,*_test}.py", "**/*.{test,spec}.{js,jsx,ts,tsx,mjs}", "**/*_test.go",
              "**/testthat/test*.r", "**/src/test/**/*.{java,kt,scala}", "**/tests/*.rs"),
    "notebooks": ("**/*.ipynb",),
    "lock files": ("**/{uv,poetry,pdm,Pipfile,pixi,Cargo,renv,yarn,requirements*}.lock",
                   "**/{package-lock.json,pnpm-lock.yaml,go.sum,Manifest.toml,pylock*.toml}",
                   f"**/conda-lock{YML}"),
}  # fmt: skip
OF_THE_PROJECT = ("data", "models", "cards")
"""Sorts that do not count where they lie ASIDE."""

GROUPS = {"apps", "components", "crates", "libs", "models", "modules", "packages", "pipelines",
          "projects", "services"}  # fmt: skip
MANIFESTS = {"pyproject.toml", "setup.py", "setup.cfg", "package.json", "Cargo.toml", "go.mod",
             "pom.xml", "build.gradle", "build.gradle.kts", "DESCRIPTION", "Project.toml",
             "dbt_project.yml", "dvc.yaml", "MLproject"}  # fmt: skip
CHORES = {"setup.py", "noxfile.py", "conftest.py", "tasks.py", "dodo.py"}
CODE = re.compile(r"\.(?:py|ipynb|r|jl|[cm]?[jt]sx?|java|kt|scala|go|rs|cs|cpp|cc|cu|c|sql)$", re.I)
NEEDS = (
    "{pyproject.toml,setup.py,setup.cfg,package.json,Pipfile,{requirements*,requirements/*}.{txt,in}"
    ",environment*.{yml,yaml}}"
)
NEED = r"""(?:^[ \t-]*|["'])({})[ \t]*(?:["'\[<>=~!;@,#:]|$)"""
"""A package as the manifests write it, at the start of a line or of a text in quotes."""


class Clue(NamedTuple):
    kind: ComponentKind
    files: tuple[str, ...]
    needs: str
    """Packages that a manifest asks for."""


CLUES = (
    Clue(ComponentKind.MODEL,
         (*MODELS, "**/{MLproject,model{,-,_, }card.md}",
          "**/{train,training,train_*,*_train,fit,fit_*}.{py,ipynb,r,jl}"),
         "torch pytorch tensorflow keras scikit-learn sklearn xgboost lightgbm catboost jax flax "
         "transformers statsmodels lightning pytorch-lightning prophet spacy"),
    Clue(ComponentKind.SERVICE,
         ("**/{openapi,swagger}*.{yaml,yml,json}", "**/*.proto"),
         "fastapi flask django starlette uvicorn gunicorn litestar bentoml grpcio aiohttp tornado "
         "express fastify koa next react vue gradio streamlit"),
    Clue(ComponentKind.DATA,
         ("**/{dvc.yaml,dbt_project.yml}", "**/dags/*.py"),
         "apache-airflow dagster prefect luigi kedro pyspark apache-beam dbt-core "
         "great-expectations great_expectations"),
)  # fmt: skip

RESULTS = {
    "test-results": ("{*junit*,TEST-*,*test{-,_,}results*}.xml", 10),
    "coverage": ("{*coverage*.{xml,json},*cobertura*.xml,*lcov*.info,*.lcov}", 1),
}
"""Probe → names of what it reads, and of how many such files it may be told without being asked:
several reports of coverage are joined, and an old one among them would flatter.
"""
CATCH_ALL = {"*", "**", "/**", "/"}
HANDLE = re.compile(r"(?<!\S)@\w[\w./-]{0,99}(?!\S)")
ROBOT = re.compile(r"\[bot\]$|^(?:dependabot|renovate|github[ -]actions?|pre-commit[ -]ci)\b", re.I)
FOREIGN = "ßæœøłđðþıабвгдежзийклмнопрстуфхцчшщъыьэюяαβγδεζηθικλμνξοπρσςτυφχψω"
LATIN = (
    "ss ae oe o l d d th i a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch  y  e iu ia "
    "a v g d e z i th i k l m n x o p r s s t y f ch ps o"
)
LETTERS = str.maketrans(dict(zip(FOREIGN, LATIN.split(" "), strict=True)))


@dataclass(frozen=True)
class Piece:
    """A component as it was guessed."""

    name: str
    kind: ComponentKind
    why: str
    """The clue that the kind was guessed by."""
    path: str = ""
    """Its folder; empty for all that lies in no other component's."""


@dataclass(frozen=True)
class Found:
    """What a folder holds; all but the names of its components and kinds is text from outside."""

    name: str
    owners: tuple[str, ...]
    owners_from: str
    """Where they were found, or why nobody was."""
    components: tuple[Piece, ...]
    more: int
    """How many folders beyond MOST_COMPONENTS look like components too."""
    holds: dict[str, tuple[str, ...]]
    """Sort of file → paths."""
    probes: dict[str, dict[str, tuple[str, ...]]]
    """Options of probes, for what lies where the probe would not look by itself."""


def scout(folder: Path) -> Found:
    """Look at the folder. Raises WrongInput when git cannot list it."""
    tree = Tree(folder)
    views = Views(Part(tree), parse_yaml)
    try:
        names = [name for name in tree.entries if not VENDORED.search(name)]
    except Unreadable as error:
        raise WrongInput(f"{error}; repair the repository, or take a fresh clone") from None
    name = _name(tree.root.name, views)
    owners, owners_from = _owners(views, tree.history)
    folders = component_folders(names)
    return Found(
        name, owners, owners_from, _pieces(name, names, folders[:MOST_COMPONENTS], views),
        len(folders[MOST_COMPONENTS:]), _holds(names), _probes(tree, views),
    )  # fmt: skip


def written(found: Found) -> str:
    """The text of trl4ml.yaml. Whatever is filled in is printable, so it stays on its line."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(resources.folder("templates")), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        autoescape=False, finalize=lambda value: printable(str(value)),  # noqa: S701  it is YAML
    )  # fmt: skip
    environment.filters["quoted"] = quoted
    template = environment.get_template("init.yaml.j2")
    return template.render(found=found, required=REQUIRED_LEVEL, most=5)


def quoted(text: str) -> str:
    """The text as a double-quoted YAML scalar on one line."""
    valid = text.encode("utf-8", "backslashreplace").decode()
    return '"' + printable(valid.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def slug(text: str) -> str:
    """The name in small Latin letters, digits and single hyphens; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).lower().translate(LETTERS)
    kept = "".join(c for c in plain if c.isascii() and (c.isprintable() or c.isspace()))
    return re.sub(r"[^a-z0-9]+", "-", kept).strip("-")[:60].strip("-")


def _name(folder: str, views: Views) -> str:
    """By pyproject.toml where it says so, else by the folder."""
    try:
        declared = views.documents.toml("pyproject.toml")
    except Unreadable:
        declared = {}
    tables = (declared.get("project"), _sub(declared.get("tool"), "poetry"))
    names = [name for table in tables if isinstance(name := _sub(table, "name"), str)]
    return next(filter(None, map(slug, (*names, folder))), "project")


def _sub(table: Any, key: str) -> Any:
    return table.get(key) if isinstance(table, dict) else None


def _owners(views: Views, history: History) -> tuple[tuple[str, ...], str]:
    """Who answers, as CODEOWNERS or git has it, and which of the two; no e-mail addresses."""
    for path in (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"):
        try:
            owners = code_owners(views.files.text(path, LARGEST))
        except Unreadable:
            continue
        if owners:
            return owners, f"They are those of {path}."
    if not history.exists:
        why = "Git could not be asked." if history.problem else "There is no git history to tell."
        return (), why
    if history.top[2]:
        return (), "The git history is cut off (a shallow clone) and cannot tell."
    try:
        owners = half_of(history.by_author)
    except Unreadable:
        owners = ()
    if owners:
        return owners, "They made half of the latest commits."
    return (), "The git history names no person."


def code_owners(text: str) -> tuple[str, ...]:
    """The handles that own everything, else all that own something, in the order of the lines."""
    every: list[str] = []
    default: list[str] = []
    for line in text.splitlines():
        pattern, *_ = line.split() or ("",)
        if not pattern.startswith("#"):
            handles = HANDLE.findall(line.partition(" #")[0].removeprefix(pattern))
            every += handles
            default = handles if pattern in CATCH_ALL and handles else default
    return tuple(dict.fromkeys(default or every))[:MOST_OWNERS]


def half_of(commits: Counter[str]) -> tuple[str, ...]:
    """The fewest people who made half of the commits that people made."""
    people: Counter[str] = Counter()
    for author, count in commits.items():
        name = " ".join("".join(c if c.isprintable() else " " for c in author).split())
        if name and "@" not in name and len(name) <= 100 and not ROBOT.search(name):
            people[name] += count
    covered, names = 0, []
    for name, count in sorted(people.items(), key=lambda pair: (-pair[1], pair[0])):
        if 2 * covered >= people.total():
            break
        covered += count
        names.append(name)
    return tuple(names[:MOST_OWNERS])


def component_folders(names: Iterable[str]) -> list[str]:
    """Folders with a manifest and code of their own, if there are several, sorted."""
    manifests, code = set(), set()
    for name in names:
        if ASIDE.search(name) or PAGES.search(name):
            continue
        first, *more = dirname(name).split("/")
        if basename(name) in MANIFESTS and (not more or (first in GROUPS and len(more) == 1)):
            manifests.add(dirname(name))
        if _is_code(name):
            code |= {first, "/".join([first, *more[:1]])}
    folders = {one for one in manifests & code if one and _claimable(one)}
    inmost = sorted(folders - {dirname(folder) for folder in folders})
    return inmost if len(inmost) > 1 else []


def _is_code(name: str) -> bool:
    return bool(CODE.search(name)) and basename(name) not in CHORES


def _claimable(folder: str) -> bool:
    """Whether `paths` in trl4ml.yaml can name the folder as it is."""
    try:
        return Component(name="a", paths=(folder,)).paths == (folder,)
    except ValueError:
        return False


def _pieces(
    name: str, names: Sequence[str], folders: Sequence[str], views: Views
) -> tuple[Piece, ...]:
    """A component for each folder, and one for the rest when that is a package or all there is."""
    inside = tuple(f"{folder}/" for folder in folders)
    rest = [one for one in names if not one.startswith(inside)] if folders else names
    whole = not folders or _manifest([one for one in rest if not ASIDE.search(one)])
    pieces = [Piece(name, *_kind(rest, "", views))] if whole else []
    taken = {name} if pieces else set()
    for folder in folders:
        own = [one for one in names if one.startswith(f"{folder}/")]
        free = _free(folder, taken)
        taken.add(free)
        pieces.append(Piece(free, *_kind(own, f"{folder}/", views), folder))
    return tuple(pieces)


def _manifest(names: Sequence[str]) -> str:
    """What declares these files, relative to their folder, a package; empty without any code."""
    declares = next((one for one in names if one in MANIFESTS), "")
    return declares if any(map(_is_code, names)) else ""


def _free(folder: str, taken: set[str]) -> str:
    """A name by the folder that no other component has."""
    last, whole = (slug(one) or "component" for one in (basename(folder), folder))
    numbered = (f"{whole}-{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (last, whole, *numbered) if one not in taken)


def _kind(names: Sequence[str], prefix: str, views: Views) -> tuple[ComponentKind, str]:
    """The kind by the first clue that fits, the most demanding one first, and the clue in words."""
    own = [one.removeprefix(prefix) for one in names if not ASIDE.search(one)]
    asks = compiled((NEEDS,)).match
    texts = {one: _text(views, prefix + one) for one in own if asks(one)}
    for clue in CLUES:
        fits = compiled(clue.files).match
        if named := next((one for one in own if fits(one)), None):
            return clue.kind, f"{prefix}{named} is here"
        needs = re.compile(NEED.format(clue.needs.replace(" ", "|")), re.I | re.M)
        for path, text in texts.items():
            if needed := needs.search(text):
                return clue.kind, f"{prefix}{path} names {needed[1]}"
    if manifest := _manifest(own):
        why = f"{prefix}{manifest} is here, and no sign of a model, service or data pipeline"
        return ComponentKind.LIBRARY, why
    return ComponentKind.MODEL, "nothing tells yet, and a model is asked the most"


def _text(views: Views, path: str) -> str:
    try:
        return views.files.text(path, LARGEST)
    except Unreadable:
        return ""


def _holds(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The paths of each sort; each path belongs to the first that it fits."""
    holds: dict[str, list[str]] = {sort: [] for sort in SORTS}
    fits = {sort: compiled(patterns).match for sort, patterns in SORTS.items()}
    for name in names:
        sort = next((sort for sort, match in fits.items() if match(name)), None)
        if sort and not (sort in OF_THE_PROJECT and ASIDE.search(name)):
            holds[sort].append(name)
    return {sort: tuple(paths) for sort, paths in holds.items()}


def _probes(tree: Tree, views: Views) -> dict[str, dict[str, tuple[str, ...]]]:
    """The option `paths` of the probes that find results with it and none without."""
    options: dict[str, dict[str, tuple[str, ...]]] = {}
    for id, (pattern, most) in RESULTS.items():
        here = {
            *views.files.matching(f"**/{pattern}"),
            *views.files.present(*(f"{'*/' * depth}{pattern}" for depth in range(3))),
        }
        likely = sorted(one for one in here if not NOT_OURS.search(one))[:MOST_LOOKED_AT]
        probe = all_probes().get(id) if likely else None
        if probe and "paths" in getattr(probe.options, "model_fields", ()):
            found = _found_only_there(probe, tree, likely)
            options |= {id: {"paths": found}} if 1 <= len(found) <= most else {}
    return options


def _found_only_there(probe: Probe, tree: Tree, paths: Sequence[str]) -> tuple[str, ...]:
    def answers(options: dict[str, Any]) -> bool:
        finding = ask(probe, Views(Part(tree), parse_yaml), options)
        return finding.outcome in (Outcome.YES, Outcome.NO)

    return () if answers({}) else tuple(one for one in paths if answers({"paths": [one]}))
