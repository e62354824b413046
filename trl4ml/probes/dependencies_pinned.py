"""What is not pinned can differ at the next installation, and with it every figure of the model.

Reads the manifests of the top folder or, where those declare nothing, of the highest folders whose
manifests do: requirements files, pyproject.toml, setup.py, setup.cfg, Pipfile, the environments of
conda and pixi, package.json, Cargo.toml, DESCRIPTION. A dependency is pinned when a lock file, a
constraint or the manifest gives it one version or commit. Python, pip and paths inside the project
do not count, and what setup.py computes is not seen; where there is a lock file without a manifest,
all that it names is declared. Python code that imports what no manifest declares is an answer of no.
`hashed` means that a lock with hashes names every declared dependency.
"""

import ast
import configparser
import json
import posixpath
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from trl4ml.core.evidence import Finding, Measure, no, not_applicable, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files, Unreadable

asks = "Every declared dependency is pinned to one version."
version = 1

PATTERNS = (
    "**/{,*-,*_,*.}{requirements,constraints}*.{txt,in,pip}",
    "**/{requirements{,-*},constraints}.lock",
    "**/{requirements,reqs,constraints}/*.{txt,in,pip,lock}",
    "**/{pyproject.toml,setup.py,setup.cfg,Pipfile,Pipfile.lock,pixi.toml,pixi.lock}",
    "**/{uv,poetry,pdm,cargo,yarn,bun,renv}.lock",
    "**/pylock{,.*}.toml",
    "**/{environment,conda,env}{,-*,_*,.*}.{yml,yaml}",
    "**/{conda-*.lock,*conda-lock.yml,*conda-lock.yaml}",
    "**/{package.json,package-lock.json,npm-shrinkwrap.json,pnpm-lock.yaml,Cargo.toml,DESCRIPTION}",
)
HOLDERS = {"requirements", "reqs", "constraints", "conda", "env", "envs", "environments"}
ASIDE = {
    "node_modules", "vendor", "vendored", "third_party", "third-party", "external", "site-packages",
    "tests", "test", "testing", "fixtures", "docs", "doc", "examples", "example", "samples",
    "templates",
}  # fmt: skip
TOML_LOCK = r'^\[\[packages?\]\]\nname = "([^"\n]+)"'
LOCKS = {
    r"(?:uv|poetry|pdm)\.lock|pylock(?:\..+)?\.toml": ("", TOML_LOCK),
    r"cargo\.lock": ("cargo:", TOML_LOCK),
    r"conda-.*\.lock": ("", r"^https?://\S+/([^/\s]+)-[^-/\s]+-[^-/\s]+$"),
    r".*conda-lock\.ya?ml": ("", r"^(?:- |  )name: (\S+)$"),
    r"pixi\.lock": ("", r"^(?:- conda: \S+/([^/\s]+)-[^-/\s]+-[^-/\s]+|  name: (\S+))$"),
    r"yarn\.lock": ("npm:", r'^"?((?:@[^/@\s]+/)?[^@\s"#]+)@'),
    r"pnpm-lock\.yaml": ("npm:", r"^  ['\"]?/?((?:@[\w.-]+/)?[\w.-]+)[@/]"),
    r"bun\.lock": ("npm:", r'^    "([^"\n]+)": \["'),
}
JSON_LOCKS = {
    "pipfile.lock": "", "package-lock.json": "npm:", "npm-shrinkwrap.json": "npm:",
    "renv.lock": "r:",
}  # fmt: skip
HASHED = re.compile(
    r'(?<!content_hash = ")sha(?:1|256|384|512) ?[:=-] ?"?[0-9A-Za-z+/]{20}'
    r'|(?:checksum|md5|"Hash") ?[:=] ?"?[0-9a-z/]{20}|#[0-9a-f]{32}\b'
)
CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)

