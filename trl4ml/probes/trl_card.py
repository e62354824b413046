"""The TRL card carries a technology from team to team; what it leaves out, nobody learns.

Reads TRL_CARD.md (also MLTRL_CARD.md, in any folder) and cards/<component>/level-<n>.md, of both
published variants, and judges the card of the highest level by what adopters usually leave out:
level, owner, a reviewer who is not the owner, ethics, coupled components, requirements numbered
without gaps, from level 5 on unacceptable use; and whether a later commit changed code.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from trl4ml.cards.names import foreign
from trl4ml.cards.trl import TrlCard, trl, untouched
from trl4ml.core.evidence import Finding, Measure, Place, no, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.registers.requirements import missing_numbers
from trl4ml.core.views import Documents, Files, Git, Registers

asks = "The TRL card leaves nothing out."
version = 1

NAMED = ("**/{,ml}trl{_,-,}card*.{md,markdown}", "cards/**/level-?.md", "docs/**/*trl*card*.md")
PER_COMPONENT = re.compile(r"cards/([^/]+)/.*level-[0-9]\.md")
LEVEL = re.compile(r"level-?([0-9])[^/]*\Z")
CODE = ("**/*.{py,pyi,ipynb,r,rmd,jl,scala,java,kt,go,rs,c,cc,cpp,cu,h,hpp,js,ts,sql,sh,m}",)
HANDED_OVER = 5


class Options(Noun):
    paths: tuple[str, ...] = ()
    """The cards, where they have other names; patterns are allowed."""


class Read(NamedTuple):
    path: str
    card: TrlCard
    above: int
    """Lines of front matter."""
    made: bool
    """Whether trl4ml wrote it, and nobody edited it since."""

    @property
    def level(self) -> int | None:
        named = LEVEL.search(self.path)
        return self.card.level if self.card.level is not None or not named else int(named[1])

    def place(self, row: str) -> Place:
        """The line of the row, or the file where the row is missing."""
        found = self.card.rows.get(row)
        return Place(path=self.path, line=found.line + self.above if found else None)


class Omission(NamedTuple):
    says: str
    row: str = ""


def run(
    files: Files, documents: Documents, git: Git, registers: Registers, options: Options
) -> Finding:
    names = files.matching(*(options.paths or NAMED))
    if options.paths and not names:
        return unknown(f"no file fits {', '.join(options.paths)}; correct probes: trl-card: paths")
    cards = [opened(files, documents, one) for one in names if about(one, registers, options)]
    if not cards:
        return no("there is no TRL card; write one with trl4ml card trl", (), cards=0)
    newest = max(cards, key=lambda one: (-1 if one.level is None else one.level, one.path))
    if not newest.card.filled:
        return unknown(f"{newest.path} has no field of a TRL card", [newest.path], cards=len(cards))
    older = None if newest.made else git.newer(newest.path, *CODE)
    omitted = list(omissions(newest))
    if older:
        omitted.append(Omission("older than the code"))
    measures = {**facts(newest, older), "cards": len(cards), "omissions": len(omitted)}
    if not omitted:
        return yes(f"{newest.path} leaves nothing out", [newest.path], **measures)
    says = "; ".join(one.says for one in omitted)
    places = dict.fromkeys(newest.place(one.row) for one in omitted)
    return no(f"{newest.path}: {says}", places, **measures)


def about(path: str, registers: Registers, options: Options) -> bool:
    """Whether the card may be of this component."""
    whose = PER_COMPONENT.fullmatch(path)
    if whose and registers.component:
        return whose[1] == registers.component
    return bool(options.paths) or not foreign(path)


def opened(files: Files, documents: Documents, path: str) -> Read:
    front, below = documents.front_matter(path)
    whole = files.text(path)
    above = len(whole.splitlines()) - len(below.splitlines())
    return Read(path, trl(below, front), above, untouched(whole))


def omissions(read: Read) -> Iterator[Omission]:
    card = read.card
    if read.level is None:
        yield Omission("no level", "level")
    if not card.people("owner"):
        yield Omission("no owner", "owner")
    if not card.people("reviewer"):
        yield Omission("no reviewer", "reviewer")
    if both := card.people("owner") & card.people("reviewer"):
        yield Omission(f"owner and reviewer are the same ({', '.join(sorted(both))})", "reviewer")
    if "ethics" not in card.filled:
        yield Omission("ethics is missing", "ethics")
    coupled = card.rows.get("coupled components")
    if not (coupled and coupled.says):
        yield Omission("coupled components are not named (or `none`)", "coupled components")
    if "requirements" not in card.sections:
        yield Omission("no requirements")
    if gaps := missing_numbers(card.numbers):
        yield Omission(f"requirements are numbered without {', '.join(gaps[:5])}")
    if (read.level or 0) >= HANDED_OVER and not card.refuses:
        yield Omission(f"unacceptable use is not named, due from level {HANDED_OVER}")


def facts(read: Read, older: bool | None) -> dict[str, Measure | bool | int]:
    card = read.card
    why = "trl4ml wrote it from evidence" if read.made else "git does not know which is newer"
    return {
        "fields": len(card.filled),
        "level": undefined("the card names no level") if read.level is None else read.level,
        "reviewer": bool(card.people("reviewer")),
        "ethics": "ethics" in card.filled,
        "owner_is_reviewer": bool(card.people("owner") & card.people("reviewer")),
        "id_gaps": len(missing_numbers(card.numbers)),
        "older_than_code": undefined(why) if older is None else older,
    }
