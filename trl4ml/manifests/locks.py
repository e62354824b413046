"""Lock files: the names in them, all fixed, and whether by hashes of what is installed."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from trl4ml.manifests.pyproject import below
from trl4ml.manifests.sources import Requirement, Sort, Source, normal

NAMED = re.compile(
    r"^[ -]{2,6}name: (\S+)\s*$|^(?:- conda: )?https?://\S+/([^/\s]+)-[^-/\s]+-[^-/\s]+\s*$",
    re.MULTILINE,
)
HASHED = re.compile(r"^\s+(?:md5|sha256): \S|#[0-9a-f]{32}\s*$", re.MULTILINE)


def packages(data: Mapping[str, Any]) -> Source:
    """In TOML: uv.lock, poetry.lock, pdm.lock, and pylock.toml of PEP 751."""
    found = data.get("package", data.get("packages"))
    entries = [one for one in (found if isinstance(found, list) else []) if isinstance(one, dict)]
    older = below(below(data, "metadata"), "files")
    parts = [value for one in (*entries, older) for value in (one, *one.values())]
    files = [one for part in parts for one in (part if isinstance(part, list) else [part])]
    hashed = any(isinstance(one, dict) and {"hash", "hashes"} & one.keys() for one in files)
    return lock([one.get("name") for one in entries], hashed)


def pipfile_lock(data: object) -> Source:
    """In JSON: each section but `_meta` is a category of packages."""
    parts = data.items() if isinstance(data, dict) else ()
    sections = [part for key, part in parts if isinstance(part, dict) and key != "_meta"]
    found = [one for section in sections for one in section.items()]
    hashed = any(isinstance(spec, dict) and "hashes" in spec for _, spec in found)
    return lock([name for name, _ in found], hashed)


def conda_lock(text: str) -> Source:
    """The lines of conda-lock.yml, pixi.lock (YAML too large to parse in passing), @EXPLICIT."""
    if re.search(r"^<{7} ", text, re.MULTILINE):
        raise ValueError("it holds the marks of a merge conflict")
    return lock((one[1] or one[2] for one in NAMED.finditer(text)), bool(HASHED.search(text)))


def lock(names: Iterable[object], hashed: bool) -> Source:
    fixed = tuple(Requirement(normal(one), pinned=True) for one in names if isinstance(one, str))
    return Source(Sort.LOCK, fixed, hashed=hashed)
