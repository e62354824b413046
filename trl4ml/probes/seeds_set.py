"""A result that hangs on an unseeded draw cannot be had again, so nobody can check it.

Reads the Python code outside tests for calls that draw at random with random, numpy, scipy, pandas,
scikit-learn, torch or tensorflow. A draw is seeded when its call is given a seed or a generator,
or when its file, or one that imports it, seeds that library for the whole process. A seed taken
from the clock is none. Notebooks are not read: where only they draw, the answer is unknown.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import dirname, join

from trl4ml.core.evidence import Finding, Place, no, not_applicable, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Files, Unreadable

asks = "Every random draw in the code is seeded."
version = 1

MOST_PARSED = 2000
LARGEST = 1_000_000
ASIDE = (
    "**/{tests,test,testing,vendor,vendored,third_party,node_modules,site-packages,venv}/**/*.py",
    "**/{test_*,*_test,conftest}.py",
)
OTHER_CODE = "**/*.{ipynb,r,rmd,qmd,jl}"
OTHER_DRAWS = re.compile(
    rb"\brandom\b|random_state|train_test_split|\.sample\(|\b(?:rnorm|runif|rbinom|sample|randn?)\("
)
HINTS = (b"random", b"learn", b"torch", b"umap", b".sample(", b".rvs(", b"train_test_split")
MENTION = re.compile(
    rb"^\s*(?:import|from)\b[^\n]*\b(?:random|sklearn|imblearn|umap)\b|\.random[._]|\.sample\("
    rb"|\.rvs\(|\.randomSplit\(|\.train_test_split\(",
    re.MULTILINE,
)
TORCH_MENTION = re.compile(
    rb"\b(?:rand|randn|randint|randperm|rand\w*_like|normal|bernoulli|multinomial|poisson"
    rb"|random_split|\w*RandomSampler|DataLoader)\b"
)
SEEDING = (b"seed", b"SEED", b"Seed", b"eterminis", b"eproduc")

DRAWS = re.compile(
    r"""(?P<generator> random\.Random | jax\.random\.(?:PRNGKey|key)
        | numpy\.random\.(?:default_rng|RandomState|SeedSequence|PCG64\w*|MT19937|Philox|SFC64)
        | tensorflow\.random\.Generator\.from_non_deterministic_state )
    | (?P<random> random\.(?!seed$|getstate$|setstate$)[a-z]\w+ )
    | (?P<numpy> numpy\.random\.(?!seed$|\w+_state$|\w+_bit_generator$)[a-z]\w*
        | scipy\.stats\.(?:\w+\.)+rvs | sklearn\.datasets\.make_\w+
        | (?:sklearn|imblearn|umap)\.(?:\w+\.)*(?:train_test_split|shuffle|resample|ADASYN|\w*SMOTE
            |permutation_importance|mutual_info_\w+|\w*KFold|\w*ShuffleSplit|Random\w+|Halving\w+
            |\w*(?:Forest|Boost|Bagging|DecisionTree|ExtraTree)\w*|MLP\w+|SGD\w+|LinearSV[CR]
            |PassiveAggressive\w+|RANSAC\w+|TheilSen\w+|\w*KMeans|Spectral\w+|\w*GaussianMixture
            |TruncatedSVD|\w*NMF|FastICA|Latent\w+|\w*DictionaryLearning|\w*SparsePCA|TSNE|MDS|UMAP
            |\w*RandomProjection|RBFSampler|Nystroem|BernoulliRBM|LogisticRegression(?:CV)?
            |Ridge(?:Classifier)?|(?:Nu)?SVC|Lasso|ElasticNet|PCA) )
    | (?P<torch> torch\.(?:rand\w*|normal|bernoulli|multinomial|poisson)
        | torch\.utils\.data\.(?:\w+\.)*(?:random_split|\w*RandomSampler|DataLoader) )
    | (?P<tensorflow> tensorflow\.random[._](?:normal|uniform|truncated_normal|shuffle|categorical
            |gamma|poisson) )""",
    re.VERBOSE,
)
ONLY_WITH: dict[str, tuple[str, tuple[object, ...]]] = {
    **dict.fromkeys(("KFold", "StratifiedKFold", "GroupKFold", "StratifiedGroupKFold", "DataLoader"),
                    ("shuffle", (True,))),
    **dict.fromkeys(("LogisticRegression", "LogisticRegressionCV", "Ridge", "RidgeClassifier"),
                    ("solver", ("sag", "saga", "liblinear"))),
    **dict.fromkeys(("SVC", "NuSVC"), ("probability", (True,))),
    **dict.fromkeys(("Lasso", "ElasticNet"), ("selection", ("random",))),
    "PCA": ("svd_solver", ("randomized", "arpack")),
}  # fmt: skip
METHODS = {"sample": {"pandas", "polars", "pyspark", "dask", "geopandas", "cudf"},
           "train_test_split": {"datasets"}, "randomSplit": {"pyspark"}}  # fmt: skip
OF_A_FRAME = {"n", "frac", "fraction", "replace", "weights", "random_state", "seed"}
FRAME = re.compile(r"(?i)df|data|frame|table")
SEED_PLACE = {"random_split": 2, "randomSplit": 1}
SEED_WORDS = {"random_state", "seed", "random_seed", "generator", "rng"}
SEEDERS = {
    "random.seed": "random", "numpy.random.seed": "numpy", "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch", "tensorflow.random.set_seed": "tensorflow",
    "tensorflow.set_random_seed": "tensorflow", "tensorflow.random.set_random_seed": "tensorflow",
}  # fmt: skip
SEED_ALL = {"seed_everything", "set_seed", "set_random_seed", "set_determinism", "set_rng_seed",
            "enable_full_determinism"}  # fmt: skip
ALL_LIBRARIES = frozenset({"random", "numpy", "torch", "tensorflow"})
CLOCKS = ("time.", "datetime.", "os.urandom", "os.getpid", "secrets.", "uuid.")


class Options(Noun):
    ignore: tuple[str, ...] = ()
    """Patterns of Python files whose draws no result depends on, such as `demo/**/*.py`."""


def run(files: Files, options: Options) -> Finding:
    project = Project(files, options.ignore)
    draws = project.draws()
    if not draws and not project.unread:
        return _nothing_drawn(files)
    unseeded = [place for place, seeded in draws if seeded is False]
    unclear = [place for place, seeded in draws if seeded is None]
    measures = {
        "uses": len(draws),
        "seeded": len(draws) - len(unseeded) - len(unclear),
        "unseeded": len(unseeded),
        "unclear": len(unclear),
        "files": len({place.path for place, _ in draws}),
        "unread": len(project.unread),
    }
    if unseeded:
        more = f" and {len(unseeded) - 1} more" if unseeded[1:] else ""
        return no(f"the draw at {unseeded[0]}{more} has no seed", unseeded, **measures)
    if project.unread:
        path, reason = min(project.unread.items())
        says = f"{path} was not searched for random draws: {reason}"
        return unknown(says, sorted(project.unread), **measures)
    if unclear:
        says = f"whether the draw at {unclear[0]} is seeded cannot be seen; name its seed there"
        return unknown(says, unclear, **measures)
    return yes(f"all {len(draws)} calls that draw at random are seeded", (), **measures)


def _nothing_drawn(files: Files) -> Finding:
    for path in files.matching(OTHER_CODE):
        if OTHER_DRAWS.search(files.bytes(path, LARGEST)):
            says = f"{path} draws at random and only Python files are read; move it into a module"
            return unknown(says, [path])
    return not_applicable("no Python file outside tests draws at random")


@dataclass
class Code:
    """What one file draws, seeds, calls and imports."""

    draws: list[tuple[int, str, bool | None]] = field(default_factory=list)
    """Line, library, whether the call is given a seed: None when that cannot be seen."""
    seeds: set[str] = field(default_factory=set)
    helpers: dict[str, set[str]] = field(default_factory=dict)
    """Its functions that seed, and what."""
    calls: set[str] = field(default_factory=set)
    imports: list[str] = field(default_factory=list)


class Project:
    """The Python files, each parsed at most once; those that cannot be are in `unread`."""

    def __init__(self, files: Files, ignore: tuple[str, ...]) -> None:
        aside = set(files.matching(*ASIDE, *ignore))
        self.paths = {path: True for path in files.matching("**/*.py") if path not in aside}
        self.unread: dict[str, str] = {}
        self._files = files
        self._codes: dict[str, Code] = {}
        self._edges: dict[str, set[str]] = {}

    def draws(self) -> list[tuple[Place, bool | None]]:
        """Each call that draws, and whether it is seeded."""
        seeding = [path for path in self.paths if self._look(path)]
        drawn = sorted((p, c.draws) for p, c in self._codes.items() if c.draws)
        undecided = any(not own for _, draws in drawn for *_, own in draws)
        seeded = self._seeded_libraries(seeding) if undecided else {}
        return [
            (Place(path=path, line=line), True if library in seeded.get(path, ()) else own)
            for path, draws in drawn
            for line, library, own in sorted(draws, key=lambda draw: draw[0])
        ]

    def _look(self, path: str) -> bool:
        """Parse the file when it mentions randomness; whether it may seed."""
        try:
            content = self._files.bytes(path, LARGEST)
        except Unreadable as error:
            self.unread[path] = error.reason
            return False
        if any(hint in content for hint in HINTS) and (
            MENTION.search(content) or (b"torch" in content and TORCH_MENTION.search(content))
        ):
            self._code(path, content)
        return any(hint in content for hint in SEEDING)

    def _code(self, path: str, content: bytes | None = None) -> Code:
        if path not in self._codes:
            self._codes[path] = Code()
            try:
                self._codes[path] = self._parsed(path, content)
            except Unreadable as error:
                if content is not None:
                    self.unread[path] = error.reason
        return self._codes[path]

    def _parsed(self, path: str, content: bytes | None) -> Code:
        if len(self._codes) > MOST_PARSED:
            raise Unreadable(path, f"{MOST_PARSED} others were; point `ignore` at some")
        if self._files.size(path) > LARGEST:
            raise Unreadable(path, f"it is larger than {LARGEST:,} bytes")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(self._files.bytes(path) if content is None else content)
        except SyntaxError as error:
            raise Unreadable(path, f"a syntax error in line {error.lineno or 1}") from None
        except (ValueError, RecursionError, MemoryError):
            raise Unreadable(path, "it is not Python") from None
        return _Reader(tree).code

    def _seeded_libraries(self, seeding: list[str]) -> dict[str, set[str]]:
        """By path, the libraries seeded there or in a file that imports it, directly or not."""
        helpers: dict[str, set[str]] = {name: set(ALL_LIBRARIES) for name in SEED_ALL}
        codes = {path: self._code(path) for path in seeding}
        for code in codes.values():
            helpers.update(code.helpers)
        found: dict[str, set[str]] = {}
        for path, code in codes.items():
            libraries = code.seeds.union(*(helpers[call] for call in code.calls & set(helpers)))
            for reached in self._reached(path) if libraries else ():
                found.setdefault(reached, set()).update(libraries)
        return found

    def _reached(self, path: str) -> set[str]:
        reached, pending = {path}, [path]
        while pending:
            new = self._imported(pending.pop()) - reached
            reached |= new
            pending += new
        return reached

    def _imported(self, path: str) -> set[str]:
        if path not in self._edges:
            modules = (p for name in self._code(path).imports for p in _modules(path, name))
            self._edges[path] = {module for module in modules if module in self.paths}
        return self._edges[path]


def _modules(path: str, name: str) -> Iterator[str]:
    """The paths that an import in the file may mean."""
    tail = name.lstrip(".")
    folder = dirname(path)
    if level := len(name) - len(tail):
        for _ in range(level - 1):
            folder = dirname(folder)
        folders = [folder]
    else:
        folders = [folder, "src", ""]
        while folder := dirname(folder):
            folders += [folder, f"{folder}/src"]
    for base in folders:
        stem = join(base, *tail.split("."))
        yield from (f"{stem.rstrip('/')}.py", join(stem, "__init__.py"))


KEPT = (ast.Import, ast.ImportFrom, ast.Assign, ast.Call, ast.FunctionDef, ast.AsyncFunctionDef)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that matter here, faster than by `ast.walk`."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, KEPT):
            yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if value.__class__ is list:
                pending += [child for child in value if isinstance(child, ast.AST)]
            elif isinstance(value, ast.AST) and value._fields:
                pending.append(value)


class _Reader:
    """Reads one syntax tree into a Code."""

    def __init__(self, tree: ast.Module) -> None:
        self.code = Code()
        self.names: dict[str, str] = {}
        self.handed: dict[str, bool | None] = {}
        """Dictionaries of keyword arguments by name, and whether a seed is among them."""
        nodes = list(_nodes(tree))
        for node in nodes:
            self._import(node)
        self.roots = {name.split(".")[0] for name in self.names.values()}
        for node in nodes:
            self._dictionary(node)
        for node in nodes:
            if isinstance(node, ast.Call):
                self._call(node)
        if self.code.seeds:
            self._helpers(nodes)

    def _import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.code.imports.append(alias.name)
                top = alias.name.split(".")[0]
                self.names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            for alias in node.names:
                full = f"{start}.{alias.name}" if node.module else start + alias.name
                self.code.imports += [start, full]
                self.names[alias.asname or alias.name] = full
                if alias.name == "*" and start in ("random", "numpy.random", "torch"):
                    library = start.split(".", maxsplit=1)[0]
                    self.code.draws.append((node.lineno, library, None))

    def _dictionary(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            seeded = self._seed_inside(node.value)
            for target in node.targets:
                if isinstance(target, ast.Name):
                    same = self.handed.get(target.id, seeded) is seeded
                    self.handed[target.id] = seeded if same else None

    def _seed_inside(self, node: ast.AST) -> bool | None:
        """Whether a seed is among the keyword arguments; None when that cannot be seen."""
        if isinstance(node, ast.Name):
            return self.handed.get(node.id)
        if not isinstance(node, ast.Dict):
            return None
        pairs = zip(node.keys, node.values, strict=True)
        keys = {k.value for k, v in pairs if isinstance(k, ast.Constant) and self._fixed(v)}
        return bool(keys & SEED_WORDS) or (None if None in node.keys else False)

    def _call(self, node: ast.Call) -> None:
        full = self._dotted(node.func)
        last = full.rpartition(".")[2]
        self.code.calls.add(last)
        if full in SEEDERS:
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            self.code.seeds |= {SEEDERS[full]} if given and self._fixed(given[0]) else set()
        elif match := DRAWS.fullmatch(full):
            place = 0 if match["generator"] else SEED_PLACE.get(last)
            if self._happens(node, last):
                self._draw(node, match.lastgroup or "", place)
        elif isinstance(node.func, ast.Attribute) and self._on_a_frame(node, node.func):
            self._draw(node, "numpy", SEED_PLACE.get(node.func.attr))

    def _draw(self, node: ast.Call, library: str, place: int | None) -> None:
        self.code.draws.append((node.lineno, library, self._seeded(node, place)))

    def _helpers(self, nodes: list[ast.AST]) -> None:
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                calls = (n for n in ast.walk(node) if isinstance(n, ast.Call))
                full = {self._dotted(call.func) for call in calls}
                if libraries := {SEEDERS[name] for name in full & set(SEEDERS)}:
                    self.code.helpers[node.name] = libraries

    def _dotted(self, node: ast.AST) -> str:
        """`np.random.rand` → `numpy.random.rand`; empty when it is not of an imported name."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or not (node.id in self.names or "*" in self.names):
            return ""
        full = ".".join([self.names.get(node.id, node.id), *reversed(parts)])
        return full.replace("tensorflow.compat.v1.", "tensorflow.")

    def _happens(self, node: ast.Call, last: str) -> bool:
        """Whether this call draws: a KFold does only with shuffle=True."""
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if last in ONLY_WITH:
            word, values = ONLY_WITH[last]
            value = given.get(word, ast.Constant(None))
            return not isinstance(value, ast.Constant) or value.value in values
        off = given.get("shuffle")
        return not (last == "train_test_split" and isinstance(off, ast.Constant) and not off.value)

    def _on_a_frame(self, node: ast.Call, method: ast.Attribute) -> bool:
        if not METHODS.get(method.attr, set()) & self.roots:
            return False
        if method.attr != "sample" or {keyword.arg for keyword in node.keywords} & OF_A_FRAME:
            return True
        of = method.value
        name = of.id if isinstance(of, ast.Name) else getattr(of, "attr", "")
        return len(node.args) == 1 and bool(FRAME.search(name))

    def _seeded(self, node: ast.Call, place: int | None) -> bool | None:
        """Whether the call is given a seed; None when it may lie in what `**` or `*` unpacks.

        `place` is where among the positional arguments a seed would stand.
        """
        given = [keyword.value for keyword in node.keywords if keyword.arg in SEED_WORDS]
        if place is not None:
            if any(isinstance(arg, ast.Starred) for arg in node.args):
                return None
            given += node.args[place : place + 1]
        if given:
            return any(self._fixed(value) for value in given)
        unpacked = [self._seed_inside(k.value) for k in node.keywords if k.arg is None]
        return True if True in unpacked else None if None in unpacked else False

    def _fixed(self, node: ast.AST) -> bool:
        """Whether the value can be a seed: not None, and not taken from the clock."""
        if isinstance(node, ast.Constant):
            return node.value is not None
        calls = (n.func for n in ast.walk(node) if isinstance(n, ast.Call))
        return not any(self._dotted(func).startswith(CLOCKS) for func in calls)
