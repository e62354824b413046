"""How a model is served should be written down, so that it can be reviewed, repeated and undone.

Looks for manifests of KServe, Seldon, Knative, Ray Serve, Kubernetes, Helm, Compose, BentoML, Cog,
Triton, TorchServe, TensorFlow Serving, MLflow, clouds, Procfile and Hugging Face Spaces; of a
Dockerfile with EXPOSE and CMD alone it says `container only`. A template that is not YAML is read
line by line. These are declarations: whether a cluster obeys them is not looked at (KServe,
for one, ignores a canary percentage outside Knative mode). Tests, docs and vendored folders do not count.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from trl4ml.core.evidence import Finding, Kind, Measure, Place, no, undefined, unknown, yes
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Unreadable

asks = "A serving manifest is present."
version = 1

LIMIT = 500_000
LINE_LIMIT = 500
CANDIDATES = (
    "**/{*.{yaml,yml,tf,mar},config.{pbtxt,properties},{model,models}.config,MLmodel,Procfile,"
    "fly.toml,serverless.json,{Dockerfile,Containerfile}{,.*}}",
    "{,*/}README.md",
)
SKIPPED = re.compile(
    r"(?:^|/)(?:vendor|third_party|node_modules|site-packages|tests?|testdata|fixtures|docs?"
    r"|\.devcontainer|\.github)/",
    re.IGNORECASE,
)
SPACES = "Hugging Face Spaces"
ALONE = "container only"
NAMED = {
    "BentoML": r"bentofile\.ya?ml",
    "Cog": r"cog\.ya?ml",
    "Compose": r"(?:docker-)?compose(?:[-._].*)?\.ya?ml",
    "Fly": r"fly\.toml",
    "Helm": r"chart\.ya?ml",
    "MLflow": r"mlmodel",
    "Procfile": r"procfile",
    "Render": r"render\.ya?ml",
    "Serverless": r"serverless\.(?:ya?ml|json)",
    "TorchServe": r".*\.mar",
    "Triton": r"config\.pbtxt",
    ALONE: r"(?:docker|container)file.*",
}
PHRASES = {  # a word that must be there, and the pattern
    "App Engine": ("runtime:", r"^runtime: *(?:python|custom)"),
    "Azure ML": ("azuremlschemas", r"azuremlschemas\S{0,99}online(?:deployment|endpoint)"),
    "Cloud Run": ("google_cloud_run", r'^resource\s+"google_cloud_run'),
    "ECS": ("ecs", r'aws::ecs::service|^resource\s+"aws_ecs_service"'),
    SPACES: ("sdk:", r"\A---\s*\n(?:(?!---).*\n){0,99}sdk: *(?:gradio|streamlit|docker|static)\b"),
    "Lambda": ("lambda", r'aws::lambda::function|^resource\s+"aws_lambda_function"'),
    "Ray Serve": ("import_path", r"^applications:\s+- (?:.*\n){1,9}? *(?:- )?import_path: *\S"),
    "SAM": ("aws::serverless", r"aws::serverless::function"),
    "SageMaker": ("sagemaker", r'aws::sagemaker::endpoint|^resource\s+"aws_sagemaker_endpoint'),
    "TensorFlow Serving": ("model_config_list", r"\bmodel_config_list\b"),
    "TorchServe": ("=", r"^(?:inference_address|model_store|load_models) *="),
    "Vertex AI": ("vertex", r'^resource\s+"google_vertex_ai_endpoint'),
}
SERVING: dict[str, tuple[str, tuple[str, ...]]] = {
    "apps": ("Kubernetes", ("Deployment", "StatefulSet", "DaemonSet")),
    "argoproj.io": ("Argo Rollouts", ("Rollout",)),
    "extensions": ("Kubernetes", ("Deployment",)),
    "machinelearning.seldon.io": ("Seldon", ()),
    "mlops.seldon.io": ("Seldon", ()),
    "ray.io": ("Ray Serve", ("RayService",)),
    "serving.knative.dev": ("Knative", ("Service",)),
    "serving.kserve.io": ("KServe", ()),
    "serving.yatai.ai": ("BentoML", ()),
    "v1": ("Kubernetes", ("Service",)),
}
TRAFFIC = {
    "autoscaling", "flagger.app", "gateway.networking.k8s.io", "keda.sh", "networking.istio.io",
    "networking.k8s.io", "split.smi-spec.io",
}  # fmt: skip
OBJECT = re.compile(r"""^apiVersion: *["']?([\w.-]+)(?:/\w+)?["']? *\r?\nkind: *["']?(\w+)""", re.M)
TEMPLATE = re.compile(r"\{\{|\{%")
LINE = re.compile(r"""([ ]*(?:- +)*)["']?([\w./-]+)["']? *: *(.*?) *(?: #.*)?$""")
SPLITS = frozenset(
    {"canary", "route", "traffic", "predictors", "candidates", "backendRefs", "backends"}
)
SHARES = ("weight", "percent", "traffic", "trafficPercent")
FACTS = {
    "shadow": "mirror mirrors mirrorpercentage mirrorpercent mirrortraffic requestmirror shadow",
    "health_check": "readinessprobe livenessprobe startupprobe healthcheck healthcheckpath "
    "readinesscheck livenesscheck healthcheckperiods checks",
    "resource_limits": "memlimit memorysize",
}
FACT = {key: fact for fact, keys in FACTS.items() for key in keys.split()}
LEAST = frozenset({"minreplicas", "minreplicacount", "minscale"})
MOST = frozenset(
    {"replicas", "maxreplicas", "maxreplicacount", "numreplicas", "replicacount", "maxscale"}
)
PARSED = (".yaml", ".yml", ".json", "mlmodel")


class Pair(NamedTuple):
    above: str
    key: str
    value: Any


class Manifest(NamedTuple):
    path: str
    kinds: frozenset[str]
    pairs: tuple[Pair, ...] = ()


def run(files: Files, documents: Documents) -> Finding:
    paths = [path for path in files.matching(*CANDIDATES) if not SKIPPED.search(path)]
    beside = frozenset(f"/{path.lower()}" for path in paths)
    manifests: list[Manifest] = []
    broken: list[Unreadable] = []
    for path in paths:
        try:
            manifests.append(_manifest(path, beside, files, documents))
        except Unreadable as error:
            broken.append(error)
    return _finding([one for one in manifests if one.kinds or one.pairs], broken)


def _finding(manifests: list[Manifest], broken: list[Unreadable]) -> Finding:
    serving = [one for one in manifests if one.kinds - {ALONE}] or [m for m in manifests if m.kinds]
    kinds = sorted({kind for one in serving for kind in one.kinds})
    pairs = [pair for one in manifests for pair in one.pairs]
    facts = {fact for pair in pairs for fact in _facts(pair)}
    counts = [n for pair in pairs if (n := _most(pair)) is not None]
    measures: dict[str, Measure | Scalar] = {
        "manifests": len(serving),
        "kinds": ", ".join(kinds) or "none",
        "canary": "canary" in facts,
        "shadow": "shadow" in facts,
        "scale_to_zero": "scale_to_zero" in facts,
        "health_check": "health_check" in facts,
        "resource_limits": "resource_limits" in facts,
        "replicas": Measure(value=max(counts), kind=Kind.DECLARED)
        if counts
        else undefined("no number of replicas is declared"),
        "unreadable": len(broken),
    }
    if serving:
        says = f"{serving[0].path} says how the model is served ({', '.join(kinds)})"
        return yes(says, [one.path for one in serving], **measures)
    if broken:
        places = [Place(path=error.path, line=error.line) for error in broken]
        return unknown(f"{broken[0]}; correct it so that it can be read", places, **measures)
    return no("no serving manifest was found", (), **measures)


def _manifest(path: str, beside: frozenset[str], files: Files, documents: Documents) -> Manifest:
    """What one file declares; nothing when it is no manifest. Raises Unreadable."""
    folder, _, name = f"/{path.lower()}".rpartition("/")
    text = files.bytes(path, LIMIT).decode("utf-8", "replace")
    kind = next((kind for kind, pattern in NAMED.items() if re.fullmatch(pattern, name)), None)
    if not text.strip():
        return Manifest(path, frozenset())
    if kind == ALONE:
        return _container(path, text)
    kinds = {kind} if kind else _phrases(text.lower())
    if name == "readme.md":
        kinds &= {SPACES}
    if kind == "MLflow" and not beside & {f"{folder}/conda.yaml", f"{folder}/python_env.yaml"}:
        return Manifest(path, frozenset())
    values = name in ("values.yaml", "values.yml") and f"{folder}/chart.yaml" in beside
    if not (kinds or values or "apiVersion" in text) or not name.endswith(PARSED):
        return Manifest(path, frozenset(kinds))
    try:
        if files.size(path) > LIMIT:
            raise Unreadable(path, f"it is larger than {LIMIT // 1000} kB")
        data = _load(path, documents)
    except Unreadable:
        labels = {label for pair in OBJECT.findall(text) if (label := _label(*pair))}
        if not kinds and not labels and not values:
            return Manifest(path, frozenset())
        if not TEMPLATE.search(text):
            raise
        return Manifest(path, frozenset(kinds | labels), tuple(_outline(text)))
    if kinds or values:
        data = [one for one in data if one and (kind != "Compose" or one.get("services"))]
        return Manifest(path, frozenset(kinds if data else ()), tuple(_pairs(data)))
    objects = [(one, *_object(one)) for one in data]
    kinds = {label for _, group, k in objects if (label := _label(group, k))}
    near = [one for one, group, k in objects if _label(group, k) or group in TRAFFIC]
    return Manifest(path, frozenset(kinds), tuple(_pairs(near)))


def _phrases(text: str) -> set[str]:
    return {k for k, (word, p) in PHRASES.items() if word in text and re.search(p, text, re.M)}


def _container(path: str, text: str) -> Manifest:
    """A Dockerfile that serves on a port."""
    words = set(re.findall(r"^[ \t]*(EXPOSE|CMD|ENTRYPOINT|HEALTHCHECK)[ \t]+(?!NONE)", text, re.M))
    serves = "EXPOSE" in words and words & {"CMD", "ENTRYPOINT"}
    checks = (Pair("", "healthcheck", True),) if "HEALTHCHECK" in words else ()
    return Manifest(path, frozenset({ALONE} if serves else ()), checks)


def _load(path: str, documents: Documents) -> list[dict[str, Any]]:
    """The mappings in the file, those of a Kubernetes List one by one. Raises Unreadable."""
    data = [documents.json(path)] if path.lower().endswith(".json") else documents.yaml(path)
    lists = [one["items"] for one in data if isinstance(one, dict) and _is_list(one)]
    every = [*data, *(item for items in lists for item in items)]
    return [one for one in every if isinstance(one, dict)]


def _is_list(document: dict[str, Any]) -> bool:
    return document.get("kind") == "List" and isinstance(document.get("items"), list)


def _object(document: dict[str, Any]) -> tuple[str, str]:
    """The group of its apiVersion (`v1` when it has none) and its kind."""
    return str(document.get("apiVersion")).partition("/")[0], str(document.get("kind"))


def _label(group: str, kind: str) -> str:
    label, kinds = SERVING.get(group, ("", ()))
    return label if not kinds or kind in kinds else ""


def _pairs(data: Any) -> Iterator[Pair]:
    """Every key with its value and the key above it; nothing below `enabled: false`."""
    pending = [("", data)]
    while pending:
        above, one = pending.pop()
        if isinstance(one, list):
            pending += [(above, item) for item in one]
        elif isinstance(one, dict) and one.get("enabled") is not False:
            yield from (Pair(above, key, value) for key, value in one.items())
            pending += one.items()


def _outline(text: str) -> Iterator[Pair]:
    """The same, as well as it can be told from lines; True stands for what is below a key."""
    above: list[tuple[int, str]] = []
    for line in text.split("\n"):
        if found := LINE.match(line[:LINE_LIMIT].rstrip()):
            while above and above[-1][0] >= len(found[1]):
                above.pop()
            yield Pair(above[-1][1] if above else "", found[2], found[3].strip("\"'") or True)
            above.append((len(found[1]), found[2]))


def _facts(pair: Pair) -> set[str]:
    above, key, value = pair
    plain = _plain(key)
    number = _number(value)
    given = bool(value) and value not in ("{}", "[]", "null", "false")
    off = isinstance(value, dict) and value.get("disable") is True
    told = {
        "canary": (key == "canaryTrafficPercent" and number is not None and 0 < number < 100)
        or ((above, key) == ("canary", "steps") and given)
        or (above, key, value) == ("", "kind", "Canary")
        or (key.endswith("/canary") and str(value).lower() == "true")
        or _is_split(key, value),
        "scale_to_zero": plain in LEAST and number == 0,
        "resource_limits": above == "resources" and key == "limits" and given,
        FACT.get(plain, ""): given and not off,
    }
    return {fact for fact, holds in told.items() if holds}


def _is_split(key: str, value: Any) -> bool:
    """Whether it sends shares of the traffic two ways, as a list or as a mapping of percentages."""
    if isinstance(value, dict):
        shares = [_number(share) or 0 for share in value.values()]
        return key == "traffic" and max(shares, default=0) < 100 == sum(shares)
    if not isinstance(value, list) or key not in SPLITS:
        return False
    entries = [one for one in value if isinstance(one, dict)]
    shares = [_number(one[share]) or 0 for one in entries for share in SHARES if share in one]
    return sum(share > 0 for share in shares) > (key != "canary")


def _most(pair: Pair) -> int | None:
    return _number(pair.value) if _plain(pair.key) in MOST else None


def _plain(key: str) -> str:
    """`autoscaling.knative.dev/max-scale` → `maxscale`, `min_replicas` → `minreplicas`."""
    return re.sub(r"[^a-z]", "", key.lower().rpartition("/")[2])


def _number(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"\d{1,6}", value):
        return int(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < 1_000_000 else None
