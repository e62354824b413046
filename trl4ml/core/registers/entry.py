"""What the registers share: entries with ids of their own, words, paths, digests, `none found`."""

from datetime import date, timedelta
from typing import Annotated, Protocol, TypeVar

from pydantic import AfterValidator

from trl4ml.core.noun import Noun, Slug, Text, wrong

A_YEAR = 365
"""For how many days what was tried counts, where nothing else is said; project policy."""
NOTHING = {
    "",
    "-",
    "?",
    "n/a",
    "na",
    "no",
    "nobody",
    "none",
    "null",
    "tba",
    "tbd",
    "todo",
    "unknown",
}


class HasId(Protocol):
    @property
    def id(self) -> str: ...


EntryT = TypeVar("EntryT", bound=HasId)


def _different(entries: tuple[EntryT, ...]) -> tuple[EntryT, ...]:
    seen = set()
    for at, entry in enumerate(entries):
        if entry.id in seen:
            raise wrong(f"the id '{entry.id}' is used twice", at, "id")
        seen.add(entry.id)
    return entries


def _named(text: str) -> str:
    if not _said(text):
        raise wrong(f"'{text}' says nothing: somebody looked, so say how and who")
    return text


def older_from(day: date) -> date:
    """The first day on which what was done on the day is older than 365 days."""
    return day + timedelta(min(A_YEAR + 1, (date.max - day).days))


def _sha256(text: str) -> str:
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise wrong("should be a SHA-256 digest: 64 of 0-9 and a-f, as sha256sum prints it")
    return text


def inside(path: str) -> str:
    """The path below trl4ml.yaml. Raises when it is absolute or leads out."""
    parts = path.split("/")
    if path.startswith(("~", "/")) or "\\" in path or ":" in parts[0] or {"..", ""} & {*parts}:
        raise wrong(f"'{path}' should be a path below trl4ml.yaml, with / and without ..")
    return path.removeprefix("./")


def _said(text: str) -> str:
    """The text; empty when it stands for nothing, such as `none` or `tbd`."""
    stripped = text.strip()
    return "" if stripped.lower().rstrip(".") in NOTHING else stripped


Entries = Annotated[tuple[EntryT, ...], AfterValidator(_different)]
Said = Annotated[str, AfterValidator(_said)]
"""Words that may be missing; `none`, `tbd` or `?` are none."""
Named = Annotated[Text, AfterValidator(_named)]
"""Words that must say something."""
Sha256 = Annotated[str, AfterValidator(_sha256)]
InnerPath = Annotated[Text, AfterValidator(inside)]


class Entry(Noun):
    id: Slug
    component: Slug | None = None
    """The component that it speaks of; without it, all."""


class NoneFound(Noun):
    """Somebody looked and found none; an empty list alone says nothing."""

    method: Named
    """How it was looked for."""
    by: Named
    """Who looked."""
    on: date
