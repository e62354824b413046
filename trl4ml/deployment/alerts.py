"""Alerts: whether somebody owns one, and whether it is about the model rather than its load."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from trl4ml.deployment.data import mapping, texts

LONGEST = 4000
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


class Alert(NamedTuple):
    name: str
    query: str
    owned: bool


def of_rule(rule: dict[str, Any], group: dict[str, Any]) -> Alert:
    """Of a rule of Prometheus or Grafana; a label or annotation with something in it names owners."""
    tables = map(mapping, (rule.get("labels"), rule.get("annotations"), group.get("labels")))
    named = {key.lower() for table in tables for key, value in table.items() if value}
    return Alert(str(rule.get("alert", rule.get("title"))), query_of(rule), bool(named & OWNERS))


def query_of(rule: dict[str, Any]) -> str:
    return str(rule.get("expr") or " ".join(texts(rule, "expr")))


def of_datadog(monitor: dict[str, Any]) -> Alert:
    tags = monitor.get("tags")
    owned = any(OWNER.match(str(tag)) for tag in (tags if isinstance(tags, list) else ()))
    return Alert(str(monitor.get("name")), str(monitor.get("query")), owned)


def of_text(name: str, block: str) -> Alert:
    """Of a block of text that is not parsed."""
    query = " ".join(words.strip("\"', ") for words in QUERY.findall(block[:LONGEST]))
    return Alert(name, query, bool(OWNER.search(block)))


def blocks(begin: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each match with the text up to the next one."""
    found = list(begin.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    for one, end in zip(found, ends, strict=False):
        yield one, text[one.end() : end]


def about_drift(alerts: Iterable[Alert], metrics: Iterable[str]) -> bool:
    """Whether any speaks of drift or of the quality of data."""
    spoken = (*metrics, *(f"{alert.name} {alert.query}" for alert in alerts))
    return any(map(DRIFT.search, spoken))


def about_model(alerts: Iterable[Alert], metrics: Iterable[str]) -> bool:
    """Whether any is about predictions, inputs or drift."""
    every = list(alerts)
    named = any(DRIFT.search(alert.name) for alert in every)
    return named or any(map(measures_model, (*metrics, *(alert.query for alert in every))))


def measures_model(query: str) -> bool:
    """Whether a metric in it is about predictions, inputs or drift rather than load."""
    words = re.findall(r"[a-z_][\w:.]*", ASIDE.sub(" ", query[:LONGEST]).lower())
    return any(ABOUT_MODEL.search(w) and not ABOUT_LOAD.search(w) for w in words)
