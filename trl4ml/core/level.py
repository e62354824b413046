"""The ten levels of MLTRL, and the fold of verdicts into gates and gates into a level."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from trl4ml.core.noun import LevelNumber, Noun, checked
from trl4ml.core.verdict import PASSES, Status, Verdict


class LevelName(NamedTuple):
    """Names as in Lavin et al., Nature Communications 13:6039 (2022)."""

    name: str
    phase: str
    code_tier: str
    question: str


LEVELS = (
    LevelName("First Principles", "research", "none", "Is the idea valid, novel or useful?"),
    LevelName(
        "Goal-Oriented Research", "research", "research",
        "Is the work rigorous, and is what others did known?",
    ),
    LevelName(
        "Proof of Principle (PoP) Development", "research", "research",
        "Are the research claims met, documented and reproducible?",
    ),
    LevelName(
        "System(s) Development", "prototyping", "prototype",
        "Is it sound software: interfaces, tests, versioned models and data?",
    ),
    LevelName(
        "Proof of Concept (PoC) Development", "prototyping", "prototype",
        "Is it useful in an application, on real and representative data?",
    ),
    LevelName(
        'Machine Learning "Capability"', "prototyping", "prototype",
        "Can others build on it: a capability, not one isolated model?",
    ),
    LevelName(
        "Application Development", "productization", "product",
        "Is it hardened for named use cases: specification, tests, interfaces, compliance?",
    ),
    LevelName(
        "Integrations", "productization", "product",
        "Do infrastructure, pipelines and test suites hold together?",
    ),
    LevelName(
        "Mission-ready", "deployment", "product",
        "Is every requirement validated under the conditions expected in use: go or no-go?",
    ),
    LevelName(
        "Deployment", "deployment", "product", "Is it watched in use, and is it still fit?"
    ),
)  # fmt: skip


class Gate(Noun):
    """The fold of one level's verdicts; `blocked_by` are the items that hold it back."""

    level: LevelNumber
    status: Status
    asked: int
    """Gate items that apply here."""
    blocked_by: tuple[str, ...] = ()

    @property
    def met(self) -> bool:
        return self.status is Status.MET


def gate(level: int, verdicts: Iterable[Verdict]) -> Gate:
    """Met when every gate item of the level passes and at least one applied; silence is UNKNOWN."""
    asked = [v for v in verdicts if v.level == level and v.gate]
    applied = [v for v in asked if v.status is not Status.NOT_APPLICABLE]
    blocking = [v for v in applied if v.status not in PASSES]
    if any(v.status is Status.NOT_MET for v in blocking):
        status = Status.NOT_MET
    elif blocking or not applied:
        status = Status.UNKNOWN
    else:
        status = Status.MET
    return checked(
        Gate,
        level=level,
        status=status,
        asked=len(applied),
        blocked_by=tuple(sorted(v.item for v in blocking)),
    )


def supported(entry_level: int, gates: Sequence[Gate]) -> int | None:
    """The highest level whose gate, and every gate from entry up to it, is met; else None.

    None is below the entry level. Gates below entry are not assessed and not looked at.
    """
    met = {g.level for g in gates if g.met}
    level = entry_level
    while level in met:
        level += 1
    return level - 1 if level > entry_level else None
