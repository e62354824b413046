"""What changed between two reports: levels, verdicts, measures, and what all of these rest on."""

from trl4ml.core.evidence import Measure, Outcome
from trl4ml.core.noun import LevelNumber, Noun, Scalar
from trl4ml.core.project import Waiver
from trl4ml.core.verdict import Status


class LevelChange(Noun):
    component: str | None
    """None: the system, which is told apart only where there are several components."""
    before: LevelNumber | None
    """The level supported; None is below the entry level."""
    after: LevelNumber | None

    @property
    def fell(self) -> bool:
        return (-1 if self.after is None else self.after) < (
            -1 if self.before is None else self.before
        )


class Judged(Noun):
    level: LevelNumber
    gate: bool
    status: Status
    message: str


class VerdictChange(Noun):
    """An item whose status for a component is another; None where it was not asked."""

    component: str
    item: str
    before: Judged | None
    after: Judged | None


class MeasureChange(Noun):
    components: tuple[str, ...]
    probe: str
    measure: str
    before: Measure | None
    after: Measure | None

    @property
    def apart(self) -> bool | None:
        """Whether the two intervals have no number in common; None where one is not known, or where
        the two are of different units.

        Apart is a stricter test than one of the difference: two 95 % intervals of equal width that
        just part stand for p = 0.006, not 0.05 (Schenker and Gentleman 2001).
        """
        ends = [(one.lower, one.upper) for one in (self.before, self.after) if one]
        known = [(low, high) for low, high in ends if low is not None and high is not None]
        if len(known) < 2 or (self.before and self.after and self.before.unit != self.after.unit):
            return None
        (low, high), (lower, upper) = known
        return high < lower or upper < low


class Source(Noun):
    outcome: Outcome
    version: int
    distribution: str


class ProbeChange(Noun):
    """A probe that answers otherwise, is another version, came or went."""

    components: tuple[str, ...]
    probe: str
    before: Source | None
    after: Source | None


class Edition(Noun):
    version: str
    digest: str


class ChecklistChange(Noun):
    checklist: str
    before: Edition | None
    after: Edition | None


class Setting(Noun):
    """A fact about the whole audit, or a component's, such as `claims`."""

    component: str | None
    name: str
    before: Scalar | None
    after: Scalar | None


class ItemEdit(Noun):
    item: str
    field: str
    before: Scalar | None
    after: Scalar | None


class ItemSeen(Noun):
    item: str
    level: LevelNumber
    gate: bool
    ask: str


class Withheld(Noun):
    """An item that a copy of the earlier revision cannot show, and that may have been met there."""

    component: str
    item: str
    level: LevelNumber
    gate: bool
    status: Status
    """What it is now."""
    files: tuple[str, ...]
    """What it rests on and git does not keep, a review or a score by way of other items."""


class ReportDiff(Noun):
    before: str
    """The digest of the report."""
    after: str
    partial: bool
    """One of the two asked only some items (`--only`), so levels are not compared."""
    levels: tuple[LevelChange, ...]
    verdicts: tuple[VerdictChange, ...]
    measures: tuple[MeasureChange, ...]
    probes: tuple[ProbeChange, ...]
    checklists: tuple[ChecklistChange, ...]
    settings: tuple[Setting, ...]
    item_edits: tuple[ItemEdit, ...]
    items_added: tuple[ItemSeen, ...]
    items_removed: tuple[ItemSeen, ...]
    components_added: tuple[str, ...]
    components_removed: tuple[str, ...]
    waivers_added: tuple[Waiver, ...]
    waivers_removed: tuple[Waiver, ...]
    withheld: tuple[Withheld, ...] = ()
    unsure: tuple[LevelChange, ...] = ()
    """Where a level may have fallen: `before` is the highest that it may have been."""

    @property
    def unknown(self) -> bool:
        """Whether it cannot be told that no level fell."""
        return self.partial or bool(self.unsure)

    @property
    def fell(self) -> bool:
        """Whether any level fell, or a component is gone, and with it what it had to meet."""
        return any(change.fell for change in self.levels) or bool(self.gone)

    @property
    def gone(self) -> tuple[str, ...]:
        """The components that are there no more, or under another name; none of partial reports."""
        return () if self.partial else self.components_removed

    @property
    def empty(self) -> bool:
        """Whether nothing at all is to be told."""
        return not any(value for value in dict(self).values() if isinstance(value, tuple))
