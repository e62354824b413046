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

from trl4ml.core.evidence import Finding, Kind, Measure, Place, no, unknown, yes
from trl4ml.core.noun import Noun, Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.deployment.objectives import Objective, declared, published, resources, tabled
from trl4ml.deployment.paths import LARGEST, TOO_LARGE, ending, is_vendored

asks = "Service level objectives with numeric targets are declared."
version = 1

CANDIDATES = (
    "**/{*.{yaml,yml,tf},*slo*.{json,md},service*level*.{json,md},*{k6,load,perf,stress}*.{js,ts}}"
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
K6 = re.compile(r"""["'](?:p\([\d.]+\)|avg|med|min|max|rate|count|value)\s*[<>]=?\s*[\d.]+["']""")


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of files of the own form that lie elsewhere."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    named = frozenset(files.matching(*options.paths) if options.paths else ())
    if options.paths and not named:
        return unknown("no file matches the option `paths`; give the paths of the objectives")
    found: list[tuple[str, Objective]] = []
    broken: list[Unreadable] = []
    k6 = 0
    for path in sorted(named.union(files.matching(CANDIDATES))):
        if path not in named and is_vendored(path):
            continue
        try:
            if ending(path) in ("js", "ts"):
                k6 += thresholds(content(path, files))
            else:
                own = path in named or bool(OWN.search(path))
                found += [(path, one) for one in objectives(path, own, files, documents)]
        except Unreadable as error:
            broken.append(error)
    return judged(found, broken, k6)


def content(path: str, files: Files) -> str:
    return files.bytes(path, LARGEST).decode("utf-8", "replace")


def thresholds(text: str) -> int:
    return len(K6.findall(text)) if "k6" in text else 0


def objectives(path: str, own: bool, files: Files, documents: Documents) -> Iterator[Objective]:
    """Those of one file; `own` when its name says that it is of our own form. Raises Unreadable."""
    kind = ending(path)
    if own and kind == "md":
        front, text = documents.front_matter(path)
        yield from (*declared(front), *tabled(text))
    elif kind == "tf":
        yield from resources(content(path, files))
    elif own or (kind in ("yaml", "yml") and KNOWN.search(files.bytes(path, LARGEST))):
        if files.size(path) > LARGEST:
            raise Unreadable(path, TOO_LARGE)
        data = [documents.json(path)] if kind == "json" else documents.yaml(path)
        try:
            yield from [o for one in data for o in (declared if own else published)(one)]
        except ValueError as error:
            raise Unreadable(path, str(error)) from None


def judged(found: list[tuple[str, Objective]], broken: list[Unreadable], k6: int) -> Finding:
    with_target = [(path, one) for path, one in found if one.numeric]
    about = {one.about for _, one in with_target}
    measures: dict[str, Measure | Scalar] = {
        "objectives": Measure(value=len(found), kind=Kind.DECLARED),
        "with_target": Measure(value=len(with_target), kind=Kind.DECLARED),
        **{kind: kind in about for kind in ("latency", "availability", "quality")},
        "k6_thresholds": k6,
        "unreadable": len(broken),
    }
    places = sorted({path for path, _ in with_target or found})
    if with_target:
        says = f"{places[0]} declares objectives with numeric targets ({len(with_target)} in all)"
        return yes(says, places, **measures)
    if broken:
        where = [Place(path=error.path, line=error.line) for error in broken]
        says = f"{broken[0]}; list objectives with a name, an indicator, a target and a window"
        return unknown(says, where, **measures)
    if found:
        return no(f"no objective in {places[0]} has a numeric target", places, **measures)
    also = "; thresholds of k6 belong to a load test and are not objectives" if k6 else ""
    return no(f"no service level objective is declared{also}", (), **measures)