INCLUDE = re.compile(
    r"(?:-(?P<short>[rc])\s*|--(?P<long>requirement|constraint)[\s=]+)(?P<file>.+)"
)
EDITABLE = re.compile(r"(?:-e|--editable)[\s=]*")
ONE_OPTION = re.compile(r"\s--?[A-Za-z]")
AT_URL = re.compile(r"([A-Za-z0-9][\w.-]*) ?(?:\[[^\]]*\] ?)?@ ?(.+)")
SPECIFIER = re.compile(r"([A-Za-z0-9][\w.-]*) ?(?:\[[^\]]*\] ?)?(.*)")
CLAUSES = re.compile(r"\(?\s*(?:(?:[=!~<>]=|[<>]|===)\s*[^\s,()=<>!~]+\s*(?:,\s*|$|(?=\))))*\)?")
EXACT = re.compile(r"(?<![!<>~=])={2,3}\s*[^,\s*=)]+\s*(?:$|[,)])")
COMMIT = re.compile(
    r"[@/=#](?:[0-9a-f]{64}|[0-9a-f]{40})\b|@[0-9a-f]{7,40}(?=[#&]|$)|[#&]sha\d+="
    r"|-\d[\w.+!-]{0,80}\.(?:whl|zip|tar\.gz|tar\.bz2|conda)(?=[#?]|$)"
)
EXACT_IN_TABLE = {
    "": re.compile(r"={2,3}\s*\d[^*,\s]*|\d[\w.+!-]*"),
    "npm:": re.compile(r"=?v?\d+\.\d+\.\d+[\w.+-]*|.*#[0-9a-f]{7,40}"),
    "cargo:": re.compile(r"=\s*\d+\.\d+\.\d+[\w.+-]*"),
}
CONDA = re.compile(r"(?:[^\s:]+::)?([A-Za-z0-9_][\w.-]*)\s*(.*)")
EXACT_IN_CONDA = re.compile(
    r"==\s*[^\s=*,<>|]+(?:=\S+)?|=?[^\s=*,<>|]+(?:=|\s+)[^\s=*,<>|]+|=\d+\.\d+\.\d[^\s=*,<>|]*"
)
EXPORTED = re.compile(r"=[^\s=*,<>|]+")
NOT_COUNTED = {"python", "pip"} | {
    f"r:{name}" for name in (
        "r", "base", "methods", "stats", "stats4", "utils", "graphics", "grdevices", "datasets",
        "tools", "parallel", "compiler", "grid", "splines", "tcltk",
    )
}  # fmt: skip
IMPORT = re.compile(r"^(?:import|from)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
MAY_IMPORT = re.compile(rb'(?:^|"|\\n)(?:import|from)[ \t]+([A-Za-z_]\w*)', re.MULTILINE)
CODE = "**/*.{py,ipynb,r,rmd,qmd,jl,js,mjs,ts,tsx,rs,go,java,kt,scala,c,cc,cpp,cu,cs,swift,m,lua}"
LARGEST_LOCK = 16_000_000
LONGEST = 1000
SHOWN = 5


class Options(Noun):
    folders: tuple[str, ...] = ()
    """The folders that hold the manifests; not given: the highest ones in which there are any."""


class Reader:
    """What the manifests and locks of one folder say, by name: `numpy`, `npm:react`."""

    def __init__(self, files: Files, documents: Documents, paths: Iterable[str], *,
                 only_python: bool) -> None:  # fmt: skip
        self.files, self.documents = files, documents
        self.declared: dict[str, str] = {}
        self.pins: dict[str, bool] = {}
        self.manifests: list[str] = []
        self.locks: list[str] = []
        self.broken: list[Unreadable] = []
        self.computed = ""
        self._own: set[str] = set()
        self._frozen: dict[str, str] = {}
        self._locked: dict[str, str] = {}
        self._loose = False
        self._seen: set[str] = set()
        for path in paths:
            self._read(path)
        self._settle(only_python)

    def _read(self, path: str) -> None:
        name = posixpath.basename(path).lower()
        lock = next((LOCKS[one] for one in LOCKS if re.fullmatch(one, name)), None)
        if lock or name in JSON_LOCKS:
            try:
                self._lock(path, *(lock or (JSON_LOCKS[name], "")))
            except Unreadable as error:
                self.broken.append(error)
        elif name in MANIFESTS:
            MANIFESTS[name](self, path)
        elif name.endswith((".yml", ".yaml")):
            self._conda(path)
        else:
            self._requirements(path, constraint="constraints" in name)

    def _settle(self, only_python: bool) -> None:
        """Fully pinned requirements are a lock where a manifest declares, and else a manifest."""
        if not self._loose:
            self.declared = self._frozen | self.declared
        kinds = {kind(name) for name in self.declared}
        self.declared |= {n: at for n, at in self._locked.items() if kind(n) not in kinds}
        dropped = self._own | NOT_COUNTED
        self.declared = {
            name: at for name, at in self.declared.items()
            if name not in dropped and not (only_python and kind(name))
        }  # fmt: skip

    def _declare(self, name: str, path: str, exact: bool) -> None:
        self.declared.setdefault(name, path)
        self._loose = self._loose or not kind(name)
        if exact:
            self.pins.setdefault(name, False)

    # Lock files

    def _lock(self, path: str, kind: str, pattern: str) -> None:
        if self.files.size(path) > LARGEST_LOCK:
            raise Unreadable(path, f"larger than {LARGEST_LOCK // 1_000_000} MB")
        text = self.files.text(path, LARGEST_LOCK).replace("\r\n", "\n")
        if CONFLICT.search(text):
            raise Unreadable(path, "it holds the marks of a merge conflict")
        names = found_in(text, pattern) if pattern else keys_in(text, path)
        if not names:
            raise Unreadable(path, "it names no package; write it again with the tool it is of")
        found = [normal(kind + name) for name in names]
        self._pin(found, path, bool(HASHED.search(text)))
        self._locked |= dict.fromkeys(found, path)

    def _pin(self, names: Iterable[str], path: str, hashed: bool) -> None:
        self.locks.append(path)
        for name in names:
            self.pins[name] = self.pins.get(name, False) or hashed

    # Requirements files

    def _requirements(self, path: str, constraint: bool = False) -> None:
        if path in self._seen:
            return
        self._seen.add(path)
        text = decoded(self.files, path)
        found: dict[str, bool] = {}
        for number, line in logical_lines(text):
            if include := INCLUDE.match(line):
                self._include(path, include, number)
            elif not line.startswith("-") or EDITABLE.match(line):
                for name, exact in parsed(line, path, number):
                    found[name] = exact and found.get(name, True)
        if found and all(found.values()) and not path.lower().endswith(".in"):
            self._pin(found, path, "--hash=" in text)
            if not constraint:
                generated = "autogenerated by" in text
                kept = self._locked if generated else self._frozen
                kept |= dict.fromkeys(found, path)
        elif not constraint:
            self.manifests.append(path)
            self._loose = self._loose or path.lower().endswith(".in")
            for name, exact in found.items():
                self.declared.setdefault(name, path)
                if exact:
                    self.pins.setdefault(name, "--hash=" in text)
        else:
            self.pins |= {n: self.pins.get(n, False) for n, exact in found.items() if exact}

    def _include(self, path: str, include: re.Match[str], line: int | None = None) -> None:
        name = include["file"].strip("'\" ")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        constraint = "c" in (include["short"] or include["long"])
        if not ("://" in name or target.startswith(("..", "/"))):
            self._requirements(target, constraint)
        elif not constraint:
            raise Unreadable(path, "it includes requirements from outside of the project", line)

    # Manifests that are data

    def _listed(self, items: object, path: str) -> None:
        """Requirements in a list, as in pyproject.toml; what is no text, as an include, is not."""
        for item in as_list(items):
            if isinstance(item, str) and item.strip() and item.strip()[0] != "#":
                for name, exact in parsed(item, path):
                    self._declare(name, path, exact)

    def _table(self, data: object, path: str, kind: str = "") -> None:
        """Names with a version, or with a mapping that holds one, as in Poetry, Cargo or npm."""
        for name, spec in data.items() if isinstance(data, dict) else ():
            specs = [one for one in (spec if isinstance(spec, list) else [spec]) if not local(one)]
            if specs:
                alias = specs[0].get("package") if isinstance(specs[0], dict) else None
                real = alias if isinstance(alias, str) else name
                exact = all(exact_in_table(one, kind) for one in specs)
                self._declare(normal(kind + real), path, exact)

    def _pyproject(self, path: str) -> None:
        data = self.documents.toml(path)
        project, tool = mapping(data, "project"), mapping(data, "tool")
        poetry, groups = mapping(tool, "poetry"), mapping(data, "dependency-groups")
        self._own |= {normal(str(one["name"])) for one in (project, poetry) if "name" in one}
        if project or poetry or groups or "pixi" in tool:
            self.manifests.append(path)
        self._listed(project.get("dependencies"), path)
        self._listed(mapping(tool, "uv").get("dev-dependencies"), path)
        for lists in (mapping(project, "optional-dependencies"), groups,
                      mapping(mapping(tool, "pdm"), "dev-dependencies")):  # fmt: skip
            for items in lists.values():
                self._listed(items, path)
        for table in (*tables(poetry), *tables(mapping(tool, "pixi"))):
            self._table(table, path)
        dynamic = mapping(mapping(tool, "setuptools"), "dynamic")
        extras = mapping(dynamic, "optional-dependencies")
        for source in (dynamic.get("dependencies"), *extras.values()):
            named = source.get("file") if isinstance(source, dict) else None
            for one in [named] if isinstance(named, str) else as_list(named):
                self._requirements(posixpath.join(posixpath.dirname(path), str(one)))

    def _pipfile(self, path: str) -> None:
        self.manifests.append(path)
        for name, table in self.documents.toml(path).items():
            if name not in ("requires", "scripts", "pipenv", "source"):
                self._table(table, path)

    def _pixi(self, path: str) -> None:
        self._tables(path, self.documents.toml(path), "")

    def _cargo(self, path: str) -> None:
        data = self.documents.toml(path)
        self._own.add(f"cargo:{mapping(data, 'package').get('name')}")
        self._tables(path, data, "cargo:")

    def _npm(self, path: str) -> None:
        self._tables(path, self.documents.json(path), "npm:")

    def _tables(self, path: str, data: object, kind: str) -> None:
        if not isinstance(data, dict):
            raise Unreadable(path, "not a mapping of keys to values")
        self.manifests.append(path)
        for table in tables(data):
            self._table(table, path, kind)

    def _conda(self, path: str) -> None:
        usual = posixpath.basename(path).lower().startswith("environment")
        if not usual and not re.search(r"^dependencies\s*:", self.files.text(path), re.MULTILINE):
            return
        data = [*self.documents.yaml(path), None][0]
        if not isinstance(data, dict):
            raise Unreadable(path, "not an environment of conda")
        items = data.get("dependencies")
        found = [one for item in as_list(items) for one in self._in_conda(item, data, path)]
        for name, exact in found:
            self._declare(name, path, exact)
        if isinstance(items, list):
            exact = all(exact or name in NOT_COUNTED for name, exact in found)
            (self.locks if found and exact else self.manifests).append(path)

    def _in_conda(
        self, item: object, data: dict[str, Any], path: str
    ) -> Iterator[tuple[str, bool]]:
        """What an item of the environment asks for; under `pip` there are requirements."""
        for line in as_list(item.get("pip")) if isinstance(item, dict) else ():
            if include := INCLUDE.match(str(line)):
                self._include(path, include)
            elif not str(line).startswith("-") or EDITABLE.match(str(line)):
                yield from parsed(str(line), path)
        if isinstance(item, str) and (found := CONDA.fullmatch(item.strip())):
            exported = "prefix" in data and EXPORTED.fullmatch(found[2])
            yield normal(found[1]), bool(EXACT_IN_CONDA.fullmatch(found[2]) or exported)

    def _description(self, path: str) -> None:
        """Of an R package or project."""
        text = self.files.text(path)
        if not re.search(r"^(?:Package|Imports|Depends):", text, re.MULTILINE):
            return
        self.manifests.append(path)
        for field in re.findall(r"^(?:Imports|Depends|LinkingTo):(.*(?:\n[ \t].*)*)", text, re.M):
            for name, exact in re.findall(r"([A-Za-z][\w.]*)\s*(?:\(\s*(==)?[^)]{0,99}\))?", field):
                self._declare(f"r:{name.lower()}", path, bool(exact))

    # setuptools

    def _setup_cfg(self, path: str) -> None:
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(self.files.text(path))
        except configparser.Error:
            raise Unreadable(path, "not a configuration of setuptools") from None
        self._own.add(normal(parser.get("metadata", "name", fallback="")))
        values = [parser.get("options", "install_requires", fallback="")]
        if parser.has_section("options.extras_require"):
            values += [value for _, value in parser.items("options.extras_require")]
        if "options" in parser or "metadata" in parser:
            self.manifests.append(path)
        for value in values:
            if not value.startswith("file:"):
                self._listed(value.splitlines(), path)

    def _setup_py(self, path: str) -> None:
        tree = syntax_of(self.files.text(path))
        if tree is None:
            raise Unreadable(path, "not Python")
        named = {t.id: node.value for node in tree.body if isinstance(node, ast.Assign)
                 for t in node.targets if isinstance(t, ast.Name)}  # fmt: skip
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        given = {one.arg: one.value for call in calls for one in call.keywords}
        self.manifests.append(path)
        for keyword in ("install_requires", "extras_require"):
            value = given.get(keyword)
            if isinstance(value, ast.Name):
                value = named.get(value.id, value)
            try:
                items = ast.literal_eval(value) if value else ()
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                self.computed = path
                continue
            for one in items.values() if isinstance(items, dict) else [items]:
                lines = one.splitlines() if isinstance(one, str) else one
                self._listed([*lines] if isinstance(lines, list | tuple | set) else [], path)


MANIFESTS = {
    "pyproject.toml": Reader._pyproject, "setup.py": Reader._setup_py, "setup.cfg": Reader._setup_cfg,
    "pipfile": Reader._pipfile, "pixi.toml": Reader._pixi, "package.json": Reader._npm,
    "cargo.toml": Reader._cargo, "description": Reader._description,
}  # fmt: skip


def run(files: Files, documents: Documents, options: Options) -> Finding:
    readers: list[Reader] = []
    for level in levels(files, options):
        some = any(reader.declared for reader in readers)
        readers += [Reader(files, documents, paths, only_python=some) for paths in level]
        if declares_python(readers):
            return judged(readers)
    some = any(reader.declared for reader in readers)
    broken = [error for reader in readers for error in reader.broken]
    if broken and not some:
        raise broken[0]
    if computed := [reader.computed for reader in readers if reader.computed]:
        says = f"{computed[0]} computes its dependencies; declare them in pyproject.toml"
        return unknown(says, computed)
    for path, name in foreign(files):
        says = f"{path} imports {name}, but no manifest declares any dependency of Python"
        return no(says, [path], **measured(readers))
    return judged(readers) if some else nothing_declared(files, readers)


def levels(files: Files, options: Options) -> list[list[list[str]]]:
    """The paths of manifests and locks by folder, the highest folders first."""
    wanted = {posixpath.normpath(folder.strip("/")) for folder in options.folders}
    folders: dict[str, list[str]] = {}
    for path in files.matching(*PATTERNS):
        folder = posixpath.dirname(path) or "."
        if posixpath.basename(folder).lower() in HOLDERS and folder not in wanted:
            folder = posixpath.dirname(folder) or "."
        steps = set(folder.lower().split("/"))
        if folder in wanted if wanted else not ASIDE & steps:
            folders.setdefault(folder, []).append(path)
    if missing := sorted(wanted - set(folders)):
        raise Unreadable(missing[0], "no manifest and no lock file of dependencies lies there")
    if wanted:
        return [list(folders.values())]
    ranked = sorted(folders, key=depth)
    return [[folders[one] for one in group] for _, group in groupby(ranked, key=depth)]


def depth(folder: str) -> int:
    return 0 if folder == "." else folder.count("/") + 1


def declares_python(readers: list[Reader]) -> bool:
    return any(not kind(name) for reader in readers for name in reader.declared)


def loose_in(readers: list[Reader]) -> list[tuple[str, str]]:
    """What is not pinned, and where it is declared."""
    return sorted((n, at) for r in readers for n, at in r.declared.items() if n not in r.pins)


def measured(readers: list[Reader]) -> dict[str, Measure | int | float]:
    declared = sum(len(reader.declared) for reader in readers)
    pinned = declared - len(loose_in(readers))
    hashed = [reader.pins.get(name, False) for reader in readers for name in reader.declared]
    return {
        "declared": declared,
        "pinned": pinned,
        "share": pinned / declared if declared else undefined("no dependency is declared"),
        "locks": len({lock for reader in readers for lock in reader.locks}),
        "hashed": bool(hashed) and all(hashed),
    }


def judged(readers: list[Reader]) -> Finding:
    measures, loose = measured(readers), loose_in(readers)
    broken = [error for reader in readers for error in reader.broken]
    if loose and broken:
        raise broken[0]
    if loose:
        names = ", ".join(clean(name) for name, _ in loose[:SHOWN])
        more = f" and {len(loose) - SHOWN} more" if len(loose) > SHOWN else ""
        verb = "is" if len(loose) == 1 else "are"
        says = f"{len(loose)} of {measures['declared']} declared dependencies {verb} not pinned"
        return no(f"{says}: {names}{more}", sorted({at for _, at in loose}), **measures)
    locks = {lock for reader in readers for lock in reader.locks}
    where = sorted(locks or {at for reader in readers for at in reader.declared.values()})
    says = f"all declared dependencies ({measures['declared']}) are pinned"
    return yes(f"{says} in {', '.join(where[:SHOWN])}", where, **measures)


def nothing_declared(files: Files, readers: list[Reader]) -> Finding:
    """No manifest declares anything, and no Python code imports what it would have to."""
    if manifests := sorted(path for reader in readers for path in reader.manifests):
        says = f"{manifests[0]} declares no dependency"
        return yes(says, manifests, **measured(readers))
    code = files.matching(CODE)
    if not code:
        return not_applicable("there is neither code nor a manifest, so nothing to be installed")
    for path in code:
        if not path.lower().endswith((".py", ".ipynb")):
            says = f"what {path} needs is declared nowhere; add the manifest of its language"
            return unknown(says, [path])
    says = f"{code[0]} and the other code import only what is Python's own or the project's"
    return yes(says, (), **measured(readers))


def foreign(files: Files) -> Iterator[tuple[str, str]]:
    """What Python code imports, at its left margin, of neither Python itself nor the project."""
    paths = files.matching("**/*.{py,ipynb}")
    own = {step.removesuffix(".py") for path in paths for step in path.split("/")}
    own |= sys.stdlib_module_names | {"setuptools", "pkg_resources", "pip"}
    for path in paths:
        if not ASIDE & set(path.lower().split("/")[:-1]):
            maybe = {name.decode() for name in MAY_IMPORT.findall(files.bytes(path))}
            names = maybe and imported(source_of(files, path)) if maybe - own else set()
            yield from ((path, name) for name in sorted(names - own))


def source_of(files: Files, path: str) -> str:
    """The code; of a notebook, that of its cells without what is not Python."""
    text = files.text(path)
    if not path.lower().endswith(".ipynb"):
        return text
    try:
        cells = json.loads(text)["cells"]
        parts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise Unreadable(path, "not a notebook") from None
    return re.sub(r"^[ \t]*[%!?].*", "", "\n".join(parts), flags=re.MULTILINE)


def imported(source: str) -> set[str]:
    """What a module imports at its top level, for certain or, of what is not Python, likely."""
    tree = syntax_of(source)
    if tree is None:
        return set(IMPORT.findall(source))
    body = tree.body
    names = {a.name for node in body if isinstance(node, ast.Import) for a in node.names}
    names |= {n.module or "" for n in body if isinstance(n, ast.ImportFrom) and not n.level}
    return {name.partition(".")[0] for name in names}


def syntax_of(source: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def kind(name: str) -> str:
    """Of `npm:react` it is npm, of a package of Python or conda nothing."""
    return name.partition(":")[0] if ":" in name else ""


def normal(name: str) -> str:
    """As PEP 503 has it; names of other kinds, `npm:`, stay as they are."""
    return name.lower() if ":" in name else re.sub(r"[-_.]+", "-", name).lower()


def clean(name: str) -> str:
    return re.sub(r"[^\w./@:-]", "?", name)[:80]


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def mapping(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def tables(data: dict[str, Any], levels: int = 6) -> Iterator[dict[str, Any]]:
    """Every mapping under a key that ends in `dependencies`."""
    for key, value in data.items():
        if isinstance(value, dict) and levels:
            if key.lower().endswith("dependencies") and not key.startswith("peer"):
                yield value
            else:
                yield from tables(value, levels - 1)


def local(spec: object) -> bool:
    """Whether it is a path in the project, or of the same workspace."""
    if isinstance(spec, dict):
        path = spec.get("path")
        return isinstance(path, str) and not path.startswith(("/", ".."))
    text = str(spec)
    return text.startswith(("workspace:", "file:", "link:")) and not text.startswith("file:..")


def exact_in_table(spec: object, kind: str) -> bool:
    if isinstance(spec, dict):
        commit = str(spec.get("rev") or spec.get("ref") or "")
        if re.fullmatch(r"[0-9a-f]{7,64}", commit):
            return True
        spec = spec.get("version")
    return isinstance(spec, str) and bool(EXACT_IN_TABLE[kind].fullmatch(spec.strip()))


def found_in(text: str, pattern: str) -> set[str]:
    found = re.finditer(pattern, text, re.MULTILINE)
    return {next(filter(None, match.groups())) for match in found}


def keys_in(text: str, path: str) -> set[str]:
    """The packages of a lock in JSON: the keys of its sections."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable(path, "not JSON") from None
    parts = data.items() if isinstance(data, dict) else ()
    sections = [v for key, v in parts if isinstance(v, dict) and not key.startswith("_")]
    return {key.rpartition("node_modules/")[2] for section in sections for key in section} - {""}


def decoded(files: Files, path: str) -> str:
    """The text, also as PowerShell writes it: `pip freeze >` makes UTF-16 there."""
    start = files.bytes(path, 2)
    if start in (b"\xff\xfe", b"\xfe\xff"):
        return files.bytes(path).decode("utf-16", "replace")
    return files.text(path)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines without comments, those that end in a backslash joined with the next."""
    held, at = "", 0
    for number, line in enumerate([*text.splitlines(), ""], 1):
        at = at if held else number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            held += line[:-1] + " "
            continue
        whole = re.sub(r"(?:^|\s)#.*", "", held + line).strip()
        held = ""
        if whole:
            yield at, whole


def parsed(line: str, path: str, number: int | None = None) -> list[tuple[str, bool]]:
    """The name, and whether it has one version; nothing for a path inside the project."""
    text = ONE_OPTION.split(EDITABLE.sub("", line, count=1), maxsplit=1)[0][:LONGEST]
    text = " ".join(text.split())
    if named := AT_URL.fullmatch(text):
        return from_url(named[2], named[1])
    if "://" in text or text.startswith(("git+", "file:")):
        return from_url(text, "")
    text = text.partition(";")[0].strip()
    if "/" in text or text.startswith(".") or text.endswith((".whl", ".tar.gz", ".zip")):
        return from_path(text, "")
    found = SPECIFIER.fullmatch(text)
    if not found or not CLAUSES.fullmatch(found[2]):
        raise Unreadable(path, "not a requirement", number)
    return [(normal(found[1]), bool(EXACT.search(found[2])))]


def from_url(url: str, name: str) -> list[tuple[str, bool]]:
    url = re.split(r"\s+;", url)[0].strip()
    if url.startswith("file:") and "://" not in url:
        return from_path(url.removeprefix("file:"), name)
    if not name:
        egg = re.search(r"[#&]egg=([\w.-]+)", url)
        tail = re.split("[@#?]", url.partition("://")[2].partition("/")[2])[0]
        name = egg[1] if egg else posixpath.basename(tail).removesuffix(".git")
    return [(normal(name), bool(COMMIT.search(url)))]


def from_path(text: str, name: str) -> list[tuple[str, bool]]:
    path = posixpath.normpath(text.partition(" ;")[0].partition("[")[0].strip())
    outside = path.startswith(("/", "~", ".."))
    return [(normal(name or posixpath.basename(path)), False)] if outside else []
