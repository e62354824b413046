"""A card read by a form: which of the form's sections it has, and what each says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from trl4ml.cards import front as matter
from trl4ml.cards.markdown import blocks, plain
from trl4ml.cards.words import count, said

ENOUGH = 10
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Form:
    """Which sections a card should have, in order, and the usual headings of each.

    A `general` heading such as "data" belongs to the section above it, if there is one; an `other`
    heading belongs to none.
    """

    headings: Mapping[str, re.Pattern[str]]
    general: re.Pattern[str]
    other: re.Pattern[str]

    def named(self, title: str, above: frozenset[str], whole: bool) -> frozenset[str]:
        """The sections that a heading opens, within `above`; `whole` wants nothing beside."""
        words = plain(title)
        fits = re.Pattern.fullmatch if whole else re.Pattern.search
        if self.other.search(words):
            return NONE
        names = frozenset(name for name, known in self.headings.items() if fits(known, words))
        if self.general.fullmatch(words) or title.endswith("?"):
            return above or names
        return names or above


class Section(NamedTuple):
    """A heading of a card, what is said below it, and the sections of the form it belongs to."""

    names: frozenset[str]
    title: str
    text: str


@dataclass(frozen=True)
class Card:
    form: Form
    front: Mapping[str, Any]
    text: str
    sections: tuple[Section, ...]

    @cached_property
    def words(self) -> int:
        return sum(count(one.text) for one in self.sections)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """The words in each section of the form that has a heading."""
        found: dict[str, int] = {}
        for section in self.sections:
            number = count(section.text)
            for name in section.names:
                found[name] = found.get(name, 0) + number
        return found

    @property
    def filled(self) -> tuple[str, ...]:
        """The sections with at least ten words."""
        return tuple(name for name in self.form.headings if self.counts.get(name, 0) >= ENOUGH)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in self.form.headings if name not in self.filled)

    @property
    def empty(self) -> bool:
        return not self.words and not self.front

    @property
    def license(self) -> str:
        """The licence as the card names it, else empty."""
        return matter.license(self.front, self.text)


def read(form: Form, text: str, front: Mapping[str, Any] | None = None) -> Card:
    """The card that a Markdown text is, given its front matter apart."""
    return Card(form, front or {}, text, tuple(sections(form, text)))


def sections(form: Form, text: str) -> Iterator[Section]:
    above = [(0, NONE)]
    for number, block in enumerate(blocks(text)):
        while len(above) > 1 and above[-1][0] >= block.level:
            above.pop()
        if block.level:
            whole = number == block.level == 1
            above.append((block.level, form.named(block.title, above[-1][1], whole)))
        lines = (said(line) for line in block.lines)
        yield Section(above[-1][1], block.title, "\n".join(line for line in lines if line))


def least_complete(cards: Mapping[str, Card]) -> str:
    """The path of the card with the fewest sections filled. Raises ValueError without any."""
    return min(cards, key=lambda path: (len(cards[path].filled), path))
