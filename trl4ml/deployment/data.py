"""Parsed documents, whose values may be of any type."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple


class Pair(NamedTuple):
    """A key with its value, and the key above it ("" at the top)."""

    above: str
    key: str
    value: Any


def mapping(value: object) -> dict[str, Any]:
    """It, or an empty one when it is something else."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[dict[str, Any]]:
    """The mappings in a list; none when it is something else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def pairs(data: object) -> Iterator[Pair]:
    """Every pair at any depth; nothing below `enabled: false`."""
    pending: list[tuple[str, object]] = [("", data)]
    while pending:
        above, one = pending.pop()
        if isinstance(one, list):
            pending += [(above, item) for item in one]
        elif isinstance(one, dict) and one.get("enabled") is not False:
            yield from (Pair(above, key, value) for key, value in one.items())
            pending += one.items()


def texts(data: object, *keys: str) -> list[str]:
    """The texts that stand under any of the keys, at any depth."""
    return [one.value for one in pairs(data) if one.key in keys and isinstance(one.value, str)]


def objects(documents: list[Any]) -> list[dict[str, Any]]:
    """The mappings among the documents, those of a Kubernetes List one by one."""
    every = mappings(documents)
    return every + [
        item for one in every if one.get("kind") == "List" for item in mappings(one.get("items"))
    ]


def group_and_kind(document: dict[str, Any]) -> tuple[str, str]:
    """The group of the apiVersion of a Kubernetes object (`v1` when it has none) and its kind."""
    return str(document.get("apiVersion")).partition("/")[0], str(document.get("kind"))


def whole_number(value: object) -> int | None:
    """Of a number or digits, up to a million; else None."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,6}", value):
        return int(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 <= value < 1_000_000 else None
