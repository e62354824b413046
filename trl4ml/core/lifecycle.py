"""The stages of the machine-learning lifecycle, and the challenges that lie in each.

The workflow is that of Ashmore, Calinescu and Paterson (2019), the challenges those of Paleyes, Urma
and Lawrence, "Challenges in deploying machine learning" (2020). Every item carries at least one
challenge as a tag, so that a report can show where in the lifecycle nothing is met.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

LIFECYCLE: dict[str, dict[str, tuple[str, ...]]] = {
    "data management": {
        "collection": ("data-discovery",),
        "preprocessing": ("dispersion", "cleaning"),
        "augmentation": ("labelling-volume", "expert-access", "high-variance-data"),
        "analysis": ("profiling",),
    },
    "model learning": {
        "selection": ("model-complexity", "resource-constraints", "interpretability"),
        "training": ("computational-cost", "environmental-impact"),
        "hyperparameters": ("hyperparameter-cost", "hardware-aware"),
    },
    "verification": {
        "requirement encoding": ("performance-metrics", "business-metrics"),
        "formal": ("regulatory-frameworks",),
        "test-based": ("simulation-testing",),
    },
    "deployment": {
        "integration": (
            "operational-support",
            "code-reuse",
            "engineering-anti-patterns",
            "mixed-teams",
        ),
        "monitoring": ("feedback-loops", "outlier-detection", "monitoring-tooling"),
        "updating": ("concept-drift", "continuous-delivery"),
    },
    "cross-cutting": {
        "ethics": (
            "country-rules",
            "technical-solution-only",
            "aggravated-bias",
            "authorship",
            "decision-making",
        ),
        "trust": ("user-involvement", "user-experience", "explainability-score"),
        "security": ("poisoning", "stealing", "inversion"),
    },
}
TAGS = tuple(tag for steps in LIFECYCLE.values() for tags in steps.values() for tag in tags)
Tag = StrEnum("Tag", [(tag, tag) for tag in TAGS])  # type: ignore[misc]


class Covered(NamedTuple):
    """One step of one stage: how many items that apply speak of it, and how many of them are met."""

    stage: str
    step: str
    met: int
    asked: int


def coverage(tagged: Iterable[tuple[Iterable[str], bool]]) -> tuple[Covered, ...]:
    """Every step in order, from the tags of each item that applies and whether it is met."""
    pairs = [(set(tags), met) for tags, met in tagged]
    return tuple(
        Covered(
            stage,
            step,
            sum(met for tags, met in pairs if tags & set(own)),
            sum(bool(tags & set(own)) for tags, _ in pairs),
        )
        for stage, steps in LIFECYCLE.items()
        for step, own in steps.items()
    )
