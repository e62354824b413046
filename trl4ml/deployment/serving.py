"""Which manifest says how a model is served: told by its name, by a phrase or by its objects."""

import re
from typing import Any, NamedTuple

from trl4ml.deployment.data import group_and_kind, objects
from trl4ml.deployment.dockerfiles import Dockerfile

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
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "apps": ("Kubernetes", ("Deployment", "StatefulSet", "DaemonSet")),
    "argoproj.io": ("Argo Rollouts", ("Rollout",)),
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


class Serving(NamedTuple):
    """The kinds of manifest that a file is, and the data that say how."""

    kinds: frozenset[str] = frozenset()
    data: tuple[dict[str, Any], ...] = ()


def kinds_of(name: str, text: str) -> frozenset[str]:
    """By the name of the file in lower case, else by phrases; of a README only the Spaces."""
    if named := [kind for kind, pattern in NAMED.items() if re.fullmatch(pattern, name)]:
        return frozenset(named)
    lower = text.lower()
    said = {k for k, (w, p) in PHRASES.items() if w in lower and re.search(p, lower, re.M)}
    return frozenset(said & {SPACES} if name == "readme.md" else said)


def container(text: str) -> Serving:
    """Of a Dockerfile, which serves when it has a port and says what to run."""
    try:
        words = Dockerfile(text).words
    except ValueError:
        return Serving()
    serves = "EXPOSE" in words and words & {"CMD", "ENTRYPOINT"}
    checks = ({"healthcheck": True},) if "HEALTHCHECK" in words else ()
    return Serving(frozenset({ALONE} if serves else ()), checks)


def by_name(kinds: frozenset[str], documents: list[Any]) -> Serving:
    """Of a file that is known by its name or a phrase, when there is something in it."""
    data = [one for one in objects(documents) if one]
    if "Compose" in kinds:
        data = [one for one in data if one.get("services")]
    return Serving(kinds if data else frozenset(), tuple(data))


def by_objects(documents: list[Any]) -> Serving:
    """Of Kubernetes objects: those that serve, and those that scale or route beside them."""
    every = [(one, *group_and_kind(one)) for one in objects(documents)]
    near = [one for one, group, kind in every if label(group, kind) or group in TRAFFIC]
    return Serving(frozenset({label(group, kind) for _, group, kind in every} - {""}), tuple(near))


def labels(text: str) -> frozenset[str]:
    """The kinds of the Kubernetes objects in a text that is not parsed."""
    return frozenset({label(*one) for one in OBJECT.findall(text)} - {""})


def label(group: str, kind: str) -> str:
    found, kinds = GROUPS.get(group, ("", ()))
    return found if not kinds or kind in kinds else ""
