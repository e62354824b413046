"""Environments of conda, with what pip is to install in them."""

import re
from typing import Any

from trl4ml.manifests.requirements import Entries, listed
from trl4ml.manifests.sources import Requirement, Sort, Source, normal

MATCH = re.compile(r"(?:[^\s:]+::)?([A-Za-z0-9_][\w.-]*)\s*(.*)", re.DOTALL)
PART = r"[^\s=*,<>|!]+"
ONE_VERSION = re.compile(
    rf"==\s*{PART}(?:={PART})?|=?{PART}(?:=|\s+){PART}|=?\d+\.\d+\.(?=\d){PART}"
)
EXPORTED = re.compile(rf"={PART}")


def environment(documents: list[Any]) -> Source | None:
    """Of the documents of a YAML file; None when it is about something else."""
    data = documents[0] if documents else None
    if not isinstance(data, dict):
        raise ValueError("not an environment of conda")
    items = data.get("dependencies")
    if not isinstance(items, list):
        return None
    entries = tuple(one for item in items for one in asked(item, exported="prefix" in data))
    return Source(Sort.LIST, entries)


def asked(item: object, exported: bool) -> Entries:
    """`numpy=1.26` is any 1.26.x, but in what conda exported, exactly that."""
    if isinstance(item, dict):
        yield from listed(item.get("pip"))
    elif isinstance(item, str) and (found := MATCH.fullmatch(item.strip())):
        exact = ONE_VERSION.fullmatch(found[2]) or (exported and EXPORTED.fullmatch(found[2]))
        yield Requirement(normal(found[1]), bool(exact))
