"""Which calls draw at random, and which seed what they draw from."""

import ast
import re
from typing import NamedTuple

from trl4ml.source.calls import Call

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
SEEDERS = {
    "random.seed": "random", "numpy.random.seed": "numpy", "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch", "tensorflow.random.set_seed": "tensorflow",
    "tensorflow.set_random_seed": "tensorflow", "tensorflow.random.set_random_seed": "tensorflow",
}  # fmt: skip
SEED_ALL = {"seed_everything", "set_seed", "set_random_seed", "set_determinism", "set_rng_seed",
            "enable_full_determinism"}  # fmt: skip
ALL_LIBRARIES = frozenset(SEEDERS.values())


class Kind(NamedTuple):
    """What a call draws from: a library's process-wide state, or its own new `generator`."""

    library: str
    seed_place: int | None
    """Where among the positional arguments a seed would stand."""


def may_draw(content: bytes) -> bool:
    """A quick look, so that only few files are parsed."""
    return any(hint in content for hint in HINTS) and bool(
        MENTION.search(content) or (b"torch" in content and TORCH_MENTION.search(content))
    )


def may_seed(content: bytes) -> bool:
    """A quick look for a word that whatever seeds would have."""
    return any(hint in content for hint in SEEDING)


def seeded_by(name: str) -> str:
    """The library that the function of this full name seeds; empty for any other function."""
    return SEEDERS.get(_plain(name), "")


def drawn_from(call: Call, packages: set[str]) -> Kind | None:
    """None for a call that draws nothing; `packages` are those that its file imports."""
    if match := DRAWS.fullmatch(_plain(call.name)):
        place = 0 if match["generator"] else SEED_PLACE.get(call.last)
        return Kind(match.lastgroup or "", place) if _happens(call) else None
    if call.is_method and _on_a_frame(call, packages):
        return Kind("numpy", SEED_PLACE.get(call.last))
    return None


def _plain(name: str) -> str:
    return name.replace("tensorflow.compat.v1.", "tensorflow.")


def _happens(call: Call) -> bool:
    """Whether this call draws: a KFold does only with shuffle=True."""
    if call.last in ONLY_WITH:
        word, values = ONLY_WITH[call.last]
        value = call.keywords.get(word, ast.Constant(None))
        return not isinstance(value, ast.Constant) or value.value in values
    off = call.keywords.get("shuffle")
    return not (call.last == "train_test_split" and isinstance(off, ast.Constant) and not off.value)


def _on_a_frame(call: Call, packages: set[str]) -> bool:
    if not METHODS.get(call.last, set()) & packages:
        return False
    if call.last != "sample" or call.keywords.keys() & OF_A_FRAME:
        return True
    of = call.node.func.value if isinstance(call.node.func, ast.Attribute) else call.node.func
    name = of.id if isinstance(of, ast.Name) else getattr(of, "attr", "")
    return len(call.node.args) == 1 and bool(FRAME.search(name))
