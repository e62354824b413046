"""Lock files: the names in them, all fixed, and whether by hashes of what is installed."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from trl4ml.manifests.sources import Malformed, Requirement, Sort, Source, normal

HASHES = {"hash", "hashes", "sha256", "md5"}
NAMED = re.compile(
    r"^[ -]{2,6}name: (\S+)\s*$|^(?:- conda: )?https?://\S+/([^/\s]+)-[^-/\s]+-[^-/\s]+\s*$",
    re.MULTILINE,
)
HASHED = re.compile(r"^\s+(?:md5|sha256): \S|#[0-9a-f]{32}\s*$", re.MULTILINE)


def packages(data: Mapping[str, Any]) -> Source:
    """In TOML: uv.lock, poetry.lock, pdm.lock, and pylock.toml of PEP 751."""
    found = data.get("package", data.get("packages"))
    entries = found if isinstance(found, list) else []
    return lock([one.get("name") for one in entries if isinstance(one, dict)], has_hash(data))


def pipfile_lock(data: object) -> Source:
    """In JSON: each section but `_meta` is a category of packages."""
    parts = data.items() if isinstance(data, dict) else ()
    sections = [part for key, part in parts if isinstance(part, dict) and key != "_meta"]
    return lock([name for section in sections for name in section], has_hash(sections))


def conda_lock(text: str) -> Source:
    """The lines of conda-lock.yml, pixi.lock (YAML too large to parse in passing), @EXPLICIT."""
    if re.search(r"^<{7} ", text, re.MULTILINE):
        raise Malformed("it holds the marks of a merge conflict")
    return lock((one[1] or one[2] for one in NAMED.finditer(text)), bool(HASHED.search(text)))


def lock(names: Iterable[object], hashed: bool) -> Source:
    found = tuple(Requirement(normal(one), pinned=True) for one in names if isinstance(one, str))
    if not found:
        raise Malformed("it names no package; write it again with the tool it is of")
    return Source(Sort.LOCK, found, hashed=hashed)


def has_hash(data: object) -> bool:
    """Whether there is one at any depth."""
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if HASHES & one.keys():
                return True
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return False
