"""Goals: from what the system is for, over what its users get, to the metric of the model."""

from trl4ml.core.noun import Noun, Text
from trl4ml.core.registers.entry import Entries, Entry, Said


class ModelMetric(Noun):
    metric: Text
    owner: Said = ""
    """Without one, that of the outcome."""
    accepted_failure: Said = ""


class UserOutcome(Noun):
    outcome: Text
    owner: Said = ""
    """Without one, that of the goal."""
    accepted_failure: Said = ""
    metrics: tuple[ModelMetric, ...] = ()
    """The model metrics that are believed to bring it about."""


class Goal(Entry):
    """A goal of the whole system, such as: more people find a lawyer."""

    goal: Text
    owner: Said = ""
    accepted_failure: Said = ""
    """How often, and in which way, it may fail."""
    outcomes: tuple[UserOutcome, ...] = ()
    """What users get when it is reached."""
    abstain: Said = ""
    """Below which confidence the model gives no answer."""
    fallback: Said = ""
    """Who or what answers then."""

    @property
    def linked(self) -> bool:
        """Whether it has outcomes, and each of them a model metric."""
        return bool(self.outcomes) and all(one.metrics for one in self.outcomes)


class Goals(Noun):
    """Why the system exists, and how the model's metrics serve that."""

    entries: Entries[Goal] = ()
