"""Without a stated objective nobody can say whether the service is slow, down or wrong too often.

Reads OpenSLO, Nobl9, Sloth, Pyrra, slo-generator and Terraform objectives, and a form of its own:
slo.yaml, slo.json, *.slo.yaml, a file in slos/, or a table (or front matter) in slo.md. That form
is a list, at the top or under `slos` or `objectives` (or a mapping of names), of

    {name: fast answers, indicator: p95 latency, target: < 300 ms, window: 28d}

where `sli` may stand for `indicator` and `objective` or `goal` for `target`; a table's columns have
the same names. A target counts when it is a number or begins with one. Thresholds of k6 belong to a
load test: they are counted, but are not objectives.
"""

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple

from trl4ml.core.evidence import Finding, Kind, Measure, Place, no, unknown, yes
from trl4ml.core.noun import Noun, Scalar
from trl4ml.core.views import Documents, Files, Unreadable

asks = "Service level objectives with numeric targets are declared."
version = 1

LIMIT = 500_000
CANDIDATES = (
    "**/{*.{yaml,yml,tf},*slo*.{json,md},service*level*.{json,md},*{k6,load,perf,stress}*.{js,ts}}"
)
SKIPPED = re.compile(
    r"(?:^|/)(?:vendor|third_party|node_modules|site-packages|testdata|fixtures)/", re.IGNORECASE
)
OWN = re.compile(
    r"(?:^|/)(?:(?:[^/]*\.)?slos?\.(?:ya?ml|json)|slos?/[^/]+\.(?:ya?ml|json)"
    r"|(?:slos?|service[-_]level[-_]objectives?)(?:[-_.][^/]*)?\.(?:ya?ml|json|md))$",
    re.IGNORECASE,
)
KNOWN = re.compile(
    rb"""^(?:- +)?["']?(?:apiVersion|version)["']? *: *["']?"""
    rb"(?:openslo|n9/|prometheus/|sloth\.slok|pyrra\.dev|sre\.google)",
    re.MULTILINE,
)
RESOURCE = re.compile(
    r'^resource\s+"(?:google_monitoring_slo|datadog_service_level_objective|nobl9_slo|grafana_slo'
    r"|newrelic_service_level|dynatrace_slo\w*|aws_applicationsignals_service_level_objective"
    r')"(.*?^\}|.*)',
    re.MULTILINE | re.DOTALL,
)
GOAL = re.compile(r"\b(?:goal|attainment_goal|target|target_success|value)\s*=\s*([^\s]+)")
K6 = re.compile(r"""["'](?:p\([\d.]+\)|avg|med|min|max|rate|count|value)\s*[<>]=?\s*[\d.]+["']""")
TARGETS = ("target", "targetPercent", "objective", "goal")
INDICATORS = ("indicator", "sli", "metric")
NUMBER = re.compile(
    r"(?!\d{4}-\d\d)(?:p\d+(?:\.\d+)?\s)?\s*(?:at (?:least|most)|under|below|above|over|up to"
    r"|(?:no )?(?:less|more) than)?[\s<>=≤≥~]*\.?\d",
    re.IGNORECASE,
)
LATENCY = re.compile(r"latenc|response.?time|duration|\bp(?:50|9\d)|percentile|quantile", re.I)
QUALITY = re.compile(
    r"accura|\bf1\b|\bauc|precision|recall|\b(?:rmse|mae|mape|ndcg|bleu|rouge|iou|brier)\b"
    r"|calibrat|model.?quality|prediction.?(?:quality|error)|false.(?:posi|nega)tive",
    re.IGNORECASE,
)
AVAILABLE = re.compile(
    r"availab|\bup(?:time)?\b(?! to)|success|error|\b5(?:xx|\.\.|\d\d\b)|health", re.I
)
ABOUT = {"latency": LATENCY, "quality": QUALITY, "availability": AVAILABLE}


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of files of the own form that lie elsewhere."""


class Objective(NamedTuple):
    path: str
    title: str
    says: str
    """All that it and its indicator say."""
    numeric: bool

    @property
    def about(self) -> str:
        """What it is about by its title, else by all that it says."""
        for text in (self.title, self.says):
            for kind, words in ABOUT.items():
                if words.search(text):
                    return kind
        return "other"


def run(files: Files, documents: Documents, options: Options) -> Finding:
    named = frozenset(files.matching(*options.paths) if options.paths else ())
    if options.paths and not named:
        return unknown("no file matches the option `paths`; give the paths of the objectives")
    objectives: list[Objective] = []
    broken: list[Unreadable] = []
    k6 = 0
    for path in sorted(named.union(files.matching(CANDIDATES))):
        if path not in named and SKIPPED.search(path):
            continue
        ending = path.lower().rpartition(".")[2]
        try:
            if path in named or OWN.search(path):
                objectives += _own(path, files, documents)
            elif ending in ("js", "ts"):
                text = files.bytes(path, LIMIT).decode("utf-8", "replace")
                k6 += len(K6.findall(text)) if "k6" in text else 0
            elif ending == "tf":
                objectives += _resources(path, files.bytes(path, LIMIT).decode("utf-8", "replace"))
            elif ending in ("yaml", "yml") and KNOWN.search(files.bytes(path, LIMIT)):
                data = _yaml(path, files, documents)
                objectives += [o for one in data for o in _known(path, one)]
        except Unreadable as error:
            broken.append(error)
    return _finding(objectives, broken, k6)


def _finding(objectives: list[Objective], broken: list[Unreadable], k6: int) -> Finding:
    with_target = [objective for objective in objectives if objective.numeric]
    about = {objective.about for objective in with_target}
    measures: dict[str, Measure | Scalar] = {
        "objectives": Measure(value=len(objectives), kind=Kind.DECLARED),
        "with_target": Measure(value=len(with_target), kind=Kind.DECLARED),
        "latency": "latency" in about,
        "availability": "availability" in about,
        "quality": "quality" in about,
        "k6_thresholds": k6,
        "unreadable": len(broken),
    }
    places = sorted({objective.path for objective in with_target or objectives})
    if with_target:
        says = f"{places[0]} declares objectives with numeric targets ({len(with_target)} in all)"
        return yes(says, places, **measures)
    if broken:
        where = [Place(path=error.path, line=error.line) for error in broken]
        says = f"{broken[0]}; list objectives with a name, an indicator, a target and a window"
        return unknown(says, where, **measures)
    if objectives:
        says = f"no objective in {places[0]} has a numeric target"
    else:
        also = "; thresholds of k6 belong to a load test and are not objectives" if k6 else ""
        says = f"no service level objective is declared{also}"
    return no(says, places, **measures)


def _objective(path: str, one: dict[str, Any], whole: dict[str, Any] | None = None) -> Objective:
    whole = whole or one
    title = _words([whole.get(key) for key in ("metadata", "name", "description")])
    numeric = any(_is_number(one.get(key)) for key in TARGETS)
    return Objective(path, title, _words(whole), numeric)


def _is_number(value: Any) -> bool:
    if isinstance(value, int | float):
        return not isinstance(value, bool) and isfinite(value)
    return isinstance(value, str) and bool(NUMBER.match(value.strip()))


def _words(value: Any) -> str:
    """The texts in it, and the keys that name a kind of indicator; alerts are another matter."""
    words: list[str] = []
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            words += [key for key in one if key.startswith("latency")]
            pending += [v for k, v in one.items() if not k.startswith(("alert", "timeWindow"))]
        elif isinstance(one, list):
            pending += one
        elif isinstance(one, str):
            words.append(one[:2000])
    return " ".join(words)


def _known(path: str, document: Any) -> Iterator[Objective]:
    """The objectives of one YAML document in a published format."""
    for part in _list(document if isinstance(document, list) else [document]):
        kind = part.get("kind")
        spec = part.get("spec", part)
        spec = spec if isinstance(spec, dict) else {}
        whole = {"metadata": part.get("metadata"), **spec}
        if kind == "ServiceLevelObjective":
            yield _objective(path, spec, whole)
        elif kind == "SLO":
            yield from (_objective(path, one, whole) for one in _list(spec.get("objectives")))
        elif kind == "PrometheusServiceLevel" or "prometheus/" in str(part.get("version")):
            yield from (_objective(path, one) for one in _list(spec.get("slos")))


def _yaml(path: str, files: Files, documents: Documents) -> list[Any]:
    if files.size(path) > LIMIT:
        raise Unreadable(path, f"it is larger than {LIMIT // 1000} kB")
    return documents.yaml(path)


def _own(path: str, files: Files, documents: Documents) -> Iterator[Objective]:
    """The objectives of a file of our own form, or in a published format. Raises Unreadable."""
    ending = path.lower().rpartition(".")[2]
    if ending == "md":
        front, text = documents.front_matter(path)
        yield from _listed(path, [front, *_rows(text)])
        return
    data = [documents.json(path)] if ending == "json" else _yaml(path, files, documents)
    for document in data:
        if document is not None and not isinstance(document, list | dict):
            raise Unreadable(path, "it is neither a list nor a mapping")
        yield from _known(path, document)
        yield from _listed(path, document if isinstance(document, list) else [document])


def _listed(path: str, entries: Any, inner: bool = False) -> Iterator[Objective]:
    for entry in _list(entries):
        if "kind" in entry or "prometheus/" in str(entry.get("version")):
            continue
        if any(key in entry for key in (*TARGETS, *INDICATORS)):
            yield _objective(path, entry)
        elif not inner:
            given = next((entry[key] for key in ("slos", "objectives") if key in entry), entry)
            if isinstance(given, dict):
                given = [{"name": k, **one} for k, one in given.items() if isinstance(one, dict)]
            yield from _listed(path, given, inner=True)


def _list(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _rows(text: str) -> Iterator[dict[str, str]]:
    """The rows of the tables that have a column for the target and one for the indicator."""
    header: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip(" *`_") for cell in line.strip().strip("|").split("|")]
        if len(cells) < 2:
            header = []
        elif not header:
            header = [(cell.lower().split() or [""])[0] for cell in cells]
        elif (
            set(header) & set(TARGETS) and set(header) & set(INDICATORS) and set(line) - set("|-: ")
        ):
            yield dict(zip(header, cells, strict=False))


def _resources(path: str, text: str) -> Iterator[Objective]:
    for resource in RESOURCE.findall(text):
        goal = GOAL.search(resource)
        yield Objective(path, "", resource, bool(goal and _is_number(goal[1].strip('"'))))
