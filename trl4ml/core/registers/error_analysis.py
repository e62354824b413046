"""Error analysis: where the model loses against people, and how much there is to gain."""

from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from trl4ml.core.noun import Noun, Text, wrong
from trl4ml.core.registers.entry import Entries, Entry


def _percent(number: float) -> float:
    if not 0 <= number <= 100:
        raise wrong(f"should be a percentage from 0 to 100, not {number:g}")
    return number


Percent = Annotated[float, AfterValidator(_percent)]


class ErrorType(Entry):
    """One type of input, such as speech with noise of cars; all figures in percent."""

    type: Text
    accuracy: Percent
    human_level: Percent | None = None
    """What a person reaches on it."""
    share: Percent
    """Of the data, how much is of this type."""
    gap: float | None = None
    """May be left out: human level less accuracy, in points; it may be negative."""
    potential: float | None = None
    """May be left out: gap × share, in points of the whole."""

    @property
    def computed_gap(self) -> float | None:
        """Human level less accuracy, in points; None without a human level."""
        return None if self.human_level is None else round(self.human_level - self.accuracy, 6)

    @property
    def computed_potential(self) -> float | None:
        """Gap × share, in points of the whole; None without a human level."""
        gap = self.computed_gap
        return None if gap is None else round(gap * self.share / 100, 6)


class Overall(Noun):
    """The figures over all types, in percent."""

    accuracy: Percent
    human_level: Percent


class ErrorAnalysis(Noun):
    """Types of input with accuracy, human level and share of the data."""

    entries: Entries[ErrorType] = ()
    exclusive: bool = True
    """Whether each input is of one type only; then the shares sum to 100."""
    overall: Overall | None = None

    @model_validator(mode="after")
    def _types_differ(self) -> Self:
        seen = set()
        for at, entry in enumerate(self.entries):
            if (entry.component, entry.type) in seen:
                raise wrong(f"the type '{entry.type}' is listed twice", "entries", at, "type")
            seen.add((entry.component, entry.type))
        return self
