"""A TRL card written by hand, of either published variant, and what it leaves out.

Variant A (paper and talk of Lavin et al. 2022) names owner and reviewer of research and of
production; variant B (the template of the MLTRL repository) is a summary table and sections.
"""

import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from trl4ml.cards.markdown import COMMENT, LONGEST, plain
from trl4ml.cards.sections import Form, read
from trl4ml.cards.words import said

ROWS = {
    "technology": r"^tech(nology)?\b|^project( name)?$",
    "level": r"^(current |(ml )?trl |mltrl )?level\b|^(ml)?trl$",
    "production owner": r"^prod(uct(ion)?)?\b.*\bowners?\b",
    "production reviewer": r"^prod(uct(ion)?)?\b.*\breviewers?\b",
    "owner": r"^(?!prod)(\w+ ){0,3}owners?( s)?( reviewers?( s)?)?$",
    "reviewer": r"^(?!prod)(\w+ ){0,4}(reviewers?( s)?|reviewed by)$",
    "coupled components": r"\bcoupled\b",
    "main page": r"\bmain\b.*\bpage\b|^project page$",
    "requirements page": r"^req(uirement)?s?\b.*\b(v v|docs?|verification)\b|^requirements and v v$",
    "code": r"^code\b",
    "ethics": r"\bethic",
    "tldr": r"^tl dr$",
}
SECTIONS = {
    "tldr": r"^tl dr\b",
    "requirements": r"\brequirements?\b|^reqs?\b",
    "algorithm": r"\balgorithms?\b|^model (info|details|description)",
    "intended use": r"\bintended (use|application)|\buse cases?\b",
    "metrics": r"^metrics\b|\bresults\b",
    "testing": r"^test(s|ing)?\b",
    "data": r"^data\b",
    "caveats": r"\bcaveats?\b|\bedge cases?\b|^recommendations",
    "assumptions": r"\bassumptions?\b",
    "debrief": r"\bdebrief\b",
    "ethics": r"\bethic",
}
FIELDS = tuple(dict.fromkeys((*ROWS, *SECTIONS)))
FORM = Form(
    {name: re.compile(pattern) for name, pattern in SECTIONS.items()},
    general=re.compile(r"(?!)"),
    other=re.compile(r"^(citation|references|glossary|change ?log|history)$"),
)
LABEL = re.compile(r"(?:[-*+]\s+)?(?:\*\*([^*]{1,80})\*\*:?|([^|*:#]{1,60}):)[ \t:—–-]*(.*)")
TEMPLATE = re.compile(r"\(\*[^*]{0,400}\*\)|\*not stated\b[^*\n]{0,400}\*|\[\^[^\]]{1,20}\]")
LINK = re.compile(r"\[([^\]]{1,200})\]\([^)]{0,400}\)|<[^<>]{0,200}>")
NOTHING = re.compile(
    r"(none|no|n/?a|tb[adc]|todo|null|unknown|nobody|[-–—?.\s]*)\.?", re.IGNORECASE
)
NUMBER = re.compile(r"\s*(?:[-*+]\s+)?\**(\d{1,3}(?:\.\d{1,3}){0,4})\**[.):]\**\s+\S")
REFUSED = re.compile(
    r"\b(unacceptable|un(suitable|supported|intended)|out[ -]of[ -]scope|prohibited|refused|mis-?use|"
    r"never|(must|may|should|shall|can|do|does|is|are) ?not|cannot)\b",
    re.IGNORECASE,
)
MARK = re.compile(r"<!-- written by trl4ml card trl, ([0-9a-f]{64}); [^\n]* -->\n")
LONGEST_KEY = 80
LONGEST_LINE = 4000


class Row(NamedTuple):
    says: str
    line: int


class TrlCard(NamedTuple):
    """What a card says: the rows of its summary, and the sections that say something."""

    level: int | None
    rows: Mapping[str, Row]
    sections: frozenset[str]
    numbers: tuple[str, ...]
    """Of the requirements listed."""
    refuses: bool
    """Whether the intended use says what is no use of it."""

    @property
    def filled(self) -> tuple[str, ...]:
        return tuple(f for f in FIELDS if f in self.sections or self.says(f))

    def says(self, field: str) -> str:
        """What stands in the row; empty where it stands for nothing."""
        given = self.rows[field].says if field in self.rows else ""
        return "" if NOTHING.fullmatch(given) else given

    def people(self, field: str) -> frozenset[str]:
        """The names in a row, in small letters."""
        names = re.split(r"[,;/&]|\band\b", self.says(field).lower())
        return frozenset(" ".join(name.split()) for name in names) - {""}


def trl(text: str, front: Mapping[str, Any] | None = None) -> TrlCard:
    """The card that a Markdown text is, given its front matter apart."""
    text = COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text[:LONGEST])
    text = html.unescape(TEMPLATE.sub("", text))
    rows = dict(_rows(text))
    card = read(FORM, text, front)
    wrote = [one for one in card.sections if "requirements" in one.names]
    lines = (line for one in wrote for line in one.text.splitlines())
    numbers = tuple(found[1] for line in lines if (found := NUMBER.match(line)))
    filled = frozenset(name for name, count in card.counts.items() if count)
    uses = "\n".join(one.text for one in card.sections if "intended use" in one.names)
    return TrlCard(
        _level(rows, text, front or {}), rows, filled, numbers, bool(REFUSED.search(uses))
    )


def _rows(text: str) -> Iterator[tuple[str, Row]]:
    """The first row or labelled line of each kind."""
    seen = set()
    for number, line in enumerate(text.splitlines(), 1):
        key, value = _pair(line.strip())
        if not key:
            continue
        names = [name for name, pattern in ROWS.items() if re.search(pattern, plain(key))]
        parts = _parted(value, len(names))
        for name, part in zip(names, parts, strict=True):
            if name not in seen:
                seen.add(name)
                yield name, Row(said(LINK.sub(r"\1", part).strip(" *")), number)


def _pair(line: str) -> tuple[str, str]:
    """Key and value of a row of a table or of a labelled line; both empty where it is neither."""
    if line.startswith("|"):
        key, _, value = line[1:].partition("|")
        return (key, value.rstrip("| \t")) if len(key) <= LONGEST_KEY else ("", "")
    found = LABEL.fullmatch(line[:LONGEST_LINE])
    return (found[1] or found[2], found[3]) if found else ("", "")


def _parted(value: str, count: int) -> list[str]:
    """`Ada / Bo` of `owner / reviewer`; a value for one is whole."""
    if count < 2:
        return [value] * count
    parts = value.split("/", count - 1)
    return parts + [""] * (count - len(parts))


def _level(rows: Mapping[str, Row], text: str, front: Mapping[str, Any]) -> int | None:
    stated = (rows["level"].says if "level" in rows else "", str(front.get("level", "")))
    for one in stated:
        if found := re.search(r"(?<![\d.])[0-9](?![\d.]*\d)", one):
            return int(found[0])
    title = re.search(r"^#[^\n]{0,200}\blevel[ _-]?([0-9])\b", text, re.MULTILINE | re.IGNORECASE)
    return int(title[1]) if title else None


def marked(below: str, remark: str) -> str:
    """The card as trl4ml writes it: with a first line by which an edit is found out."""
    return f"<!-- written by trl4ml card trl, {_digest(below)}; {remark} -->\n{below}"


def untouched(content: str) -> bool:
    """Whether it is a card as trl4ml wrote it."""
    content = content.replace("\r\n", "\n")
    mark = MARK.match(content)
    return mark is not None and mark[1] == _digest(content[mark.end() :])


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
