"""The ML Test Score, by the rule of 2017: Breck et al., IEEE Big Data 2017.

Each of 28 tests earns 1 when it runs automatically and repeatedly, 0.5 when it is done by hand with
results that are documented and shared, else nothing. The sum of each of four sections; the score is
the smallest of the four.
"""

from collections.abc import Iterable, Sequence

from trl4ml.core.checklist import CONSTANTS, Item
from trl4ml.core.evidence import Finding, Measure, found
from trl4ml.core.evidence import Outcome as Is
from trl4ml.core.verdict import Status, Verdict

CHECKLIST = "ml-test-score"
SECTIONS = ("data", "model", "infrastructure", "monitoring")
EACH = 7


def earned(verdict: Verdict) -> float:
    """1 for a test that runs by itself, 0.5 for one documented by a person, else 0."""
    if verdict.status is not Status.MET:
        return 0.0
    roots = [(c.name.split(".")[0], c.holds) for c in verdict.comparisons]
    if any(holds and root not in ("answer", *CONSTANTS) for root, holds in roots):
        return 1.0
    return 0.5 if verdict.documented else 0.0


def ml_test_score(judged: Iterable[tuple[Item, Verdict]]) -> Finding:
    """The score from the verdicts on the 28 tests; unknown when some of them were not asked."""
    by_section: dict[str, list[float]] = {section: [] for section in SECTIONS}
    for item, verdict in judged:
        by_section.setdefault(item.section, []).append(earned(verdict))
    sums = {section: sum(points) for section, points in by_section.items()}
    if any(len(points) != EACH for points in by_section.values()):
        missing = ", ".join(s for s, points in by_section.items() if len(points) != EACH)
        return found(Is.UNKNOWN, f"not all tests of the ML Test Score were asked ({missing})")
    final = min(sums.values())
    shown = ", ".join(f"{section} {points:g}" for section, points in sums.items())
    says = f"the ML Test Score is {final:g}, {band(final)} ({shown}; rule of 2017)"
    measures = {name: Measure(value=points, n=EACH) for name, points in sums.items()}
    return found(
        Is.YES if final > 0 else Is.NO, says, (), final=Measure(value=final, n=28), **measures
    )


def band(final: float) -> str:
    """What the score means, in our words."""
    steps: Sequence[tuple[float, str]] = (
        (0, "a research project"),
        (1, "serious holes are possible"),
        (2, "a first pass"),
        (3, "reasonably tested"),
        (5, "strongly tested"),
    )
    return next((words for upper, words in steps if final <= upper), "exceptionally tested")
