"""Deployments: which version runs, how it was let in, and the ways back."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, field_validator, model_validator

from trl4ml.core.noun import Noun, Text, wrong
from trl4ml.core.registers.entry import Entries, Entry, Said, Sha256, inside, older_from

NEXT_REVIEW = 7
LONGEST = 86_400


class Pattern(StrEnum):
    SHADOW = "shadow"
    CANARY = "canary"
    BLUE_GREEN = "blue-green"
    ROUTING = "routing"
    AB = "ab"
    BANDIT = "bandit"
    ONLINE = "online"


class Automation(StrEnum):
    """From no say in the decision to no person in it."""

    NONE = "none"
    ASSIST = "assist"
    PARTIAL = "partial"
    FULL = "full"


def _seconds(number: float) -> float:
    if not 0 <= number <= LONGEST:
        raise wrong(f"should be a number of seconds from 0 to {LONGEST}, not {number:g}")
    return number


Seconds = Annotated[float, AfterValidator(_seconds)]


class Rollback(Noun):
    """The last drill of going back to the version before; older than 365 days, it is none."""

    drilled: date
    seconds: Seconds
    """From the decision until the old version served again."""

    @property
    def ends(self) -> date:
        """From when on it is too long ago."""
        return older_from(self.drilled)


class Deployment(Entry):
    pattern: Pattern
    """shadow, canary, blue-green, routing, ab, bandit or online."""
    version: Text
    live: bool = False
    since: date | None = None
    """The day on which it went live."""
    artefacts: dict[Text, Sha256] = {}
    """SHA-256 of each file that was deployed, by its path."""
    automation: Automation | None = None
    """none (it only watches), assist (a person decides), partial or full."""
    override: Said = ""
    """Who can overrule or stop it."""
    rollback: Rollback | None = None
    fallback: Said = ""
    """What serves while it is switched off."""
    returns_to: int = NEXT_REVIEW
    """The level to which a change of what is deployed sends the component back, at most 7."""

    @field_validator("artefacts")
    @classmethod
    def _below(cls, artefacts: dict[str, str]) -> dict[str, str]:
        return {inside(path): digest for path, digest in artefacts.items()}

    @field_validator("returns_to")
    @classmethod
    def _early_enough(cls, level: int) -> int:
        if not 0 <= level <= NEXT_REVIEW:
            raise wrong("a change to a deployed version returns it to level 7 or earlier")
        return level

    @model_validator(mode="after")
    def _since_when(self) -> Self:
        if self.live and self.since is None:
            raise wrong("what is live says since when: add `since`", "live")
        return self

    @property
    def live_since(self) -> date | None:
        """The day on which it went or will go live; None when it is not to be live."""
        return self.since if self.live else None


class Deployments(Noun):
    """What runs, or ran, where the output is used."""

    entries: Entries[Deployment] = ()
