"""Cards: what only people can say on a TRL card, one entry for each component."""

from typing import Self

from pydantic import model_validator

from trl4ml.core.noun import LevelNumber, Noun, Slug, Text, wrong
from trl4ml.core.registers.entry import Said


class Debrief(Noun):
    """The four questions at the end of a stage."""

    level: LevelNumber
    done: Said = ""
    """What was done, and by whom."""
    dropped: Said = ""
    """What was dropped or put off."""
    learned: Said = ""
    debt: Said = ""
    """Which technical debt was taken on or paid back."""


class CardText(Noun):
    """The words for one card."""

    component: Slug | None = None
    """Whose card it is; without it, that of every component without an entry of its own."""
    technology: Said = ""
    """The name of the technology; without it, that of the component."""
    project_id: Said = ""
    """Such as R02.1."""
    tldr: Said = ""
    """In two sentences: what it is, and what for."""
    algorithm: Said = ""
    """How it works, for a reviewer who knows the field but not machine learning."""
    intended_use: Said = ""
    unacceptable_use: Said = ""
    """Due from level 5."""
    testing: Said = ""
    """What is tested, and what still has to be."""
    data: Said = ""
    """What was found in the data: imbalance, labels, noise, gaps."""
    results: Said = ""
    """The main figures, or a link to the full report."""
    caveats: Said = ""
    """Caveats, known edge cases, recommendations."""
    ethics: Said = ""
    """Whether the ethics checks are done, with a link."""
    reviewers: tuple[Text, ...] = ()
    """Who reviews the research; none of the owners."""
    production_owners: tuple[Text, ...] = ()
    """Due from level 5."""
    production_reviewers: tuple[Text, ...] = ()
    """Due from level 5."""
    main_page: Said = ""
    requirements_page: Said = ""
    """Where requirements, verification and validation are written out."""
    code_page: Said = ""
    """Where code and documentation are."""
    debriefs: tuple[Debrief, ...] = ()
    """One for each level that was finished."""

    @model_validator(mode="after")
    def _one_debrief_a_level(self) -> Self:
        levels = [one.level for one in self.debriefs]
        for at, level in enumerate(levels):
            if level in levels[:at]:
                raise wrong(f"level {level} has two debriefs", "debriefs", at, "level")
        return self


class Cards(Noun):
    """What `trl4ml card trl` cannot measure and will not invent."""

    entries: tuple[CardText, ...] = ()

    @model_validator(mode="after")
    def _one_a_component(self) -> Self:
        names = [one.component for one in self.entries]
        for at, name in enumerate(names):
            if name in names[:at]:
                raise wrong(f"{name or 'every component'} has two entries", "entries", at)
        return self
