"""Where results lie that a probe would not find by itself."""

from collections.abc import Sequence
from typing import Any

from trl4ml.asking import ask, parse_yaml
from trl4ml.core.evidence import Outcome
from trl4ml.core.views import Files
from trl4ml.loading import all_probes
from trl4ml.probes import Probe
from trl4ml.readers.files import Part
from trl4ml.readers.tree import Tree
from trl4ml.readers.views import Views
from trl4ml.scout.paths import NOT_OURS

MOST_LOOKED_AT = 11
RESULTS = {
    "test-results": ("{*junit*,TEST-*,*test{-,_,}results*}.xml", 10),
    "coverage": ("{*coverage*.{xml,json},*cobertura*.xml,*lcov*.info,*.lcov}", 1),
}
"""Probe → names of what it reads, and of how many such files it may be told without being asked:
several reports of coverage are joined, and an old one among them would flatter.
"""


def results(tree: Tree, files: Files) -> dict[str, dict[str, tuple[str, ...]]]:
    """The option `paths` of the probes that find results with it and none without."""
    options: dict[str, dict[str, tuple[str, ...]]] = {}
    for id, (pattern, most) in RESULTS.items():
        here = {
            *files.matching(f"**/{pattern}"),
            *files.present(*(f"{'*/' * depth}{pattern}" for depth in range(3))),
        }
        likely = sorted(one for one in here if not NOT_OURS.search(one))[:MOST_LOOKED_AT]
        probe = all_probes().get(id) if likely else None
        if probe and "paths" in getattr(probe.options, "model_fields", ()):
            found = _found_only_there(probe, tree, likely)
            options |= {id: {"paths": found}} if 1 <= len(found) <= most else {}
    return options


def _found_only_there(probe: Probe, tree: Tree, paths: Sequence[str]) -> tuple[str, ...]:
    def answers(options: dict[str, Any]) -> bool:
        finding = ask(probe, Views(Part(tree), parse_yaml), options)
        return finding.outcome in (Outcome.YES, Outcome.NO)

    return () if answers({}) else tuple(one for one in paths if answers({"paths": [one]}))
