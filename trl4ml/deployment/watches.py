"""What configuration watches a running system: rules, scrapes, dashboards, monitors, alarms."""

import re
from dataclasses import dataclass, field
from typing import Any

from trl4ml.deployment.alerts import Alert, blocks, of_datadog, of_rule, of_text, query_of
from trl4ml.deployment.data import mapping, mappings, texts

LOGGING = "logging"
CONFIGS = {
    "ServiceMonitor": "Prometheus", "PodMonitor": "Prometheus", "PrometheusRule": "Prometheus",
    "AlertmanagerConfig": "Alertmanager", "OpenTelemetryCollector": "OpenTelemetry",
    "GrafanaDashboard": "Grafana", "DatadogMonitor": "Datadog",
}  # fmt: skip
MARK = re.compile(
    r"""^ *(?:- *)?["']?(?:alert|groups|scrape_configs|receivers|handlers)["']? *:"""
    rf"""|^kind: *["']?(?:{"|".join(CONFIGS)})\b|^checks for """,
    re.MULTILINE,
)
WORDS = (
    "alert", "groups", "scrape_configs", "receivers", "handlers", "onitor", "Dashboard",
    "OpenTelemetry", "checks for",
)  # fmt: skip
RULE = re.compile(r"""^ *(?:- *)?["']?(?:alert|groups)["']? *:""", re.MULTILINE)
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
BOARDS = {"panels": "Grafana", "rows": "Grafana", "widgets": "Datadog"}
JSON_WORDS = tuple(f'"{key}"' for key in (*BOARDS, "query"))


@dataclass
class Watch:
    """The tools that one file sets up, with what they alert on, measure and show."""

    tools: set[str] = field(default_factory=set)
    alerts: list[Alert] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    dashboards: int = 0


def marked(text: str) -> bool:
    """Whether YAML that says so is worth parsing."""
    return any(word in text for word in WORDS) and bool(MARK.search(text))


def in_yaml(documents: list[Any]) -> Watch:
    watch = Watch()
    for one in mappings(documents):
        _configured(one, watch)
    return watch


def in_template(text: str) -> Watch | None:
    """The alerts of a chart that is not rendered; None when it is no template."""
    if not TEMPLATE.search(text):
        return None
    alerts = [of_text(begin[1], block) for begin, block in blocks(ALERT_LINE, text)]
    return Watch({"Prometheus"} if alerts else set(), alerts)


def in_json(data: object) -> Watch:
    """Dashboards of Grafana or Datadog, and monitors of Datadog."""
    watch = Watch()
    for one in mappings(data if isinstance(data, list) else [data]):
        board = next((one[k] for k in ("dashboard", "spec") if isinstance(one.get(k), dict)), one)
        keys = [key for key in BOARDS if isinstance(board.get(key), list)]
        if keys and isinstance(board.get("title"), str):
            watch.tools.add(BOARDS[keys[0]])
            watch.dashboards += 1
            watch.metrics += texts(board, "expr", "q", "query")
        elif str(one.get("type")).endswith("alert") and isinstance(one.get("query"), str):
            watch.tools.add("Datadog")
            watch.alerts.append(of_datadog(one))
    return watch


def in_cloud(text: str) -> Watch:
    """Alarms and dashboards of Terraform and CloudFormation, told by their first words."""
    watch = Watch()
    for begin, block in blocks(CLOUD, text):
        watch.tools.add(CLOUDS[begin[1] or begin[3]])
        if "dashboard" in (begin[2] or begin[4]).lower():
            watch.dashboards += 1
        else:
            watch.alerts.append(of_text("", block.partition("\n}")[0]))
    return watch


def _configured(data: dict[str, Any], watch: Watch) -> None:
    kind = str(data.get("kind"))
    watch.dashboards += kind == "GrafanaDashboard"
    groups = (mapping(data.get("spec")) or data).get("groups")
    for group in mappings(groups):
        for rule in mappings(group.get("rules")):
            _rule(rule, group, watch)
    receivers = data.get("receivers")
    told = {
        "Prometheus": "scrape_configs" in data,
        "Alertmanager": isinstance(receivers, list) and "route" in data,
        "OpenTelemetry": isinstance(receivers, dict) and "exporters" in data,
        "Soda": any(key.startswith("checks for ") for key in data),
        LOGGING: "handlers" in data and "formatters" in data,
    }
    watch.tools |= {tool for tool, holds in told.items() if holds}
    watch.tools |= {CONFIGS[kind]} if kind in CONFIGS else set()


def _rule(rule: dict[str, Any], group: dict[str, Any], watch: Watch) -> None:
    if "alert" in rule or ("title" in rule and "condition" in rule):
        watch.tools.add("Prometheus" if "alert" in rule else "Grafana")
        watch.alerts.append(of_rule(rule, group))
    elif "record" in rule:
        watch.tools.add("Prometheus")
        watch.metrics += [query_of(rule), str(rule["record"])]
