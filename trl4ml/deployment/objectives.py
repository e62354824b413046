"""Service level objectives: in published formats, in Terraform and in a form of our own."""

import re
from collections.abc import Iterator
from math import inf
from typing import Any, NamedTuple

from trl4ml.deployment.data import mapping, mappings

TARGETS = ("target", "targetPercent", "objective", "goal")
INDICATORS = ("indicator", "sli", "metric")
RESOURCE = re.compile(
    r'^resource\s+"(?:google_monitoring_slo|datadog_service_level_objective|nobl9_slo|grafana_slo'
    r"|newrelic_service_level|dynatrace_slo\w*|aws_applicationsignals_service_level_objective"
    r')"(.*?^\}|.*)',
    re.MULTILINE | re.DOTALL,
)
GOAL = re.compile(r"\b(?:goal|attainment_goal|target|target_success|value)\s*=\s*([^\s]+)")
NUMBER = re.compile(
    r"(?!\d{4}-\d\d)(?:p\d+(?:\.\d+)?\s)?\s*(?:at (?:least|most)|under|below|above|over|up to"
    r"|(?:no )?(?:less|more) than)?[\s<>=≤≥~]*\.?\d",
    re.IGNORECASE,
)
ABOUT = {
    "latency": r"latenc|response.?time|duration|\bp(?:50|9\d)|percentile|quantile",
    "quality": r"accura|\bf1\b|\bauc|precision|recall|\b(?:rmse|mae|mape|ndcg|bleu|rouge|iou|brier)\b"
    r"|calibrat|model.?quality|prediction.?(?:quality|error)|false.(?:posi|nega)tive",
    "availability": r"availab|\bup(?:time)?\b(?! to)|success|error|\b5(?:xx|\.\.|\d\d\b)|health",
}


class Objective(NamedTuple):
    title: str
    says: str
    """All that it and its indicator say."""
    numeric: bool
    """Whether its target is a number or begins with one."""

    @property
    def about(self) -> str:
        """A key of ABOUT, by its title, else by all that it says; else `other`."""
        for text in (self.title, self.says):
            for kind, words in ABOUT.items():
                if re.search(words, text, re.IGNORECASE):
                    return kind
        return "other"


def declared(document: object) -> Iterator[Objective]:
    """Those of a document of our own form or a published one. Raises ValueError for a mere value."""
    if document is not None and not isinstance(document, list | dict):
        raise ValueError("it is neither a list nor a mapping")
    yield from published(document)
    yield from listed(document if isinstance(document, list) else [document])


def published(document: object) -> Iterator[Objective]:
    """Those of a document of OpenSLO, Nobl9, Sloth, Pyrra or slo-generator."""
    for part in mappings(document if isinstance(document, list) else [document]):
        kind = part.get("kind")
        spec = mapping(part.get("spec", part))
        whole = {"metadata": part.get("metadata"), **spec}
        if kind == "ServiceLevelObjective":
            yield objective(spec, whole)
        elif kind == "SLO":
            yield from (objective(one, whole) for one in mappings(spec.get("objectives")))
        elif kind == "PrometheusServiceLevel" or is_sloth(part):
            yield from (objective(one, one) for one in mappings(spec.get("slos")))


def listed(entries: object, inner: bool = False) -> Iterator[Objective]:
    """Those of our own form: in a list, or once inside under `slos`, `objectives` or their names."""
    for entry in mappings(entries):
        if "kind" in entry or is_sloth(entry):
            continue
        if any(key in entry for key in (*TARGETS, *INDICATORS)):
            yield objective(entry, entry)
        elif not inner:
            given = next((entry[key] for key in ("slos", "objectives") if key in entry), entry)
            if isinstance(given, dict):
                given = [{"name": k, **one} for k, one in given.items() if isinstance(one, dict)]
            yield from listed(given, inner=True)


def tabled(text: str) -> Iterator[Objective]:
    """Those of Markdown tables that have a column for the target and one for the indicator."""
    header: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip(" *`_") for cell in line.strip().strip("|").split("|")]
        if len(cells) < 2:
            header = []
        elif not header:
            header = [(cell.lower().split() or [""])[0] for cell in cells]
        elif {*header} & {*TARGETS} and {*header} & {*INDICATORS} and {*line} - {*"|-: "}:
            yield from listed([dict(zip(header, cells, strict=False))])


def resources(text: str) -> Iterator[Objective]:
    """Those of Terraform."""
    for resource in RESOURCE.findall(text):
        goal = GOAL.search(resource)
        yield Objective("", resource, bool(goal and is_number(goal[1].strip('"'))))


def objective(one: dict[str, Any], whole: dict[str, Any]) -> Objective:
    title = words([whole.get(key) for key in ("metadata", "name", "description")])
    return Objective(title, words(whole), any(is_number(one.get(key)) for key in TARGETS))


def is_sloth(part: dict[str, Any]) -> bool:
    return "prometheus/" in str(part.get("version"))


def is_number(value: object) -> bool:
    if isinstance(value, int | float):
        return not isinstance(value, bool) and abs(value) < inf
    return isinstance(value, str) and bool(NUMBER.match(value.strip()))


def words(value: object) -> str:
    """The texts in it, and the keys that name a kind of indicator; alerts are another matter."""
    found: list[str] = []
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            found += [key for key in one if key.startswith("latency")]
            pending += [v for k, v in one.items() if not k.startswith(("alert", "timeWindow"))]
        elif isinstance(one, list):
            pending += one
        elif isinstance(one, str):
            found.append(one[:2000])
    return " ".join(found)
