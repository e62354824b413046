"""A model that nobody watches fails silently: data move, and no error is raised.

Looks for Prometheus and Grafana (rules, scrapes, dashboards), Alertmanager, OpenTelemetry, Datadog,
CloudWatch and other cloud alarms, and for Python that imports a monitor of drift or data quality, exports
metrics or starts Sentry. An alert is owned when a label or annotation is named owner, team or contact. It
is about the model when it or its metric speaks of predictions, inputs, drift or quality rather
than of load and latency. Logging alone is no monitoring; tests, docs and vendored folders do not count.
"""

import re

from trl4ml.core.evidence import Finding, Measure, Place, no, unknown, yes
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.deployment.alerts import about_drift, about_model
from trl4ml.deployment.instruments import DRIFT_TOOLS, in_python
from trl4ml.deployment.paths import LARGEST, TOO_LARGE, ending, is_aside
from trl4ml.deployment.watches import (
    JSON_WORDS,
    LOGGING,
    RULE,
    Watch,
    in_cloud,
    in_json,
    in_template,
    in_yaml,
    marked,
)

asks = "Monitoring of the running system is configured."
version = 2

CANDIDATES = (
    "**/{*.{py,yaml,yml,tf},*{dashboard,grafana,monitor,alert,alarm}*.json,newrelic*.ini}",
    "**/*{dashboard,grafana,monitor,alert}*/**/*.json",
)
TEST = re.compile(r"(?:^|/)(?:test_[^/]*|conftest|[^/]*_test)\.py$", re.IGNORECASE)
NAMED = re.compile(r"(?:^|/)(evidently|great_expectations|nannyml|whylogs)[^/]*\.ya?ml$", re.I)


class BrokenRules(Unreadable):
    """A file of alert rules that cannot be read: what it holds is not known."""


def run(files: Files, documents: Documents) -> Finding:
    watches: dict[str, Watch] = {}
    broken: list[Unreadable] = []
    for path in files.matching(*CANDIDATES):
        if is_aside(path) or TEST.search(path):
            continue
        try:
            watches[path] = read(path, files, documents)
        except Unreadable as error:
            broken.append(error)
    return judged(watches, broken)


def read(path: str, files: Files, documents: Documents) -> Watch:
    """What one file configures. Raises Unreadable."""
    content = files.bytes(path, LARGEST)
    kind = ending(path)
    if kind == "py":
        try:
            return in_python(content)
        except ValueError as error:
            raise Unreadable(path, str(error)) from None
    text = content.decode("utf-8", "replace")
    if kind == "ini":
        return Watch({"New Relic"} if "[newrelic]" in text else set())
    if kind == "json":
        told = any(word in text for word in JSON_WORDS)
        return in_json(documents.json(path)) if told else Watch()
    if "AWS::CloudWatch::" in text or kind == "tf":
        return in_cloud(text)
    if named := NAMED.search(path):
        loaded(path, files, documents)
        return Watch({DRIFT_TOOLS[named[1].lower()]})
    return read_yaml(path, text, files, documents) if marked(text) else Watch()


def read_yaml(path: str, text: str, files: Files, documents: Documents) -> Watch:
    try:
        return in_yaml(loaded(path, files, documents))
    except Unreadable as error:
        if watch := in_template(text):
            return watch
        kind = BrokenRules if RULE.search(text) else Unreadable
        raise kind(path, error.reason, error.line) from None


def loaded(path: str, files: Files, documents: Documents) -> list[object]:
    if files.size(path) > LARGEST:
        raise Unreadable(path, TOO_LARGE)
    return documents.yaml(path)


def judged(watches: dict[str, Watch], broken: list[Unreadable]) -> Finding:
    every = {tool for watch in watches.values() for tool in watch.tools}
    tools = sorted(every - {LOGGING})
    alerts = [alert for watch in watches.values() for alert in watch.alerts]
    metrics = [metric for watch in watches.values() for metric in watch.metrics]
    measures: dict[str, Measure | Scalar] = {
        "tools": ", ".join(tools or every) or "none",
        "alerts": len(alerts),
        "owned": sum(alert.owned for alert in alerts),
        "drift": bool(every & {*DRIFT_TOOLS.values()}) or about_drift(alerts, metrics),
        "dashboards": sum(watch.dashboards for watch in watches.values()),
        "model_metrics": about_model(alerts, metrics),
        "unreadable": len(broken),
    }
    rules = [error for error in broken if isinstance(error, BrokenRules)]
    if rules or (broken and not tools):
        first = rules or broken
        where = [Place(path=error.path, line=error.line) for error in first]
        return unknown(f"{first[0]}; correct it so that it can be read", where, **measures)
    if tools:
        places = [path for path, watch in watches.items() if watch.tools - {LOGGING}]
        says = f"monitoring is configured, as in {places[0]} ({measures['tools']})"
        return yes(says, places, **measures)
    also = ", only logging" if every else ""
    return no(f"no monitoring is configured{also}", (), **measures)
