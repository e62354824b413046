"""How a model is served should be written down, so that it can be reviewed, repeated and undone.

Looks for manifests of KServe, Seldon, Knative, Ray Serve, Kubernetes, Helm, Compose, BentoML, Cog,
Triton, TorchServe, TensorFlow Serving, MLflow, clouds, Procfile and Hugging Face Spaces; of a
Dockerfile with EXPOSE and CMD alone it says `container only`. A template that is not YAML is read
line by line. These are declarations: whether a cluster obeys them is not looked at (KServe,
for one, ignores a canary percentage outside Knative mode). Tests, docs and vendored folders do not count.
"""

import posixpath
from typing import NamedTuple

from trl4ml.core.evidence import Finding, Kind, Measure, Place, no, undefined, unknown, yes
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.deployment.data import Pair, pairs
from trl4ml.deployment.paths import LARGEST, TOO_LARGE, is_aside
from trl4ml.deployment.rollout import NAMES, features, replicas
from trl4ml.deployment.rows import outline
from trl4ml.deployment.serving import ALONE, by_name, by_objects, container, kinds_of, labels

asks = "A serving manifest is present."
version = 2

CANDIDATES = (
    "**/{*.{yaml,yml,tf,mar},config.{pbtxt,properties},{model,models}.config,MLmodel,Procfile,"
    "fly.toml,serverless.json,{Dockerfile,Containerfile}{,.*}}",
    "{,*/}README.md",
)
PARSED = (".yaml", ".yml", ".json", "mlmodel")


class Manifest(NamedTuple):
    path: str
    kinds: frozenset[str]
    pairs: tuple[Pair, ...] = ()


def run(files: Files, documents: Documents) -> Finding:
    paths = [path for path in files.matching(*CANDIDATES) if not is_aside(path)]
    charts = {path.lower() for path in paths if path.lower().endswith("chart.yaml")}
    manifests: list[Manifest] = []
    broken: list[Unreadable] = []
    for path in paths:
        folder, name = posixpath.split(path.lower())
        values = name == "values.yaml" and posixpath.join(folder, "chart.yaml") in charts
        try:
            manifests.append(read(path, values, files, documents))
        except Unreadable as error:
            broken.append(error)
    return judged([one for one in manifests if one.kinds or one.pairs], broken)


def read(path: str, values: bool, files: Files, documents: Documents) -> Manifest:
    """What one file declares; `values` are those of a chart. Raises Unreadable."""
    name = path.lower().rpartition("/")[2]
    text = files.bytes(path, LARGEST).decode("utf-8", "replace")
    kinds = kinds_of(name, text) if text.strip() else frozenset()
    if ALONE in kinds:
        served = container(text)
        return Manifest(path, served.kinds, tuple(pairs(list(served.data))))
    if not (kinds or values or "apiVersion" in text) or not name.endswith(PARSED):
        return Manifest(path, kinds)
    try:
        if files.size(path) > LARGEST:
            raise Unreadable(path, TOO_LARGE)
        data = [documents.json(path)] if name.endswith(".json") else documents.yaml(path)
    except Unreadable:
        told = kinds | labels(text)
        if not told and not values:
            return Manifest(path, told)
        if "{{" not in text and "{%" not in text:
            raise
        return Manifest(path, told, tuple(outline(text)))
    served = by_name(kinds, data) if kinds or values else by_objects(data)
    return Manifest(path, served.kinds, tuple(pairs(list(served.data))))


def judged(manifests: list[Manifest], broken: list[Unreadable]) -> Finding:
    serving = [one for one in manifests if one.kinds - {ALONE}] or [m for m in manifests if m.kinds]
    kinds = ", ".join(sorted({kind for one in serving for kind in one.kinds}))
    every = [pair for one in manifests for pair in one.pairs]
    declared = {feature for pair in every for feature in features(pair)}
    counts = [number for pair in every if (number := replicas(pair)) is not None]
    measures: dict[str, Measure | Scalar] = {
        "manifests": len(serving),
        "kinds": kinds or "none",
        **{name: name in declared for name in NAMES},
        "replicas": Measure(value=max(counts), kind=Kind.DECLARED)
        if counts
        else undefined("no number of replicas is declared"),
        "unreadable": len(broken),
    }
    if serving:
        says = f"{serving[0].path} says how the model is served ({kinds})"
        return yes(says, [one.path for one in serving], **measures)
    if broken:
        places = [Place(path=error.path, line=error.line) for error in broken]
        return unknown(f"{broken[0]}; correct it so that it can be read", places, **measures)
    return no("no serving manifest was found", (), **measures)
